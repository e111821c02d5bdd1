# SPDX-License-Identifier: AGPL-3.0-or-later
# Sourced by the scripts: brings the Debian packages a script needs, and nothing when all are there.
# setup_packages KIND... installs the packages of scripts/packages of those kinds.

setup_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

setup_as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "Packages are missing and this is neither root nor is there sudo: $*" >&2
		return 1
	fi
}

# Names of the packages of the given kinds that are not installed, one a line.
setup_missing() {
	local kinds=" $* " kind name why have
	have=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' 2>/dev/null | sed -n 's/^ii *//p')
	while read -r kind name why; do
		case $kind in '' | '#'*) continue ;; esac
		case $kinds in *" $kind "*) ;; *) continue ;; esac
		case $name in
		*!*) command -v "${name#*!}" >/dev/null && continue ;;
		esac
		name=${name%%!*}
		grep -qxF "$name" <<<"$have" || echo "$name"
	done <"$setup_root/scripts/packages"
}

setup_apt() {
	setup_as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"
}

setup_packages() {
	local missing
	missing=$(setup_missing "$@")
	[ -z "$missing" ] && return 0
	echo "Installing: $(tr '\n' ' ' <<<"$missing")" >&2
	if [ -z "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null)" ]; then
		setup_apt update >&2 || return 1
	fi
	# Old lists may name versions that are gone from the archive: refresh them once.
	# shellcheck disable=SC2086
	setup_apt install -y --no-install-recommends $missing >&2 ||
		{ setup_apt update >&2 && setup_apt install -y --no-install-recommends $missing >&2; }
}
