//! One instruction in words.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap as _};

use crate::{Address, programs};

/// One instruction in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Who carries it out.
    pub program: Address,
    /// What that program is called, where it is known.
    pub program_name: Option<&'static str>,
    /// What it does (`transfer`, `approve`, …), or `unknown`.
    pub does: &'static str,
    /// Accounts, by what they are in it.
    #[serde(serialize_with = "map")]
    pub accounts: Vec<(String, String)>,
    /// Amounts and texts, by what they are in it. Amounts are whole atomic units.
    #[serde(serialize_with = "map")]
    pub values: Vec<(String, String)>,
    /// The amount with its decimals, where the token is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// What the treasury carries out in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner: Option<Box<Step>>,
}

impl Step {
    pub(super) fn new(program: &Address, does: &'static str) -> Self {
        Self {
            program: *program,
            program_name: programs::name(program),
            does,
            accounts: Vec::new(),
            values: Vec::new(),
            amount: None,
            inner: None,
        }
    }

    /// Whether it, or what it carries, is something that leash doesn't know.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.does == "unknown" || self.inner.as_ref().is_some_and(|inner| inner.is_unknown())
    }
}

fn map<S: Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (name, value) in pairs {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

/// One line. Texts are escaped.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.does, self.program_name) {
            ("unknown", Some(program)) => write!(f, "an instruction that isn't known, of {program}")?,
            ("unknown", None) => write!(f, "an instruction of a program that isn't known, {}", self.program)?,
            (does, _) => f.write_str(&does.replace('_', " "))?,
        }
        if let Some(amount) = &self.amount {
            write!(f, " {amount}")?;
        }
        let mut before = ": ";
        for (name, value) in self.accounts.iter().chain(&self.values) {
            write!(f, "{before}{} {}", name.replace('_', " "), value.escape_debug())?;
            before = ", ";
        }
        match &self.inner {
            Some(inner) => write!(f, ", which does: {inner}"),
            None => Ok(()),
        }
    }
}
