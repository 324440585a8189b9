#!/bin/sh
# Debian calls it with "configure", RPM with a number; both on upgrades too.
set -e
case "${1:-configure}" in
configure | [0-9]*) ;;
*) exit 0 ;;
esac
if ! getent group registrard >/dev/null; then
	groupadd --system registrard
fi
if ! getent passwd registrard >/dev/null; then
	useradd --system --gid registrard --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin --comment "SIP registrar" registrard
fi
# They may hold a password of the database.
chown root:registrard /etc/registrard/registrard.yaml /etc/default/registrard
chmod 0640 /etc/registrard/registrard.yaml /etc/default/registrard
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	# A running node takes the new program; it isn't started before it has a database.
	systemctl try-restart registrard.service
fi
if [ -z "${2:-}" ]; then
	cat <<'TEXT'
registrard: name your database in /etc/registrard/registrard.yaml or
/etc/default/registrard, then
  registrard migrate up --config /etc/registrard/registrard.yaml
  registrard doctor --config /etc/registrard/registrard.yaml
  systemctl enable --now registrard
TEXT
fi
