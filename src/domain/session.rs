//! The state machine of a session: which phase may follow which.

use crate::api::Phase;

/// Phases that may follow. The CRD holds the same table as a transition rule; a test compares them.
pub const fn next(from: Phase) -> &'static [Phase] {
    use Phase::{
        Applied, Applying, Approved, Cancelled, Draft, Expired, Failed, PlanReady, Planning, Validating,
    };
    match from {
        Draft => &[Validating, Failed, Cancelled, Expired],
        Validating => &[Draft, Planning, Failed, Cancelled, Expired],
        Planning => &[Validating, PlanReady, Applied, Failed, Cancelled, Expired],
        PlanReady => &[Validating, Approved, Failed, Cancelled, Expired],
        Approved => &[Validating, PlanReady, Applying, Failed, Cancelled],
        Applying => &[Applied, Failed, Cancelled],
        Applied | Failed | Cancelled | Expired => &[],
    }
}

/// Whether a session may go from one phase to the other; staying is allowed.
pub fn may_go(from: Option<Phase>, to: Phase) -> bool {
    from.is_none_or(|from| from == to || next(from).contains(&to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::DeploymentSession;
    use kube::CustomResourceExt;

    #[test]
    fn the_crd_holds_the_same_table() {
        let crd = serde_json::to_string(&DeploymentSession::crd()).unwrap();
        for from in Phase::ALL {
            let list: Vec<String> = next(from).iter().map(|p| format!("'{}'", p.as_str())).collect();
            let row = format!("'{}': [{}]", from.as_str(), list.join(", "));
            assert!(crd.contains(&row), "the CRD lacks the row {row}");
        }
    }

    #[test]
    fn a_terminal_phase_never_changes() {
        for from in Phase::ALL.into_iter().filter(|p| p.is_terminal()) {
            assert!(Phase::ALL.into_iter().all(|to| to == from || !may_go(Some(from), to)));
        }
    }

    #[test]
    fn every_live_phase_can_fail_and_be_cancelled() {
        for from in Phase::ALL.into_iter().filter(|p| !p.is_terminal()) {
            assert!(may_go(Some(from), Phase::Failed) && may_go(Some(from), Phase::Cancelled));
        }
    }
}
