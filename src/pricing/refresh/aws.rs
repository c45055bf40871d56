//! Lists of EC2's prices, in the form of aws/karpenter-provider-aws with the sizes beside them.

use super::{Arch, Draft, Found, Machine, Unit, is_region, machine_key, money};

/// First line of the list.
pub(super) const HEADER: &str = "region,instance_type,vcpu,ram_gib,usd_hour";

/// Reads the list. It speaks for the regions it names and no others.
pub(super) fn read(draft: &mut Draft) -> Found {
    for (line, cells) in draft.records() {
        let [region, name, vcpu, ram, hour] = cells[..] else {
            draft.fault(line, &cells.join(","), "it has not 5 columns");
            continue;
        };
        let row = [region, name].join(",");
        if !is_region(region) {
            draft.fault(line, &row, "the region is no region");
            continue;
        }
        let sizes = vcpu.parse().ok().filter(|n| *n > 0).zip(money::parse(ram).filter(|n| !n.is_zero()));
        let Some((vcpu, mem_gib)) = sizes else {
            draft.fault(line, &row, "vCPU and memory are not known");
            continue;
        };
        let machine = Machine { vcpu, billed: None, mem_gib, arch: arch(name) };
        draft.add(line, machine_key("aws", region, "ec2", name), Unit::Hour, hour, Some(&machine));
    }
    draft.finish()
}

/// AWS marks its own ARM processors by a `g` behind the generation (`m7g`, `c6gn`), but for the first, `a1`.
fn arch(name: &str) -> Arch {
    let family = name.split('.').next().unwrap_or_default();
    let behind = family.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let behind = behind.trim_start_matches(|c: char| c.is_ascii_digit());
    if family == "a1" || behind.contains('g') { Arch::Arm64 } else { Arch::X86_64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_processor() {
        for name in
            ["a1.large", "t4g.micro", "m7g.large", "c6gn.large", "im4gn.large", "g5g.xlarge", "x2gd.large"]
        {
            assert_eq!(arch(name), Arch::Arm64, "{name}");
        }
        for name in
            ["t3.micro", "g4dn.xlarge", "g5.xlarge", "gr6.4xlarge", "m7i-flex.large", "u7i-12tb.224xlarge"]
        {
            assert_eq!(arch(name), Arch::X86_64, "{name}");
        }
    }
}
