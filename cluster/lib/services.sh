# The services of a running instance. Each has its start command as a file in
# D/svc, so that one can be killed and started again while the rest goes on.

inside() { nsenter --target "$(init_pid)" --mount --net --pid "$@"; }

service() { inside "$CLUSTER/node/service" "$1" "$D" "$2"; }

need_service() {
  need_alive
  [ $# -eq 1 ] && [ -x "$D/svc/$1" ] || die "which service? there are: $(cd "$D/svc" && echo *)"
}

kill_service() {
  need_service "$@"
  service kill "$1" || die "$1 was not running"
}

start_service() {
  need_service "$@"
  service alive "$1" || service start "$1"
}

dead_services() {
  local file name
  for file in "$D"/svc/*; do
    name=$(basename "$file")
    service alive "$name" || echo "$name"
  done
}
