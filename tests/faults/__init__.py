"""The fault laboratory's own proof: what it must hold of this project, and that it can fail."""
