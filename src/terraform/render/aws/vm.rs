//! `vm` on AWS: `aws_instance` in a subnet, with a security group that lets nothing in; firewalls add theirs.

use super::{
    Writer, disks, group,
    group::{Peer, Rule, Traffic, Way},
    internet, machine, naming,
    place::{self, Place},
    start, tree,
};
use crate::{
    api::{
        Provider,
        resource::{Direction, Vm},
    },
    domain::catalogue,
    terraform::render::attach::Attachment,
};
use hcl::{
    Block, Expression,
    expr::{BinaryOp, BinaryOperator},
};
use serde_json::{Value, json};

/// Groups that a network interface takes, unless the account's quota was raised.
/// Source: docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html, as of 2025.
const GROUPS: usize = 5;

/// Adds one machine to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, vm: &Vm) {
    let region = writer.region();
    let image = image(writer, vm);
    start::check(writer, vm);
    for tag in &vm.tags {
        writer.plain("vm.tags", tag);
    }
    check_zone(writer, region, vm);
    if vm.spot && writer.resource.is_protected() {
        writer.refuse("vm.spot", "AWS takes spot machines away whenever it wants, so it does not protect them. Set deletionProtection: false, or spot: false");
    }
    let (Some(image), Some(place)) = (image, place::place(writer)) else { return };
    let firewalls = firewalls(writer, vm);
    let mut values = json!({
        "region": region,
        "machine_type": vm.machine_type,
        "image": image,
        "disk_gb": vm.disk_gb.unwrap_or(20),
        "public_ip": vm.public_ip,
        "group": naming::unique(writer, "vm", "", 255),
        "cloud_config": start::config(vm),
        "deletion_protection": writer.resource.is_protected(),
        "tags": naming::tags(writer),
    });
    if let Some(zone) = &vm.zone {
        tree::insert(&mut values, "zone", json!(zone));
    }
    if let Some(identity) = &vm.identity {
        tree::insert(&mut values, "identity", json!(identity));
    }
    start::values(writer, vm, &mut values);
    disks::values(writer, vm, &mut values);
    place.values(&mut values);
    warn_without_way(writer, &place, vm);
    writer.declare(values);
    place.data(writer);
    group::add(writer, &place, "Lets out, and in what firewalls allow");
    if !firewalls.1 {
        let out = Rule {
            role: None,
            what: "To anywhere, as no firewall says where to",
            way: Way::Out,
            group: group::id(writer.name()),
            traffic: Traffic::All,
            peer: Peer::Range("0.0.0.0/0".into()),
        };
        group::rule(writer, out);
    }
    let groups = std::iter::once(writer.name()).chain(firewalls.0.iter().copied()).map(group::id).collect();
    let key = start::key(writer, vm);
    let block = block(writer, &place, vm, groups, key);
    writer.add(block);
    disks::attach(writer, &place, vm);
    let of = |key: &str| tree::path("aws_instance", &[writer.name(), key]);
    let (inner, outer) = (of("private_ip"), of("public_ip"));
    writer.output("ip", inner);
    if vm.public_ip {
        writer.output("public_ip", outer);
    }
}

/// The firewalls that aim at the machine, and whether one of them says where it may go.
fn firewalls<'d>(writer: &mut Writer<'d, '_>, vm: &Vm) -> (Vec<&'d str>, bool) {
    let scope = writer.scope;
    let all = scope.firewalls_of(writer.resource, vm);
    let out = all
        .iter()
        .filter_map(|r| r.firewall.as_ref())
        .any(|firewall| firewall.direction == Direction::Egress);
    if all.len() >= GROUPS {
        writer.warn("vm.tags", format!("{} firewalls aim at it, but AWS takes {GROUPS} security groups on a machine, its own among them, unless the account's quota was raised", all.len()));
    }
    (all.into_iter().map(|r| r.name.as_str()).collect(), out)
}

fn check_zone(writer: &mut Writer<'_, '_>, region: &str, vm: &Vm) {
    let Some(zone) = &vm.zone else { return };
    let letter = zone.strip_prefix(region).unwrap_or_default();
    if letter.len() != 1 || !letter.bytes().all(|b| b.is_ascii_lowercase()) {
        writer.refuse("vm.zone", format!("{zone} does not lie in region {region}. Choose a zone of the region, such as {region}a, or drop vm.zone"));
    }
}

/// The image's id, or our name's owner and name pattern.
fn image(writer: &mut Writer<'_, '_>, vm: &Vm) -> Option<Value> {
    if vm.image.starts_with("ami-") {
        return Some(json!({"id": vm.image}));
    }
    match catalogue::image(Provider::Aws, &vm.image, machine::is_arm(&vm.machine_type)) {
        Ok(image) => {
            let (owner, pattern) = image.split_once('/').unwrap_or(("self", image));
            Some(json!({"owner": owner, "name": pattern}))
        }
        Err(finding) => {
            writer.refuse("vm.image", finding);
            None
        }
    }
}

/// A machine without public address beside public ones, in a network that has a way out for such machines.
fn warn_without_way(writer: &mut Writer<'_, '_>, place: &Place<'_>, vm: &Vm) {
    let Attachment::Own { network, block, subnet } = &place.attachment else { return };
    let scope = writer.scope;
    if !vm.public_ip
        && internet::has_nat(scope, network, block)
        && internet::public(scope, network, block).contains(subnet)
    {
        writer.warn("vm.network", format!("subnet \"{subnet}\" of network \"{network}\" holds something public, so machines in it reach the internet by public addresses alone, not by NAT. For a way out put it into another subnet"));
    }
}

fn block(
    writer: &mut Writer<'_, '_>,
    place: &Place<'_>,
    vm: &Vm,
    groups: Vec<Expression>,
    key: Option<Expression>,
) -> Block {
    let from = |to: &str, key: &str| tree::attr(to, writer.var(key));
    let named = vm.image.starts_with("ami-");
    let ami = if named {
        tree::path("var", &[writer.name(), "image", "id"])
    } else {
        tree::path("data", &["aws_ami", writer.name(), "id"])
    };
    let mut block = writer
        .main("aws_instance")
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("ami", ami))
        .add_attribute(from("instance_type", "machine_type"))
        .add_attribute(tree::attr("subnet_id", place.subnet()))
        .add_attribute(tree::attr("vpc_security_group_ids", groups))
        .add_attribute(from("associate_public_ip_address", "public_ip"));
    if let Some(key) = key {
        block = block.add_attribute(tree::attr("key_name", key));
    }
    block = block.add_attribute(tree::attr("user_data", start::user_data(writer)));
    if vm.identity.is_some() {
        block = block.add_attribute(from("iam_instance_profile", "identity"));
    }
    block = block
        .add_attribute(from("disable_api_termination", "deletion_protection"))
        .add_attributes(writer.same(["tags"]))
        .add_attributes(place.ways(writer, &place.subnets()))
        .add_block(tree::block(
            "metadata_options",
            [
                tree::attr("http_endpoint", "enabled"),
                tree::attr("http_tokens", "required"),
                tree::attr("http_put_response_hop_limit", 1),
            ],
        ))
        .add_block(tree::block(
            "root_block_device",
            [
                tree::attr("volume_type", "gp3"),
                from("volume_size", "disk_gb"),
                tree::attr("encrypted", true),
                from("tags", "tags"),
            ],
        ));
    if vm.spot {
        block = block.add_block(tree::block("instance_market_options", [tree::attr("market_type", "spot")]));
    }
    let lifecycle = lifecycle(writer, place, vm);
    if !named {
        newest_image(writer);
    }
    block.add_block(lifecycle).build()
}

/// The newest image of a name replaces no machine, nor does a key, which is for the first start alone; a zone that
/// is asked for must be the subnet's.
fn lifecycle(writer: &Writer<'_, '_>, place: &Place<'_>, vm: &Vm) -> Block {
    let mut ignored = vec![tree::word("key_name")];
    if !vm.image.starts_with("ami-") {
        ignored.insert(0, tree::word("ami"));
    }
    let mut block = Block::builder("lifecycle").add_attribute(tree::attr("ignore_changes", ignored));
    if vm.zone.is_some() {
        let same = BinaryOp::new(place.zone(), BinaryOperator::Eq, writer.var("zone"));
        let condition = tree::attr("condition", Expression::from(same));
        let told = tree::attr(
            "error_message",
            "The zone is not the one that the subnet lies in: drop vm.zone, or choose a subnet in that zone.",
        );
        block = block.add_block(tree::block("precondition", [condition, told]));
    }
    block.build()
}

fn newest_image(writer: &mut Writer<'_, '_>) {
    let image = |key: &str| vec![tree::path("var", &[writer.name(), "image", key])];
    let filter = [tree::attr("name", "name"), tree::attr("values", image("name"))];
    let block = tree::data("aws_ami", writer.name())
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("most_recent", true))
        .add_attribute(tree::attr("owners", image("owner")))
        .add_block(tree::block("filter", filter));
    writer.add(block.build());
}
