//! The host's way to end the plugin.

use std::sync::Arc;

use tokio::sync::Notify;
use tonic::{Request, Response, Status};

use crate::proto::plugin::Empty;
use crate::proto::plugin::grpc_controller_server::GrpcController;

/// Passes the wish to end on.
#[derive(Debug)]
pub struct Controller {
    end: Arc<Notify>,
}

impl Controller {
    /// Notifies once the host wants the plugin to end.
    pub fn new(end: Arc<Notify>) -> Self {
        Self { end }
    }
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.end.notify_one();
        Ok(Response::new(Empty {}))
    }
}
