#!/bin/sh
# Make this container's node the first time, then run it.
#   MODE NAME ENDPOINT   what it is, what it is called, where the others reach it
#   PARENT               address of the node above; empty at the top
set -eu

if [ ! -f /data/ready ]; then
    if [ -z "${PARENT:-}" ] && [ ! -f /network/genesis.json ]; then
        yizhan network create /network/founding --name "${NETWORK:-驿站}" --keys 1 --threshold 1
        cp /network/founding/genesis.json /network/genesis.json
    fi
    if [ ! -f /data/node/node.toml ]; then
        yizhan init /data/node --mode "$MODE" --name "$NAME" --endpoint "$ENDPOINT" \
            --genesis /network/genesis.json
    fi
    if [ -n "${PARENT:-}" ]; then
        yizhan network join /network/genesis.json --peer "$PARENT" --dir /data/node
    else
        yizhan admit /data/node --level national --dir /data/node \
            --council /network/founding/council/1.key
    fi
    cp /data/node/request.json "/requests/$(hostname).json"
    touch /data/ready
fi
exec yizhan run --dir /data/node
