//! The plugin protocol, generated from `proto/`.
#![allow(missing_docs, dead_code, clippy::all, clippy::pedantic, reason = "generated")]

pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

pub mod plugin {
    tonic::include_proto!("plugin");
}
