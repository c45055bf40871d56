//! The sandbox cloud: a provider that looks like the real one, and the store
//! its resources live in.

mod kind;
mod plan;
mod proto;
mod schema;
mod store;
mod time;
mod value;
fn main() {}
