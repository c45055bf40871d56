# etcd, the API server, the controllers.

start_control_plane() {
  run etcd etcd --data-dir "$D/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379
  write_audit_policy
  local pki=$D/pki
  run kube-apiserver kube-apiserver \
    --etcd-servers=http://127.0.0.1:2379 --etcd-compaction-interval=0 \
    --bind-address=0.0.0.0 --secure-port=6443 --advertise-address="$NODEIP" --profiling=false \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --service-cluster-ip-range=10.96.0.0/16 --allow-privileged=true \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
    --kubelet-client-certificate="$pki/apiserver-kubelet.crt" --kubelet-client-key="$pki/apiserver-kubelet.key" \
    --kubelet-preferred-address-types=InternalIP \
    --requestheader-client-ca-file="$pki/ca.crt" --requestheader-allowed-names=front-proxy-client \
    --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group \
    --requestheader-username-headers=X-Remote-User \
    --proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key" \
    --enable-aggregator-routing=true \
    --audit-policy-file="$D/audit.yaml" --audit-log-path="$D/log/audit.jsonl"
}

# Who wrote what: tests compare it with the rights that were granted.
write_audit_policy() {
  cat >"$D/audit.yaml" <<'X'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, verbs: [create, update, patch, delete], omitManagedFields: true}
- {level: None}
X
}

start_controllers() {
  local controllers='*'
  # A test of the control plane plays kubelet and Job controller itself: those
  # that would act on pods, nodes and Jobs stay away.
  [ "$flavour" = node ] || controllers=serviceaccount-controller,serviceaccount-token-controller,root-ca-certificate-publisher-controller,namespace-controller,garbage-collector-controller,validatingadmissionpolicy-status-controller,clusterrole-aggregation-controller,ttl-after-finished-controller
  # At the default 20 requests a second its start alone takes 5 s.
  run kube-controller-manager kube-controller-manager --kubeconfig="$D/controller-manager.conf" \
    --leader-elect=false --secure-port=0 --kube-api-qps=500 --kube-api-burst=1000 \
    --controllers="$controllers" --use-service-account-credentials=true \
    --service-account-private-key-file="$D/pki/sa.key" --root-ca-file="$D/pki/ca.crt" \
    --node-monitor-period=2s
}
