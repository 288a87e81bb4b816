#!/bin/sh
# Gets the gateways that bench/proxies.py compares with, into a folder outside of the project: sh bench/peers.sh [FOLDER]
# Needs npm, and Python 3.12 or newer as $PYTHON; `wrk` for the measurement: sudo apt install npm wrk
# LiteLLM gets a virtual environment of its own: its proxy pins versions of much that others need too.
set -eu
folder=${1:-${BALANCER_PEERS:-/tmp/balancer-peers}}
mkdir -p "$folder"
cd "$folder"
# Portkey's gateway cannot stream with a newer one of its own library: it answers 500, "TypeError: immutable" in its log
echo '{"private": true, "overrides": {"@hono/node-server": "1.13.8"}}' >package.json
npm install --ignore-scripts --no-audit --no-fund --silent @portkey-ai/gateway@1.15.2
[ -x litellm/bin/python ] || "${PYTHON:-python3}" -m venv litellm
litellm/bin/python -m pip install -q 'litellm[proxy]==1.108.7'
echo "Portkey and LiteLLM are in $folder"
