//! Takes a resource that exists into a state.

use super::Provider;
use crate::kind::import_id;
use crate::plan::Problem;
use crate::schema::conform;
use crate::value::Value;

impl Provider {
    /// A state with the id alone; the engine reads the rest.
    pub(super) async fn import(&self, r#type: &str, text: &str) -> Result<Value, Problem> {
        let subject = self.subject(r#type)?;
        let configured = self.configured().await?;
        let id = import_id(&self.catalogue, r#type, text, &configured.settings.given)
            .filter(|id| !id.is_empty())
            .ok_or_else(|| Problem::new(format!("Import id {text:?} names no {}", subject.kind.noun)))?;
        let mut state = Value::default();
        state.set("id", Value::Text(id));
        Ok(conform(subject.block, &state))
    }
}
