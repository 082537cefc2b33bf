#!/bin/sh
# Runs the vexil of the package that this file belongs to, with the Node that came with it.
set -e
here=$(dirname "$(readlink -f "$0")")
lib=$here/../lib/vexil
exec "$lib/bin/node" "$lib/vexil.mjs" "$0" "$@"
