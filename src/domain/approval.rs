//! Which approvals count, and why the others do not.

use crate::api::{
    project::ApprovalRules,
    session::{CountedApproval, DeploymentSessionSpec, IgnoredApproval},
};
use crate::domain::ids::short;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// The approvals of one plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// Those that count.
    pub counted: Vec<CountedApproval>,
    /// Those that do not, and why.
    pub ignored: Vec<IgnoredApproval>,
    /// Those that would count, were they not too old. Whoever counts again hands them over as seen, or they
    /// would look new.
    pub expired: Vec<CountedApproval>,
    /// Enough different people approve.
    pub enough: bool,
}

/// Counts the approvals of the plan with this digest. `seen` tells since when each is known; one that is not
/// in it is seen now. `ttl` is in seconds and counts from the time an approval was seen.
pub fn count(
    session: &DeploymentSessionSpec,
    requested_by: Option<&str>,
    rules: &ApprovalRules,
    plan_digest: &str,
    seen: &[CountedApproval],
    now: Timestamp,
    ttl: i64,
) -> Counted {
    let mut result = Counted::default();
    let mut people = BTreeSet::new();
    for approval in &session.approvals {
        let by = approval.by.as_str();
        let seen_at = seen.iter().find(|s| s.by == by).map_or(now, |s| s.seen_at.0);
        let entry = CountedApproval { by: by.to_owned(), seen_at: Time(seen_at) };
        let why = if plan_digest.is_empty() || approval.plan_digest != plan_digest {
            Some(format!(
                "It names the plan {}, the current one is {}. Look at the current plan and approve that one.",
                short(&approval.plan_digest, 12),
                short(plan_digest, 12)
            ))
        } else if people.contains(by) {
            Some("The same person approved already. Another person has to approve.".to_owned())
        } else if !rules.allow_self && requested_by.is_none() {
            Some(
                "The session does not say who asked for it, so nobody can tell whether this is a second person. \
                 Set spec.requestedBy."
                    .to_owned(),
            )
        } else if !rules.allow_self && requested_by == Some(by) {
            Some(
                "It is the requester's own, and the project asks for a second person. Let somebody else approve, \
                 or set approvals.allowSelf in the project."
                    .to_owned(),
            )
        } else if !fresh(seen_at, now, ttl) {
            result.expired.push(entry.clone());
            Some(format!(
                "It is older than {ttl} seconds, the time to live of this session. Plan again and approve the \
                 new plan."
            ))
        } else {
            None
        };
        if let Some(reason) = why {
            result.ignored.push(IgnoredApproval { by: by.to_owned(), reason });
        } else {
            people.insert(by);
            result.counted.push(entry);
        }
    }
    let required = usize::try_from(rules.required.max(1)).unwrap_or(usize::MAX);
    result.enough = result.counted.len() >= required;
    result
}

fn fresh(seen_at: Timestamp, now: Timestamp, ttl: i64) -> bool {
    now.duration_since(seen_at) < SignedDuration::from_secs(ttl.max(0))
}

/// Seconds of `45s`, `30m` or `2h`.
pub fn ttl_seconds(text: &str) -> Option<i64> {
    let (digits, factor) = match text.as_bytes().last()? {
        b's' => (text.strip_suffix('s')?, 1),
        b'm' => (text.strip_suffix('m')?, 60),
        b'h' => (text.strip_suffix('h')?, 3600),
        _ => return None,
    };
    if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i64>().ok().filter(|n| *n > 0)?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::digest;

    fn spec(approvals: &[(&str, &str)]) -> DeploymentSessionSpec {
        let approvals: Vec<_> = approvals
            .iter()
            .map(|(by, plan)| serde_json::json!({"by": by, "planDigest": digest(plan.as_bytes())}))
            .collect();
        serde_json::from_value(serde_json::json!({"project": "p", "approvals": approvals})).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn run(
        spec: &DeploymentSessionSpec,
        rules: &ApprovalRules,
        seen: &[CountedApproval],
        now: i64,
    ) -> Counted {
        count(spec, Some("ada"), rules, &digest(b"plan"), seen, at(now), 1800)
    }

    #[test]
    fn only_others_who_name_this_plan_count() {
        let spec = spec(&[("ada", "plan"), ("ben", "plan"), ("cat", "older")]);
        let result = run(&spec, &ApprovalRules::default(), &[], 100);
        assert_eq!(result.counted.iter().map(|c| c.by.as_str()).collect::<Vec<_>>(), ["ben"]);
        assert_eq!(result.ignored.len(), 2);
        assert!(result.enough);
        let two = ApprovalRules { required: 2, allow_self: false };
        assert!(!run(&spec, &two, &[], 100).enough);
        assert!(run(&spec, &ApprovalRules { required: 2, allow_self: true }, &[], 100).enough);
    }

    #[test]
    fn one_person_counts_once() {
        let spec = spec(&[("ben", "plan"), ("ben", "plan")]);
        let result = run(&spec, &ApprovalRules { required: 2, allow_self: false }, &[], 100);
        assert_eq!((result.counted.len(), result.ignored.len(), result.enough), (1, 1, false));
    }

    #[test]
    fn age_counts_from_when_it_was_seen() {
        let spec = spec(&[("ben", "plan")]);
        let seen = [CountedApproval { by: "ben".to_owned(), seen_at: Time(at(100)) }];
        assert!(run(&spec, &ApprovalRules::default(), &seen, 1899).enough);
        let late = run(&spec, &ApprovalRules::default(), &seen, 1900);
        assert!(!late.enough);
        assert_eq!(late.expired, seen);
        assert!(late.ignored[0].reason.contains("Plan again"));
    }

    #[test]
    fn without_a_requester_or_a_plan_nothing_counts() {
        let spec = spec(&[("ben", "plan")]);
        let rules = ApprovalRules::default();
        assert!(!count(&spec, None, &rules, &digest(b"plan"), &[], at(0), 1800).enough);
        assert!(!count(&spec, Some("ada"), &rules, "", &[], at(0), 1800).enough);
        let none = ApprovalRules { required: 0, allow_self: true };
        assert!(!count(&super::tests::spec(&[]), None, &none, &digest(b"plan"), &[], at(0), 1800).enough);
    }

    #[test]
    fn times_to_live_are_read() {
        assert_eq!(ttl_seconds("45s"), Some(45));
        assert_eq!(ttl_seconds("30m"), Some(1800));
        assert_eq!(ttl_seconds("2h"), Some(7200));
        for text in ["", "m", "0m", "-1m", "+1m", "1d", "1", "1 m", "9999999s", "ä"] {
            assert_eq!(ttl_seconds(text), None, "{text}");
        }
    }
}
