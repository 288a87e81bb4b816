#!/bin/sh
# Fails where nine lines in a row, comments, docstrings, imports and signatures aside, stand in two places: pylint's `symilar` looks.
# Without words it reads the application and its tools, which takes half a minute.
set -u
cd "$(dirname "$0")/.." || exit 1
python=${PYTHON:-.venv/bin/python}
[ $# -gt 0 ] || set -- $(git ls-files 'backend/*.py' 'tools/*.py' 'scripts/*.py' run.py wsgi.py)
found=$($python -c 'from pylint import run_symilar; run_symilar()' --duplicates=8 \
    --ignore-comments --ignore-docstrings --ignore-imports --ignore-signatures "$@") || exit 1
case $found in
    *' duplicates=0 '*) printf '%s\n' "$found" | tail -n 1 ;;
    *) printf '%s\n\nWrite it once and call it twice.\n' "$found" >&2; exit 1 ;;
esac
