//! What a command tells when it could not: what, why, and what to do.

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// There is no usable kubeconfig.
    #[error("no cluster to talk to: {0}\nset KUBECONFIG or choose a context with kubectl config use-context")]
    Config(String),
    /// The API server said no, or nothing.
    #[error("{doing}: {}{}", reason_of(.source), hint_of(.source))]
    Api {
        /// What was tried.
        doing: String,
        /// What came back.
        source: Box<kube::Error>,
    },
    /// The gateway said no.
    #[error("{doing}: the gateway answered {status}: {message}{}", gateway_hint(*.status, .message))]
    Gateway {
        /// What was tried.
        doing: String,
        /// HTTP status.
        status: u16,
        /// Its words.
        message: String,
    },
    /// The gateway could not be reached, or did not answer in time.
    #[error("{doing}: {why}\nis Cloud Engine running? kubectl -n cloud-engine get pods")]
    Unreachable {
        /// What was tried.
        doing: String,
        /// What happened.
        why: String,
    },
    /// The session is not in a state for this; the text says what to do.
    #[error("{0}")]
    Refused(String),
    /// Standard input or output, or a file.
    #[error("{doing}: {source}")]
    Io {
        /// What was tried.
        doing: String,
        /// What happened.
        source: std::io::Error,
    },
}

impl CliError {
    /// Wraps an error of the API server with what was tried.
    pub(super) fn api(doing: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Api { doing, source: Box::new(source) }
    }

    /// True when the same call may well succeed in a moment.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Gateway { status, .. } => matches!(status, 401 | 408 | 429 | 500..),
            Self::Api { source, .. } => match &**source {
                kube::Error::Api(status) => matches!(status.code, 408 | 429 | 500..),
                kube::Error::HyperError(_) | kube::Error::Service(_) => true,
                _ => false,
            },
            Self::Config(_) | Self::Refused(_) | Self::Io { .. } => false,
        }
    }

    /// True when somebody else wrote the object in between.
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Api { source, .. } if code_of(source) == Some(409))
    }
}

fn code_of(error: &kube::Error) -> Option<u16> {
    match error {
        kube::Error::Api(status) => Some(status.code),
        _ => None,
    }
}

/// The API server's sentence; kube's own form repeats the whole answer.
fn reason_of(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => super::text::plain(&status.message),
        other => other.to_string(),
    }
}

fn hint_of(error: &kube::Error) -> &'static str {
    match code_of(error) {
        Some(401) => "\nyour credentials are not accepted: log in again",
        Some(403) => {
            "\nif that is about your rights, ask for the role cloud-engine-user or cloud-engine-approver in this namespace"
        }
        Some(404) => "\nlook with: kubectl get dsession -A (and choose the namespace with -n)",
        Some(_) => "",
        None => "\nis the cluster reachable? kubectl version",
    }
}

fn gateway_hint(status: u16, message: &str) -> &'static str {
    match status {
        // These two are the API server's own words about the way, not the gateway's about the session.
        404 if message.starts_with("services ") || message.starts_with("namespaces ") => {
            "\nis Cloud Engine installed in another namespace? name it with --operator-namespace"
        }
        401 | 403 => {
            "\nplans and logs are for holders of the role cloud-engine-user, and of cloud-engine-gateway-reader in the operator's namespace"
        }
        404 => {
            "\nthere is nothing stored yet, or it was cleaned up: cloud-engine plan SESSION shows the phase"
        }
        502..=504 => "\nis Cloud Engine running? kubectl -n cloud-engine get pods",
        _ => "",
    }
}
