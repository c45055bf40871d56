//! The store as a provider sees it: at an address, or in a file.

use hyper::Method;
use serde::Deserialize;
use serde_json::Value as Json;
use thiserror::Error;

use super::cloud::Request;
use super::disk::DiskError;
use super::http::Http;
use super::{Cloud, Disk, Draft, Effect, Filter, Patch, Record, Refusal, key};
use crate::time;

/// Names the store's address.
pub const URL_VARIABLE: &str = "CLOUD_ENGINE_SANDBOX_URL";
/// Names a file to use as store instead.
pub const FILE_VARIABLE: &str = "CLOUD_ENGINE_SANDBOX_FILE";

/// The store did not do it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// It said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It cannot be asked.
    #[error("{0}")]
    Unusable(String),
    /// Its file cannot be used.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// The store.
#[derive(Clone, Debug)]
pub enum Client {
    /// At an address.
    Http(Box<Http>),
    /// In a file.
    File(Disk),
}

#[derive(Deserialize)]
struct Resources {
    resources: Vec<Record>,
}

#[derive(Deserialize)]
struct Effects {
    effects: Vec<Effect>,
}

impl Client {
    /// The store the environment names.
    pub fn from_environment() -> Result<Self, StoreError> {
        let given = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(url) = given(URL_VARIABLE) {
            return Ok(Self::Http(Box::new(Http::new(&url, "engine")?)));
        }
        if let Some(file) = given(FILE_VARIABLE) {
            return Ok(Self::File(Disk::new(file)));
        }
        Err(StoreError::Unusable(format!(
            "set {URL_VARIABLE} to the address of the sandbox cloud, such as \
             http://127.0.0.1:8080, or {FILE_VARIABLE} to a file that holds it"
        )))
    }

    /// The store at an address, used by a person.
    pub fn at(url: &str) -> Result<Self, StoreError> {
        Ok(Self::Http(Box::new(Http::new(url, "hand")?)))
    }

    /// All records of a provider, or of one of its types.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Record>, StoreError> {
        match self {
            Self::Http(http) => {
                let mut path = "resources?".to_owned();
                for (name, value) in
                    [("provider", &filter.provider), ("type", &filter.r#type), ("name", &filter.name)]
                {
                    if let Some(value) = value {
                        path = format!("{path}{name}={value}&");
                    }
                }
                let found: Resources = http.send(Method::GET, &path, None::<&Json>).await?;
                Ok(found.resources)
            }
            Self::File(disk) => {
                let cloud = disk.load()?;
                Ok(cloud.list(filter).into_iter().cloned().collect())
            }
        }
    }

    /// What happened so far.
    pub async fn effects(&self) -> Result<Vec<Effect>, StoreError> {
        match self {
            Self::Http(http) => {
                let found: Effects = http.send(Method::GET, "effects", None::<&Json>).await?;
                Ok(found.effects)
            }
            Self::File(disk) => Ok(disk.load()?.effects(0).to_vec()),
        }
    }

    /// One record, or none.
    pub async fn get(&self, key: &str) -> Result<Option<Record>, StoreError> {
        let found = match self {
            Self::Http(http) => http.send(Method::GET, key, None::<&Json>).await,
            Self::File(disk) => {
                disk.load().map_err(StoreError::from).and_then(|cloud| Ok(cloud.get(key)?.clone()))
            }
        };
        match found {
            Ok(record) => Ok(Some(record)),
            Err(StoreError::Refused(Refusal::NotFound { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a record.
    pub async fn create(
        &self,
        [provider, r#type, id]: [&str; 3],
        draft: Draft,
    ) -> Result<Record, StoreError> {
        match self {
            Self::Http(http) => {
                let path = key(provider, r#type, id);
                http.send(Method::PUT, &path, Some(&draft)).await
            }
            Self::File(disk) => {
                change(disk, |cloud, by| Ok(cloud.create([provider, r#type, id], draft, by)?.clone()))
            }
        }
    }

    /// Changes a record.
    pub async fn patch(&self, key: &str, patch: Patch) -> Result<Record, StoreError> {
        match self {
            Self::Http(http) => http.send(Method::PATCH, key, Some(&patch)).await,
            Self::File(disk) => change(disk, |cloud, by| Ok(cloud.patch(key, patch, by)?.clone())),
        }
    }

    /// Removes a record that nobody needs.
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        match self {
            Self::Http(http) => {
                let _: Json = http.send(Method::DELETE, key, None::<&Json>).await?;
                Ok(())
            }
            Self::File(disk) => change(disk, |cloud, by| cloud.delete(key, false, by)),
        }
    }
}

fn change<T>(
    disk: &Disk,
    act: impl FnOnce(&mut Cloud, &Request<'_>) -> Result<T, Refusal>,
) -> Result<T, StoreError> {
    let _held = disk.lock()?;
    let mut cloud = disk.load()?;
    let time = time::now();
    let by = Request { actor: "engine", time: &time };
    let answer = act(&mut cloud, &by)?;
    disk.save(&cloud)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn parallel_writes_to_one_file_all_stay() {
        let folder = std::env::temp_dir().join(format!("sandbox-client-{}", std::process::id()));
        let client = Client::File(Disk::new(folder.join("cloud.json")));
        let tasks: Vec<_> = (0..10)
            .map(|n| {
                let client = client.clone();
                tokio::spawn(async move {
                    let id = format!("n{n}");
                    client.create(["p", "t", &id], Draft::default()).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(client.list(&Filter::default()).await.unwrap().len(), 10);
        assert_eq!(client.effects().await.unwrap().last().unwrap().seq, 10);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
