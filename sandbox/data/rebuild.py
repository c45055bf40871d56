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
        "resources": """
            compute_address compute_attached_disk compute_backend_service compute_disk compute_firewall
            compute_forwarding_rule compute_global_address compute_global_forwarding_rule
            compute_health_check compute_instance compute_instance_group
            compute_managed_ssl_certificate compute_network compute_region_backend_service
            compute_region_health_check compute_router compute_router_nat compute_ssl_policy
            compute_subnetwork compute_target_http_proxy compute_target_https_proxy compute_url_map
            container_cluster container_node_pool project_iam_member service_account
            service_networking_connection sql_database sql_database_instance sql_user storage_bucket
            storage_bucket_iam_member storage_bucket_object
        """,
        "data_sources": """
            client_config compute_image compute_network compute_subnetwork compute_zones
            container_cluster project sql_database_instance storage_bucket
        """,
        # Facts the bindings do not carry, from the provider's documentation:
        # blocks of the provider of at most one, and of at least one.
        "at_most_one": ["batching", "external_credentials"],
    },
    "aws": {
        "package": "cdktn-provider-aws",
        "package_version": "25.8.1",
        "provider": "hashicorp/aws",
        "version": "6.69.1",
        "resources": """
            cloudwatch_log_group db_instance db_parameter_group db_subnet_group default_security_group
            ebs_volume eip eks_addon eks_cluster eks_node_group flow_log iam_instance_profile
            iam_openid_connect_provider iam_role iam_role_policy iam_role_policy_attachment instance
            internet_gateway key_pair kms_alias kms_key launch_template lb lb_listener lb_target_group
            lb_target_group_attachment nat_gateway network_interface_sg_attachment route route_table
            route_table_association s3_bucket s3_bucket_lifecycle_configuration
            s3_bucket_ownership_controls s3_bucket_policy s3_bucket_public_access_block
            s3_bucket_server_side_encryption_configuration s3_bucket_versioning s3_object
            security_group subnet volume_attachment vpc vpc_security_group_egress_rule
            vpc_security_group_ingress_rule
        """,
        "data_sources": """
            ami availability_zones caller_identity db_instance eks_cluster iam_policy_document instance
            partition region s3_bucket security_group subnet subnets vpc
        """,
        "at_most_one": ["assume_role_with_web_identity", "default_tags", "ignore_tags"],
    },
    "azurerm": {
        "package": "cdktn-provider-azurerm",
        "package_version": "18.9.0",
        "provider": "hashicorp/azurerm",
        "version": "5.10.0",
        "resources": """
            application_gateway application_security_group kubernetes_cluster
            kubernetes_cluster_node_pool lb lb_backend_address_pool lb_probe lb_rule
            linux_virtual_machine managed_disk mysql_flexible_database mysql_flexible_server
            mysql_flexible_server_firewall_rule nat_gateway nat_gateway_public_ip_association
            network_interface network_interface_application_gateway_backend_address_pool_association
            network_interface_application_security_group_association
            network_interface_backend_address_pool_association
            network_interface_security_group_association network_security_group network_security_rule
            network_watcher network_watcher_flow_log postgresql_flexible_server
            postgresql_flexible_server_database postgresql_flexible_server_firewall_rule
            private_dns_zone private_dns_zone_virtual_network_link public_ip resource_group
            role_assignment storage_account storage_blob storage_container storage_management_policy
            subnet subnet_nat_gateway_association subnet_network_security_group_association
            user_assigned_identity virtual_machine_data_disk_attachment virtual_network
        """,
        "data_sources": """
            client_config kubernetes_cluster network_security_group network_watcher
            private_dns_zone public_ip resource_group storage_account subnet subscription
            virtual_machine virtual_network
        """,
        "at_most_one": ["features"],
        "at_least_one": ["features"],
    },
}

FLAGS = re.compile(
    r"// (?P<name>[a-z0-9_]+) - computed: (?P<computed>true|false), "
    r"optional: (?P<optional>true|false), required: (?P<required>true|false)\n"
    r"(?P<body>.*?)(?=\n    // [a-z0-9_]+ - computed:|\n    // =====|\n}\n)",
    re.S,
)
CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{\n(.*?)^}\n", re.S | re.M)
NESTED = re.compile(r"= new (?!cdktn\.)(?:\w+\.)?(\w+)\(this, \"\w+\"(?:, (true|false))?\)")
STRING_MAP = re.compile(r"= new cdktn\.(String|Boolean|Number)Map\(")
GETTER = re.compile(r"return (?:cdktn\.Token\.asNumberList\()?(cdktn\.Fn\.tolist\()?(?:cdktn\.Token\.asNumberList\()?this\.(get\w+Attribute|interpolationForAttribute)\(")

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
        # Blocks carry no computed flag in a provider's schema: what has one is an attribute holding objects.
        if match["computed"] == "true":
            attributes[field] = {"nesting": nesting, "mode": mode(match), **members}
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


def read_provider(text, at_most_one, at_least_one):
    """Provider blocks carry no flags; everything in them is optional but what is named."""

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
                if field in at_least_one:
                    block["min"] = 1
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


def module_texts(wheel, folders):
    """(folder, text) of these generated modules; large ones come in several files."""
    texts = {}
    with zipfile.ZipFile(wheel) as archive:
        inner = [n for n in archive.namelist() if "/_jsii/" in n and n.endswith(".tgz")]
        if len(inner) != 1:
            fail(f"{wheel} holds {len(inner)} inner archives, not one")
        with archive.open(inner[0]) as stream, tarfile.open(fileobj=stream, mode="r|gz") as tar:
            for member in tar:
                parts = member.name.split("/")
                if len(parts) < 4 or parts[2] not in folders:
                    continue
                if parts[3:] == ["index.js"] or parts[3] == "index-structs" and re.fullmatch(r"structs\d+\.js", parts[4]):
                    text = tar.extractfile(member).read().decode()
                    text = text.split("\n//# sourceMappingURL", 1)[0] + "\n"
                    texts[parts[2]] = texts.get(parts[2], "") + text
    return texts


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
    folders = {}
    for name in wanted["resources"].split():
        folders[name.replace("_", "-")] = f"{options.provider}_{name}"
    for name in wanted["data_sources"].split():
        folders[f"data-{options.provider}-{name.replace('_', '-')}"] = f"{options.provider}_{name}"
    resources, data_sources, provider = {}, {}, None
    with tempfile.TemporaryDirectory() as scratch:
        wheel = options.wheel or fetch(wanted, scratch)
        date = published(wheel)
        for folder, text in sorted(module_texts(wheel, {"provider", *folders}).items()):
            if folder == "provider":
                provider = read_provider(text, wanted["at_most_one"], wanted.get("at_least_one", []))
                continue
            name = folders.pop(folder)
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
