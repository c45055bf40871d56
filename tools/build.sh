# go_build BINARY PACKAGE [LDFLAGS] [TAGS]: for recipes. Static, and the same
# bytes for the same Go: no paths, no symbols, no commit.
# This file is part of every tool's checksum.
go_build() {
  CGO_ENABLED=0 GOWORK=off go build -mod=readonly -buildvcs=false -trimpath \
    -tags "${4:-}" -ldflags "-s -w ${3:-}" -o "$OUT/$1" "$2"
}
