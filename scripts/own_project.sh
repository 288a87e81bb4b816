#!/bin/sh
# own_project.sh FOLDER [SUITE]: from a clone to a project of one's own, as a person would do it. Clones what is committed here into
# FOLDER, gives it the folder's name, takes payments, orders and the packages' sources out, makes a module invoices, and runs its
# tests: `all`, or those of SUITE. Prints what each step took; fails if one fails, or if all took longer than LIMIT seconds (600).
set -eu
cd "$(dirname "$0")/.."
folder=$1
suite=${2:-all}
began=$(date +%s)

step() { # step NAME COMMAND...
    name=$1 started=$(date +%s); shift
    "$@"
    printf '== %s: %s s\n' "$name" $(($(date +%s) - started))
}

commit() {
    git add --all
    git -c user.name=owner -c user.email=owner@example.com -c commit.gpgsign=false commit --quiet --message "$1"
}

change() { # change WORDS...: a command of the project, committed
    .venv/bin/flask "$@" >/dev/null
    commit "flask $*"
}

step clone git clone --quiet --depth 1 "file://$PWD" "$folder"
cd "$folder"
step environment sh scripts/bootstrap.sh test
step rename change project rename "$(basename "$folder")"
step "payments out" change module remove payments
step "orders out" change module remove orders
step detach change project detach
step "invoices in" change module new invoices --fields 'title:str amount:int paid:bool'
step "environment with wheels" sh scripts/bootstrap.sh test
step tests sh scripts/test.sh "$suite"
took=$(($(date +%s) - began))
printf "from the clone to one's own project: %s s\n" "$took"
[ "$took" -le "${LIMIT:-600}" ] || { echo "That is longer than ${LIMIT:-600} s." >&2; exit 1; }
