# The certificates of one instance: one EC CA signs them all. They outlive any test.

# make_pki DIR NODEIP
make_pki() {
  mkdir -p "$1"
  (
    cd "$1"
    new_key ca
    openssl req -x509 -new -key ca.key -subj /CN=cluster-ca -days 30 -out ca.crt \
      -addext keyUsage=critical,keyCertSign,cRLSign
    echo "subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$2,IP:10.96.0.1" >server.ext
    sign apiserver /CN=kube-apiserver server.ext
    sign admin /O=system:masters/CN=admin
    sign apiserver-kubelet /O=system:masters/CN=apiserver-kubelet
    sign controller-manager /CN=system:kube-controller-manager
    sign scheduler /CN=system:kube-scheduler
    sign kubelet /O=system:nodes/CN=system:node:node1
    sign proxy /CN=system:kube-proxy
    sign front-proxy /CN=front-proxy-client
    new_key sa
    openssl ec -in sa.key -pubout -out sa.pub
  ) 2>"$1/openssl.log" || die "making certificates failed: $(tail -1 "$1/openssl.log")"
}

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

# sign NAME SUBJECT [EXTENSIONS FILE]
sign() {
  new_key "$1"
  openssl req -new -key "$1.key" -subj "$2" |
    openssl x509 -req -CA ca.crt -CAkey ca.key -days 30 -out "$1.crt" \
      -set_serial "0x$(openssl rand -hex 8)" ${3:+-extfile "$3"}
}
