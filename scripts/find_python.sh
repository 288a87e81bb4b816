#!/bin/sh
# Prints the path of a CPython 3.12 or newer that works here; every candidate is run, none is trusted by its name.
# Looked at in this order: $PYTHON, the PATH, pyenv's versions, uv's. Else exit 1 and what was tried, and how to get one.

case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
tried=

on_path() { # every file of this name in the PATH, not only the first: a shim may hide a real one
    saved=$IFS; IFS=:
    for folder in $PATH; do
        [ ! -x "$folder/$1" ] || printf '%s\n' "$folder/$1"
    done
    IFS=$saved
}

candidates() {
    case ${PYTHON:-} in '') ;; */*) printf '%s\n' "$PYTHON" ;; *) on_path "$PYTHON" ;; esac
    for name in python3.12 python3.13 python3.14 python3.15 python3; do on_path "$name"; done
    for file in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3; do
        [ ! -x "$file" ] || printf '%s\n' "$file"
    done
}

first_line() { printf '%s' "${1%%
*}"; }

try() { # prints the real path of a usable interpreter and ends; notes the reason of any other
    if answer=$("$1" -I "$here/probe_python.py" 2>&1 </dev/null); then
        first_line "$answer"; echo
        exit 0
    fi
    tried="$tried
  $1 $(first_line "${answer:-does not run}")"
}

try_all() {
    while IFS= read -r candidate; do
        [ -z "$candidate" ] || try "$candidate"
    done <<LIST
$(candidates)
LIST
}

try_uv() {
    command -v uv >/dev/null 2>&1 || return 0
    found=$(uv python find '>=3.12' 2>/dev/null) || found=
    if [ -z "$found" ]; then
        echo "No Python 3.12 or newer yet: uv fetches one" >&2
        uv python install 3.12 >&2 && found=$(uv python find 3.12 2>/dev/null)
    fi
    [ -z "$found" ] || try "$found"
}

try_all
try_uv
printf '%s\n' "No usable Python was found: CPython 3.12 or newer is needed.
Tried:${tried:-
  no python3 in the PATH, none under ${PYENV_ROOT:-$HOME/.pyenv}/versions, no uv}
Get one, then run the same command again:
  Debian 13, Ubuntu 24.04 or newer   sudo apt install python3 python3-venv
  macOS                              brew install python@3.12
  anywhere with uv                   uv python install 3.12
  anywhere with pyenv                pyenv install 3.12
or name one: make run PYTHON=/path/to/python3.12" >&2
exit 1
