//! Whether one payment may be made.

use std::fmt;

use leash_output::Code;

use crate::{host::Name, rules::Rules, usd::Usd};

/// A payment that costs more than its buyer said that it may, by `--max` or by a plugin's `max`.
pub const ABOVE_MAX: Code = Code::new("above_max");

/// A payment that somebody wants to make.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where the request goes.
    pub url: &'a str,
    /// What would leave the treasury, the fee included, as decimal text; none for a request that costs nothing.
    pub price: Option<&'a str>,
}

/// What was spent already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// In this UTC day, what is reserved included.
    pub spent: Usd,
    /// Whether this very payment was made before.
    pub replay: bool,
}

/// Why a payment may not be made; the names are those that receipts carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It was made before.
    Replay,
    /// Its host is banned.
    DenyHost,
    /// Its host is none of those that may be paid.
    AllowHost,
    /// It costs more than anything is worth.
    PriceCeiling,
    /// The day's budget doesn't have that much left.
    DailyBudgetExceeded,
    /// It costs more than one payment may.
    PerCallMax,
}

impl Reason {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::DenyHost => "denyHost",
            Self::AllowHost => "allowHost",
            Self::PriceCeiling => "priceCeiling",
            Self::DailyBudgetExceeded => "dailyBudgetExceeded",
            Self::PerCallMax => "perCallMax",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A payment that may not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Why, in a word.
    pub reason: Reason,
    /// Why, for a person.
    pub detail: String,
}

/// Whether a payment may be made, by these rules in this state. The order of the checks is part of what receipts say,
/// so it doesn't change: replay, banned host, host that isn't allowed, ceiling, the day's budget, one payment's limit.
///
/// What can't be judged is denied: a price that is no amount is above every limit, a URL without a host is one that
/// every ban means and no permission does.
///
/// # Errors
/// The [`Denial`].
pub fn evaluate(rules: &Rules, request: &Request<'_>, state: &State) -> Result<(), Denial> {
    if state.replay {
        return deny(Reason::Replay, "this payment was made before".to_owned());
    }
    host(rules, request.url)?;
    let Some(price) = request.price else {
        if state.spent > rules.daily {
            return deny(Reason::DailyBudgetExceeded, over_budget(rules, state));
        }
        return Ok(());
    };
    let price: Usd = match price.parse() {
        Ok(price) => price,
        Err(why) => {
            let first = if rules.price_ceiling.is_some() {
                Reason::PriceCeiling
            } else {
                Reason::DailyBudgetExceeded
            };
            return deny(first, format!("`{price}` is no price: {why}"));
        }
    };
    if let Some(ceiling) = rules.price_ceiling.filter(|ceiling| price > *ceiling) {
        return deny(Reason::PriceCeiling, format!("${price} is above the ceiling of ${ceiling}"));
    }
    if state.spent.plus(price).is_none_or(|after| after > rules.daily) {
        return deny(
            Reason::DailyBudgetExceeded,
            format!("{}; this would be ${price}", over_budget(rules, state)),
        );
    }
    if price > rules.per_call {
        return deny(
            Reason::PerCallMax,
            format!("${price} is above the limit of ${} a payment", rules.per_call),
        );
    }
    Ok(())
}

fn host(rules: &Rules, url: &str) -> Result<(), Denial> {
    let host = match Name::of_url(url) {
        Ok(host) => host,
        Err(why) => {
            let reason = if rules.deny.is_empty() { Reason::AllowHost } else { Reason::DenyHost };
            return deny(reason, format!("`{url}` names no host that could be paid: {why}"));
        }
    };
    if let Some(entry) = rules.deny.iter().find(|entry| host.is_meant_by(entry)) {
        return deny(Reason::DenyHost, format!("`{host}` is banned by `{entry}`"));
    }
    if !rules.allow.is_empty() && !rules.allow.iter().any(|entry| host.is_meant_by(entry)) {
        return deny(Reason::AllowHost, format!("`{host}` is none of the hosts that may be paid"));
    }
    Ok(())
}

fn over_budget(rules: &Rules, state: &State) -> String {
    format!(
        "${} of the day's ${} are spent or reserved, ${} left",
        state.spent,
        rules.daily,
        rules.daily.minus(state.spent)
    )
}

const fn deny(reason: Reason, detail: String) -> Result<(), Denial> {
    Err(Denial { reason, detail })
}
