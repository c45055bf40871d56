//! Says where the provider listens, then serves it until told to end.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use thiserror::Error;
use tokio::net::UnixListener;
use tokio::sync::Notify;
use tonic::transport::Server;

use super::controller::Controller;
use super::listener::connections;
use super::stdio::Stdio;
use super::tls::{Tls, TlsError};
use crate::proto::plugin::grpc_controller_server::GrpcControllerServer;
use crate::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use crate::proto::tfplugin6::provider_server::{Provider, ProviderServer};

/// Set by an engine that starts a plugin.
pub const COOKIE_VARIABLE: &str = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
/// As large as the engine sends.
const LARGEST_MESSAGE: usize = 256 << 20;

/// The provider cannot be served.
#[derive(Debug, Error)]
pub enum PluginError {
    /// Started by a person.
    #[error("this is a provider plugin: an engine has to start it")]
    NoEngine,
    /// The engine speaks other versions.
    #[error("the engine speaks plugin protocols {0}, this provider 6")]
    Protocol(String),
    /// The socket.
    #[error("the plugin's socket {0}: {1}")]
    Socket(PathBuf, #[source] std::io::Error),
    /// The certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The transport, once open.
    #[error("the plugin's transport: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// Standard output is closed.
    #[error("cannot tell the engine where the plugin listens: {0}")]
    Output(#[source] std::io::Error),
}

/// Serves the provider to the engine that started this process.
pub async fn serve(
    provider: impl Provider,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<(), PluginError> {
    if environment(COOKIE_VARIABLE).as_deref() != Some(COOKIE) {
        return Err(PluginError::NoEngine);
    }
    if let Some(versions) = environment("PLUGIN_PROTOCOL_VERSIONS")
        && !versions.split(',').any(|version| version.trim() == "6")
    {
        return Err(PluginError::Protocol(versions));
    }
    let tls = match environment("PLUGIN_CLIENT_CERT").filter(|pem| !pem.is_empty()) {
        Some(pem) => Some(Tls::pinned_to(&pem)?),
        None => None,
    };
    let folder = environment("PLUGIN_UNIX_SOCKET_DIR")
        .filter(|folder| !folder.is_empty())
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let path = folder.join(format!("sandbox-plugin-{}.sock", std::process::id()));
    let failed = |error| PluginError::Socket(path.clone(), error);
    match std::fs::remove_file(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let listener = UnixListener::bind(&path).map_err(failed)?;
    let certificate = tls.as_ref().map_or_else(String::new, |tls| STANDARD_NO_PAD.encode(tls.certificate()));
    announce(&path.to_string_lossy(), &certificate).map_err(PluginError::Output)?;

    let end = Arc::new(Notify::new());
    let served = Server::builder()
        .add_service(
            ProviderServer::new(provider)
                .max_decoding_message_size(LARGEST_MESSAGE)
                .max_encoding_message_size(LARGEST_MESSAGE),
        )
        .add_service(GrpcControllerServer::new(Controller::new(Arc::clone(&end))))
        .add_service(GrpcStdioServer::new(Stdio))
        .serve_with_incoming(connections(listener, tls));
    // The engine waits for the process to go, so open streams are not awaited.
    let result = tokio::select! {
        result = served => result.map_err(PluginError::from),
        () = end.notified() => Ok(()),
    };
    drop(std::fs::remove_file(&path));
    result
}

fn announce(socket: &str, certificate: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "1|6|unix|{socket}|grpc|{certificate}")?;
    output.flush()
}
