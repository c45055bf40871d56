# Instances: number N has the state folder kn-N, the network 10.200.N.0/30, the
# device knNh and the control groups knN. It lives as long as that device: the
# kernel removes it together with the namespace at its other end.

STATE_ROOT=${CLOUD_ENGINE_CLUSTER_DIR:-/var/tmp/cloud-engine}
LOCKS=/run/lock/cloud-engine # not in STATE_ROOT: the numbers belong to the machine
FIRST_AUTO=20
LAST=250

say() { echo "$@" >&2; }
die() { say "cluster: $*"; exit 1; }

# use_instance N: sets N, D (state folder) and NODEIP.
use_instance() {
  [[ $1 =~ ^[1-9][0-9]{0,2}$ ]] && [ "$1" -le $LAST ] ||
    die "an instance is a number from 1 to $LAST, not '$1'"
  N=$1 D=$STATE_ROOT/kn-$1 NODEIP=10.200.$1.2
}

alive() { ip link show "kn${N}h" >/dev/null 2>&1; }

need_alive() { alive && [ -d "$D" ] || die "instance $N is not up: cluster up --instance $N"; }

# The lock of N is held by whoever starts, changes or removes it, until exit.
lock_instance() {
  mkdir -p "$LOCKS"
  exec 8>"$LOCKS/$N.lock"
  flock "$@" 8
}

# claim_instance N|auto: sets N and holds its lock.
claim_instance() {
  if [ "$1" != auto ]; then
    use_instance "$1"
    lock_instance --wait 300 || die "another command has held instance $N for 300 s"
    return
  fi
  local candidate
  for candidate in $(seq $FIRST_AUTO $LAST); do
    use_instance "$candidate"
    if lock_instance --nonblock && ! alive; then return; fi
  done
  die "every instance from $FIRST_AUTO to $LAST is in use: cluster down --all"
}

print_kubeconfig() {
  need_alive
  echo "$D/kubeconfig"
}

# The process that holds the namespaces, and in them PID 1 as the host sees it;
# nothing when there is none. The process table is asked, not a file: a start
# may have been killed before it wrote one. The oldest of them: its child bears
# the same words until it runs its own program.
outer_pid() { pgrep -oxf "unshare --mount .*/node/init $N $D .*" || true; }

init_pid() {
  local outer
  outer=$(outer_pid)
  [ -z "$outer" ] || xargs <"/proc/$outer/task/$outer/children"
}

# The control groups that hold this instance's pods, one a line: one in each
# hierarchy of version 1, and that of version 2, which may stand beside them.
cgroup_roots() {
  awk -v n="$N" '$3 ~ /^cgroup2?$/ { print $2 "/kn" n }' /proc/mounts | sort -u
}

instances() {
  find "$STATE_ROOT" -maxdepth 1 -name 'kn-*' -type d 2>/dev/null | sed 's/.*kn-//' | sort -n
}

status() {
  local number dead
  for number in $(instances); do
    use_instance "$number"
    if ! alive; then
      echo "$N dead: cluster down --instance $N removes it"
    elif [ ! -f "$D/ready" ]; then
      echo "$N starting"
    else
      dead=$(dead_services | xargs)
      echo "$N $(cat "$D/flavour")${dead:+, dead: $dead} $D/kubeconfig"
    fi
  done
}
