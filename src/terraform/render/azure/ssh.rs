//! Public keys for logging in.

use super::{Writer, tree};
use crate::api::resource::Vm;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hcl::{
    Block, Expression,
    expr::{BinaryOp, BinaryOperator},
};

/// Findings on keys that Azure does not take.
pub(super) fn check(writer: &mut Writer<'_, '_>, vm: &Vm) {
    for (index, key) in vm.ssh_public_keys.iter().enumerate() {
        let field = ["vm.sshPublicKeys[", &index.to_string(), "]"].concat();
        match rsa_bits(key) {
            Some(bits) if bits >= 2048 => {}
            Some(bits) => writer.refuse(&field, format!("the key has {bits} bits, but azure takes RSA keys of at least 2048. Make one with ssh-keygen -t rsa -b 4096")),
            None => writer.refuse(&field, "azure takes RSA keys alone, and this is none. Make one with ssh-keygen -t rsa -b 4096"),
        }
    }
}

/// Blocks of the keys that log in: those given, or the one of the credentials Secret.
pub(super) fn keys(writer: &mut Writer<'_, '_>, vm: &Vm) -> Vec<Block> {
    let key = |writer: &Writer<'_, '_>, key: Expression| {
        let user = tree::attr("username", writer.var("ssh_user"));
        tree::block("admin_ssh_key", [user, tree::attr("public_key", key)])
    };
    if vm.ssh_public_keys.is_empty() {
        let secret = writer.ssh_public_key();
        return vec![key(writer, secret)];
    }
    let given = |index| tree::nth("var", &[writer.name(), "ssh_keys"], index);
    (0..vm.ssh_public_keys.len()).map(|index| key(writer, given(index))).collect()
}

/// Without a key the provider's message would not say where to put one.
pub(super) fn needed(writer: &mut Writer<'_, '_>) -> Block {
    let there = BinaryOp::new(writer.ssh_public_key(), BinaryOperator::NotEq, "");
    let told = "Azure makes no machine without a public key: set vm.sshPublicKeys, or the key ssh_public_key of the project's credentials Secret.";
    tree::block(
        "precondition",
        [tree::attr("condition", Expression::from(there)), tree::attr("error_message", told)],
    )
}

/// Bits of an RSA key in OpenSSH's form (RFC 4253, section 6.6); `None` for everything else.
fn rsa_bits(key: &str) -> Option<usize> {
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
