//! A JSON value as JavaScript holds it.

use crate::Text;

/// A value that `JSON.parse` gives, or an answer's document.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number; JSON can name infinity (`1e400`) but not NaN.
    Number(f64),
    /// A string.
    Text(Text),
    /// An array.
    List(Vec<Self>),
    /// An object, its names in JavaScript's order: see [`crate::json::parse`].
    Object(Vec<(Text, Self)>),
    /// JSON text that is known to be good, for a document that is put together from stored parts.
    Raw(String),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    /// A text, or null where there is none.
    pub fn text_or_null(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    /// An integer small enough for a JavaScript number.
    pub fn integer(number: u32) -> Self {
        Self::Number(f64::from(number))
    }

    /// The property of an object; `None` stands for `undefined`.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(key, _)| key.is(name)).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The string in it.
    pub const fn as_text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number in it.
    pub const fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// `JSON.stringify`.
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        crate::print::print(self, &mut json);
        json
    }
}

/// An object with these members, in this order.
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (Text::from(name), value)).collect())
}
