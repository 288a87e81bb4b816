#!/bin/sh
# Runs every check that runs no test and changes no file; all of them run, and the last line names those that failed.
set -u
cd "$(dirname "$0")/.." || exit 1
python=.venv/bin/python
failed=

gate() { # gate NAME COMMAND...
    name=$1; shift
    printf '== %s\n' "$name"
    "$@" || failed="$failed $name"
}

gate format $python -m ruff format --check .
gate lint $python -m ruff check .
gate types $python -m mypy
gate layers .venv/bin/lint-imports
gate packages sh scripts/packages.sh lint
gate contracts .venv/bin/mdt contract check
gate secrets .venv/bin/mdt mock scan
gate migrations $python -m flask migrations lint
gate openapi.json $python -m flask openapi check
gate .env.example $python -m flask settings check
[ -z "$failed" ] || { printf '\nFailed:%s (make format mends some of it)\n' "$failed" >&2; exit 1; }
