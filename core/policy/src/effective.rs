//! The limits that hold: the policy's, or else the fallback's, tightened by the environment.

use std::env::{self, VarError};

use leash_output::{Error, Kind};

use crate::{Rules, Usd};

use leash_protocol::env::KILL;
pub use leash_protocol::env::{PER_CALL_USDC as PER_CALL, PER_DAY_USDC as PER_DAY};

const DEFAULT_PER_CALL: Usd = Usd::whole(1);
const DEFAULT_PER_DAY: Usd = Usd::whole(10);

/// What the environment says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// `LEASH_PER_CALL_USDC`.
    pub per_call: Option<Usd>,
    /// `LEASH_PER_DAY_USDC`.
    pub daily: Option<Usd>,
}

impl Limits {
    /// Reads the process's environment; a blank variable is as none.
    ///
    /// # Errors
    /// [`Kind::Refused`] where a variable is set and no amount: under a limit that can't be read nothing is paid.
    pub fn from_env() -> Result<Self, Error> {
        Ok(Self { per_call: variable(PER_CALL)?, daily: variable(PER_DAY)? })
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "LEASH_KILL and LEASH_PER_* bound what may be spent, and are read here"
)]
fn variable(name: &'static str) -> Result<Option<Usd>, Error> {
    let bad = |what: String| {
        Err(Error::new(Kind::Refused, "bad_variable", format!("{name} is no limit: {what}"))
            .hint(format!("set it to an amount (`{name}=0.50`), or `unset {name}`")))
    };
    match env::var(name) {
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => bad("it is not UTF-8".to_owned()),
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => match text.trim().parse() {
            Ok(limit) => Ok(Some(limit)),
            Err(why) => bad(format!("`{}`: {why}", text.trim())),
        },
    }
}

/// Whether `LEASH_KILL` stops all payments. Anything but nothing, `0` and `false` does: a switch that can't be read is on.
#[allow(
    clippy::disallowed_methods,
    reason = "LEASH_KILL and LEASH_PER_* bound what may be spent, and are read here"
)]
pub(crate) fn kill_switch() -> bool {
    env::var_os(KILL).is_some_and(|value| !["", "0", "false"].iter().any(|off| value == *off))
}

/// Where a limit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The policy.
    Policy,
    /// A variable of the environment.
    Variable(&'static str),
    /// Nobody said anything.
    Default,
}

impl Origin {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Variable(name) => name,
            Self::Default => "default",
        }
    }
}

/// The rules that hold at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The rules, with the limits that hold.
    pub rules: Rules,
    /// Where the limit of one payment comes from.
    pub per_call: Origin,
    /// Where the day's budget comes from.
    pub daily: Origin,
}

impl Effective {
    /// Puts a policy and the environment together. A variable can only tighten a policy; where there is none, it
    /// stands in the place of the default (1 for a payment, 10 for a day).
    #[must_use]
    pub fn new(policy: Option<Rules>, limits: Limits) -> Self {
        let Some(mut rules) = policy else {
            let (per_call, per_call_origin) = or_default(limits.per_call, PER_CALL, DEFAULT_PER_CALL);
            let (daily, daily_origin) = or_default(limits.daily, PER_DAY, DEFAULT_PER_DAY);
            let rules = Rules::fallback(per_call, daily);
            return Self { rules, per_call: per_call_origin, daily: daily_origin };
        };
        let per_call = tighten(&mut rules.per_call, limits.per_call, PER_CALL);
        let daily = tighten(&mut rules.daily, limits.daily, PER_DAY);
        Self { rules, per_call, daily }
    }
}

fn or_default(limit: Option<Usd>, name: &'static str, default: Usd) -> (Usd, Origin) {
    limit.map_or((default, Origin::Default), |limit| (limit, Origin::Variable(name)))
}

fn tighten(limit: &mut Usd, by: Option<Usd>, name: &'static str) -> Origin {
    match by.filter(|by| *by < *limit) {
        Some(by) => {
            *limit = by;
            Origin::Variable(name)
        }
        None => Origin::Policy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Usd {
        text.parse().expect("an amount")
    }

    fn limits(per_call: Option<&str>, daily: Option<&str>) -> Limits {
        Limits { per_call: per_call.map(usd), daily: daily.map(usd) }
    }

    #[test]
    fn variables_only_tighten_a_policy() {
        let policy = || Some(Rules::fallback(usd("2"), usd("20")));
        for (set, per_call, daily) in [
            (limits(None, None), "2", "20"),
            (limits(Some("0.5"), None), "0.5", "20"),
            (limits(Some("5"), Some("500")), "2", "20"),
            (limits(Some("0"), Some("0")), "0", "0"),
        ] {
            let effective = Effective::new(policy(), set);
            assert_eq!(
                (effective.rules.per_call, effective.rules.daily),
                (usd(per_call), usd(daily)),
                "{set:?}"
            );
        }
    }

    #[test]
    fn without_a_policy_there_are_defaults() {
        let effective = Effective::new(None, Limits::default());
        assert_eq!((effective.rules.per_call, effective.rules.daily), (usd("1"), usd("10")));
        assert_eq!((effective.per_call, effective.daily), (Origin::Default, Origin::Default));
        let effective = Effective::new(None, limits(Some("0.1"), None));
        assert_eq!((effective.rules.per_call, effective.rules.daily), (usd("0.1"), usd("10")));
        assert_eq!(effective.per_call, Origin::Variable(PER_CALL));
    }
}
