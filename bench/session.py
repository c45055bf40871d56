"""One session from request to applied, approved the moment its plan is ready."""

import time
from datetime import datetime, timezone

NAMESPACE = "shop"
SESSIONS = f"/apis/cloudengine.dev/v1alpha1/namespaces/{NAMESPACE}/deploymentsessions"
CONTROLLER = "system:serviceaccount:cloud-engine:cloud-engine-controller"


def manifest(name):
    """The quick start's changes, with names and a stack of their own: every session creates everything anew."""
    return {
        "apiVersion": "cloudengine.dev/v1alpha1",
        "kind": "DeploymentSession",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "project": "shop",
            "stack": name,
            "changes": {"upsert": [
                {"name": f"net-{name}", "network": {"cidr": "10.20.0.0/16"}},
                {"name": f"vm-{name}", "vm": {
                    "machineType": "e2-medium", "network": {"name": f"net-{name}"}, "tags": ["web"]}},
                {"name": f"files-{name}", "bucket": {}},
                {"name": f"greeting-{name}", "module": {
                    "source": "configmap/greeting-module",
                    "inputs": {"greeting": "Hello"},
                    "outputs": ["message", "made_at", "token"]}},
            ]},
            "outputsSecret": f"{name}-outputs",
        },
    }


class Session:
    """Runs on construction. `seconds` is the wall time, `began` and `ended` are clock times."""

    def __init__(self, cluster, name):
        self.name, self.began, start = name, time.time(), time.monotonic()
        self.uid = cluster.call("POST", SESSIONS, manifest(name))["metadata"]["uid"]
        planned = reach(cluster, name, "PlanReady")
        self.planned = time.monotonic() - start
        approve(cluster, planned)
        reach(cluster, name, "Applied")
        self.seconds, self.ended = time.monotonic() - start, time.time()

    def short(self):
        """As it stands in the names of its Jobs."""
        return self.uid.replace("-", "")[:12]


def reach(cluster, name, phase):
    for session in cluster.watch(SESSIONS, name):
        now = session.get("status", {}).get("phase")
        if now == phase:
            return session
        if now in ("Applied", "Failed", "Cancelled", "Expired"):
            raise RuntimeError(f"{name} ended {now}: {session['status'].get('conditions')}")


def approve(cluster, session):
    entry = {
        "by": "admin",
        "planDigest": session["status"]["plan"]["digest"],
        "at": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    meta = {"uid": session["metadata"]["uid"]}
    cluster.call("PATCH", f"{SESSIONS}/{session['metadata']['name']}", {"metadata": meta, "spec": {"approvals": [entry]}})


def latency(session, writes):
    """Seconds from the stored approval to the created apply Job, by the API server's clock."""
    mine = [w for w in writes if session.began - 1 < w.at]
    approved = next(w.at for w in mine if w.name == session.name and w.verb == "patch" and not w.subresource
                    and w.user != CONTROLLER and w.resource == "deploymentsessions")
    created = next(w.at for w in mine if w.name.startswith(f"ce-apply-{session.short()}") and w.verb == "create"
                   and w.resource == "jobs")
    return created - approved
