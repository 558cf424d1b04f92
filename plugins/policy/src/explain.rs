//! `leash policy explain`: what is checked, in which order, and where each limit comes from.

use leash_command::Host;
use leash_output::{Error, escape};
use leash_policy::{Origin, PER_CALL, PER_DAY, Reason};
use serde_json::json;

use crate::desk::{Desk, effective_json};

pub(crate) fn run(host: &Host) -> Result<(), Error> {
    let desk = Desk::open(host)?;
    let state = desk.state()?;
    let checks = checks(&desk, &state.spent.to_string());
    let items: Vec<_> =
        checks.iter().map(|(reason, what)| json!({ "reason": reason.as_str(), "check": what })).collect();
    let document = json!({
        "kind": "policy_explain",
        "status": "ok",
        "agent_mint": desk.identity.mint.to_string(),
        "checks": items,
        "effective": effective_json(&desk.effective),
        "spent_today": state.spent.to_string(),
        "left_today": desk.left(&state).to_string(),
    });
    host.out.result(&document, || {
        let mut text = "a payment is denied by the first of these that holds:\n".to_owned();
        for (number, (reason, what)) in checks.iter().enumerate() {
            text.push_str(&format!("  {}. {:<20} {}\n", number + 1, reason.as_str(), escape(what)));
        }
        text.push_str(
            "the price is what leaves the treasury, the fee included; what can't be read is denied\n\
             what was reserved counts as spent until it is known that nothing was paid\n",
        );
        text
    })
}

fn checks(desk: &Desk, spent: &str) -> Vec<(Reason, String)> {
    let (effective, rules) = (&desk.effective, &desk.effective.rules);
    let list =
        |names: &[leash_policy::Name]| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    vec![
        (Reason::Replay, "this very payment was made before".to_owned()),
        (
            Reason::DenyHost,
            if rules.deny.is_empty() {
                "never: no host is banned".to_owned()
            } else {
                format!("its host is one of these, or below one: {}", list(&rules.deny))
            },
        ),
        (
            Reason::AllowHost,
            if rules.allow.is_empty() {
                "never: any host may be paid".to_owned()
            } else {
                format!("its host is none of these, nor below one: {}", list(&rules.allow))
            },
        ),
        (
            Reason::PriceCeiling,
            match rules.price_ceiling {
                None => "never: there is no ceiling".to_owned(),
                Some(ceiling) => format!("it costs more than {ceiling} USDC"),
            },
        ),
        (
            Reason::DailyBudgetExceeded,
            format!(
                "with it the UTC day would come to more than {} USDC ({}); it is at {spent} now",
                rules.daily,
                from(effective.daily, PER_DAY)
            ),
        ),
        (
            Reason::PerCallMax,
            format!("it costs more than {} USDC ({})", rules.per_call, from(effective.per_call, PER_CALL)),
        ),
    ]
}

fn from(origin: Origin, variable: &str) -> String {
    match origin {
        Origin::Policy => "from the policy".to_owned(),
        Origin::Variable(name) => format!("from {name}"),
        Origin::Default => format!("the default; neither a policy nor {variable} is set"),
    }
}
