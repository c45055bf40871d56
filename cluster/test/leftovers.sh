# What an instance could leave on the machine. Other instances may come and go
# meanwhile, so their devices and control groups are left out.

snapshot() {
  echo "# mounts" && sort /proc/mounts
  echo "# devices" && ip -o link | awk '{ print $2 }' | grep -v '^kn' | sort
  echo "# control groups" && find /sys/fs/cgroup -type d ! -path '*/kn[0-9]*' | sort
  echo "# packet filter" && nft list ruleset
  echo "# forwarding" && cat /proc/sys/net/ipv4/ip_forward
}

leaves_nothing() {
  local number numbers
  numbers=$(number_of "$node")\ $(number_of "$plane")
  cluster down --all || return 1
  snapshot >"$work/after"
  diff "$work/before" "$work/after" || return 1
  for number in $numbers; do
    ! ip link show "kn${number}h" 2>/dev/null || return 1
    [ -z "$(find /sys/fs/cgroup -type d -name "kn$number")" ] || { echo "control groups kn$number" && return 1; }
  done
  ! pgrep -af "$CLOUD_ENGINE_CLUSTER_DIR" || return 1
  [ ! -e "$CLOUD_ENGINE_CLUSTER_DIR" ] || { ls -R "$CLOUD_ENGINE_CLUSTER_DIR" && return 1; }
}
