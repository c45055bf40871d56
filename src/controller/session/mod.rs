//! One session, from request to applied.
//!
//! ```text
//!  observe ──Observed──► decide ──Decision──► apply first ─► status ─► apply then
//! ```
//! A write that finds the world changed ends the pass; the next one looks again.

mod apply;
mod bundle;
mod cost;
mod decide;
mod facts;
mod next;
mod observe;
mod status;
mod wanted;

use super::{Context, ReconcileError};
use crate::api::{DeploymentSession, Phase};
use facts::Look;
use kube::{ResourceExt, runtime::controller::Action};
use std::{sync::Arc, time::Duration};

/// Finds whatever no event told.
const SWEEP: Duration = Duration::from_mins(5);

/// Brings one session one step further.
pub async fn reconcile(
    cached: Arc<DeploymentSession>,
    context: Arc<Context>,
) -> Result<Action, ReconcileError> {
    let Some(session) = observe::session(&context, &cached).await? else {
        return Ok(Action::await_change());
    };
    let seen = observe::observe(&context, session).await?;
    let now = context.clock.now();
    let decision = decide::decide(&seen, now);
    apply::all(&context, &seen, &decision.first).await?;
    let moved = status::write(&context, &seen.session, &decision.status).await?;
    apply::all(&context, &seen, &decision.then).await?;
    if let Some(phase) = moved {
        tell(&context, &seen.session, phase);
    }
    // After a step the next one is decided on what is there then, not on what was seen before it.
    let wrote = moved.is_some() || !decision.first.is_empty() || !decision.then.is_empty();
    Ok(match decision.look {
        Look::Again if wrote => Action::requeue(Duration::ZERO),
        Look::Again | Look::OnEvent => Action::requeue(SWEEP),
        Look::Within(wait) => Action::requeue(wait.min(SWEEP)),
        Look::Never => Action::await_change(),
    })
}

fn tell(context: &Context, session: &DeploymentSession, phase: Phase) {
    context.metrics.phases.get_or_create(&crate::platform::metrics::ToPhase { phase: phase.as_str() }).inc();
    tracing::info!(
        kind = "DeploymentSession",
        namespace = session.namespace().unwrap_or_default(),
        name = session.name_any(),
        uid = session.uid().unwrap_or_default(),
        phase = phase.as_str(),
        "session reached a phase"
    );
}
