//! The fields of an answer, each checked as it is taken.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_chain::{Account, Address};
use serde_json::{Map, Value};

use crate::{Error, text};

/// A part of an answer, and the way to it.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    method: &'static str,
    path: String,
    value: &'a Value,
}

impl<'a> Field<'a> {
    pub(crate) fn new(method: &'static str, value: &'a Value) -> Self {
        Self { method, path: "result".to_owned(), value }
    }

    /// Says what is wrong with this field.
    pub(crate) fn lie(&self, what: impl std::fmt::Display) -> Error {
        let what = format!("`{}` {what}, it is {}", self.path, shown(self.value));
        Error::Lie { method: self.method, what }
    }

    fn object(&self) -> Result<&'a Map<String, Value>, Error> {
        self.value.as_object().ok_or_else(|| self.lie("should be an object"))
    }

    /// A field of this object; one that is missing is `null`.
    pub(crate) fn at(&self, name: &str) -> Result<Self, Error> {
        const NULL: &Value = &Value::Null;
        let value = self.object()?.get(name).unwrap_or(NULL);
        Ok(Self { method: self.method, path: format!("{}.{name}", self.path), value })
    }

    pub(crate) fn items(&self) -> Result<Vec<Self>, Error> {
        let items = self.value.as_array().ok_or_else(|| self.lie("should be a list"))?;
        let item =
            |(index, value)| Self { method: self.method, path: format!("{}[{index}]", self.path), value };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// As many items as were asked for.
    pub(crate) fn exactly(&self, count: usize) -> Result<Vec<Self>, Error> {
        let items = self.items()?;
        if items.len() == count {
            Ok(items)
        } else {
            let what = format!("`{}` has {} items in place of {count}", self.path, items.len());
            Err(Error::Lie { method: self.method, what })
        }
    }

    pub(crate) fn present(&self) -> Option<Self> {
        (!self.value.is_null()).then(|| self.clone())
    }

    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// A whole number of 64 bits, written as one.
    pub(crate) fn u64(&self) -> Result<u64, Error> {
        self.value.as_u64().ok_or_else(|| self.lie("should be a whole number of 64 bits"))
    }

    /// A whole number of 64 bits, written as text.
    pub(crate) fn u64_text(&self) -> Result<u64, Error> {
        let text = self.text()?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { text.parse().ok() } else { None };
        number.ok_or_else(|| self.lie("should be a whole number of 64 bits, as text"))
    }

    pub(crate) fn bool(&self) -> Result<bool, Error> {
        self.value.as_bool().ok_or_else(|| self.lie("should be true or false"))
    }

    pub(crate) fn text(&self) -> Result<&'a str, Error> {
        self.value.as_str().ok_or_else(|| self.lie("should be a text"))
    }

    /// A text that means something.
    pub(crate) fn parse<T: std::str::FromStr>(&self, what: &str) -> Result<T, Error> {
        self.text()?.parse().map_err(|_| self.lie(format!("should be {what}")))
    }

    /// `[text, "base64"]`.
    pub(crate) fn base64(&self) -> Result<Vec<u8>, Error> {
        let parts = self.exactly(2)?;
        if parts[1].text()? != "base64" {
            return Err(parts[1].lie("should be `base64`"));
        }
        STANDARD.decode(parts[0].text()?).map_err(|_| parts[0].lie("should be base64"))
    }

    pub(crate) fn account(&self) -> Result<Account, Error> {
        let owner: Address = self.at("owner")?.parse("an address")?;
        Ok(Account { owner, lamports: self.at("lamports")?.u64()?, data: self.at("data")?.base64()? })
    }

    /// The end of a log, or of none.
    pub(crate) fn log(&self) -> Result<Vec<String>, Error> {
        let Some(log) = self.present() else { return Ok(Vec::new()) };
        let lines = log.items()?.iter().map(Field::text).collect::<Result<Vec<_>, _>>()?;
        Ok(text::tail(lines.into_iter()))
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "missing".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => format!("`{}`", text::line(&other.to_string())),
    }
}
