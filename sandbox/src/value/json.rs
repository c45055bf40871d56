//! Values to and from JSON, which knows no "unknown".

use serde_json::{Map, Value as Json};

use super::{Value, number};

impl From<&Json> for Value {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(found) if found.is_f64() => {
                found.as_f64().and_then(number).map_or_else(|| Self::Number(found.clone()), Self::Number)
            }
            Json::Number(found) => Self::Number(found.clone()),
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(list) => Self::List(list.iter().map(Self::from).collect()),
            Json::Object(map) => Self::Map(map.iter().map(|(k, v)| (k.clone(), v.into())).collect()),
        }
    }
}

impl Value {
    /// As JSON; what is unknown becomes null.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null | Self::Unknown => Json::Null,
            Self::Bool(bool) => Json::Bool(*bool),
            Self::Number(number) => Json::Number(number.clone()),
            Self::Text(text) => Json::String(text.clone()),
            Self::List(list) => Json::Array(list.iter().map(Self::to_json).collect()),
            Self::Map(map) => {
                Json::Object(map.iter().map(|(k, v)| (k.clone(), v.to_json())).collect::<Map<_, _>>())
            }
        }
    }
}

/// Reads JSON text.
pub fn read(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(bytes).map(|json: Json| Value::from(&json))
}
