//! What a plugin asks for, a line each, so that two versions can be held against each other.

use leash_protocol::{
    manifest::{Consent, Level, Manifest},
    scope::Scope,
};

/// What a manifest asks for. The texts are the author's.
#[must_use]
pub fn asks(manifest: &Manifest) -> Vec<String> {
    let mut asks = Vec::new();
    if let Some(sign) = manifest.sign.as_ref().filter(|sign| !sign.scopes.is_empty()) {
        asks.extend(sign.scopes.iter().map(scope));
        asks.push(format!("{} in one run", leash_output::count(sign.max_signatures, "signature")));
        if let Some(most) = sign.max_per_day {
            asks.push(format!("{} in one day", leash_output::count(most, "signature")));
        }
        asks.push(match sign.consent {
            Consent::None => "not to ask you before it signs".to_owned(),
            Consent::First => "to ask you once before it signs".to_owned(),
            Consent::Each => "to ask you before each signature".to_owned(),
        });
    }
    if let Some(pay) = manifest.pay.as_ref().filter(|pay| !pay.hosts.is_empty()) {
        asks.push(format!(
            "to pay ${} at once and ${} in one day, to {}",
            pay.max_per_call,
            pay.max_per_day,
            pay.hosts.join(", ")
        ));
    }
    asks.extend(
        manifest.presign.iter().map(|one| format!("{} {} signed before it starts", one.method, one.path)),
    );
    if manifest.run.api_key {
        asks.push("the API key".to_owned());
    }
    asks.extend(manifest.run.env.iter().map(|name| format!("the variable {name}")));
    if manifest.sandbox.level == Level::Strict {
        asks.push("to be shut in (strict)".to_owned());
    }
    asks
}

fn scope(scope: &Scope) -> String {
    let lasting = if scope.is_lasting() { " (lasting)" } else { "" };
    let query = if scope.query { "" } else { " (no query)" };
    format!("sign {} {}{query}{lasting}", scope.methods.join(","), scope.path)
}
