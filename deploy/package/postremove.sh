#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
fi
# The user stays, as files of his may; the configuration goes on purge alone.
