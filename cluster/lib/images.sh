# load_images FILE.tar...: docker archives into the node's image store. A file
# that was loaded before, unchanged, is skipped.
load_images() {
  local file mark
  need_alive
  [ "$(cat "$D/flavour")" = node ] || die "instance $N is a control plane: it runs no images"
  mkdir -p "$D/loaded"
  for file in "$@"; do
    file=$(realpath -e "$file" 2>/dev/null) || die "there is no image file $file"
    mark=$D/loaded/$(sha256sum "$file" | cut -c1-64)
    [ ! -e "$mark" ] || continue
    say "cluster: loading $(basename "$file")"
    inside "$D/bin/ctr" --namespace k8s.io images import "$file" >>"$D/log/import.log" 2>&1 ||
      die "loading $file failed: $(tail -1 "$D/log/import.log")"
    touch "$mark"
  done
}
