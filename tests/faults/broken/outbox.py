"""`BROKEN=name python -m tests.faults.broken.outbox`: the worker that sends what is due, with one mistake built in."""

import os
import sys

from flask.cli import main

from tests.faults.broken import mistakes

if __name__ == "__main__":
    mistakes.MISTAKES[os.environ["BROKEN"]].make()
    sys.argv[1:] = ["--app", "backend", "worker", "--once"]
    main()
