"""`python -m mdt` is the command `mdt`."""

from mdt.cli import main

if __name__ == "__main__":
    main(prog_name="mdt")
