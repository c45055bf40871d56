//! Attribute types, in our data's notation and in the engine's.

use serde_json::{Value as Json, json};

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A string.
    Text,
    /// A number.
    Number,
    /// A boolean.
    Bool,
    /// Ordered, of one type.
    List(Box<Type>),
    /// Without order, of one type.
    Set(Box<Type>),
    /// Named, of one type.
    Map(Box<Type>),
    /// Named, each of its own type.
    Object(Vec<(String, Type)>),
}

impl Type {
    /// Reads `string`, `number`, `bool`, `list(…)`, `set(…)`, `map(…)`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((outer, rest)) = text.split_once('(') {
            let inner = Box::new(Self::parse(rest.strip_suffix(')')?)?);
            return match outer {
                "list" => Some(Self::List(inner)),
                "set" => Some(Self::Set(inner)),
                "map" => Some(Self::Map(inner)),
                _ => None,
            };
        }
        match text {
            "string" => Some(Self::Text),
            "number" => Some(Self::Number),
            "bool" => Some(Self::Bool),
            _ => None,
        }
    }

    /// The engine's JSON notation of the type.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Text => json!("string"),
            Self::Number => json!("number"),
            Self::Bool => json!("bool"),
            Self::List(of) => json!(["list", of.to_json()]),
            Self::Set(of) => json!(["set", of.to_json()]),
            Self::Map(of) => json!(["map", of.to_json()]),
            Self::Object(members) => {
                let members: serde_json::Map<_, _> =
                    members.iter().map(|(name, ty)| (name.clone(), ty.to_json())).collect();
                json!(["object", members])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_is_read_and_written() {
        let ty = Type::parse("map(list(string))").unwrap();
        assert_eq!(ty.to_json().to_string(), r#"["map",["list","string"]]"#);
        assert_eq!(Type::parse("bool"), Some(Type::Bool));
        for wrong in ["", "text", "list(", "list(text)", "tuple(string)"] {
            assert_eq!(Type::parse(wrong), None, "{wrong}");
        }
    }
}
