# make_kubeconfig FILE CERTIFICATE SERVER: self-contained, so that it can be
# copied and handed to other programs.
make_kubeconfig() {
  local pki=$D/pki
  (umask 077 && cat >"$1") <<X
apiVersion: v1
kind: Config
current-context: cluster
contexts: [{name: cluster, context: {cluster: cluster, user: user}}]
clusters:
- name: cluster
  cluster: {server: "$3", certificate-authority-data: $(base64 -w0 "$pki/ca.crt")}
users:
- name: user
  user: {client-certificate-data: $(base64 -w0 "$pki/$2.crt"), client-key-data: $(base64 -w0 "$pki/$2.key")}
X
}

make_kubeconfigs() {
  local program
  make_kubeconfig "$D/kubeconfig" admin "https://$NODEIP:6443"
  for program in controller-manager scheduler kubelet proxy; do
    make_kubeconfig "$D/$program.conf" $program https://127.0.0.1:6443
  done
}
