#!/bin/sh
# For each package under packages/ (or those named in PACKAGES): `test` runs its tests in an environment that has only its own
# requirements, packages/<name>/.venv; `lowest` the same with the oldest versions that it allows; `lint` its checks, which run no test.
# Further words go to pytest.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
word=$1; shift
failed=

environment() { # environment FOLDER CONSTRAINTS: the package, those of ours that it needs, and its test tools
    python=$1/bin/python
    stamp=$(cat pyproject.toml "$root"/packages/*/pyproject.toml | cksum)
    [ -x "$python" ] && [ "$(cat "$1/installed" 2>/dev/null)" = "$stamp" ] && return 0
    rm -rf "$1"
    "$(PYTHON="${PYTHON:-}" sh "$root/scripts/find_python.sh")" -m venv "$1" &&
        "$python" -m pip install -q --upgrade 'pip>=25.1' &&
        needs=$("$python" -I "$root/scripts/package_needs.py" "$PWD") &&
        "$python" -m pip install -q --no-input $needs --group test ${2:+--constraint "$2"} &&
        printf '%s' "$stamp" >"$1/installed"
}

one() { # one PACKAGE WORDS...: in the package's folder
    cd "$root/packages/$1" || return 1
    shift
    case $word in
        test) environment .venv '' && .venv/bin/python -m pytest -n "${WORKERS:-auto}" --dist worksteal "$@" ;;
        lowest)
            mkdir -p .cache &&
                "$root/.venv/bin/python" -I "$root/scripts/package_needs.py" "$PWD" --lowest >.cache/lowest.txt &&
                environment .venv-lowest .cache/lowest.txt && .venv-lowest/bin/python -m pytest -n "${WORKERS:-auto}" --dist worksteal "$@"
            ;;
        lint)
            PATH=$root/.venv/bin:$PATH
            ruff format -q --check . && ruff check -q . && mypy && lint-imports
            ;;
    esac
}

for package in ${PACKAGES:-testdb faultlab mdt}; do
    printf '\n== %s: %s\n' "$package" "$word"
    (one "$package" "$@") || failed="$failed $package"
done
[ -z "$failed" ] || { printf '\nFailed:%s\n' "$failed" >&2; exit 1; }
