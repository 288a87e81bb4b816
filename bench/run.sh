#!/bin/sh
# Compares this application with its peers; `make bench` calls it. Words go to bench/load.py: --quick, --routes me ...
# With `payments` as the first word it measures payments beside plain ones, and the other words go to bench/payments.py.
# Its packages go into .venv-bench, so that the peers' never come near the application's own.
set -eu
cd "$(dirname "$0")/.."
venv=.venv-bench
testdb=$(grep 'testdb' requirements-test.txt) # the package that starts the database, from its folder or as a wheel
wanted=$({ echo "$testdb"; cat requirements.txt bench/requirements.txt; } | cksum)

if [ "$(cat $venv/installed 2>/dev/null || true)" != "$wanted" ]; then
    echo "Packages of the benchmark: installing into $venv"
    rm -rf $venv
    .venv/bin/python -m venv $venv
    echo '*' >$venv/.gitignore
    $venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt -r bench/requirements.txt \
        $testdb
    echo "$wanted" >$venv/installed
fi
measurement=bench.load
if [ "${1:-}" = payments ]; then
    measurement=bench.payments
    shift
fi
exec $venv/bin/python -m $measurement "$@"
