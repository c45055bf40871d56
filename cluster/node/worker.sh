# What makes it a node: containerd, kubelet, scheduler, kube-proxy.

start_runtime() {
  mkdir -p "$D/cni" "$D/opt" "$D/kubelet"
  write_containerd_config
  write_cni_config
  run containerd containerd --config "$D/containerd.toml"
  until [ -S /run/containerd/containerd.sock ]; do sleep .02; done
  ctr --namespace k8s.io images import "$D/pause.tar" >"$D/log/import.log" 2>&1
}

start_node() {
  write_kubelet_config
  run kubelet kubelet --config="$D/kubelet.yaml" --kubeconfig="$D/kubelet.conf" --root-dir="$D/kubelet" \
    --cert-dir="$D/kubelet/pki" --hostname-override=node1 --node-ip="$NODEIP" --v=1
  run kube-scheduler kube-scheduler --kubeconfig="$D/scheduler.conf" --leader-elect=false --secure-port=0 \
    --authentication-kubeconfig="$D/scheduler.conf" --authorization-kubeconfig="$D/scheduler.conf"
  run kube-proxy kube-proxy --kubeconfig="$D/proxy.conf" --proxy-mode=nftables --cluster-cidr=10.244.0.0/16 \
    --hostname-override=node1 --bind-address="$NODEIP" --conntrack-max-per-core=0 --oom-score-adj=0 \
    --healthz-bind-address=127.0.0.1:10256
}

# oom scores stay as they are: lowering them wants CAP_SYS_RESOURCE, which a
# machine may lack, and no container would start.
write_containerd_config() {
  cat >"$D/containerd.toml" <<X
version = 4
root = '$D/containerd'
state = '/run/containerd'
imports = []
disabled_plugins = [
  'io.containerd.nri.v1.nri',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.erofs',
  'io.containerd.differ.v1.erofs',
  'io.containerd.mount-handler.v1.erofs',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.image-verifier.v1.bindir',
]
[plugins.'io.containerd.cri.v1.images']
  snapshotter = 'overlayfs'
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = 'localhost/pause:1'
[plugins.'io.containerd.cri.v1.runtime']
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins.'io.containerd.cri.v1.runtime'.containerd]
    default_runtime_name = 'runc'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
      runtime_type = 'io.containerd.runc.v2'
      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
        BinaryName = '/usr/sbin/runc'
        SystemdCgroup = false
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ['/usr/lib/cni']
    conf_dir = '$D/cni'
[plugins.'io.containerd.internal.v1.opt']
  path = '$D/opt'
X
}

write_cni_config() {
  cat >"$D/cni/10-bridge.conflist" <<'X'
{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "/run/cni-ipam",
            "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}},
  {"type": "loopback"}]}
X
}

write_kubelet_config() {
  cat >"$D/kubelet.yaml" <<X
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupRoot: /kn$N
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $D/pki/ca.crt}}
authorization: {mode: Webhook}
clusterDomain: cluster.local
resolvConf: ""
failSwapOn: false
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {memory.available: 50Mi, nodefs.available: 100Mi, imagefs.available: 100Mi}
podLogsDir: /var/log/pods
volumePluginDir: $D/volplugins
maxPods: 100
oomScoreAdj: 0
nodeStatusUpdateFrequency: 5s
fileCheckFrequency: 0s
httpCheckFrequency: 0s
X
}
