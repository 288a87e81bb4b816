"""This project's services, as the laboratory drives them: also an example to copy."""
