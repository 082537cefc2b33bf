#!/bin/sh
exec node /usr/lib/vexil/vexil.mjs "$0" "$@"
