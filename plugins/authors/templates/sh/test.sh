#!/bin/sh
# Tests of leash @NAME@, with a stand-in for leash. How it gets on with leash itself, `leash plugin test .` looks at.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Prints what the plugin prints, where leash answers with $1.
run() {
    printf '#!/bin/sh\n%s\n' "$1" >"$dir/leash"
    chmod +x "$dir/leash"
    LEASH_BIN=$dir/leash LEASH_AGENT_MINT=M LEASH_SIGNER=fd:9 LEASH_CONTEXT=${2-'{"global":{"json":false}}'} \
        "$here/leash-@NAME@" 2>&1 || printf 'status %s\n' "$?"
}

expect() {
    [ "$1" = "$2" ] || {
        printf 'expected: %s\ngot: %s\n' "$1" "$2" >&2
        exit 1
    }
}

two='echo '\''{"items":[{"id":"01","label":"\"id\":"},{"id": "02"}]}'\'
expect '2 API keys' "$(run "$two")"
expect '{"kind": "@KIND@", "status": "ok", "api_keys": 2}' "$(run "$two" '{"global":{"json":true}}')"
expect '0 API keys' "$(run 'echo '\''{"items":[]}'\')"
expect 'status 125' "$(run 'exit 125')"
echo 'all as expected'
