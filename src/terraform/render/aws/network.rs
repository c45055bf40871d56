//! `network` on AWS: `aws_vpc` with subnets over two zones, an empty default security group and flow logs. Ways
//! to the internet are made where something needs them.

use super::{Writer, internet, naming, place, policy, tree};
use crate::{api::resource::Network, terraform::render::subnets};
use hcl::{Attribute, Block, Expression};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Zones that clusters cannot stand in, by their ids.
/// Source: docs.aws.amazon.com/eks/latest/userguide/network-reqs.html, as of 2025.
const WITHOUT_CLUSTERS: [&str; 3] = ["use1-az3", "usw1-az2", "cac1-az3"];
/// Days that flow logs are kept.
const LOG_DAYS: i32 = 365;
const ANYWHERE: &str = "0.0.0.0/0";

/// Adds one network to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, network: &Network) {
    let name = writer.name();
    let cidrs = writer.cidrs(network, 16..=28, 28);
    if cidrs.values().any(|range| range.ends_with("/29")) {
        writer.refuse("network.cidr", format!("the halves of {} are smaller than /28, and AWS has no smaller subnets. Choose a range of /16 to /27, or one subnet of your own", network.cidr));
    }
    let scope = writer.scope;
    let public = internet::public(scope, name, network);
    let nat = internet::has_nat(scope, name, network);
    if let Some(cluster) = internet::cluster(scope, name).filter(|_| !network.nat) {
        writer.warn("network.nat", format!("the network gets a NAT gateway all the same: the nodes of cluster \"{cluster}\" fetch their images from the internet"));
    }
    let names: BTreeMap<&String, String> =
        cidrs.keys().map(|subnet| (subnet, [name, "-", subnet].concat())).collect();
    let logs = network.flow_logs.unwrap_or(true);
    let mut values = json!({
        "region": writer.region(),
        "cidr": network.cidr,
        "cidrs": cidrs,
        "names": names,
        "tags": naming::tags(writer),
    });
    if logs {
        let project = [scope.input.project, "-", &scope.short_uid()].concat();
        let group = ["/cloud-engine", &project, scope.input.stack, name].join("/");
        tree::insert(&mut values, "log_group", json!(group));
        tree::insert(&mut values, "log_role", json!(naming::unique(writer, "flow-logs", "", 64)));
    }
    writer.declare(values);
    itself(writer);
    for (index, subnet) in subnets::names(network).iter().enumerate() {
        let block = one_subnet(writer, subnet, index % 2);
        writer.add(block);
    }
    if nat || !public.is_empty() {
        ways(writer, network, &public, nat);
    }
    if logs {
        flow_logs(writer);
    }
    let id = tree::path("aws_vpc", &[name, "id"]);
    writer.output("id", id);
}

fn region_and_network(writer: &Writer<'_, '_>) -> [Attribute; 2] {
    let [region] = writer.same(["region"]);
    [region, tree::attr("vpc_id", tree::path("aws_vpc", &[writer.name(), "id"]))]
}

fn itself(writer: &mut Writer<'_, '_>) {
    let vpc = writer
        .main("aws_vpc")
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("cidr_block", writer.var("cidr")))
        .add_attribute(tree::attr("enable_dns_hostnames", true))
        .add_attributes(writer.same(["tags"]));
    // Without rules in it, it lets nothing pass.
    let group = writer
        .main("aws_default_security_group")
        .add_attributes(region_and_network(writer))
        .add_attributes(writer.same(["tags"]));
    let without: Vec<Expression> = WITHOUT_CLUSTERS.into_iter().map(Expression::from).collect();
    let usual: Vec<Expression> = vec!["opt-in-not-required".into()];
    let zones = tree::data("aws_availability_zones", writer.name())
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("state", "available"))
        .add_attribute(tree::attr("exclude_zone_ids", without))
        .add_block(tree::block("filter", [tree::attr("name", "opt-in-status"), tree::attr("values", usual)]));
    for block in [vpc, group, zones] {
        writer.add(block.build());
    }
}

/// Tags with a name of their own.
fn tags(writer: &Writer<'_, '_>, name: Expression) -> Attribute {
    let named = tree::object([("Name", name)]);
    tree::attr("tags", tree::call("merge", [writer.var("tags"), named]))
}

fn one_subnet(writer: &Writer<'_, '_>, subnet: &str, zone: usize) -> Block {
    let name = writer.name();
    let value = |key: &str| tree::index("var", &[name, key], subnet);
    let zone = tree::nth("data", &["aws_availability_zones", name, "names"], zone);
    writer
        .companion("aws_subnet", subnet)
        .add_attributes(region_and_network(writer))
        .add_attribute(tree::attr("cidr_block", value("cidrs")))
        .add_attribute(tree::attr("availability_zone", zone))
        .add_attribute(tree::attr("map_public_ip_on_launch", false))
        .add_attribute(tags(writer, value("names")))
        // A zone that fails or is new changes the list, but moves no subnet.
        .add_block(tree::ignore(&["availability_zone"]))
        .build()
}

/// Gateways, and a way out for each subnet: to the internet gateway for those with something public in them, to
/// the NAT gateway, if there is one, for the others.
fn ways(writer: &mut Writer<'_, '_>, network: &Network, public: &BTreeSet<String>, nat: bool) {
    let name = writer.name();
    let gateway = writer
        .main("aws_internet_gateway")
        .add_attributes(region_and_network(writer))
        .add_attributes(writer.same(["tags"]));
    writer.add(gateway.build());
    if !public.is_empty() {
        let gateway = tree::path("aws_internet_gateway", &[name, "id"]);
        way(writer, "public", tree::attr("gateway_id", gateway));
    }
    if nat {
        nat_gateway(writer, network);
        way(writer, "private", tree::attr("nat_gateway_id", tree::path("aws_nat_gateway", &[name, "id"])));
    }
    for subnet in subnets::names(network) {
        let table = if public.contains(&subnet) { "public" } else { "private" };
        if table == "private" && !nat {
            continue;
        }
        let table = tree::path("aws_route_table", &[&writer.label(table), "id"]);
        let block = writer
            .companion("aws_route_table_association", &subnet)
            .add_attributes(writer.same(["region"]))
            .add_attribute(tree::attr("subnet_id", place::subnet(name, &subnet, "id")))
            .add_attribute(tree::attr("route_table_id", table));
        writer.add(block.build());
    }
}

fn way(writer: &mut Writer<'_, '_>, role: &str, target: Attribute) {
    let table = writer
        .companion("aws_route_table", role)
        .add_attributes(region_and_network(writer))
        .add_attributes(writer.same(["tags"]));
    let route = writer
        .companion("aws_route", role)
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr(
            "route_table_id",
            tree::path("aws_route_table", &[&writer.label(role), "id"]),
        ))
        .add_attribute(tree::attr("destination_cidr_block", ANYWHERE))
        .add_attribute(target);
    writer.add(table.build());
    writer.add(route.build());
}

/// One gateway for all subnets, with one address in the first zone. A regional one needs no subnet that is
/// public, which a network of private subnets has not; the other zone's traffic crosses over to it.
/// Source: docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html, as of 2026.
fn nat_gateway(writer: &mut Writer<'_, '_>, network: &Network) {
    let name = writer.name();
    let after = || tree::depends_on(&[("aws_internet_gateway", name)]);
    let address = writer
        .main("aws_eip")
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("domain", "vpc"))
        .add_attributes(writer.same(["tags"]))
        .add_attribute(after());
    let first = subnets::names(network).into_iter().next().unwrap_or_default();
    let allocated: Vec<Expression> = vec![tree::path("aws_eip", &[name, "id"])];
    let gateway = writer
        .main("aws_nat_gateway")
        .add_attributes(region_and_network(writer))
        .add_attribute(tree::attr("availability_mode", "regional"))
        .add_attributes(writer.same(["tags"]))
        .add_attribute(after())
        .add_block(tree::block(
            "availability_zone_address",
            [
                tree::attr("allocation_ids", allocated),
                tree::attr("availability_zone", place::subnet(name, &first, "availability_zone")),
            ],
        ));
    writer.add(address.build());
    writer.add(gateway.build());
}

fn flow_logs(writer: &mut Writer<'_, '_>) {
    let name = writer.name();
    let group = |key: &str| tree::path("aws_cloudwatch_log_group", &[name, key]);
    let label = writer.label("logs");
    let role = |key: &str| tree::path("aws_iam_role", &[&label, key]);
    let log_group = writer
        .main("aws_cloudwatch_log_group")
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("name", writer.var("log_group")))
        .add_attribute(tree::attr("retention_in_days", LOG_DAYS))
        .add_attributes(writer.same(["tags"]));
    let iam = policy::role(writer, "logs", "log_role", "vpc-flow-logs.amazonaws.com");
    let actions: Vec<Expression> =
        ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
            .into_iter()
            .map(Expression::from)
            .collect();
    let statement = tree::object([
        ("Effect", "Allow".into()),
        ("Action", actions.into()),
        ("Resource", policy::followed(":*", group("arn"))),
    ]);
    let may = writer
        .companion("aws_iam_role_policy", "logs")
        .add_attribute(tree::attr("name", "logs"))
        .add_attribute(tree::attr("role", role("id")))
        .add_attribute(tree::attr("policy", policy::document(vec![statement])));
    let log = writer
        .main("aws_flow_log")
        .add_attributes(region_and_network(writer))
        .add_attribute(tree::attr("traffic_type", "ALL"))
        .add_attribute(tree::attr("log_destination", group("arn")))
        .add_attribute(tree::attr("iam_role_arn", role("arn")))
        .add_attributes(writer.same(["tags"]));
    for block in [log_group, iam, may, log] {
        writer.add(block.build());
    }
}
