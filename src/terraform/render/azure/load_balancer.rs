//! `loadBalancer` on Azure: `azurerm_lb` for tcp, an application gateway for http and https.

use super::{
    Writer, gateway,
    head::{self, Head},
    place::{self, Place},
    tree, vm as machine,
};
use crate::{
    api::resource::{ListenProtocol, LoadBalancer, Scheme},
    terraform::render::writer::label,
};
use hcl::{Block, Expression};
use serde_json::{Value, json};

const BALANCER: &str = "azurerm_lb";
const POOL: &str = "azurerm_lb_backend_address_pool";
/// Name of the one address.
const FRONT: &str = "main";

/// Adds one load balancer to the draft.
pub(super) fn render<'d>(writer: &mut Writer<'d, '_>, balancer: &'d LoadBalancer) {
    let tcp = balancer.listen.protocol == ListenProtocol::Tcp;
    if !tcp && balancer.scheme == Scheme::Internal {
        writer.refuse("loadBalancer.scheme", "http and https inside the network are sold on aws alone. Set scheme: external, or listen.protocol: tcp");
    }
    let Some(backends) = writer.backends(balancer) else { return };
    let region = writer.scope.region_of(writer.resource);
    let head = Head::new(writer, region);
    let machines: Vec<&str> = backends.machines.iter().map(|(resource, _)| resource.name.as_str()).collect();
    // A machine whose own network is wrong has a finding of its own.
    let Some(place) = place::of(writer, backends.attachment) else { return };
    if !tcp {
        return gateway::render(writer, &head, &place, balancer, &machines);
    }
    for name in &machines {
        if !writer.draft.once(&format!("balanced {:?} {name}", balancer.scheme)) {
            writer.refuse("loadBalancer.backends", format!("vm \"{name}\" stands behind another load balancer for tcp with the same scheme already, and azure takes one for each machine. Take it out of one of them"));
        }
    }
    let values = values(writer, &head, &place, balancer);
    writer.declare(values);
    place.data(writer);
    passed(writer, &head, &place, balancer);
    for name in machines {
        join(writer, name);
    }
    if balancer.scheme == Scheme::External {
        writer
            .warn("loadBalancer", "machines see the addresses of the clients: a firewall must let these in");
    }
}

/// Values that both kinds have.
pub(super) fn values(
    writer: &mut Writer<'_, '_>,
    head: &Head,
    place: &Place<'_>,
    balancer: &LoadBalancer,
) -> Value {
    let port = balancer.target_port.unwrap_or(balancer.listen.port);
    let mut values = head.values(writer, json!({"listen_port": balancer.listen.port, "port": port}));
    place.values(&mut values);
    if balancer.scheme == Scheme::External {
        head::names(writer, &mut values, [ip(balancer)]);
    }
    values
}

/// Role of the public address. One for each kind: when one becomes the other, the old one holds its address until
/// it is gone.
pub(super) fn ip(balancer: &LoadBalancer) -> &'static str {
    if balancer.listen.protocol == ListenProtocol::Tcp { "ip" } else { "gateway" }
}

/// Adds the public address with this role; gives its id.
pub(super) fn address(writer: &mut Writer<'_, '_>, head: &Head, role: &str) -> Expression {
    let block = head::address(writer, head, role);
    writer.add(block);
    let label = writer.label(role);
    let part = |key| tree::path("azurerm_public_ip", &[&label, key]);
    writer.output("address", part("ip_address"));
    part("id")
}

fn passed(writer: &mut Writer<'_, '_>, head: &Head, place: &Place<'_>, balancer: &LoadBalancer) {
    let name = writer.name();
    let id = |type_: &str| tree::path(type_, &[name, "id"]);
    let balancer_id = || tree::attr("loadbalancer_id", id(BALANCER));
    let mut front = Block::builder("frontend_ip_configuration").add_attribute(tree::attr("name", FRONT));
    let external = balancer.scheme == Scheme::External;
    if external {
        front = front.add_attribute(tree::attr("public_ip_address_id", address(writer, head, ip(balancer))));
    } else {
        front = front
            .add_attribute(tree::attr("subnet_id", place.subnet()))
            .add_attribute(tree::attr("private_ip_address_allocation", "Dynamic"));
        writer.output("address", tree::path(BALANCER, &[name, "private_ip_address"]));
    }
    let block =
        head.main(writer, BALANCER).add_attribute(tree::attr("sku", "Standard")).add_block(front.build());
    let pool = writer.main(POOL).add_attribute(tree::attr("name", "machines")).add_attribute(balancer_id());
    let probe = writer
        .main("azurerm_lb_probe")
        .add_attribute(tree::attr("name", "port"))
        .add_attribute(balancer_id())
        .add_attribute(tree::attr("protocol", "Tcp"))
        .add_attributes(writer.same(["port"]));
    let rule = writer
        .main("azurerm_lb_rule")
        .add_attribute(tree::attr("name", "listen"))
        .add_attribute(balancer_id())
        .add_attribute(tree::attr("protocol", "Tcp"))
        .add_attribute(tree::attr("frontend_ip_configuration_name", FRONT))
        .add_attribute(tree::attr("frontend_port", writer.var("listen_port")))
        .add_attribute(tree::attr("backend_port", writer.var("port")))
        .add_attribute(tree::attr("backend_address_pool_ids", vec![id(POOL)]))
        .add_attribute(tree::attr("probe_id", id("azurerm_lb_probe")))
        .add_attribute(tree::attr("tcp_reset_enabled", true))
        // Machines do not go out by the address that they are reached by.
        .add_attributes(external.then(|| tree::attr("disable_outbound_snat", true)));
    writer.add(block.build());
    writer.add(pool.build());
    writer.add(probe.build());
    writer.add(rule.build());
}

/// Puts a machine behind the load balancer.
fn join(writer: &mut Writer<'_, '_>, name: &str) {
    let nic = label(name, machine::NIC);
    let block = writer
        .companion("azurerm_network_interface_backend_address_pool_association", name)
        .add_attribute(tree::attr("network_interface_id", machine::interface_id(&nic)))
        .add_attribute(tree::attr("ip_configuration_name", machine::ADDRESS))
        .add_attribute(tree::attr("backend_address_pool_id", tree::path(POOL, &[writer.name(), "id"])));
    writer.add(block.build());
}
