"""Records the calls of a service without its secrets, plays them again, and finds secrets that leaked into files."""
