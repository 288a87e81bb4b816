"""What the Makefile calls to set a fresh clone up, serve it and test it; needs nothing but a shell and a Python."""
