#!/bin/sh
# Load tests: `sh scripts/load.sh run WORDS` is `make load`, `sh scripts/load.sh check` a short one of this application and of some with
# mistakes, which must be noticed. Their packages go into .venv-load, so that Locust's never come near the application's own.
set -eu
cd "$(dirname "$0")/.."
venv=.venv-load
testdb=$(grep 'testdb' requirements-test.txt) # the package that starts the database, from its folder or as a wheel
wanted=$({ echo "$testdb"; cat requirements.txt tests/performance/requirements.txt; } | cksum)

if [ "$(cat $venv/installed 2>/dev/null || true)" != "$wanted" ]; then
    echo "Packages of the load tests: installing into $venv"
    rm -rf $venv
    .venv/bin/python -m venv $venv
    echo '*' >$venv/.gitignore
    # shellcheck disable=SC2086 # -e packages/testdb is two words
    $venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt -r tests/performance/requirements.txt $testdb
    echo "$wanted" >$venv/installed
fi
which=$1
shift
case $which in
    check) exec $venv/bin/python -m pytest tests/performance "$@" ;;
    *) exec $venv/bin/python -m tests.performance.run "$@" ;;
esac
