#!/bin/sh
# Debian: "remove"; RPM: 0 on removal, 1 on upgrade.
set -e
case "${1:-remove}" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now registrard.service || true
	fi
	;;
esac
