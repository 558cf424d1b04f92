//! What a grant would bind, for a person to read. All texts are strangers' and are escaped.

use std::fmt::Write as _;

use leash_output::{count, escape};
use leash_policy::Name;
use leash_protocol::{
    manifest::{Consent, Level},
    scope::Scope,
};
use leash_trust::{AgentBinding, Change, Found, Grant};
use serde_json::{Value, json};

/// All of it, in lines.
pub(super) fn text(found: &Found, grant: &Grant) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "{label:<12} {}", escape(value));
    };
    let manifest = found.manifest.as_ref().map(|loaded| &loaded.manifest);
    let version = manifest.map_or("", |manifest| manifest.version.as_str());
    line("plugin", &format!("{} {version}", grant.name));
    if let Some(summary) = manifest.map(|manifest| manifest.summary.as_str()).filter(|text| !text.is_empty())
    {
        line("summary", summary);
    }
    line("path", &grant.path.to_string_lossy());
    line("digest", &grant.digest.to_string());
    if let Some(interpreter) = &grant.interpreter {
        line("interpreter", &format!("{} {}", interpreter.path.display(), interpreter.digest));
        line("", "what the script imports or starts is not covered");
    }
    line("agent", &agent(&grant.agent));
    for scope in &grant.scopes {
        line("may sign", &describe(scope));
    }
    if grant.scopes.is_empty() {
        line("may sign", "nothing");
    }
    if !grant.scopes.is_empty() {
        let day = grant.max_per_day.map_or_else(String::new, |most| format!(", {most} in one day"));
        line("at most", &format!("{} in one run{day}", count(grant.max_signatures, "signature")));
    }
    let asks_to_pay = manifest.and_then(|manifest| manifest.pay.as_ref());
    if let Some(pay) = &grant.pay {
        let hosts: Vec<_> = pay.hosts.iter().map(ToString::to_string).collect();
        line("may pay", &hosts.join(", "));
        line(
            "at most",
            &format!("${} at once, ${} in one day, within your policy", pay.per_call, pay.per_day),
        );
        let missing: Vec<_> = asks_to_pay
            .map(|asked| asked.hosts.as_slice())
            .unwrap_or_default()
            .iter()
            .filter(|host| !Name::of_entry(host).is_ok_and(|host| pay.hosts.contains(&host)))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            line("may not", &format!("pay {}, though it asks to", missing.join(", ")));
        }
    } else if let Some(asked) = asks_to_pay {
        let hosts = if asked.hosts.is_empty() { "anybody".to_owned() } else { asked.hosts.join(", ") };
        line("may not", &format!("pay {hosts}, though it asks to"));
    }
    for scope in left_out(found, grant) {
        line("may not", &format!("{scope}, though it asks to"));
    }
    line("asks", consent(grant.consent));
    if let Some(end) = grant.expires_at {
        line("until", &end.to_string());
    }
    if grant.level == Level::Strict {
        line("sandbox", "strict");
    }
    if grant.api_key {
        line("api key", "gets it, and can do with it whatever the key can do");
    } else if manifest.is_some_and(|manifest| manifest.run.api_key) {
        line("api key", "asks for it, and doesn't get it without `--api-key`");
    }
    text
}

/// What the manifest asks for and the grant doesn't give.
fn left_out(found: &Found, grant: &Grant) -> Vec<String> {
    let asked = found.manifest.as_ref().and_then(|loaded| loaded.manifest.sign.as_ref());
    let given = |path: &str, method: &String| {
        grant.scopes.iter().any(|scope| scope.path == path && scope.methods.contains(method))
    };
    let missing = |scope: &Scope| {
        let methods: Vec<&str> =
            scope.methods.iter().filter(|method| !given(&scope.path, method)).map(String::as_str).collect();
        (!methods.is_empty()).then(|| format!("{} {}", methods.join(","), scope.path))
    };
    asked.map(|sign| sign.scopes.iter().filter_map(missing).collect()).unwrap_or_default()
}

/// A scope in one line.
pub(super) fn describe(scope: &Scope) -> String {
    let lasting = if scope.is_lasting() { "  (lasting: what it makes outlives the grant)" } else { "" };
    let query = if scope.query { "" } else { " (no query)" };
    let reason = scope.reason.as_deref().map_or_else(String::new, |reason| format!("  - {reason}"));
    format!("{} {}{query}{lasting}{reason}", scope.methods.join(","), scope.path)
}

/// What became of an earlier grant, in lines.
pub(super) fn changes(changes: &[Change]) -> String {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
    let mut text = "changed since it was trusted:\n".to_owned();
    for change in changes {
        let (old, new) = (side(&change.old), side(&change.new));
        let _ = writeln!(text, "  {:<11} {} -> {}", change.what, escape(&old), escape(&new));
    }
    text
}

/// The same for a program.
pub(super) fn changes_json(changes: &[Change]) -> Value {
    changes
        .iter()
        .map(|change| json!({ "what": change.what, "old": change.old, "new": change.new }))
        .collect()
}

/// A grant for a program.
pub(super) fn grant_json(grant: &Grant) -> Value {
    let scopes: Vec<_> = grant
        .scopes
        .iter()
        .map(|scope| {
            json!({
                "methods": scope.methods, "path": scope.path, "query": scope.query, "reason": scope.reason,
                "lasting": scope.is_lasting(),
            })
        })
        .collect();
    let agent = match &grant.agent {
        AgentBinding::One { mint, network } => json!({ "mint": mint, "network": network }),
        AgentBinding::All => json!("all"),
    };
    json!({
        "path": grant.path, "digest": grant.digest, "manifest_digest": grant.manifest_digest,
        "interpreter": grant.interpreter, "scopes": scopes, "max_signatures": grant.max_signatures,
        "max_per_day": grant.max_per_day, "pay": grant.pay, "consent": grant.consent, "sandbox": grant.level,
        "agent": agent, "api_key": grant.api_key, "expires_at": grant.expires_at,
    })
}

fn agent(binding: &AgentBinding) -> String {
    match binding {
        AgentBinding::One { mint, network } => format!("{mint} on {network}"),
        AgentBinding::All => "every agent of yours".to_owned(),
    }
}

const fn consent(consent: Consent) -> &'static str {
    match consent {
        Consent::None => "never again",
        Consent::First => "once, before its first run",
        Consent::Each => "before each signature and each payment",
    }
}
