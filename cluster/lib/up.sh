# up: an instance that is healthy is kept, anything else is made anew.

up() {
  check
  claim_instance "$instance"
  keep_running || start_instance
  [ ${#words[@]} = 0 ] || load_images "${words[@]}"
  echo "$D/kubeconfig"
}

# True when the instance is up and healthy, if need be after starting services
# that were killed. A start that did not finish left no `ready`.
keep_running() {
  alive && [ -f "$D/ready" ] || return 1
  [ "$(cat "$D/flavour")" = "$flavour" ] ||
    die "instance $N is up as $(cat "$D/flavour"): cluster down --instance $N first"
  local name
  for name in $(dead_services); do
    say "cluster: starting $name again"
    service start "$name"
  done
  wait_ready 30 || { say "cluster: instance $N does not get healthy, making it anew" && return 1; }
}

start_instance() {
  local begin=${EPOCHREALTIME/./}
  say "cluster: starting instance $N ($flavour)"
  clean_instance
  lay_out
  enter
  connect
  wait_ready 120 || die "instance $N did not get ready; see $D/log"
  touch "$D/ready"
  say "cluster: instance $N is ready after $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
}

# Everything on disk, before the first process.
lay_out() {
  local root
  mkdir -p "$D"/{bin,log,svc}
  echo "$flavour" >"$D/flavour"
  link_tool kube
  make_pki "$D/pki" "$NODEIP"
  make_kubeconfigs
  [ "$flavour" = node ] || return 0
  link_tool containerd
  make_pause
  for root in $(cgroup_roots); do mkdir -p "$root"; done
}

# The binaries of the moment: an instance keeps them when tools are built anew.
link_tool() {
  local binary
  binary=$("$REPO/tools/path" "$1")
  ln -s "$(dirname "$binary")"/* "$D/bin/"
}

make_pause() {
  local root=$D/pause
  mkdir "$root"
  cp "$("$REPO/tools/path" pause)" "$root/pause"
  "$REPO/images/mkimage" "$D/pause.tar" localhost/pause:1 "$root" \
    '{"Entrypoint":["/pause"],"User":"65535:65535"}'
  rm -r "$root"
}

# PID 1 in namespaces of its own. In a session of its own and without our file
# descriptors, so that it outlives the caller and holds no pipe or lock open.
enter() {
  (
    close_inherited
    exec setsid unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private \
      "$CLUSTER/node/init" "$N" "$D" "$flavour" >"$D/log/init.log" 2>&1 </dev/null
  ) &
}

close_inherited() {
  local fd
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    [ "$fd" -le 2 ] || eval "exec $fd>&-"
  done
}

# The cable from the host; init waits for its end.
connect() {
  local init
  for _ in $(seq 250); do
    init=$(init_pid)
    [ -z "$init" ] || break
    sleep .02
  done
  [ -n "$init" ] || die "the namespaces did not start: $(tail -1 "$D/log/init.log")"
  ip link add "kn${N}h" type veth peer name eth0 netns "$init"
  ip address add "10.200.$N.1/30" dev "kn${N}h"
  ip link set "kn${N}h" up
}

# wait_ready SECONDS
wait_ready() {
  local end=$((SECONDS + $1))
  until api_ready && objects_ready; do
    [ $SECONDS -lt $end ] && alive || return 1
    sleep .1
  done
}

api_ready() {
  curl --silent --fail --max-time 5 --cacert "$D/pki/ca.crt" -o /dev/null "https://$NODEIP:6443/readyz"
}

objects_ready() {
  kubectl get serviceaccount default -o name >/dev/null 2>&1 || return 1
  [ "$(cat "$D/flavour")" = control-plane ] || node_ready
}

node_ready() {
  [ "$(kubectl get node node1 -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}{.spec.taints}' 2>/dev/null)" = True ]
}

kubectl() { "$D/bin/kubectl" --kubeconfig "$D/kubeconfig" "$@"; }
