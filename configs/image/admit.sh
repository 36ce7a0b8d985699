#!/bin/sh
# After `docker compose up -d`: every station is admitted by the one above it. Safe to run once.
set -eu
compose=${COMPOSE:-docker compose}

admit() { # issuer station level division
    $compose exec -T "$1" yizhan admit "/requests/$2.json" --level "$3" --division "$4"
}

admit national sichuan regional 510000
admit national zhejiang regional 330000
admit sichuan chengdu-wuhou grassroots 510107
admit sichuan mianyang-fucheng grassroots 510703
admit zhejiang hangzhou-binjiang grassroots 330108
