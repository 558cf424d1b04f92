//! What trusting a plugin would bind.

use std::ffi::OsStr;

use jiff::Timestamp;
use leash_output::{Error, Kind, command};
use leash_policy::Allowance;
use leash_protocol::{
    frame::MAX_FRAME,
    manifest::{Consent, Level, Manifest, SignerAt},
    scope::Scope,
};

use crate::{
    AgentBinding, Found, Grant,
    interpreter::{self, Search},
    look::Looked,
    narrow::{PayTerms, narrow},
};

/// What the user says beyond yes.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    /// For which agent.
    pub agent: AgentBinding,
    /// The PATH on which a script's interpreter is looked for.
    pub path: &'a OsStr,
    /// Of the scopes that the manifest asks for, these alone; all where it is empty.
    pub only: Vec<Scope>,
    /// Of the scopes that the manifest asks for, not these.
    pub without: Vec<Scope>,
    /// Scopes beyond those that the manifest asks for.
    pub allow: Vec<Scope>,
    /// How many signatures in one invocation, in place of the manifest's number.
    pub max_signatures: Option<u32>,
    /// How many in one day, in place of the manifest's number.
    pub max_per_day: Option<u32>,
    /// What of the payments that the manifest asks for.
    pub pay: PayTerms,
    /// When to be asked, at the least.
    pub consent: Consent,
    /// How far to shut it in, at the least.
    pub level: Level,
    /// Whether it gets the API key, if it asks for it.
    pub api_key: bool,
    /// Until when.
    pub expires_at: Option<Timestamp>,
}

impl<'a> Terms<'a> {
    /// A plain yes.
    #[must_use]
    pub const fn new(agent: AgentBinding, path: &'a OsStr) -> Self {
        Self {
            agent,
            path,
            only: Vec::new(),
            without: Vec::new(),
            allow: Vec::new(),
            max_signatures: None,
            max_per_day: None,
            pay: PayTerms::as_asked(),
            consent: Consent::None,
            level: Level::None,
            api_key: false,
            expires_at: None,
        }
    }
}

/// The grant that trusting a plugin as it is now would give. Nothing is kept: that is [`crate::Store::put`]'s.
///
/// # Errors
/// [`Kind::Refused`] for what can't be granted anything, and why; else as the file system says.
pub fn propose(found: &Found, terms: &Terms<'_>) -> Result<Grant, Error> {
    let Some(loaded) = &found.manifest else {
        return Err(Error::new(
            Kind::Refused,
            "no_manifest",
            format!("`{}` has no manifest, so there is nothing to trust it with", found.name),
        )
        .hint(format!("its author puts `leash-{}.toml` beside it, which says what it needs", found.name)));
    };
    let manifest = &loaded.manifest;
    let looked = Looked::at(found, manifest.kind)?;
    let start = match &looked.line {
        Some(line) => Some(interpreter::bind(&found.path, line, Search::Path(terms.path), None)?),
        None => None,
    };
    let sign = manifest.sign.as_ref();
    let asked = sign.map(|sign| sign.scopes.as_slice()).unwrap_or_default();
    let mut scopes = narrow(asked, &terms.only, &terms.without)?;
    for scope in &terms.allow {
        scope.check().map_err(Error::usage)?;
        scopes.push(scope.clone());
    }
    let pay = terms.pay.narrow(&found.name, manifest.pay.as_ref())?;
    fit_into_a_frame(&found.name, &scopes, pay.as_ref())?;
    let level = terms.level.max(manifest.sandbox.level);
    check_reach(level, manifest)?;
    // As in a manifest that doesn't say.
    let max_signatures = sign.map_or(20, |sign| sign.max_signatures);
    Ok(Grant {
        name: found.name.clone(),
        path: found.path.clone(),
        digest: looked.digest,
        manifest_digest: loaded.digest,
        env: start.as_ref().and_then(|start| start.env.clone()),
        interpreter: start.map(|start| start.interpreter),
        scopes,
        max_signatures: terms.max_signatures.unwrap_or(max_signatures),
        max_per_day: terms.max_per_day.or_else(|| sign.and_then(|sign| sign.max_per_day)),
        pay,
        consent: terms.consent.max(sign.map_or(Consent::None, |sign| sign.consent)),
        level,
        agent: terms.agent.clone(),
        api_key: terms.api_key && manifest.run.api_key,
        granted_at: Timestamp::now(),
        expires_at: terms.expires_at,
        consented_at: None,
    })
}

/// The signer names all scopes in its first answer; one that can't would be of no use.
fn fit_into_a_frame(name: &str, scopes: &[Scope], pay: Option<&Allowance>) -> Result<(), Error> {
    // Without the reasons, which it leaves out; and with room for the rest of the answer.
    let told: Vec<_> = scopes.iter().map(|scope| Scope { reason: None, ..scope.clone() }).collect();
    let length = serde_json::to_vec(&(told, pay)).map_or(usize::MAX, |json| json.len());
    if length <= MAX_FRAME - 1024 {
        return Ok(());
    }
    Err(Error::new(
        Kind::Refused,
        "too_many_scopes",
        format!("`{name}` has more scopes than a signer can name"),
    )
    .hint(format!(
        "grant some of them: `{}`, or a pattern such as `/v1/*`",
        command(&format!("plugin trust {name} --only SCOPE"))
    )))
}

/// Refuses a signer at a path for a strict plugin, which can make no socket to reach it with.
///
/// # Errors
/// [`Kind::Refused`], with what to change.
pub fn check_reach(level: Level, manifest: &Manifest) -> Result<(), Error> {
    if level != Level::Strict || manifest.run.signer != SignerAt::Unix {
        return Ok(());
    }
    let name = &manifest.name;
    Err(Error::new(
        Kind::Refused,
        "strict_unix",
        format!(
            "`{name}` wants its signer at a path (`signer = \"unix\"`), which a strict plugin can't connect to"
        ),
    )
    .hint(format!("its author sets `signer = \"fd\"` in `leash-{name}.toml`")))
}
