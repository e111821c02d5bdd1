# SPDX-License-Identifier: AGPL-3.0-or-later
# Sourced. bench_build PACKAGES ARGUMENTS...: builds for release what scripts/bench and scripts/timing
# run, and sets PRATU_BUILD; does nothing for --help.
. scripts/lib/setup.sh

bench_build() {
	local packages=$1
	shift
	export PRATU_BUILD=${PRATU_BUILD:-}
	case " $* " in *" --help "* | *" -h "*) return 0 ;; esac
	# shellcheck disable=SC2086
	setup_packages $packages || return 1
	if [ "$(nproc)" -lt 2 ]; then
		echo "$0 needs two processors: one for the server, one for the load" >&2
		return 1
	fi
	[ -z "$PRATU_BUILD" ] || return 0
	PRATU_BUILD=$PWD/build/bench
	if [ ! -f "$PRATU_BUILD/build.ninja" ]; then
		meson setup "$PRATU_BUILD" --buildtype=release -Db_lto=true >&2 || return 1
	fi
	ninja -C "$PRATU_BUILD" src/main/pratu src/sandbox/pratu-sandbox bench/bench_load \
		bench/bench_seed bench/bench_bare bench/bench_startup bench/bench_argon2 >&2
}
