//! Ranges of IPv4 addresses.

use std::net::Ipv4Addr;

/// A range: its first address, and how many leading bits are fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cidr {
    first: u32,
    bits: u8,
}

/// Ranges that are never routed on the internet.
const PRIVATE: [Cidr; 3] = [
    Cidr { first: 0x0a00_0000, bits: 8 },
    Cidr { first: 0xac10_0000, bits: 12 },
    Cidr { first: 0xc0a8_0000, bits: 16 },
];

impl Cidr {
    /// Reads `10.0.0.0/16`; the address must be the first of its range.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let bits = bits.parse::<u8>().ok().filter(|bits| *bits <= 32)?;
        let first = u32::from(address.parse::<Ipv4Addr>().ok()?);
        let range = Self { first, bits };
        (first & !range.mask() == 0).then_some(range)
    }

    /// Bits that are fixed.
    pub(super) fn bits(self) -> u8 {
        self.bits
    }

    /// True when all of the other range lies in this one.
    pub(super) fn holds(self, other: Self) -> bool {
        other.bits >= self.bits && other.first & self.mask() == self.first
    }

    /// True when both share an address.
    pub(super) fn overlaps(self, other: Self) -> bool {
        self.holds(other) || other.holds(self)
    }

    /// True inside the private ranges.
    pub(super) fn is_private(self) -> bool {
        PRIVATE.iter().any(|range| range.holds(self))
    }

    /// The first and the last address.
    pub(super) fn ends(self) -> (Ipv4Addr, Ipv4Addr) {
        (Ipv4Addr::from(self.first), Ipv4Addr::from(self.first | !self.mask()))
    }

    /// The lower and the upper half.
    pub(super) fn halves(self) -> [Self; 2] {
        let bits = self.bits.saturating_add(1).min(32);
        let half = Self { first: self.first, bits };
        [half, Self { first: self.first | (!half.mask()).wrapping_add(1), bits }]
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0)
    }
}

impl std::fmt::Display for Cidr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.first), self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_split_and_compared() {
        let range = Cidr::parse("10.0.0.0/16").unwrap();
        assert_eq!(range.halves().map(|half| half.to_string()), ["10.0.0.0/17", "10.0.128.0/17"]);
        assert!(range.halves().iter().all(|half| range.holds(*half) && half.is_private()));
        assert!(!range.halves()[0].overlaps(range.halves()[1]));
        assert!(!Cidr::parse("172.32.0.0/16").unwrap().is_private());
        for bad in ["10.0.0.1/16", "10.0.0/16", "10.0.0.0/33", "10.0.0.0", "300.0.0.0/8"] {
            assert_eq!(Cidr::parse(bad), None, "{bad}");
        }
        assert!(Cidr::parse("0.0.0.0/0").unwrap().holds(range));
        assert_eq!(range.ends().1.to_string(), "10.0.255.255");
    }
}
