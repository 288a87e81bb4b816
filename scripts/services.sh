#!/bin/sh
# Prints the addresses of those services of docker-compose.test.yml that run, as settings of the application where it has one.
set -u
cd "$(dirname "$0")/.." || exit 1

say() { # say SERVICE PORT TEXT: TEXT with the service's address in the place of {}
    address=$(docker compose -f docker-compose.test.yml port "$1" "$2" 2>/dev/null) || return 0
    [ -z "$address" ] || printf '%s\n' "$3" | sed "s|{}|$address|"
}

say postgres 5432 'DATABASE_URL=postgresql+psycopg://touchstone:touchstone-test-only@{}/touchstone_test'
say redis 6379 'CACHE_URL=redis://{}/0'
say rabbitmq 5672 'JOBS_BROKER_URL=amqp://touchstone:touchstone-test-only@{}//'
say milvus 19530 'Milvus: http://{}'
