"""Runs the command line: `python -m faultlab`."""

from faultlab.cli import main

if __name__ == "__main__":
    main()
