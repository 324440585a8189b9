#!/usr/bin/env bash
# Installs the programs that are needed and missing, and nothing when all are
# there. Usage: tools/setup.sh run | test
#
#   run   PostgreSQL's server, for make run
#   test  that, a C compiler (for go test -race), and the phones that the tests
#         register with: sipp, sipsak, baresip, Chromium (for JsSIP, which npm
#         brings); fail2ban-regex and promtool, unpacked into .tools: installed,
#         fail2ban and Prometheus would start on this machine
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
	[ -x /usr/bin/python3 ] || packages+=(python3)
	have pgbouncer || [ -x /usr/sbin/pgbouncer ] || packages+=(pgbouncer)
fi
unpacked=$(cd "$(dirname "$0")/.." && pwd)/.tools
fetch=()
if [ "$1" = test ]; then
	have fail2ban-regex || [ -x "$unpacked/fail2ban/usr/bin/fail2ban-regex" ] || fetch+=(fail2ban)
	have promtool || [ -x "$unpacked/prometheus/usr/bin/promtool" ] || fetch+=(prometheus)
fi
[ ${#packages[@]} -gt 0 ] || [ ${#fetch[@]} -gt 0 ] || exit 0

by_hand() {
	echo "These packages are needed, and $1: ${packages[*]}" >&2
	echo "Install them (the names are Debian's and Ubuntu's) and try again." >&2
	exit 1
}

as_root=()
have apt-get || by_hand "this machine has no apt-get to install them"
if [ "$(id -u)" -ne 0 ] && have sudo && sudo -n true 2>/dev/null; then
	as_root=(sudo -n)
fi
update() { "${as_root[@]}" apt-get update -qq </dev/null >&2; }
if [ ${#packages[@]} -gt 0 ]; then
	[ "$(id -u)" -eq 0 ] || [ ${#as_root[@]} -gt 0 ] || by_hand "only root can install them (sudo asks for a password, or isn't there)"
	echo "Installing ${packages[*]} …" >&2
	install() {
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null >&2
	}
	# A fresh machine has no list of packages, or an old one.
	if ! install 2>/dev/null; then
		update
		install || by_hand "apt-get could not install them"
	fi
fi

# Downloading needs no root; only a new list of packages does.
for package in "${fetch[@]}"; do
	echo "Unpacking $package into $unpacked …" >&2
	new=$(mktemp -d)
	unpack() { (cd "$new" && apt-get download -qq "$package" && mkdir -p "$unpacked/$package" && dpkg -x "$package"_*.deb "$unpacked/$package") >&2; }
	if ! unpack 2>/dev/null; then
		update || true
		packages=("$package")
		unpack || { rm -rf "$new"; by_hand "apt-get could not download them"; }
	fi
	rm -rf "$new"
done
