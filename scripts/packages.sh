#!/bin/sh
# For each package under packages/ (or those named in PACKAGES): `test` runs its tests in an environment that has only its own
# requirements, packages/<name>/.venv; `lowest` the same with the oldest versions that it allows; `lint` its checks, which run no test.
# Further words go to pytest. A project without packages/ has nothing to do here.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
word=$1; shift
failed=
[ -d packages ] || exit 0

PURE_SOURCE=python-alipay-sdk # a test tool in plain Python that is given out as source alone

environment() { # environment FOLDER CONSTRAINTS: the package, those of ours that it needs, and its test tools; kept while they stay the same
    python=$1/bin/python
    stamp=$(cat "$root"/packages/*/pyproject.toml "$root"/packages/*/src/*/locale/*/*/*.po "$2" 2>/dev/null | cksum)
    [ -x "$python" ] && [ "$(cat "$1/installed" 2>/dev/null)" = "$stamp" ] && return 0
    rm -rf "$1"
    found=$(sh "$root/scripts/find_python.sh") || return 1
    # pip 25.1 is the first that knows --group
    "$found" -m venv "$1" && "$python" -m pip install -qq --no-input --upgrade 'pip>=25.1' &&
        needs=$("$python" -I "$root/scripts/package_needs.py" "$PWD") || return 1
    # shellcheck disable=SC2086 # several words
    "$python" -m pip install -qq --no-input --only-binary :all: --no-binary "$PURE_SOURCE" $needs --group test ${2:+--constraint "$2"} && printf '%s' "$stamp" >"$1/installed"
}

run_tests() { # run_tests FOLDER CONSTRAINTS WORDS...
    folder=$1 constraints=$2; shift 2
    environment "$folder" "$constraints" &&
        "$folder/bin/python" -m pytest -n "${WORKERS:-auto}" --dist worksteal "$@"
}

one() { # one PACKAGE WORDS...: in the package's folder
    cd "$root/packages/$1" || return 1
    shift
    case $word in
        test) run_tests .venv '' "$@" ;;
        lowest)
            mkdir -p .cache &&
                "$root/.venv/bin/python" -I "$root/scripts/package_needs.py" "$PWD" --lowest >.cache/lowest.txt &&
                run_tests .venv-lowest .cache/lowest.txt "$@"
            ;;
        lint)
            PATH=$root/.venv/bin:$PATH
            own=
            if ! grep -q "^-e packages/${PWD##*/}\(\[\|$\)" "$root/requirements-test.in"; then # what it needs is not in .venv, to which the tools belong
                environment .venv '' || return 1
                own="--python-executable .venv/bin/python" PYTHONPATH=src
                export PYTHONPATH
            fi
            # shellcheck disable=SC2086 # several words
            ruff format -q --check . && ruff check -q . && mypy $own && lint-imports || return 1
            [ ! -f scripts/check_texts.py ] || python scripts/check_texts.py
            ;;
        *) echo "packages.sh: $word is none of test, lowest, lint" >&2; return 2 ;;
    esac
}

for package in ${PACKAGES:-testdb faultlab mdt balancer}; do
    printf '\n== %s: %s\n' "$package" "$word"
    (one "$package" "$@") || failed="$failed $package"
done
[ -z "$failed" ] || { printf '\nFailed:%s\n' "$failed" >&2; exit 1; }
