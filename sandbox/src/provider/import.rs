//! Takes a resource that exists into a state.

use super::failure::{Doing, refused};
use super::{Configured, Provider};
use crate::kind::import_id;
use crate::plan::{Problem, Subject};
use crate::schema::conform;
use crate::store::{Filter, key};
use crate::value::Value;

impl Provider {
    /// A state with the id alone; the engine reads the rest.
    pub(super) async fn import(&self, r#type: &str, text: &str) -> Result<Value, Problem> {
        let subject = self.subject(r#type)?;
        let configured = self.configured().await?;
        let id = import_id(&self.catalogue, r#type, text, &configured.settings.given)
            .filter(|id| !id.is_empty())
            .ok_or_else(|| Problem::new(format!("Import id {text:?} names no {}", subject.kind.noun)))?;
        let id = self.called(&subject, &configured, id).await?;
        let mut state = Value::default();
        state.set("id", Value::Text(id));
        Ok(conform(subject.block, &state))
    }

    /// The id of the only resource that people call so, where no resource
    /// has that id: a cloud's import ids are not always its ids.
    async fn called(
        &self,
        subject: &Subject<'_>,
        configured: &Configured,
        text: String,
    ) -> Result<String, Problem> {
        let store = &configured.store;
        let failed = |error| refused(subject, Doing::Reading, &error);
        let (provider, r#type) = (subject.catalogue.name, subject.r#type);
        if store.get(&key(provider, r#type, &text)).await.map_err(failed)?.is_some() {
            return Ok(text);
        }
        let filter =
            Filter { provider: Some(provider.to_owned()), r#type: Some(r#type.to_owned()), name: None };
        let mut all = store.list(&filter).await.map_err(failed)?;
        all.retain(|record| record.name == text);
        Ok(match all.as_slice() {
            [only] => only.id.clone(),
            _ => text,
        })
    }
}
