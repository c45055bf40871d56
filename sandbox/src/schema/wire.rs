//! The schema as the protocol sends it.

use super::{Attribute, Block, Nested, Nesting};
use crate::proto::tfplugin6::{self as wire, schema};

impl Block {
    /// As the protocol's top-level schema.
    pub fn to_wire(&self) -> wire::Schema {
        wire::Schema { version: 0, block: Some(block(self)) }
    }
}

fn block(found: &Block) -> schema::Block {
    schema::Block {
        attributes: found.attributes.iter().map(|(name, found)| attribute(name, found)).collect(),
        block_types: found.blocks.iter().map(|(name, found)| nested(name, found)).collect(),
        ..Default::default()
    }
}

fn attribute(name: &str, found: &Attribute) -> schema::Attribute {
    schema::Attribute {
        name: name.to_owned(),
        r#type: found.ty.to_json().to_string().into_bytes(),
        required: found.required,
        optional: found.optional,
        computed: found.computed,
        sensitive: found.sensitive,
        write_only: found.write_only,
        ..Default::default()
    }
}

fn nested(name: &str, found: &Nested) -> schema::NestedBlock {
    use schema::nested_block::NestingMode;
    let nesting = match found.nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
    };
    schema::NestedBlock {
        type_name: name.to_owned(),
        block: Some(block(&found.block)),
        nesting: nesting.into(),
        min_items: found.min,
        max_items: found.max,
    }
}
