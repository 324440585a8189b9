#!/usr/bin/env bash
# Installs what `make torture` needs and is missing; the names are Debian's.
set -euo pipefail
[ "$(id -u)" -eq 0 ] || as_root="sudo -n"
packages=()
have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
have patroni || packages+=(patroni python3-etcd)
have etcd || packages+=(etcd-server)
have haproxy || packages+=(haproxy)
have pgbouncer || packages+=(pgbouncer)
have iptables || packages+=(iptables)
[ -x /usr/lib/postgresql/15/bin/postgres ] || packages+=(postgresql-15)
[ ${#packages[@]} -gt 0 ] || exit 0
echo "Installing ${packages[*]} …" >&2
# The tests start these themselves: Debian's services must not.
install() { ${as_root:-} env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null >&2; }
install 2>/dev/null || { ${as_root:-} apt-get update -qq </dev/null >&2; install; }
