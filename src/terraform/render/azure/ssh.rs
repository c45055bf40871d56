//! Public keys for logging in.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Bits of an RSA key in OpenSSH's form (RFC 4253, section 6.6); `None` for everything else.
pub(super) fn rsa_bits(key: &str) -> Option<usize> {
    let mut words = key.split_whitespace();
    if words.next() != Some("ssh-rsa") {
        return None;
    }
    let bytes = STANDARD.decode(words.next()?).ok()?;
    let (name, rest) = field(&bytes)?;
    let (_exponent, rest) = field(rest)?;
    let (modulus, _) = field(rest)?;
    if name != b"ssh-rsa" {
        return None;
    }
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(zeros)?;
    let bytes = modulus.len().checked_sub(zeros)?;
    (bytes * 8).checked_sub(usize::try_from(first.leading_zeros()).ok()?)
}

/// A field with its length before it, and what follows.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(modulus: &[u8]) -> String {
        let mut bytes = Vec::new();
        for field in [b"ssh-rsa".as_slice(), &[1, 0, 1], modulus] {
            bytes.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
            bytes.extend(field);
        }
        ["ssh-rsa ", &STANDARD.encode(bytes), " someone"].concat()
    }

    #[test]
    fn the_bits_of_a_key_are_counted() {
        let long: Vec<u8> = [vec![0], vec![0xff; 256]].concat();
        assert_eq!(rsa_bits(&key(&long)), Some(2048));
        assert_eq!(rsa_bits(&key(&[0x7f; 128])), Some(1023));
        for bad in ["", "ssh-rsa", "ssh-rsa AAAA", "ssh-rsa !!", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=="] {
            assert_eq!(rsa_bits(bad), None, "{bad}");
        }
    }
}
