#!/bin/sh
# The main job of mdt: an OpenAPI document becomes mocks, the orders run against them, their calls are recorded and replayed, the partners' contracts
# are checked, and a breaking change names the tests that it breaks. Run it from anywhere after `make test`; it takes about a minute, works in a
# temporary folder and changes nothing here. `sh docs/mock-driven.sh FILE` makes mocks of another OpenAPI document too, and looks whether they load.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
work=$(mktemp -d)
export MDT_MOCKS=$work/mocks MDT_LANG=${MDT_LANG:-en} APP_ENV=development DATABASE_URL=sqlite:///$work/database.sqlite3 LOG_LEVEL=WARNING
running=

title() { printf '\n== %s\n' "$*"; }

start() { # start PORT COMMAND...: in the background, until it listens
    port=$1; shift
    "$@" >>"$work/log" 2>&1 &
    running="$running $!"
    last=$!
    for _ in $(seq 300); do
        python -c "import socket; socket.create_connection(('127.0.0.1', $port), 1)" 2>/dev/null && return
        kill -0 "$last" 2>/dev/null || break
        sleep 0.2
    done
    cat "$work/log" >&2
    exit 1
}

stop() { kill -INT "$1"; wait "$1" || true; }

clean() { for each in $running; do kill "$each" 2>/dev/null || true; done; rm -rf "$work"; }
trap clean EXIT
trap 'exit 130' INT TERM

free_port() { python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

order() { # the order that the application answers with
    token=$(curl -sf "$api/api/v1/auth/wechat/login" -H 'Content-Type: application/json' -d '{"code":"alice"}' |
        python -c 'import json, sys; print(json.load(sys.stdin)["data"]["access_token"])')
    curl -sf "$api/api/v1/orders" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
        -H "Idempotency-Key: $1-of-the-main-job" -d '{"product_id":"prod123","quantity":2,"note":""}'
    echo
}

title "1. An OpenAPI document becomes mocks"
mkdir -p "$work/mocks/internal" "$work/mocks/shared"
cp -R contracts "$work"
cp mocks/internal/user.yaml mocks/internal/notification.yaml "$work/mocks/internal" # the other partners
cp mocks/shared/users.json "$work/mocks/shared"
[ $# = 0 ] || mdt mock generate --from-swagger "$1" --service another
mdt mock generate --from-swagger contracts/inventory/1.0.0.yaml --service inventory
# By hand: the service names its contract, and a reservation lasts from now on. The next run keeps both.
edited=$work/mocks/external/inventory/service.yaml
awk '{ sub(/expiresAt: "[^"]*"/, "expiresAt: \"{{ now | plus(minutes=15) }}\""); print }
    /^service: inventory/ { print "contract: ../../../contracts/inventory/1.0.0.yaml" }' "$edited" >"$work/edited"
mv "$work/edited" "$edited"
mdt mock generate --from-swagger contracts/inventory/1.0.0.yaml --service inventory
grep -e '^contract' -e 'plus(minutes' "$edited"
mdt mock lint

title "2. The orders run against them, and the calls to the inventory are recorded"
services=$(free_port)
start "$services" mdt mock serve --port "$services"
inventory=$(free_port)
start "$inventory" mdt mock record --service inventory --target "http://127.0.0.1:$services/inventory" --port "$inventory" --session first --duration 10m
recorder=$last
export INVENTORY_URL="http://127.0.0.1:$inventory" USER_SERVICE_URL="http://127.0.0.1:$services/user" NOTIFICATION_URL="http://127.0.0.1:$services/notification"
flask --app backend db upgrade >>"$work/log" 2>&1
application=$(free_port)
api=http://127.0.0.1:$application
start "$application" python run.py 127.0.0.1 "$application"
order first
stop "$recorder"
mdt mock recordings

title "3. The recording takes the inventory's place"
start "$inventory" mdt mock replay --service inventory --session first --mode strict --port "$inventory"
order second
stop "$last"

title "4. The mocks keep the contracts, and nothing secret was written"
mdt contract check
mdt mock scan "$work/mocks" "$work/contracts"

title "5. A change names the tests that it breaks"
unset MDT_MOCKS INVENTORY_URL USER_SERVICE_URL NOTIFICATION_URL
APP_ENV=unit mdt test integration --with-mocks --reports "$work/reports" tests/unit/orders/test_scenarios.py -q -p no:cacheprovider
sed -e 's/version: 1.0.0/version: 1.1.0/' -e 's/required: \[productId, available, quantity\]/required: [productId, quantity]/' -e '/available: {type: boolean}/d' \
    contracts/inventory/1.0.0.yaml >"$work/contracts/inventory/1.1.0.yaml"
if mdt contract impact inventory@1.0.0 inventory@1.1.0 --contracts "$work/contracts" --journal "$work/reports/journal.json"; then
    echo "The change broke no test." >&2
    exit 1
fi

title "Done"
