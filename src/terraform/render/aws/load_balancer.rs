//! `loadBalancer` on AWS: a network load balancer for tcp, an application load balancer for http and https, with
//! a security group that its machines let in.

use super::{
    Writer, group,
    group::{Peer, Rule, Traffic, Way},
    internet, naming,
    place::{Place, of, subnet},
    tree,
};
use crate::{
    api::resource::{ListenProtocol, LoadBalancer, Scheme},
    terraform::render::{attach::Attachment, stack::Backends},
};
use hcl::{Block, Expression};
use serde_json::json;
use std::collections::BTreeSet;

/// TLS 1.2 and newer. Source: docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html, as of 2025.
const TLS: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/// Adds one load balancer to the draft.
pub(super) fn render<'d>(writer: &mut Writer<'d, '_>, balancer: &'d LoadBalancer) {
    writer.longest(32, "the name of a load balancer");
    if writer.name().starts_with("internal-") {
        writer.refuse(
            "name",
            "AWS keeps names of load balancers that begin with internal- for itself. Choose another",
        );
    }
    let region = writer.region();
    check_certificate(writer, region, balancer);
    let Some(backends) = writer.backends(balancer) else { return };
    let Some(subnets) = subnets(writer, balancer, &backends) else { return };
    let machines: Vec<&str> = backends.machines.iter().map(|(r, _)| r.name.as_str()).collect();
    let place = of(writer, backends.attachment);
    let (kind, protocol) = match balancer.listen.protocol {
        ListenProtocol::Tcp => ("network", "TCP"),
        ListenProtocol::Http | ListenProtocol::Https => ("application", "HTTP"),
    };
    let port = balancer.target_port.unwrap_or(balancer.listen.port);
    // Another port, protocol or network makes the targets anew beside the old ones: the name differs.
    let target = format!("{protocol}/{port}/{}", place.key());
    let mut values = json!({
        "name": writer.name(),
        "region": region,
        "type": kind,
        "internal": balancer.scheme == Scheme::Internal,
        "listen_port": balancer.listen.port,
        "port": port,
        "protocol": protocol,
        "target": naming::unique(writer, "to", &target, 32),
        "group": naming::unique(writer, "balancer", "", 255),
        "deletion_protection": writer.resource.is_protected(),
        "tags": naming::tags(writer),
    });
    if kind == "application" {
        tree::insert(&mut values, "health_path", json!(balancer.health_path));
    }
    if let Some(certificate) = &balancer.certificate {
        tree::insert(&mut values, "certificate", json!(certificate));
    }
    place.values(&mut values);
    if let Subnets::Given(ids) = &subnets {
        tree::insert(&mut values, "subnets", json!(ids));
    }
    writer.declare(values);
    place.data(writer);
    rules(writer, &place, balancer, &machines);
    let block = itself(writer, &place, balancer, &subnets);
    writer.add(block);
    targets(writer, &place, balancer, &machines);
    let block = listener(writer, balancer);
    writer.add(block);
    let address = tree::path("aws_lb", &[writer.name(), "dns_name"]);
    writer.output("address", address);
}

fn check_certificate(writer: &mut Writer<'_, '_>, region: &str, balancer: &LoadBalancer) {
    let Some(certificate) = &balancer.certificate else { return };
    let here = ["arn:aws:acm:", region, ":"].concat();
    if !certificate.starts_with(&here) && !certificate.starts_with("arn:aws:iam::") {
        writer.refuse("loadBalancer.certificate", format!("{certificate} is no certificate in {region}. Give the ARN of one there, {here}ACCOUNT:certificate/ID"));
    }
}

/// Where a load balancer stands.
enum Subnets {
    /// Subnets of a network of the stack, by name.
    Own(String, Vec<String>),
    /// Subnets of an existing network, by id: those of the machines.
    Given(BTreeSet<String>),
}

/// Subnets in two zones, for tcp one is enough; or a finding.
fn subnets(writer: &mut Writer<'_, '_>, balancer: &LoadBalancer, backends: &Backends<'_>) -> Option<Subnets> {
    let tcp = balancer.listen.protocol == ListenProtocol::Tcp;
    match &backends.attachment {
        Attachment::Own { network, block, .. } => {
            let front = internet::front(block);
            if !tcp && front.len() < 2 {
                writer.refuse("loadBalancer.backends", format!("AWS puts load balancers for http and https into two zones, but network \"{network}\" has one subnet, which lies in one. Add a second to network.subnets of \"{network}\""));
                return None;
            }
            Some(Subnets::Own((*network).to_owned(), front))
        }
        Attachment::Existing(_) => {
            let existing = |r| match writer.scope.attachment(r)? {
                Ok(Attachment::Existing(existing)) => Some(existing.subnet.clone()),
                _ => None,
            };
            let ids: BTreeSet<String> = backends.machines.iter().filter_map(|(r, _)| existing(r)).collect();
            if !tcp && ids.len() < 2 {
                writer.refuse("loadBalancer.backends", "AWS puts load balancers for http and https into two zones, and in an existing network into the subnets of their machines, but these stand in one subnet. Put a machine into a subnet of another zone");
                return None;
            }
            if balancer.scheme == Scheme::External {
                writer.warn("loadBalancer.scheme", "the machines' subnets in the existing network must have a route to an internet gateway, which is not made here");
            }
            Some(Subnets::Given(ids))
        }
    }
}

/// Who may reach it, and that its machines let it in.
fn rules(writer: &mut Writer<'_, '_>, place: &Place<'_>, balancer: &LoadBalancer, machines: &[&str]) {
    group::add(writer, place, "Lets clients of a load balancer in");
    let name = writer.name();
    let from = match balancer.scheme {
        Scheme::Internal => place.range(),
        Scheme::External => "0.0.0.0/0".into(),
    };
    let port = || Traffic::Port(writer.var("port"));
    let listen = Traffic::Port(writer.var("listen_port"));
    let rule = |role, what, way, group, traffic, peer| Rule { role, what, way, group, traffic, peer };
    let mut rules = vec![
        rule(None, "From clients", Way::In, group::id(name), listen, Peer::Range(from)),
        rule(None, "To machines", Way::Out, group::id(name), port(), Peer::Range(place.range())),
    ];
    for machine in machines {
        let by = Peer::Group(group::id(name));
        rules.push(rule(Some(*machine), "From a load balancer", Way::In, group::id(machine), port(), by));
    }
    for rule in rules {
        group::rule(writer, rule);
    }
}

fn itself(writer: &Writer<'_, '_>, place: &Place<'_>, balancer: &LoadBalancer, subnets: &Subnets) -> Block {
    let from = |to: &str, key: &str| tree::attr(to, writer.var(key));
    let (ids, own) = match subnets {
        Subnets::Own(network, names) => {
            let ids: Vec<Expression> = names.iter().map(|name| subnet(network, name, "id")).collect();
            (ids.into(), names.as_slice())
        }
        Subnets::Given(_) => (writer.var("subnets"), [].as_slice()),
    };
    let mut block = writer
        .main("aws_lb")
        .add_attributes(writer.same(["region", "name"]))
        .add_attribute(from("load_balancer_type", "type"))
        .add_attributes(writer.same(["internal"]))
        .add_attribute(tree::attr("subnets", ids))
        .add_attribute(tree::attr("security_groups", vec![group::id(writer.name())]))
        .add_attribute(from("enable_deletion_protection", "deletion_protection"));
    block = match balancer.listen.protocol {
        // Machines of one zone serve the other as well; the application load balancer does so by itself.
        ListenProtocol::Tcp => block.add_attribute(tree::attr("enable_cross_zone_load_balancing", true)),
        ListenProtocol::Http | ListenProtocol::Https => {
            block.add_attribute(tree::attr("drop_invalid_header_fields", true))
        }
    };
    block = block.add_attributes(writer.same(["tags"]));
    if balancer.scheme == Scheme::External {
        block = block.add_attributes(place.ways(writer, own));
    }
    // It moves to no other network, and its group is made anew with the network.
    let group: Vec<Expression> = vec![group::id(writer.name())];
    block.add_block(tree::block("lifecycle", [tree::attr("replace_triggered_by", group)])).build()
}

fn targets(writer: &mut Writer<'_, '_>, place: &Place<'_>, balancer: &LoadBalancer, machines: &[&str]) {
    let name = writer.name();
    let mut health = Block::builder("health_check")
        .add_attribute(tree::attr("protocol", writer.var("protocol")))
        .add_attribute(tree::attr("port", "traffic-port"));
    if balancer.listen.protocol != ListenProtocol::Tcp {
        health = health
            .add_attribute(tree::attr("path", writer.var("health_path")))
            .add_attribute(tree::attr("matcher", "200"));
    }
    let target = writer
        .main("aws_lb_target_group")
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("name", writer.var("target")))
        .add_attributes(writer.same(["port", "protocol"]))
        .add_attribute(tree::attr("target_type", "instance"))
        .add_attribute(tree::attr("vpc_id", place.network()))
        .add_attributes(writer.same(["tags"]))
        .add_block(health.build())
        .add_block(tree::block("lifecycle", [tree::attr("create_before_destroy", true)]));
    writer.add(target.build());
    for machine in machines {
        let attached = writer
            .companion("aws_lb_target_group_attachment", machine)
            .add_attributes(writer.same(["region"]))
            .add_attribute(tree::attr("target_group_arn", tree::path("aws_lb_target_group", &[name, "arn"])))
            .add_attribute(tree::attr("target_id", tree::path("aws_instance", &[machine, "id"])))
            .add_attributes(writer.same(["port"]));
        writer.add(attached.build());
    }
}

fn listener(writer: &Writer<'_, '_>, balancer: &LoadBalancer) -> Block {
    let name = writer.name();
    let protocol = match balancer.listen.protocol {
        ListenProtocol::Tcp => "TCP",
        ListenProtocol::Http => "HTTP",
        ListenProtocol::Https => "HTTPS",
    };
    let mut block = writer
        .main("aws_lb_listener")
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("load_balancer_arn", tree::path("aws_lb", &[name, "arn"])))
        .add_attribute(tree::attr("port", writer.var("listen_port")))
        .add_attribute(tree::attr("protocol", protocol));
    if balancer.certificate.is_some() {
        block = block
            .add_attribute(tree::attr("ssl_policy", TLS))
            .add_attribute(tree::attr("certificate_arn", writer.var("certificate")));
    }
    let forward = [
        tree::attr("type", "forward"),
        tree::attr("target_group_arn", tree::path("aws_lb_target_group", &[name, "arn"])),
    ];
    block.add_attributes(writer.same(["tags"])).add_block(tree::block("default_action", forward)).build()
}
