# Shared by install, path and mirror: what a tool is and where its build lives.
#
# A tool is a folder with a Go module (go.mod, go.sum, perhaps main.go), where it
# is written in Go, and a `recipe`: bash that sets `version` and `binaries` (the first is the main one)
# and defines `build`, called in the module's folder with $OUT to fill.

TOOLS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOOL_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/cloud-engine/tools

say() { echo "$@" >&2; }
die() { say "$@"; exit 1; }

tool_names() {
  local recipe
  for recipe in "$TOOLS"/*/recipe; do basename "$(dirname "$recipe")"; done
}

# The Go that builds is part of the name of what it built. Asked from / so that
# no go.mod has a say.
go_version() {
  command -v go >/dev/null || die "go is not on the PATH: install Go 1.26.8 or newer"
  (cd / && go env GOVERSION)
}

# load_tool NAME: sets version, binaries, build and tool_dir.
load_tool() {
  [ -f "$TOOLS/$1/recipe" ] || die "no tool is named '$1'; there are: $(tool_names | xargs)"
  # shellcheck source=/dev/null
  source "$TOOLS/$1/recipe"
  local sum
  sum=$(cd "$TOOLS/$1" && { go_version; sha256sum -- * ../build.sh; } | sha256sum)
  tool_dir=$TOOL_CACHE/$1-$version-${sum:0:12}
}
