"""What a session is compared with: the engine alone on the same files, and two empty pods."""

import base64
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from session import NAMESPACE

SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"


def files(cluster, session):
    """The configuration that the session's runner was given."""
    found = cluster.call("GET", f"{SECRETS}?labelSelector=cloudengine.dev/session={session.uid},cloudengine.dev/part=bundle")
    chunks = sorted(found["items"], key=lambda s: int(s["metadata"]["name"].rsplit("-", 1)[1]))
    return json.loads(b"".join(base64.b64decode(s["data"]["bytes"]) for s in chunks))["files"]


def engine(tofu, mirror, store, given):
    """Seconds of init, plan and apply of these files in an empty folder, state in a file."""
    with tempfile.TemporaryDirectory() as root:
        work = Path(root, "work")
        for path, text in given.items():
            target = work / path
            target.parent.mkdir(parents=True, exist_ok=True)
            # The runner's backend is its own listener: here it is a file.
            target.write_text(text.replace('backend "http"', 'backend "local"'))
        cli = Path(root, "cli")
        cli.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\ndisable_checkpoint = true\n')
        env = {"PATH": os.environ["PATH"], "HOME": root, "TF_CLI_CONFIG_FILE": str(cli), "TF_IN_AUTOMATION": "1",
               "CLOUD_ENGINE_SANDBOX_URL": store}
        start = time.monotonic()
        for command in ("init", "plan -out=plan", "apply"):
            arguments = [*command.split(), "-input=false", "-no-color"] + (["plan"] if command == "apply" else [])
            run = subprocess.run([tofu, *arguments], cwd=work, env=env, capture_output=True, text=True)
            if run.returncode:
                raise RuntimeError(f"tofu {command}: {run.stdout}{run.stderr}")
        return time.monotonic() - start


def pod(cluster, name):
    """Seconds until an empty pod runs."""
    start = time.monotonic()
    cluster.call("POST", PODS, {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "empty",
                "image": "localhost/pause:1",
                "imagePullPolicy": "Never",
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            }],
        },
    })
    for seen in cluster.watch(PODS, name):
        if seen["status"].get("phase") == "Running":
            break
    seconds = time.monotonic() - start
    cluster.call("DELETE", f"{PODS}/{name}")
    return seconds
