# shellcheck shell=bash disable=SC2154
# Sourced by what takes packages of Debian apart: apt with lists of its own in the folder $work,
# over the repository that the root filesystem $root came from. It installs nothing.

# use_suites SUITE…: reads the lists of these suites.
use_suites() {
	local uri suite keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$work"/{lists/partial,cache/archives/partial}
	uri=$(awk '$1 == "deb" { sub(/\[[^]]*\]/, ""); print $2; exit }' \
		"$root"/etc/apt/sources.list)
	for suite; do
		echo "deb [signed-by=$keyring] $uri $suite main"
	done > "$work/sources.list"
	private_apt apt-get -qq update >&2
}

# private_apt COMMAND ARGUMENT…: apt-get or apt-cache over those lists.
private_apt() {
	local command=$1
	shift
	"$command" -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=- \
		-o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" \
		-o Acquire::Check-Valid-Until=false -o APT::Architecture=amd64 \
		-o APT::Sandbox::User=root "$@"
}
