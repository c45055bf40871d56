//! How a resource is now.

use super::failure::{Doing, refused};
use super::{Configured, Provider};
use crate::plan::{Problem, Subject, from_record};
use crate::store;
use crate::value::Value;

impl Provider {
    /// The state as the store has it; null where the resource is gone.
    pub(super) async fn read(&self, r#type: &str, prior: &Value) -> Result<Value, Problem> {
        let subject = self.subject(r#type)?;
        let configured = self.configured().await?;
        current(&subject, &configured, prior).await
    }
}

/// The state as the store has it; null where the resource is gone.
pub async fn current(
    subject: &Subject<'_>,
    configured: &Configured,
    prior: &Value,
) -> Result<Value, Problem> {
    let Some(id) = prior.get("id").as_text() else {
        return Ok(Value::Null);
    };
    let key = store::key(subject.catalogue.name, subject.r#type, id);
    let found = configured.store.get(&key).await.map_err(|error| refused(subject, Doing::Reading, &error))?;
    Ok(found.map_or(Value::Null, |record| from_record(subject, &configured.settings, &record, prior)))
}
