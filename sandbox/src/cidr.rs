//! IPv4 ranges, as far as the sandbox needs them.

use std::net::Ipv4Addr;
use std::str::FromStr;

/// A range such as `10.0.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    base: u32,
    bits: u32,
}

impl FromStr for Cidr {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = text.split_once('/').ok_or(())?;
        let address: Ipv4Addr = address.parse().map_err(|_| ())?;
        let bits: u32 = bits.parse().map_err(|_| ())?;
        let base = u32::from(address);
        if bits > 32 || base & !mask(bits) != 0 {
            return Err(());
        }
        Ok(Self { base, bits })
    }
}

impl Cidr {
    /// Whether all of the other is in this one.
    pub fn holds(self, other: Self) -> bool {
        self.bits <= other.bits && other.base & mask(self.bits) == self.base
    }

    /// Whether they share an address.
    pub fn overlaps(self, other: Self) -> bool {
        self.holds(other) || other.holds(self)
    }

    /// The first host's address, which the cloud keeps as gateway.
    pub fn gateway(self) -> Ipv4Addr {
        (self.base | u32::from(self.bits < 32)).into()
    }

    /// A host's address picked by the seed, never the first or last two.
    pub fn host(self, seed: u64) -> Ipv4Addr {
        let size = 1_u64 << (32 - self.bits);
        let offset = if size > 4 { 2 + seed % (size - 4) } else { 0 };
        (self.base | u32::try_from(offset).unwrap_or(0)).into()
    }
}

fn mask(bits: u32) -> u32 {
    u32::MAX.checked_shl(32 - bits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_compared() {
        let parse = |text: &str| text.parse::<Cidr>();
        let (wide, narrow) = (parse("10.0.0.0/16").unwrap(), parse("10.0.4.0/24").unwrap());
        assert!(wide.holds(narrow) && !narrow.holds(wide) && narrow.overlaps(wide));
        assert!(!narrow.overlaps(parse("10.0.5.0/24").unwrap()));
        assert!(parse("0.0.0.0/0").unwrap().holds(wide));
        assert_eq!(narrow.gateway().to_string(), "10.0.4.1");
        for seed in [0, 251, 252, u64::MAX] {
            let last = narrow.host(seed).octets()[3];
            assert!((2..254).contains(&last), "{last}");
        }
        for wrong in ["10.0.0.1/16", "10.0.0.0", "10.0.0.0/33", "x/8", "::/0"] {
            assert_eq!(parse(wrong), Err(()), "{wrong}");
        }
    }
}
