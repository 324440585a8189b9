#!/bin/sh
# notices.sh: the licences of all modules that are linked into registrard, and of
# what its page embeds. make notices writes NOTICES by it; a test compares.
set -eu
rule=--------------------------------------------------------------------------------
cd "$(dirname "$0")/.."
# notice TITLE FILE
notice() { printf '\n%s\n%s\n%s\n\n' "$rule" "$1: ${2##*/}" "$rule" && cat "$2"; }
echo "registrard contains the work of others, under these licences."
notice "Go's runtime and standard library" "$(go env GOROOT)/LICENSE"
for file in admin/assets/vendor/*.LICENSE; do
	notice "embedded in the page" "$file"
done
GOOS=linux GOARCH=amd64 go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/registrard |
	LC_ALL=C sort -u | while read -r path version dir; do
	found=
	for file in "$dir"/LICEN[CS]E* "$dir"/COPYING* "$dir"/NOTICE*; do
		[ -f "$file" ] || continue
		found=1
		notice "$path $version" "$file"
	done
	[ -n "$found" ] || { echo "$path has no licence that can be found" >&2; exit 1; }
done
