#!/usr/bin/env bash
# Installs the programs that are needed and missing, and nothing when all are
# there. Usage: tools/setup.sh run | test
#
#   run   PostgreSQL's server, for make run
#   test  that, a C compiler (for go test -race), and the phones that the tests
#         register with: sipp, sipsak, baresip, Chromium (for JsSIP, which npm
#         brings), and promtool
set -euo pipefail

have() { command -v "$1" >/dev/null 2>&1; }

have_postgres() {
	have postgres && return
	local p
	for p in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres /usr/local/pgsql/bin/postgres; do
		[ -x "$p" ] && return
	done
	return 1
}

packages=()
case "${1:-}" in
run | test) ;;
*)
	echo "usage: tools/setup.sh run | test" >&2
	exit 2
	;;
esac
have_postgres || packages+=(postgresql)
have psql || packages+=(postgresql-client)
if [ "$1" = test ]; then
	have "${CC:-gcc}" || packages+=(gcc libc6-dev)
	have sipp || packages+=(sip-tester)
	have sipsak || packages+=(sipsak)
	have baresip || packages+=(baresip-core)
	have chromium || have chromium-browser || packages+=(chromium)
	have node || packages+=(nodejs)
	have npm || packages+=(npm)
	have pgbouncer || [ -x /usr/sbin/pgbouncer ] || packages+=(pgbouncer)
fi
# promtool alone is taken out of its package: installing that would start a
# Prometheus on this machine.
here=$(cd "$(dirname "$0")" && pwd)
need_promtool=
[ "$1" != test ] || have promtool || [ -x "$here/bin/promtool" ] || need_promtool=yes

[ ${#packages[@]} -gt 0 ] || [ -n "$need_promtool" ] || exit 0

by_hand() {
	echo "These are needed, and $1: ${packages[*]} ${need_promtool:+promtool (in prometheus, or put it at $here/bin)}" >&2
	echo "Install them (the names are Debian's and Ubuntu's) and try again." >&2
	exit 1
}

as_root=()
have apt-get || by_hand "this machine has no apt-get to install them"
if [ "$(id -u)" -ne 0 ]; then
	have sudo && sudo -n true 2>/dev/null || by_hand "only root can install them (sudo asks for a password, or isn't there)"
	as_root=(sudo -n)
fi
fetch_promtool() {
	local dir
	dir=$(mktemp -d)
	(cd "$dir" && apt-get download -qq prometheus >&2 && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool) &&
		mkdir -p "$here/bin" && mv "$dir/usr/bin/promtool" "$here/bin/promtool"
	local result=$?
	rm -rf "$dir"
	return $result
}
install() {
	[ ${#packages[@]} -eq 0 ] ||
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null >&2 || return
	[ -z "$need_promtool" ] || fetch_promtool
}
echo "Installing ${packages[*]} ${need_promtool:+promtool} …" >&2
# A fresh machine has no list of packages, or an old one.
if ! install 2>/dev/null; then
	"${as_root[@]}" apt-get update -qq </dev/null >&2
	install || by_hand "apt-get could not install them"
fi
