#!/usr/bin/env python3
"""Rebuilds data/<provider>/schema.json from the provider's published bindings.

    python3 data/rebuild.py google [--wheel FILE]

Without --wheel the wheel is fetched with pip into a temporary folder. The
bindings are generated from the provider's own schema, so names, types, flags
and nesting are the provider's; what they leave out (defaults, what replaces,
sensitivity) is kept by hand in data/<provider>/behaviour.json.

Only the types named in WANTED are taken. The output has sorted keys and no
time in it, so a rebuild from the same wheel gives the same bytes.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent

WANTED = {
    "google": {
        "package": "cdktn-provider-google",
        "package_version": "21.1.0",
        "provider": "hashicorp/google",
        "version": "8.7.0",
        "resources": [
            "google_compute_attached_disk",
            "google_compute_disk",
            "google_compute_firewall",
            "google_compute_instance",
            "google_compute_network",
            "google_compute_router",
            "google_compute_router_nat",
            "google_compute_subnetwork",
            "google_service_account",
            "google_storage_bucket",
        ],
        "data_sources": [
            "google_compute_image",
            "google_compute_network",
            "google_compute_subnetwork",
            "google_compute_zones",
        ],
        # Facts the bindings do not carry, from the provider's documentation:
        # blocks of at most one that read as repeated ones.
        "at_most_one": {"provider": ["batching", "external_credentials"]},
    },
}

FLAGS = re.compile(
    r"// (?P<name>[a-z0-9_]+) - computed: (?P<computed>true|false), "
    r"optional: (?P<optional>true|false), required: (?P<required>true|false)\n"
    r"(?P<body>.*?)(?=\n    // [a-z0-9_]+ - computed:|\n    // =====|\n}\n)",
    re.S,
)
CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{\n(.*?)^}\n", re.S | re.M)
NESTED = re.compile(r"= new (?!cdktn\.)(\w+)\(this, \"\w+\"(?:, (true|false))?\)")
STRING_MAP = re.compile(r"= new cdktn\.(String|Boolean|Number)Map\(")
GETTER = re.compile(r"return (cdktn\.Fn\.tolist\()?(?:cdktn\.Token\.asNumberList\()?this\.(get\w+Attribute|interpolationForAttribute)\(")

SIMPLE = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": "list(string)",
    "getNumberListAttribute": "list(number)",
    "getStringMapAttribute": "map(string)",
}


def fail(message):
    sys.exit(f"rebuild: {message}")


def mode(match):
    if match["required"] == "true":
        return "required"
    words = [w for w in ("optional", "computed") if match[w] == "true"]
    return " ".join(words) or fail(f"{match['name']} has no mode")


def simple_type(name, body):
    found = STRING_MAP.search(body)
    if found:
        return f"map({found[1].lower().replace('boolean', 'bool')})"
    found = GETTER.search(body)
    if not found or found[2] not in SIMPLE:
        fail(f"{name}: no type in {body[:120]!r}")
    kind = SIMPLE[found[2]]
    return kind.replace("list(", "set(") if found[1] else kind


def read_class(name, classes):
    """Attributes and blocks of one generated class."""
    attributes, blocks = {}, {}
    for match in FLAGS.finditer(classes[name] + "}\n"):
        body, field = match["body"], match["name"]
        nested = NESTED.search(body)
        if not nested:
            attributes[field] = f"{simple_type(field, body)} {mode(match)}"
            continue
        of, wraps_set = nested[1], nested[2]
        repeated = wraps_set is not None
        inner = of.removesuffix("List") + "OutputReference" if repeated else of
        members = read_class(inner, classes)
        nesting = "set" if wraps_set == "true" else "list"
        if match["computed"] == "true" and match["optional"] == "false":
            attributes[field] = {"nesting": nesting, "mode": "computed", **members}
        elif field == "timeouts":
            blocks[field] = {"nesting": "single", **members}
        else:
            block = {"nesting": nesting}
            if match["required"] == "true":
                block["min"] = 1
            if not repeated:
                block["max"] = 1
            blocks[field] = {**block, **members}
    return {"attributes": attributes, **({"blocks": blocks} if blocks else {})}


def read_provider(text, name, at_most_one):
    """Provider blocks carry no flags; everything in them is optional."""

    def members(of):
        start = text.index(of)
        attributes, blocks = {}, {}
        part = text[start : text.index("// remove undefined attributes", start)]
        for field, value, is_block, kind, storage in re.findall(
            r"^            (\w+): \{\n\s+value: (.*?),\n\s+isBlock: (true|false),\n"
            r"\s+type: \"(\w+)\",\n\s+storageClassType: \"(\w+)\"",
            part.replace("\n        ", "\n            ") if of != "synthesizeHclAttributes()" else part,
            re.M,
        ):
            if is_block == "true":
                inner = re.search(r"(\w+ToHclTerraform)", value)[1]
                block = {"nesting": kind}
                if field in at_most_one:
                    block["max"] = 1
                blocks[field] = {**block, **members(f"function {inner}(")}
            else:
                base = {"boolean": "bool"}.get(storage, storage)
                for word in ("List", "Map"):
                    if base.endswith(word):
                        base = f"{kind}({base.removesuffix(word)})"
                attributes[field] = f"{base} optional"
        return {"attributes": attributes, **({"blocks": blocks} if blocks else {})}

    found = members("synthesizeHclAttributes()")
    found["attributes"].pop("alias", None)
    return found


def index_texts(wheel):
    """(folder, text) of every generated module in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        inner = [n for n in archive.namelist() if "/_jsii/" in n and n.endswith(".tgz")]
        if len(inner) != 1:
            fail(f"{wheel} holds {len(inner)} inner archives, not one")
        with archive.open(inner[0]) as stream, tarfile.open(fileobj=stream, mode="r|gz") as tar:
            for member in tar:
                parts = member.name.split("/")
                if len(parts) == 4 and parts[3] == "index.js":
                    yield parts[2], tar.extractfile(member).read().decode()


def published(wheel):
    """The day the package was made."""
    with zipfile.ZipFile(wheel) as archive:
        entry = next(i for i in archive.infolist() if i.filename.endswith(".dist-info/METADATA"))
        return "{:04}-{:02}-{:02}".format(*entry.date_time[:3])


def fetch(wanted, folder):
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder,
         f"{wanted['package']}=={wanted['package_version']}"],
        check=True,
    )
    return next(pathlib.Path(folder).glob("*.whl"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("provider", choices=sorted(WANTED))
    parser.add_argument("--wheel", type=pathlib.Path)
    options = parser.parse_args()
    wanted = WANTED[options.provider]
    folders = {n.removeprefix(options.provider + "_").replace("_", "-"): n for n in wanted["resources"]}
    folders |= {"data-" + n.replace("_", "-"): n for n in wanted["data_sources"]}
    resources, data_sources, provider = {}, {}, None
    with tempfile.TemporaryDirectory() as scratch:
        wheel = options.wheel or fetch(wanted, scratch)
        date = published(wheel)
        for folder, text in index_texts(wheel):
            text = text.split("\n//# sourceMappingURL", 1)[0] + "\n"
            if folder == "provider":
                provider = read_provider(text, options.provider, wanted["at_most_one"].get("provider", []))
                continue
            name = folders.pop(folder, None)
            if name is None:
                continue
            if f"providerVersion: '{wanted['version']}'" not in text:
                fail(f"{folder} is not of version {wanted['version']}")
            classes = {m[1]: m[3] for m in CLASS.finditer(text)}
            kinds = {m[2]: m[1] for m in CLASS.finditer(text)}
            if "TerraformDataSource" in kinds:
                data_sources[name] = read_class(kinds["TerraformDataSource"], classes)
            else:
                resources[name] = read_class(kinds["TerraformResource"], classes)
    if folders or provider is None:
        fail(f"not found: {', '.join(folders) or 'the provider block'}")
    schema = {
        "source": {
            "package": f"{wanted['package']} {wanted['package_version']} (PyPI)",
            "published": date,
            "provider": wanted["provider"],
            "version": wanted["version"],
            "license": "MPL-2.0",
            "how": f"data/rebuild.py {options.provider}",
        },
        "provider": provider,
        "resources": resources,
        "data_sources": data_sources,
    }
    target = HERE / options.provider / "schema.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n")
    print(f"{target.relative_to(HERE.parent)}: {len(resources)} resources, {len(data_sources)} data sources")


if __name__ == "__main__":
    main()
