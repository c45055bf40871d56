# The images, with the probe standing in for the product's own binaries.

test_images() {
  local binary
  mkdir "$work/bin"
  for binary in cloud-engine cloud-engine-runner cloud-engine-sandbox; do
    cp "$work/probe/probe" "$work/bin/$binary"
  done
  try "the images are made" build_images "$work/images"
  try "the same binaries give the same images" same_images
  try "a binary that is not static is refused" refuses_dynamic
  try "every image is loaded" cluster load --instance "$(number_of "$node")" "$work"/images/*.tar
  try "a Job of the runner's image is accepted" kube apply -f "$CLUSTER/test/runner.yaml"
  try "the engine plans and applies in it" kube wait -n runs job/engine --for=condition=Complete --timeout=60s
  try "with the providers of its mirror" says "3 added" kube logs -n runs job/engine -c apply
}

build_images() { "$REPO/images/build" "$1" --bin-dir "$work/bin"; }

same_images() {
  (umask 077 && build_images "$work/again") && diff -rq "$work/images" "$work/again"
}

refuses_dynamic() {
  mkdir "$work/dynamic"
  cp /bin/true "$work/dynamic/cloud-engine"
  ! "$REPO/images/build" "$work/refused" --bin-dir "$work/dynamic" cloud-engine
}
