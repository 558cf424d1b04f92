//! What the plugin asks to pay: too much, or never to any effect.

use leash_policy::{Allowance, Usd};

use super::{finding::Findings, manifest::Looked};

/// What nobody should be asked to trust a plugin with in one day, without a word about it.
const MUCH: Usd = Usd::whole(100);

pub(super) fn look(looked: &Looked<'_>, findings: &mut Findings) {
    let Some(asked) = &looked.manifest.pay else { return };
    // What makes no sense was said.
    let Ok(pay) = Allowance::read(asked) else { return };
    if pay.hosts.is_empty() {
        let what = "it names no host, so nothing is ever paid";
        let hint = "name those that it pays in `hosts`, or leave `[pay]` out";
        findings.warn("no_hosts", looked.at(&["pay"]), what, hint);
    }
    for (key, amount) in [("max_per_call", pay.per_call), ("max_per_day", pay.per_day)] {
        if amount == Usd::ZERO {
            let what = format!("`{key}` is 0, so nothing is ever paid");
            findings.error(
                "never_pays",
                looked.at(&["pay", key]),
                what,
                "say what it needs, the fee included",
            );
        }
    }
    if pay.per_day < pay.per_call {
        let what = "`max_per_day` is less than what one payment may be";
        findings.warn(
            "day_below_call",
            looked.at(&["pay", "max_per_day"]),
            what,
            "raise it, or lower `max_per_call`",
        );
    }
    if pay.per_day > MUCH {
        let what = format!("it may pay ${} in one day", pay.per_day);
        findings.warn(
            "pays_much",
            looked.at(&["pay", "max_per_day"]),
            what,
            "ask for what it needs: users see it",
        );
    }
    for (index, text) in asked.hosts.iter().enumerate() {
        if pay.hosts.iter().any(|host| host.to_string() == *text) || text.parse::<std::net::IpAddr>().is_ok()
        {
            continue;
        }
        let at = looked.at(&["pay", "hosts", &index.to_string()]);
        findings.warn(
            "odd_host",
            at,
            format!("`{text}` isn't written as it is compared"),
            "in lower case, without a final dot",
        );
    }
}
