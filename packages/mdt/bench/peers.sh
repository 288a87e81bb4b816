#!/bin/sh
# Gets the mock servers that bench/server.py compares with into .bench-peers, outside git. Needs npm and Java 17:
#   sudo apt install npm openjdk-17-jre-headless wrk
# then: sh bench/peers.sh && .venv/bin/python -m bench.server
set -eu
cd "$(dirname "$0")/.."
mkdir -p .bench-peers
cd .bench-peers
echo '*' >.gitignore
command -v java >/dev/null || { echo "java is missing: sudo apt install openjdk-17-jre-headless" >&2; exit 1; }

jar() { # jar PACKAGE VERSION: the jar is inside the npm package
    [ -d "$1-$2" ] && return
    npm pack --silent "$1@$2" >/dev/null
    mkdir "$1-$2.part"
    tar xzf "$1-$2.tgz" -C "$1-$2.part"
    mv "$1-$2.part" "$1-$2"
    rm "$1-$2.tgz"
}

jar wiremock 3.13.2
jar mockserver-node 8.0.0
[ -f package.json ] || echo '{"private": true}' >package.json
SCARF_ANALYTICS=false npm install --ignore-scripts --no-audit --no-fund --silent \
    @stoplight/prism-cli@5.16.0 @mockoon/cli@9.9.0 json-server@0.17.4
