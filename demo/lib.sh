# Helpers of the demo: each prints what it does.

PROGRAMS=target/x86_64-unknown-linux-gnu/release
CE=$PROGRAMS/cloud-engine

step() { printf '\n── %s (%d s)\n' "$*" $((SECONDS - began)); }
die() { echo "demo: $*" >&2; exit 1; }
field() { kubectl get dsession "$1" -n shop -o jsonpath="{$2}"; }

build_programs() {
  RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --locked --target x86_64-unknown-linux-gnu
}

# install_chart: the chart, and nothing else.
install_chart() {
  local extra=() service
  if ! kubectl get service kube-dns -n kube-system >/dev/null 2>&1; then
    # Without DNS, as on the local cluster, runners get addresses, near that of the API server.
    service=$(kubectl get service kubernetes -n default -o 'jsonpath={.spec.clusterIP}')
    extra=(--set "gateway.clusterIP=${service%.*}.50" --set "sandbox.clusterIP=${service%.*}.51")
  fi
  if [ "${REGISTRY:-localhost}" != localhost ]; then
    extra+=(--set "image.repository=$REGISTRY/cloud-engine")
    extra+=(--set "engines[0].kind=OpenTofu" --set-string "engines[0].version=1.12.6")
    extra+=(--set "engines[0].image=$REGISTRY/cloud-engine-runner:opentofu-1.12.6")
    extra+=(--set "engines[0].sandboxImage=$REGISTRY/cloud-engine-runner:opentofu-1.12.6-sandbox")
    extra+=(--set "sandbox.image=$REGISTRY/cloud-engine-sandbox:dev")
  fi
  renew_pods
  "$(tools/path helm)" upgrade --install cloud-engine charts/cloud-engine --namespace cloud-engine \
    --create-namespace --set 'projectNamespaces={shop}' "${extra[@]}" >/dev/null
  mark_pods
  kubectl rollout status deployment/cloud-engine-sandbox -n cloud-engine --timeout=120s
  kubectl rollout status deployment/cloud-engine-controller -n cloud-engine --timeout=120s
}

# The program of each deployment, of which an annotation says what was built when its pods were made: a new image
# under the same tag needs new pods, the same image does not.
program_sum() { sha256sum "$PROGRAMS/${1/-controller/}" | cut -c1-16; }

renew_pods() {
  local name sum
  kubectl get deployments -n cloud-engine -o 'jsonpath={range .items[*]}{.metadata.name} {.metadata.annotations.demo-program}{"\n"}{end}' |
    while read -r name sum; do
      [ "$sum" = "$(program_sum "$name")" ] || kubectl rollout restart "deployment/$name" -n cloud-engine
    done
}

mark_pods() {
  local name
  for name in cloud-engine-controller cloud-engine-sandbox; do
    kubectl annotate deployment "$name" -n cloud-engine --overwrite "demo-program=$(program_sum $name)" >/dev/null
  done
}

# sandbox_list: asks the store itself, through the API server.
sandbox_list() {
  kubectl get --raw /api/v1/namespaces/cloud-engine/services/cloud-engine-sandbox:http/proxy/v1/resources |
    python3 -c '
import json, sys
answer = json.load(sys.stdin)
for item in answer["resources"] if isinstance(answer, dict) else answer:
    print("  ", item.get("type"), item.get("id"))'
}

# ask FILE: applies a session. Right after an installation the API server's admission may not know the kind yet.
ask() {
  local told deadline=$((SECONDS + 30))
  until told=$(kubectl apply -f "$1" 2>&1); do
    [[ $told == *"There can be a delay"* && $SECONDS -lt $deadline ]] || die "$told"
    sleep 0.5
  done
  echo "$told"
}

# wait_phase SESSION PHASE: shows each phase on the way; another end stops the demo with the reason.
wait_phase() {
  local last= phase deadline=$((SECONDS + 180))
  while [ $SECONDS -lt $deadline ]; do
    phase=$(field "$1" .status.phase)
    [ "$phase" = "$last" ] || echo "   $1: $phase"
    last=$phase
    [ "$phase" = "$2" ] && return
    case $phase in Applied | Failed | Cancelled | Expired) kubectl describe dsession "$1" -n shop; die "$1 ended $phase" ;; esac
    sleep 0.3
  done
  kubectl describe dsession "$1" -n shop
  kubectl logs -n cloud-engine deployment/cloud-engine-controller --tail=40 >&2
  die "$1 did not reach $2 in 180 s"
}

# clear_earlier: an earlier demo's resources go first, by a session like any other.
clear_earlier() {
  local count
  count=$(kubectl get cproj shop -n shop --ignore-not-found -o jsonpath='{.status.resourceCount}')
  [ "${count:-0}" != 0 ] || return 0
  step "What an earlier demo made is destroyed first"
  kubectl delete dsession cleared -n shop --ignore-not-found --wait=true >/dev/null
  cat >"${TMPDIR:-/tmp}/ce-cleared.yaml" <<'YAML'
apiVersion: cloudengine.dev/v1alpha1
kind: DeploymentSession
metadata: {name: cleared, namespace: shop}
spec: {project: shop, action: Destroy}
YAML
  ask "${TMPDIR:-/tmp}/ce-cleared.yaml"
  wait_phase cleared PlanReady
  "$CE" approve cleared -n shop --digest "$(field cleared .status.plan.digest)" --yes
  wait_phase cleared Applied
}

# demo_tampered: the attacker may write Secrets; the approval is bound to the bytes all the same.
demo_tampered() {
  sed -e 's/name: hello/name: tampered/' -e 's/greeting: Hello/greeting: Goodbye/' \
    -e 's/hello-outputs/tampered-outputs/' examples/quickstart/session.yaml >"${TMPDIR:-/tmp}/ce-tampered-session.yaml"
  ask "${TMPDIR:-/tmp}/ce-tampered-session.yaml"
  wait_phase tampered PlanReady
  local uid secret before
  uid=$(field tampered .metadata.uid)
  before=$(kubectl get cproj shop -n shop -o jsonpath='{.status.stacks[0].stateSerial}')
  secret=$(kubectl get secret -n shop -l "cloudengine.dev/session=$uid,cloudengine.dev/part=plan" -o jsonpath='{.items[0].metadata.name}')
  [ -n "$secret" ] || die "the plan's Secret was not found"
  kubectl get secret "$secret" -n shop -o json |
    python3 -c '
import base64, json, sys
secret = json.load(sys.stdin)
key = next(iter(secret["data"]))
value = bytearray(base64.b64decode(secret["data"][key]))
value[len(value) // 2] ^= 1
secret["data"][key] = base64.b64encode(bytes(value)).decode()
for gone in ("resourceVersion", "uid", "creationTimestamp", "managedFields"):
    secret["metadata"].pop(gone, None)
json.dump(secret, sys.stdout)' >"${TMPDIR:-/tmp}/ce-tampered.json"
  kubectl delete secret "$secret" -n shop
  kubectl create -f "${TMPDIR:-/tmp}/ce-tampered.json" --as=system:serviceaccount:cloud-engine:cloud-engine-controller --as-group=system:masters
  rm -f "${TMPDIR:-/tmp}/ce-tampered.json"
  "$CE" approve tampered -n shop --digest "$(field tampered .status.plan.digest)" --yes
  local phase= deadline=$((SECONDS + 90))
  while [ $SECONDS -lt $deadline ]; do
    phase=$(field tampered .status.phase)
    case $phase in Applied | Failed | Cancelled | Expired) break ;; esac
    sleep 0.3
  done
  echo "   tampered: $phase: $(kubectl get dsession tampered -n shop -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}')"
  [ "$phase" = Failed ] || die "a tampered plan ended $phase, not Failed"
  [ "$(kubectl get cproj shop -n shop -o jsonpath='{.status.stacks[0].stateSerial}')" = "$before" ] || die "the state moved"
  echo "   the state is still at serial $before: nothing was applied"
}
