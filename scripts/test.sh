#!/bin/sh
# Runs `unit`, `system`, `integration`, `all` (these three), `faults` (the laboratory) or `acceptance` (README and clone) tests, or those of another
# folder of tests/; further words go to pytest. Those of the packages: scripts/packages.sh. All of pytest's options that are ours stand here. No test at all is a failure.
# COVERAGE=1 measures branches and fails below the limits, COVERAGE=backend those of backend/ alone, which is quicker.
# WORKERS=0 runs in one process.
set -u
cd "$(dirname "$0")/.." || exit 1
python=.venv/bin/python
workers=${WORKERS:-auto}
case ${COVERAGE:-} in
    '') measure= ;;
    1) measure=--cov ;;
    *) measure=--cov=$COVERAGE ;;
esac
[ -z "$measure" ] || export API_COVERAGE=$PWD/var/api-coverage # folder; see tests/framework/api_coverage.py
measure=${measure:+$measure --cov-append --cov-report= --cov-fail-under=0}
failed=
ran=

suite() { # suite NAME WORDS...: one run of pytest; remembers a failure and goes on
    name=$1; shift
    printf '\n== %s tests\n' "$name"
    # shellcheck disable=SC2086 # several words
    $python -m pytest "tests/$name" -n "$workers" --dist worksteal $measure "$@"
    case $? in
        0) ran=1 ;;
        5) [ $# -gt 0 ] || failed="$failed $name(no test ran)" ;; # with words of one's own, the other suite may have them
        130) exit 130 ;;
        *) ran=1; failed="$failed $name" ;;
    esac
}

coverage() { # of all suites together: 95 % of what is measured, 100 % of backend's core, every route, status and field of the API
    printf '\n== branch coverage\n'
    $python -m coverage report --fail-under="${MINIMUM:-95}" &&
        $python -m coverage report --include='backend/core/*' --fail-under=100 &&
        $python -m tests.framework.api_coverage "$API_COVERAGE"
}

which=$1; shift
[ -z "$measure" ] || { $python -m coverage erase; rm -rf "$API_COVERAGE"; mkdir -p "$API_COVERAGE"; }
case $which in
    all) suite unit "$@"; suite system "$@"; suite integration "$@" ;;
    acceptance) suite readme "$@"; suite clone "$@" ;;
    *) suite "$which" "$@" ;;
esac
[ -n "$ran" ] || failed="$failed(no test ran)"
if [ -n "$measure" ] && [ "$which" = all ]; then
    coverage || failed="$failed coverage"
fi
[ -z "$failed" ] || { printf '\nFailed:%s\n' "$failed" >&2; exit 1; }
