# What is killed, and what comes back.

test_crashes() {
  local number
  number=$(number_of "$node")
  try "a killed service is named as dead" names_dead_kubelet
  try "it is started again alone" cluster start --instance "$number" kubelet
  try "none is dead then" none_dead
  try "up starts what was killed and keeps the state" up_mends
  try "every process killed: up makes a new one" up_after_massacre
  try "up killed in the middle: up makes a new one" up_after_killed_up
}

dead_line() { cluster status | grep "^$(number_of "$node") "; }

names_dead_kubelet() {
  cluster kill --instance "$(number_of "$node")" kubelet && says "dead: kubelet" dead_line
}

none_dead() { [[ $(dead_line) != *dead* ]]; }

up_mends() {
  cluster kill --instance "$(number_of "$node")" etcd &&
    cluster kill --instance "$(number_of "$node")" kube-apiserver &&
    keeps && kube get namespace strict
}

up_after_massacre() {
  tree | xargs kill -9 || return 1
  says "dead" dead_line && keeps && ! kube get namespace strict 2>/dev/null
}

# The process that holds the namespaces and their PID 1.
tree() (
  source "$CLUSTER/lib/instance.sh"
  use_instance "$(number_of "$node")"
  outer_pid
  init_pid
)

up_after_killed_up() {
  local number up
  number=$(number_of "$node")
  cluster down --instance "$number" || return 1
  "$CLUSTER/cluster" up --instance "$number" &
  up=$!
  sleep 1.5
  kill -9 $up
  says "starting" dead_line && keeps && none_dead
}
