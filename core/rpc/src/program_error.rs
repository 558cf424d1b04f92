//! Why a transaction failed, as the chain says it, in words.

use std::fmt;

use leash_chain::{Address, programs};
use serde_json::Value;

use crate::{Error, field::Field, text};

/// Why a transaction failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramError {
    /// Which instruction, from 0, where it was one.
    pub instruction: Option<u64>,
    /// The chain's name for it: `Custom`, `InsufficientFundsForFee`, …
    pub name: String,
    /// The program's own number for it.
    pub code: Option<u64>,
    /// Which program said so, where the log tells.
    pub program: Option<Address>,
}

impl ProgramError {
    /// Reads the `err` of an answer; `log` tells which program it was.
    pub(crate) fn read(err: &Field<'_>, log: &[String]) -> Result<Self, Error> {
        let program = log.iter().find_map(|line| failed(line));
        let (instruction, cause) = match err.value() {
            Value::Object(map) if map.len() == 1 && map.contains_key("InstructionError") => {
                let parts = err.at("InstructionError")?.exactly(2)?;
                (Some(parts[0].u64()?), parts[1].clone())
            }
            _ => (None, err.clone()),
        };
        let (name, code) = match cause.value() {
            Value::String(name) => (text::line(name), None),
            Value::Object(map) if map.len() == 1 => {
                let (name, value) = map.iter().next().ok_or_else(|| cause.lie("should say why"))?;
                (text::line(name), value.as_u64())
            }
            _ => return Err(cause.lie("should say why the transaction failed")),
        };
        Ok(Self { instruction, name, code, program })
    }

    /// Whether the blockhash is what it is about: the transaction came too late, or too early for this endpoint.
    #[must_use]
    pub fn is_blockhash(&self) -> bool {
        self.name == "BlockhashNotFound"
    }

    /// Whether the endpoint has it already.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.name == "AlreadyProcessed"
    }

    /// What the best known of these mean.
    fn meaning(&self) -> Option<&'static str> {
        Some(match (self.name.as_str(), self.program, self.code) {
            ("Custom", Some(programs::TOKEN | programs::TOKEN_2022), Some(code)) => match code {
                1 => "the token account doesn't hold, or isn't allowed to spend, that much",
                4 => "the token account belongs to somebody else, or nothing was allowed",
                17 => "the token account is frozen",
                18 => "the token has other decimals",
                _ => return None,
            },
            ("Custom", Some(programs::SYSTEM), Some(1)) => "there are not enough lamports",
            ("Custom", Some(programs::SYSTEM), Some(0)) => "the account is there already",
            ("InsufficientFundsForFee", ..) => "the fee payer doesn't hold enough SOL for the fee",
            ("InsufficientFundsForRent", ..) => "an account would hold less SOL than it must",
            ("AccountNotFound", ..) => "the fee payer holds no SOL",
            ("BlockhashNotFound", ..) => "its blockhash is too old, or too new for this endpoint",
            ("AlreadyProcessed", ..) => "it has landed already",
            _ => return None,
        })
    }
}

/// The innermost program that failed is the first that the log says so of.
fn failed(line: &str) -> Option<Address> {
    let (program, rest) = line.strip_prefix("Program ")?.split_once(' ')?;
    if rest.starts_with("failed") { program.parse().ok() } else { None }
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Some(meaning) => write!(f, "{meaning} (")?,
            None => f.write_str("the chain refuses it (")?,
        }
        if let Some(instruction) = self.instruction {
            write!(f, "instruction {}, ", instruction.saturating_add(1))?;
        }
        if let Some(program) = self.program {
            match programs::name(&program) {
                Some(name) => write!(f, "{name}, ")?,
                None => write!(f, "{program}, ")?,
            }
        }
        f.write_str(&self.name)?;
        match self.code {
            Some(code) => write!(f, " {code})"),
            None => f.write_str(")"),
        }
    }
}
