//! The cases in `tests/golden`.

use cloud_engine::api::{CloudProjectSpec, Resource};
use cloud_engine::terraform::render::{RenderInput, Rendered, render};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The clouds, by the names of the folders.
pub const CLOUDS: [&str; 3] = ["gcp", "aws", "azure"];

/// A case: a folder with a request and what becomes of it.
pub struct Case {
    pub cloud: &'static str,
    pub folder: PathBuf,
    pub resources: Vec<Resource>,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All cases of a cloud, by name.
pub fn cases(cloud: &'static str) -> Vec<Case> {
    let folder = root().join("tests/golden").join(cloud);
    let mut folders: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.into_iter().map(|folder| Case { cloud, resources: read(&folder), folder }).collect()
}

fn read(folder: &Path) -> Vec<Resource> {
    let text = fs::read_to_string(folder.join("resources.yaml")).unwrap();
    serde_yaml_ng::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

/// The project that the cases of a cloud belong to.
pub fn spec(cloud: &str) -> CloudProjectSpec {
    let (region, other) = match cloud {
        "gcp" => ("europe-west1", "europe-west4"),
        "aws" => ("eu-west-1", "eu-central-1"),
        _ => ("westeurope", "northeurope"),
    };
    let mut spec: Value = json!({"provider": cloud, "region": region, "regions": [other]});
    if cloud == "gcp" {
        spec["gcp"] = json!({"projectId": "shop-123456"});
    }
    serde_json::from_value(spec).unwrap()
}

/// What is rendered of these resources in a project of this cloud.
pub fn rendered(cloud: &str, resources: &[Resource]) -> Result<Rendered, Vec<String>> {
    let module = fs::read_to_string(root().join("tests/golden/module/main.tf")).unwrap();
    let files = BTreeMap::from([("main.tf".to_owned(), module)]);
    let modules =
        resources.iter().filter(|r| r.module.is_some()).map(|r| (r.name.clone(), files.clone())).collect();
    render(&RenderInput {
        project: "shop",
        stack: "main",
        project_uid: "0f0e0d0c-1111-2222-3333-444455556666",
        spec: &spec(cloud),
        resources,
        modules: &modules,
    })
}

impl Case {
    /// `CLOUD/CASE`
    pub fn name(&self) -> String {
        format!("{}/{}", self.cloud, self.folder.file_name().unwrap().to_string_lossy())
    }

    /// What is rendered.
    pub fn rendered(&self) -> Rendered {
        rendered(self.cloud, &self.resources).unwrap_or_else(|found| panic!("{}: {found:#?}", self.name()))
    }
}
