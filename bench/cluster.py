"""The API server of a local cluster: JSON calls, watches, and its audit log."""

import base64
import http.client
import json
import re
import ssl
import tempfile
import time
from datetime import datetime
from pathlib import Path


class Cluster:
    """`folder` is the instance's state folder, which cluster/cluster prints the kubeconfig of."""

    def __init__(self, folder):
        self.folder = Path(folder)
        text = (self.folder / "kubeconfig").read_text()
        self.host, self.port = re.search(r"https://([\d.]+):(\d+)", text).groups()
        fields = {key: base64.b64decode(value) for key, value in re.findall(r"([\w-]+)-data: ([\w+/=]+)", text)}
        self.tls = ssl.create_default_context(cadata=fields["certificate-authority"].decode())
        with tempfile.NamedTemporaryFile() as pair:
            pair.write(fields["client-certificate"] + fields["client-key"])
            pair.flush()
            self.tls.load_cert_chain(pair.name)

    def _send(self, method, path, body=None):
        connection = http.client.HTTPSConnection(self.host, int(self.port), context=self.tls, timeout=300)
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": kind})
        response = connection.getresponse()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {response.read().decode()[:400]}")
        return response

    def call(self, method, path, body=None):
        return json.load(self._send(method, path, body))

    def watch(self, collection, name):
        """Each version of one object, the present one first."""
        query = f"{collection}?watch=true&fieldSelector=metadata.name%3D{name}&timeoutSeconds=240"
        for line in self._send("GET", query):
            yield json.loads(line)["object"]
        raise RuntimeError(f"{name} was watched for 240 s")

    def writes(self):
        """Every write so far, in the order in which they ended."""
        for line in (self.folder / "log/audit.jsonl").read_text().splitlines():
            event = json.loads(line)
            if event["stage"] == "ResponseComplete" and "dryRun=" not in event["requestURI"]:
                yield Write(event)


class Write:
    """One line of the audit log."""

    def __init__(self, event):
        self.at = datetime.fromisoformat(event["stageTimestamp"].replace("Z", "+00:00")).timestamp()
        self.user = event["user"]["username"]
        self.verb = event["verb"]
        ref = event.get("objectRef", {})
        self.resource = ref.get("resource", "")
        self.subresource = ref.get("subresource", "")
        self.name = ref.get("name", "")
        self.code = event.get("responseStatus", {}).get("code", 0)

    def __str__(self):
        what = self.resource + (f"/{self.subresource}" if self.subresource else "")
        return f"{self.verb:<7} {what:<30} {self.name} {'' if self.code < 300 else self.code}".rstrip()


def until(seconds, check):
    """Asks again and again; what `check` answers, once it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.1)
    raise RuntimeError(f"not so after {seconds} s: {check.__doc__ or check}")
