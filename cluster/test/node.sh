# What runs on a node, and what a control plane does by itself.

test_node() {
  make_probe_image
  try "an image is loaded into the running node" cluster load --instance "$(number_of "$node")" "$work/probe.tar"
  try "a pod without security settings is refused" refuses_loose_pod
  serve_on_host
  try "restricted pod and Job are accepted" apply_workload
  try "a restricted pod from a scratch image gets ready" \
    kube wait -n strict pod/web --for=condition=Ready --timeout=30s
  try "a Job reaches service and host, and completes" \
    kube wait -n strict job/reach --for=condition=Complete --timeout=60s
  try "its log can be read" says "http://10.96.0.80 ok" kube logs -n strict job/reach
  kill "$host_server" 2>/dev/null
}

test_plane() {
  try "mutating admission policies are served" says mutatingadmissionpolicies \
    kube_cp api-resources --api-group=admissionregistration.k8s.io -o name
  try "a control plane runs no Job controller" leaves_jobs_alone
  try "a namespace is deleted with its content" namespace_goes
  try "the audit log names who wrote" says '"username":"admin"' \
    cat "$(dirname "$plane")/log/audit.jsonl"
}

keeps() {
  local again
  again=$(cluster up --instance "$(number_of "$node")") && [ "$again" = "$node" ]
}

# says TEXT COMMAND...
says() {
  local output
  output=$("${@:2}") && grep -qF -- "$1" <<<"$output" || { echo "$output" | tail -5 && return 1; }
}

make_probe_image() {
  mkdir "$work/probe"
  cp "$("$REPO/tools/path" probe)" "$work/probe/probe"
  "$REPO/images/mkimage" "$work/probe.tar" localhost/probe:1 "$work/probe" '{"Entrypoint":["/probe"]}'
}

serve_on_host() {
  "$work/probe/probe" serve "$(host_address):18080" &
  host_server=$!
}

host_address() { echo "10.200.$(number_of "$node").1"; }

apply_workload() {
  sed "s/HOST_ADDRESS/$(host_address)/" "$CLUSTER/test/workload.yaml" | kube apply -f -
}

refuses_loose_pod() {
  kube create namespace loose && kube label namespace loose pod-security.kubernetes.io/enforce=restricted || return 1
  ! kube run -n loose loose --image localhost/probe:1
}

leaves_jobs_alone() {
  kube_cp create job idle --image localhost/probe:1 && sleep 1 &&
    [ -z "$(kube_cp get pods -o name)" ]
}

namespace_goes() {
  kube_cp create namespace brief &&
    kube_cp create configmap -n brief content &&
    kube_cp delete namespace brief --timeout=30s
}
