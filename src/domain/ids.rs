//! Digests, and names that follow from what they name: the same thing always has the same name, so that a
//! repeated create finds itself.

use sha2::{Digest, Sha256};

/// `sha256:<64 lower-case hex digits>` of these bytes.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// The hex digits of a digest, cut to `length`; shorter when the text is.
pub fn short(digest: &str, length: usize) -> &str {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    hex.get(..length).unwrap_or(hex)
}

/// A uid without its hyphens, cut to 12 characters.
pub fn short_uid(uid: &str) -> String {
    uid.chars().filter(|c| *c != '-').take(12).collect()
}

/// Job that plans a bundle.
pub fn plan_job(session_uid: &str, bundle_digest: &str) -> String {
    format!("ce-plan-{}-{}", short_uid(session_uid), short(bundle_digest, 12))
}

/// Job that applies a plan.
pub fn apply_job(session_uid: &str, plan_digest: &str) -> String {
    format!("ce-apply-{}-{}", short_uid(session_uid), short(plan_digest, 12))
}

/// Secret with the head of a stack: which state versions exist, who locks it.
pub fn stack_head(project: &str, stack: &str) -> String {
    format!("ce-stack-{project}-{stack}")
}

/// The create-only object that lets one pod begin the apply of one plan.
pub fn claim(project_uid: &str, stack: &str, plan_digest: &str) -> String {
    format!("ce-claim-{}-{stack}-{}", short_uid(project_uid), short(plan_digest, 32))
}

/// Secret with what a Job reported at its end.
pub fn report(job: &str) -> String {
    format!("ce-report-{}", job.trim_start_matches("ce-"))
}

/// Secret with the head of a session's log.
pub fn log_head(session_uid: &str) -> String {
    format!("ce-log-{}", short_uid(session_uid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_what_kubernetes_allows() {
        let uid = "0f0e0d0c-1111-2222-3333-444455556666";
        let digest = digest(b"plan");
        for name in [
            plan_job(uid, &digest),
            apply_job(uid, &digest),
            stack_head(&"p".repeat(40), &"s".repeat(14)),
            report(&apply_job(uid, &digest)),
            log_head(uid),
        ] {
            assert!(name.len() <= 63, "{name} has {} characters", name.len());
        }
        assert!(claim(uid, &"s".repeat(20), &digest).len() <= 253);
    }

    #[test]
    fn a_digest_is_spelled_in_full() {
        assert_eq!(digest(b"").len(), 71);
        assert_eq!(short(&digest(b""), 6), "e3b0c4");
    }
}
