# What is in each image: a function image_NAME a piece, which fills $root and
# ends with `finish TAG ENTRYPOINT`.

tofu_version() { (source "$REPO/tools/tofu/recipe" && echo "$version"); }

image_cloud-engine() {
  place cloud-engine /cloud-engine
  place_ca_bundle
  finish cloud-engine:dev /cloud-engine
}

image_runner-opentofu() {
  fill_runner
  finish "cloud-engine-runner:opentofu-$(tofu_version)" /cloud-engine-runner
}

# The runner whose cloud providers are the sandbox: no account, no network.
image_runner-sandbox() {
  fill_runner
  local type version
  place cloud-engine-sandbox /provider
  while read -r type version; do
    "$REPO/tools/mirror-add" "$root/mirror" "$type" "$version" "$root/provider"
  done < <(grep -v '^#' "$IMAGES/sandbox-providers")
  rm "$root/provider"
  finish "cloud-engine-runner:opentofu-$(tofu_version)-sandbox" /cloud-engine-runner
}

image_sandbox-cloud() {
  place cloud-engine-sandbox /cloud-engine-sandbox
  finish cloud-engine-sandbox:dev /cloud-engine-sandbox
}

# The runner mounts its own /tmp and work folder there: the engine needs both
# writable (plugin sockets, state), the image's own files stay read-only.
fill_runner() {
  place cloud-engine-runner /cloud-engine-runner
  install -D -m 755 "$("$REPO/tools/path" tofu)" "$root/usr/bin/tofu"
  "$REPO/tools/mirror" "$root/mirror"
  place_ca_bundle
  mkdir "$root/tmp" "$root/work"
  # No `direct` block: what is not in the mirror cannot be fetched.
  cat >"$root/etc/tofurc" <<'X'
provider_installation {
  filesystem_mirror {
    path = "/mirror"
  }
}
disable_checkpoint = true
X
}
