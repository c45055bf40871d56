# Tear-down, in the order that leaves nothing: PID 1 of the namespaces, with
# which every process, mount and network of the node goes; the host's end of
# the cable; the control groups; the folder.

down() {
  if [ "$all" = no ]; then
    down_one "$instance"
    return
  fi
  # Side by side: most of it is waiting for the kernel.
  local number pid pids=() failed=0
  for number in $(instances); do
    (down_one "$number") &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  return $failed
}

down_one() {
  claim_instance "$1"
  clean_instance
  rmdir "$STATE_ROOT" 2>/dev/null || true
  say "cluster: instance $N is gone"
}

clean_instance() {
  kill_tree
  ip link delete "kn${N}h" 2>/dev/null || true
  remove_cgroups
  rm -rf "$D"
}

# SIGTERM would make the API server drain for seconds; nothing is worth saving.
kill_tree() {
  local outer init
  outer=$(outer_pid)
  [ -n "$outer" ] || return 0
  init=$(init_pid)
  [ -z "$init" ] || kill -9 "$init" 2>/dev/null || true
  wait_gone "$outer" || { kill -9 "$outer" && wait_gone "$outer"; } ||
    die "process $outer of instance $N does not end"
}

wait_gone() {
  for _ in $(seq 250); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep .02
  done
  return 1
}

# A group can be removed only when its last process has been reaped, which may
# be a moment after the namespace died.
remove_cgroups() {
  local root
  for root in $(cgroup_roots); do
    for _ in $(seq 100); do
      [ -d "$root" ] || break
      find "$root" -depth -type d -exec rmdir {} \; 2>/dev/null || true
      [ -d "$root" ] && sleep .05
    done
    [ ! -d "$root" ] || die "control group $root does not go away; processes in it: $(find "$root" -name cgroup.procs -exec cat {} +)"
  done
}
