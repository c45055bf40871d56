//! Data sources: what the cloud knows without having made it.

use std::collections::BTreeMap;

use serde_json::json;

use super::failure::{Doing, refused};
use super::images::IMAGES;
use super::{Configured, Provider};
use crate::kind::target_id;
use crate::plan::{Problem, Subject};
use crate::schema::conform;
use crate::store;
use crate::value::Value;

impl Provider {
    /// The state of a data source for its configuration.
    pub(super) async fn data(&self, name: &str, config: &Value) -> Result<Value, Problem> {
        let block = self.catalogue.schema.data_sources.get(name);
        let block = block.ok_or_else(|| Problem::new(format!("The sandbox has no data source {name}")))?;
        let configured = self.configured().await?;
        let mut root = config.clone();
        for (name, value) in configured.settings.given.as_map().into_iter().flatten() {
            if block.attributes.contains_key(name) && root.get(name).is_null() {
                root.set(name, value.clone());
            }
        }
        let found = match name {
            "google_compute_zones" => zones(&root)?,
            "google_compute_image" => image(config)?,
            _ => self.existing(name, &configured, &root).await?,
        };
        Ok(conform(block, &found))
    }

    /// A resource of the same type in the store, by link or name.
    async fn existing(&self, r#type: &str, configured: &Configured, root: &Value) -> Result<Value, Problem> {
        let subject: Subject<'_> = self.subject(r#type)?;
        let text = ["self_link", "name"].iter().find_map(|name| root.get(name).as_text());
        let id = text.and_then(|text| target_id(&self.catalogue, r#type, text, root));
        let id = id.ok_or_else(|| Problem::new("one of `name,self_link` must be specified"))?;
        let key = store::key(self.catalogue.name, r#type, &id);
        let found = configured.store.get(&key).await;
        let found = found.map_err(|error| refused(&subject, Doing::Reading, &error))?;
        let Some(record) = found else {
            return Err(Problem::new(format!(
                "{} Not Found : {id}: googleapi: Error 404: The resource '{id}' was not found, notFound",
                subject.kind.noun
            )));
        };
        let mut state = Value::from(&json!(record.attributes));
        state.set("id", Value::Text(id));
        if r#type == "google_compute_network" {
            let links = self.links_of_subnetworks(configured, &key).await?;
            state.set("subnetworks_self_links", Value::List(links));
        }
        Ok(state)
    }

    async fn links_of_subnetworks(
        &self,
        configured: &Configured,
        network: &str,
    ) -> Result<Vec<Value>, Problem> {
        let subject = self.subject("google_compute_subnetwork")?;
        let filter = store::Filter {
            provider: Some(self.catalogue.name.to_owned()),
            r#type: Some(subject.r#type.to_owned()),
            name: None,
        };
        let all = configured.store.list(&filter).await;
        let all = all.map_err(|error| refused(&subject, Doing::Reading, &error))?;
        Ok(all
            .iter()
            .filter(|record| record.uses.iter().any(|used| used == network))
            .map(|record| Value::Text(format!("{}{}", self.catalogue.link, record.id)))
            .collect())
    }
}

/// Three zones a region, lettered as the cloud letters them.
fn zones(root: &Value) -> Result<Value, Problem> {
    let region = root.get("region").as_text().ok_or_else(|| {
        Problem::new("Unable to determine region: set it in the data source or the provider block")
    })?;
    let letters = match region {
        "us-east1" | "europe-west1" => ["b", "c", "d"],
        _ => ["a", "b", "c"],
    };
    let names = letters.map(|letter| Value::Text(format!("{region}-{letter}")));
    let mut state = root.clone();
    let project = root.get("project").as_text().unwrap_or_default();
    state.set("id", Value::Text(format!("projects/{project}/regions/{region}")));
    state.set("names", Value::List(names.to_vec()));
    Ok(state)
}

fn image(config: &Value) -> Result<Value, Problem> {
    let (family, name) = (config.get("family").as_text(), config.get("name").as_text());
    let known = IMAGES.iter().find(|(its_family, project, its_name, _)| {
        let in_project = config.get("project").as_text().is_none_or(|wanted| wanted == *project);
        in_project && (family == Some(its_family) || name == Some(its_name))
    });
    let Some((family, project, name, gb)) = known else {
        let wanted = family.or(name).unwrap_or_default();
        return Err(Problem::new(format!(
            "error retrieving image information: googleapi: Error 404: The resource '{wanted}' was not \
             found, notFound"
        ))
        .detail(format!(
            "The sandbox knows the families {}.",
            IMAGES.map(|(family, ..)| family).join(", ")
        )));
    };
    let id = format!("projects/{project}/global/images/{name}");
    let mut state = config.clone();
    let values = json!({
        "id": id, "self_link": format!("https://www.googleapis.com/compute/v1/{id}"),
        "name": name, "family": family, "project": project, "disk_size_gb": gb,
        "status": "READY", "creation_timestamp": "2026-01-15T00:00:00Z", "labels": {},
    });
    let values: BTreeMap<String, Value> = Value::from(&values).as_map().cloned().unwrap_or_default();
    for (name, value) in values {
        state.set(&name, value);
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_zones_are_found() {
        let config = |json| Value::from(&json);
        let found = image(&config(json!({"family": "debian-12", "project": "debian-cloud"}))).unwrap();
        assert!(found.get("self_link").as_text().unwrap().ends_with("debian-12-bookworm-v20260115"));
        assert!(image(&config(json!({"family": "debian-12", "project": "other"}))).is_err());
        let found = zones(&config(json!({"region": "europe-west1"}))).unwrap();
        assert_eq!(found.get("names").at(0), &Value::text("europe-west1-b"));
    }
}
