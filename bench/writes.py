"""The controller's writes of one session, and which part of it made them."""

from collections import Counter

from session import CONTROLLER, NAMESPACE

# By the beginning of the object's name; see docs/architecture.md, "Objects".
PARTS = {
    "ce-blob-": "blobs",
    "ce-stack-": "stack head",
    "ce-report-": "gateway",
    "ce-log-": "gateway",
    "ce-claim-": "gateway",
    "ce-ref-": "gateway",
}


def part(write, session):
    """Which row of the table it counts to."""
    if write.resource == "leases":
        return "Lease"
    if write.resource.endswith("reviews"):
        return "reviews"  # TokenReview and the like: nothing is stored
    if write.resource == "cloudprojects":
        return "project"
    if write.resource in ("deploymentsessions", "jobs"):
        return "session"
    if write.name == f"{session.name}-outputs":
        return "gateway"
    return next((p for start, p in PARTS.items() if write.name.startswith(start)), "other")


def of(session, writes, quiet):
    """What the controller wrote from the session's request until `quiet` seconds after its end."""
    return [w for w in writes if w.user == CONTROLLER and session.began <= w.at <= session.ended + quiet]


def count(session, writes, quiet):
    return Counter(part(w, session) for w in of(session, writes, quiet))


def listing(cluster, session, writes, quiet):
    """One line a write, in order, with what each Secret holds."""
    secrets = cluster.call("GET", f"/api/v1/namespaces/{NAMESPACE}/secrets")["items"]
    holds = {s["metadata"]["name"]: s["metadata"].get("labels", {}).get("cloudengine.dev/part", "") for s in secrets}
    for number, write in enumerate(of(session, writes, quiet), 1):
        after = (write.at - session.began) * 1000
        yield f"{number:>3} {after:>7.0f} ms  {part(write, session):<10} {write} {holds.get(write.name, '')}".rstrip()
