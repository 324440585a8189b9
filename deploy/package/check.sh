#!/bin/sh
# check.sh FILE.deb: does the package have what an operator looks for, readable
# by those who may?
set -eu
list=$(dpkg-deb -c "$1")
want() {
	printf '%s\n' "$list" | grep -qE "^$1 +root/root .* \./$2\$" || {
		echo "$1 /$2 is not in the package, which has:" >&2
		printf '%s\n' "$list" >&2
		exit 1
	}
}
want -rwxr-xr-x usr/bin/registrard
want -rw-r--r-- usr/lib/systemd/system/registrard.service
want -rw-r----- etc/registrard/registrard.yaml
want -rw-r----- etc/default/registrard
want -rw-r--r-- usr/share/doc/registrard/copyright
want -rw-r--r-- usr/share/doc/registrard/NOTICES
conffiles=$(dpkg-deb -I "$1" conffiles)
for file in /etc/registrard/registrard.yaml /etc/default/registrard; do
	printf '%s\n' "$conffiles" | grep -qx "$file" || {
		echo "$file would be overwritten by an upgrade: it is no conffile" >&2
		exit 1
	}
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
dpkg-deb -x "$1" "$dir"
"$dir/usr/bin/registrard" config check "$dir/etc/registrard/registrard.yaml" >/dev/null
