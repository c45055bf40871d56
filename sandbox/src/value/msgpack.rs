//! Values to and from the protocol's `MessagePack` form, where "unknown" is an
//! extension value.

use rmpv::Value as Pack;
use thiserror::Error;

use super::{Value, number};

/// Bytes that are not a value.
#[derive(Debug, Error)]
pub enum CodecError {
    /// Not `MessagePack`.
    #[error("not MessagePack: {0}")]
    Read(#[from] rmpv::decode::Error),
    /// Could not be written.
    #[error("cannot write MessagePack: {0}")]
    Write(#[from] rmpv::encode::Error),
    /// `MessagePack`, but nothing the protocol sends.
    #[error("unexpected {0} in a value")]
    Unexpected(&'static str),
}

/// Reads one value; no bytes at all are null.
pub fn decode(mut bytes: &[u8]) -> Result<Value, CodecError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    from_pack(rmpv::decode::read_value(&mut bytes)?)
}

/// Writes one value.
pub fn encode(value: &Value) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &to_pack(value))?;
    Ok(bytes)
}

fn from_pack(pack: Pack) -> Result<Value, CodecError> {
    Ok(match pack {
        Pack::Nil => Value::Null,
        Pack::Ext(..) => Value::Unknown,
        Pack::Boolean(bool) => Value::Bool(bool),
        Pack::Integer(whole) => match (whole.as_i64(), whole.as_u64()) {
            (Some(found), _) => Value::Number(found.into()),
            (None, Some(found)) => Value::Number(found.into()),
            (None, None) => return Err(CodecError::Unexpected("integer")),
        },
        Pack::F32(float) => from_float(f64::from(float))?,
        Pack::F64(float) => from_float(float)?,
        Pack::String(text) => {
            Value::Text(text.into_str().ok_or(CodecError::Unexpected("string that is not UTF-8"))?)
        }
        Pack::Array(list) => Value::List(list.into_iter().map(from_pack).collect::<Result<_, _>>()?),
        Pack::Map(pairs) => Value::Map(
            pairs
                .into_iter()
                .map(|(key, value)| match key.as_str() {
                    Some(key) => Ok((key.to_owned(), from_pack(value)?)),
                    None => Err(CodecError::Unexpected("map key")),
                })
                .collect::<Result<_, _>>()?,
        ),
        Pack::Binary(_) => return Err(CodecError::Unexpected("binary")),
    })
}

fn from_float(float: f64) -> Result<Value, CodecError> {
    number(float).map(Value::Number).ok_or(CodecError::Unexpected("infinite number"))
}

fn to_pack(value: &Value) -> Pack {
    match value {
        Value::Null => Pack::Nil,
        Value::Unknown => Pack::Ext(0, vec![0]),
        Value::Bool(bool) => Pack::Boolean(*bool),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), ..) => Pack::from(whole),
            (_, Some(whole), _) => Pack::from(whole),
            (.., Some(float)) => Pack::from(float),
            _ => Pack::from(number.to_string()),
        },
        Value::Text(text) => Pack::from(text.as_str()),
        Value::List(list) => Pack::Array(list.iter().map(to_pack).collect()),
        Value::Map(map) => {
            Pack::Map(map.iter().map(|(key, value)| (Pack::from(key.as_str()), to_pack(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn there_and_back(value: &Value) -> Value {
        decode(&encode(value).unwrap()).unwrap()
    }

    #[test]
    fn values_survive() {
        let value = Value::from(&json!({
            "a": [1, -7, 2.5, u64::MAX, "ü", true, null],
            "b": {"c": {}, "d": []},
        }));
        assert_eq!(there_and_back(&value), value);
    }

    #[test]
    fn unknown_is_the_extension_the_engine_expects() {
        assert_eq!(encode(&Value::Unknown).unwrap(), [0xd4, 0, 0]);
        assert_eq!(there_and_back(&Value::Unknown), Value::Unknown);
        // A refined unknown: extension 12 with a map of what is known of it.
        assert_eq!(decode(&[0xc7, 3, 12, 0x81, 1, 0xc2]).unwrap(), Value::Unknown);
    }

    #[test]
    fn whole_floats_are_whole_numbers() {
        let mut bytes = vec![0xcb];
        bytes.extend(20.0_f64.to_be_bytes());
        assert_eq!(decode(&bytes).unwrap(), Value::Number(20.into()));
    }

    #[test]
    fn nothing_is_null_and_rubbish_an_error() {
        assert_eq!(decode(&[]).unwrap(), Value::Null);
        assert!(decode(&[0xa5, b'x']).is_err());
        assert!(decode(&[0xc4, 1, 7]).is_err());
    }
}
