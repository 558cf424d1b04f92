//! What the plugin asks to have signed: too much, too little, or never to any effect.

use leash_protocol::{manifest::Consent, scope::Scope};

use super::{finding::Findings, manifest::Looked};

/// Methods of HTTP that an API may know.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

pub(super) fn look(looked: &Looked<'_>, findings: &mut Findings) {
    let Some(sign) = &looked.manifest.sign else { return };
    if sign.scopes.is_empty() {
        let what = "it asks for no scope, so nothing is ever signed";
        findings.warn(
            "no_scopes",
            looked.at(&["sign"]),
            what,
            "name the requests in `scopes`, or leave `[sign]` out",
        );
    }
    if sign.max_signatures == 0 {
        let what = "`max_signatures` is 0, so nothing is ever signed";
        findings.error(
            "never_signs",
            looked.at(&["sign", "max_signatures"]),
            what,
            "say how many one run needs",
        );
    }
    if sign.max_per_day.is_some_and(|most| most < sign.max_signatures) {
        let what = "`max_per_day` is less than what one run may have signed";
        let at = looked.at(&["sign", "max_per_day"]);
        findings.warn("day_below_run", at, what, "raise it, or lower `max_signatures`");
    }
    if sign.consent == Consent::Each && sign.max_signatures > 20 {
        let what = format!("the user may be asked {} times in one run", sign.max_signatures);
        findings.warn("asks_often", looked.at(&["sign", "consent"]), what, "lower `max_signatures`");
    }
    for (index, scope) in sign.scopes.iter().enumerate() {
        one(looked, index, scope, &sign.scopes[..index], findings);
    }
}

fn one(looked: &Looked<'_>, index: usize, scope: &Scope, earlier: &[Scope], findings: &mut Findings) {
    let index = index.to_string();
    let at = |key: &str| looked.at(&["sign", "scopes", &index, key]);
    let path = scope.path.as_str();
    if scope.check().is_err() {
        return;
    }
    if scope.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        let what = format!("`{}` has no `reason`", scope.path);
        findings.warn(
            "no_reason",
            looked.at(&["sign", "scopes", &index]),
            what,
            "say what it is for: users read it",
        );
    }
    if path.split('/').any(|segment| segment == "**") {
        let what = format!("`{path}` allows whatever lies below it, also what doesn't exist yet");
        findings.warn("wide_path", at("path"), what, "name each path that the plugin needs");
    } else if path.split('/').any(|segment| segment == "*") && writes(scope) {
        let what = format!("`{path}` lets it write to any one that fits");
        findings.warn("wide_path", at("path"), what, "name the path, if it is known beforehand");
    }
    if scope.is_lasting() {
        let what = format!("`{path}` can make credentials that outlive the grant");
        findings.warn(
            "lasting",
            at("methods"),
            what,
            "users are told so; ask for it only if there is no other way",
        );
    } else if writes(scope) {
        let what = format!("`{}` changes things", scope.methods.join(","));
        findings.warn("writes", at("methods"), what, "ask for it only if the plugin is about that");
    }
    if let Some(method) = scope.methods.iter().find(|method| !METHODS.contains(&method.as_str())) {
        let what = format!("`{method}` is no method that the API answers");
        findings.error("never_matches", at("methods"), what, format!("one of {}", METHODS.join(", ")));
    }
    if !path.starts_with("/v1/") && path != "/**" && path != "/*" {
        let what = format!("`{path}` matches nothing: paths of the API begin with `/v1/`");
        findings.error("never_matches", at("path"), what, "write it as in `/v1/agents/{mint}/api-keys`");
    }
    if path.split('/').any(is_address) {
        let what = format!("`{path}` names one agent, and matches for no other");
        findings.error("one_agent", at("path"), what, "write `{mint}` in its place");
    }
    if let Some(wider) = earlier.iter().find(|earlier| covers(earlier, scope)) {
        let what = format!("`{path}` is allowed by `{}` already", wider.path);
        findings.warn("needless_scope", at("path"), what, "leave one out");
    }
}

fn writes(scope: &Scope) -> bool {
    scope.methods.iter().any(|method| !matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS"))
}

/// Whether a segment looks like an address of Solana's.
fn is_address(segment: &str) -> bool {
    (32..=44).contains(&segment.len())
        && segment.bytes().all(|b| b.is_ascii_alphanumeric() && !matches!(b, b'0' | b'O' | b'I' | b'l'))
        && segment.bytes().any(|b| b.is_ascii_digit())
        && segment.bytes().any(|b| b.is_ascii_uppercase())
}

/// Whether one scope allows all that another one does.
fn covers(wider: &Scope, scope: &Scope) -> bool {
    let methods = scope.methods.iter().all(|method| wider.methods.contains(method));
    if !methods || wider.check().is_err() || (scope.query && !wider.query) {
        return false;
    }
    let (mut wide, mut narrow) = (wider.path.split('/'), scope.path.split('/'));
    loop {
        match (wide.next(), narrow.next()) {
            (None, None) | (Some("**"), Some(_)) => return true,
            (_, Some("**")) | (None, _) | (_, None) => return false,
            (Some("*"), Some(_)) => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}
