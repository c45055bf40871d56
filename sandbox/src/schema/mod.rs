//! The shape of what a provider takes and gives back.

mod conform;
mod load;
mod types;
mod wire;

pub use conform::conform;
pub use load::{LoadError, Schema};
pub use types::Type;

use std::collections::BTreeMap;

/// Arguments and nested blocks of a resource, data source or provider.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// By name.
    pub attributes: BTreeMap<String, Attribute>,
    /// By name.
    pub blocks: BTreeMap<String, Nested>,
}

/// One argument.
#[expect(clippy::struct_excessive_bools, reason = "as the protocol has them")]
#[derive(Clone, Debug)]
pub struct Attribute {
    /// What it holds.
    pub ty: Type,
    /// Must be given.
    pub required: bool,
    /// May be given.
    pub optional: bool,
    /// The provider gives it where nobody else does.
    pub computed: bool,
    /// Not to be shown.
    pub sensitive: bool,
    /// Passed on, never kept.
    pub write_only: bool,
}

/// One kind of nested block.
#[derive(Clone, Debug)]
pub struct Nested {
    /// How often it comes.
    pub nesting: Nesting,
    /// At least so many.
    pub min: i64,
    /// At most so many; 0 is no bound.
    pub max: i64,
    /// What is in it.
    pub block: Block,
}

/// How a nested block's values are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object or null.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
}
