# check: names each missing prerequisite of $flavour and what to do about it.

check() {
  missing=0
  [ "$(id -u)" = 0 ] || lack "not root" "run as root: the cluster needs namespaces, mounts and a network of its own"
  check_debs
  check_tools
  [ $missing = 0 ] || exit 1
  check_namespaces
  [ "$flavour" = control-plane ] || check_node
  [ $missing = 0 ] || exit 1
}

lack() {
  say "check: $1: $2"
  missing=1
}

check_debs() {
  local packages
  packages=$("$REPO/tools/install-debs" --missing | xargs)
  [ -z "$packages" ] || lack "missing Debian packages: $packages" "run tools/install-debs"
}

check_tools() {
  local tool tools=(kube)
  [ "$flavour" = control-plane ] || tools+=(containerd pause)
  for tool in "${tools[@]}"; do
    "$REPO/tools/path" "$tool" >/dev/null 2>&1 || lack "$tool is not built" "run tools/install $tool"
  done
}

check_namespaces() {
  if ! unshare --mount --net --pid --fork --mount-proc true 2>/dev/null; then
    lack "no new namespaces" "allow unshare of mount, net and pid (in a container: run it privileged)"
  elif ! unshare --net ip link add name probe0 type veth peer name probe1 2>/dev/null; then
    lack "no veth devices" "load the kernel module veth"
  fi
}

check_node() {
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null ||
    lack "no overlayfs" "load the kernel module overlay"
  overlay_works || lack "overlayfs does not work in $STATE_ROOT" \
    "set CLOUD_ENGINE_CLUSTER_DIR to a folder on ext4, xfs or tmpfs"
  unshare --net nft add table ip probe 2>/dev/null || lack "no nftables" "load the kernel module nf_tables"
  unshare --net ip link add name probe type bridge 2>/dev/null || lack "no bridge devices" "load the kernel module bridge"
  local controller
  for controller in cpu memory pids; do
    awk -v c=$controller '$1 == c && $4 == 1 { found = 1 } END { exit !found }' /proc/cgroups ||
      grep -qsw $controller /sys/fs/cgroup/cgroup.controllers ||
      lack "no control group for $controller" "enable it on the kernel's command line"
  done
}

overlay_works() {
  local probe result=0
  mkdir -p "$STATE_ROOT" && probe=$(mktemp -d "$STATE_ROOT/probe.XXXX") || return 1
  mkdir "$probe"/{lower,upper,work,merged}
  unshare --mount mount -t overlay overlay "$probe/merged" \
    -o "lowerdir=$probe/lower,upperdir=$probe/upper,workdir=$probe/work" 2>/dev/null || result=1
  rm -rf "$probe"
  return $result
}
