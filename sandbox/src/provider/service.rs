//! The protocol's calls.

use std::pin::Pin;
use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::unused::unused;
use super::wire::{diagnostic, diagnostics, dynamic, path, value};
use super::{Configured, Provider};
use crate::plan::{Problem, Settings, plan, validate};
use crate::proto::tfplugin6 as wire;
use crate::proto::tfplugin6::provider_server::Provider as Calls;
use crate::schema::conform;
use crate::store::Client;
use crate::value::{Value, json};

type Answer<T> = Result<Response<T>, Status>;

fn capabilities() -> wire::ServerCapabilities {
    wire::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: false,
    }
}

#[tonic::async_trait]
impl Calls for Provider {
    async fn get_metadata(
        &self,
        _: Request<wire::get_metadata::Request>,
    ) -> Answer<wire::get_metadata::Response> {
        use wire::get_metadata::{DataSourceMetadata, ResourceMetadata, Response as Metadata};
        let schema = &self.catalogue.schema;
        let data = schema.data_sources.keys().cloned();
        let resources = schema.resources.keys().cloned();
        Ok(Response::new(Metadata {
            server_capabilities: Some(capabilities()),
            data_sources: data.map(|type_name| DataSourceMetadata { type_name }).collect(),
            resources: resources.map(|type_name| ResourceMetadata { type_name }).collect(),
            ..Metadata::default()
        }))
    }

    async fn get_provider_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> Answer<wire::get_provider_schema::Response> {
        let schema = &self.catalogue.schema;
        let all = |blocks: &std::collections::BTreeMap<String, crate::schema::Block>| {
            blocks.iter().map(|(name, block)| (name.clone(), block.to_wire())).collect()
        };
        Ok(Response::new(wire::get_provider_schema::Response {
            provider: Some(schema.provider.to_wire()),
            resource_schemas: all(&schema.resources),
            data_source_schemas: all(&schema.data_sources),
            server_capabilities: Some(capabilities()),
            ..Default::default()
        }))
    }

    async fn validate_provider_config(
        &self,
        _: Request<wire::validate_provider_config::Request>,
    ) -> Answer<wire::validate_provider_config::Response> {
        Ok(Response::new(wire::validate_provider_config::Response::default()))
    }

    async fn validate_resource_config(
        &self,
        request: Request<wire::validate_resource_config::Request>,
    ) -> Answer<wire::validate_resource_config::Response> {
        let request = request.into_inner();
        let config = value(request.config)?;
        let problems = match self.subject(&request.type_name) {
            Ok(subject) => validate(&subject, &config),
            Err(problem) => vec![problem],
        };
        Ok(Response::new(wire::validate_resource_config::Response { diagnostics: diagnostics(problems) }))
    }

    async fn validate_data_resource_config(
        &self,
        _: Request<wire::validate_data_resource_config::Request>,
    ) -> Answer<wire::validate_data_resource_config::Response> {
        Ok(Response::new(wire::validate_data_resource_config::Response::default()))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Answer<wire::upgrade_resource_state::Response> {
        let request = request.into_inner();
        let raw = request.raw_state.unwrap_or_default();
        let found = json::read(&raw.json)
            .map_err(|error| Problem::new("The stored state is not JSON").detail(error.to_string()));
        let found = found.and_then(|raw| Ok(conform(self.subject(&request.type_name)?.block, &raw)));
        let (state, problems) = split(found);
        Ok(Response::new(wire::upgrade_resource_state::Response {
            upgraded_state: dynamic(&state)?,
            diagnostics: diagnostics(problems),
        }))
    }

    async fn configure_provider(
        &self,
        request: Request<wire::configure_provider::Request>,
    ) -> Answer<wire::configure_provider::Response> {
        let config = value(request.into_inner().config)?;
        let settings = Settings::read(&self.catalogue.provider, &config, |name| {
            std::env::var(name).ok().filter(|v| !v.is_empty())
        });
        let mut problems = Vec::new();
        match Client::from_environment() {
            Ok(store) => {
                *self.configured.write().await = Some(Arc::new(Configured { settings, store }));
            }
            Err(error) => {
                problems.push(Problem::new("The sandbox cloud is not named").detail(error.to_string()));
            }
        }
        Ok(Response::new(wire::configure_provider::Response { diagnostics: diagnostics(problems) }))
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Answer<wire::read_resource::Response> {
        let request = request.into_inner();
        let prior = value(request.current_state)?;
        let (state, problems) = match self.read(&request.type_name, &prior).await {
            Ok(state) => (state, None),
            Err(problem) => (prior, Some(problem)),
        };
        Ok(Response::new(wire::read_resource::Response {
            new_state: dynamic(&state)?,
            diagnostics: diagnostics(problems),
            private: request.private,
            deferred: None,
        }))
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Answer<wire::plan_resource_change::Response> {
        let request = request.into_inner();
        let prior = value(request.prior_state)?;
        let proposed = value(request.proposed_new_state)?;
        let config = value(request.config)?;
        let planned = match (self.subject(&request.type_name), self.configured().await) {
            (Ok(subject), Ok(configured)) => {
                plan(&subject, &configured.settings, [&prior, &proposed, &config])
            }
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
        };
        let mut answer = wire::plan_resource_change::Response {
            legacy_type_system: true,
            planned_private: request.prior_private,
            ..Default::default()
        };
        match planned {
            Ok(planned) => {
                answer.planned_state = dynamic(&planned.state)?;
                answer.requires_replace = planned.replace.iter().map(path).collect();
            }
            Err(problem) => {
                answer.planned_state = dynamic(&prior)?;
                answer.diagnostics = vec![diagnostic(problem)];
            }
        }
        Ok(Response::new(answer))
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Answer<wire::apply_resource_change::Response> {
        let request = request.into_inner();
        let prior = value(request.prior_state)?;
        let planned = value(request.planned_state)?;
        let config = value(request.config)?;
        let values = [&prior, &planned, &config];
        let (state, problems) = self.apply(&request.type_name, values).await;
        Ok(Response::new(wire::apply_resource_change::Response {
            new_state: dynamic(&state)?,
            private: request.planned_private,
            diagnostics: diagnostics(problems),
            legacy_type_system: true,
        }))
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Answer<wire::import_resource_state::Response> {
        use wire::import_resource_state::{ImportedResource, Response as Imported};
        let request = request.into_inner();
        let mut answer = Imported::default();
        match self.import(&request.type_name, &request.id).await {
            Ok(state) => answer.imported_resources.push(ImportedResource {
                type_name: request.type_name,
                state: dynamic(&state)?,
                private: Vec::new(),
            }),
            Err(problem) => answer.diagnostics.push(diagnostic(problem)),
        }
        Ok(Response::new(answer))
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Answer<wire::read_data_source::Response> {
        let request = request.into_inner();
        let config = value(request.config)?;
        let (state, problems) = split(self.data(&request.type_name, &config).await);
        Ok(Response::new(wire::read_data_source::Response {
            state: dynamic(&state)?,
            diagnostics: diagnostics(problems),
            deferred: None,
        }))
    }

    async fn get_functions(
        &self,
        _: Request<wire::get_functions::Request>,
    ) -> Answer<wire::get_functions::Response> {
        Ok(Response::new(wire::get_functions::Response::default()))
    }

    async fn stop_provider(
        &self,
        _: Request<wire::stop_provider::Request>,
    ) -> Answer<wire::stop_provider::Response> {
        self.stop.send_replace(true);
        Ok(Response::new(wire::stop_provider::Response::default()))
    }

    unused! {
        move_resource_state: move_resource_state,
        validate_ephemeral_resource_config: validate_ephemeral_resource_config,
        open_ephemeral_resource: open_ephemeral_resource,
        renew_ephemeral_resource: renew_ephemeral_resource,
        close_ephemeral_resource: close_ephemeral_resource,
        call_function: call_function,
    }
}

fn split(found: Result<Value, Problem>) -> (Value, Option<Problem>) {
    match found {
        Ok(value) => (value, None),
        Err(problem) => (Value::Null, Some(problem)),
    }
}
