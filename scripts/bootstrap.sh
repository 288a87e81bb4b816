#!/bin/sh
# Makes .venv ready to "run" or to "test"; when it is ready already, says nothing and costs a fraction of a second.
set -u
cd "$(dirname "$0")/.." || exit 1
unset PYTHONHOME PYTHONPATH

if [ -x .venv/bin/python ] && .venv/bin/python -E -s -m scripts.venv_state ready "$1" >/dev/null 2>&1; then
    exit 0
fi
python=$(sh scripts/find_python.sh) || exit 1
exec "$python" -E -s -m scripts.make_venv "$1"
