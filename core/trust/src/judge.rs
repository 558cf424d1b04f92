//! Before a plugin runs: whether it is still what the user trusted.

use jiff::Timestamp;
use leash_output::{Error, Kind};

use crate::{
    AgentBinding, Change, Found, Grant, Program, Store,
    cache::Digests,
    copies, differences,
    differences::interpreter as describe,
    interpreter::{self, Search, Start},
    look::Looked,
};

/// What became of a plugin's grant. Only [`Verdict::Granted`] has anything signed.
#[derive(Debug)]
pub enum Verdict {
    /// It has no manifest, and so no grant.
    NoManifest,
    /// It was never trusted.
    NotTrusted,
    /// It was trusted, and is no longer the same.
    Changed(Vec<Change>),
    /// It was trusted until then.
    Expired(Timestamp),
    /// It is what was trusted.
    Granted(Box<Ready>),
}

/// A plugin that may have requests signed.
#[derive(Debug)]
pub struct Ready {
    /// What was granted.
    pub grant: Grant,
    /// What to execute: nothing else is covered by the grant.
    pub program: Program,
}

/// Looks at everything that a plugin's grant binds. The plugin is read and hashed each time, and the copy that was
/// hashed is what is handed back; of an interpreter the digest may be remembered, as long as nothing has changed.
///
/// # Errors
/// Where the store or the plugin can't be read. That is never a grant.
pub fn judge(store: &Store, found: &Found, mint: &str, network: &str) -> Result<Verdict, Error> {
    judge_by(store, store.get(&found.name)?, found, mint, network)
}

/// The same, where the grant was read already.
///
/// # Errors
/// As [`judge`].
pub fn judge_by(
    store: &Store,
    grant: Option<Grant>,
    found: &Found,
    mint: &str,
    network: &str,
) -> Result<Verdict, Error> {
    let Some(loaded) = &found.manifest else {
        return Ok(grant.map_or(Verdict::NoManifest, |grant| {
            Verdict::Changed(vec![Change::new("manifest", Some(grant.manifest_digest.to_string()), None)])
        }));
    };
    let Some(grant) = grant else { return Ok(Verdict::NotTrusted) };
    if let Some(end) = grant.expires_at.filter(|_| grant.is_expired(Timestamp::now())) {
        return Ok(Verdict::Expired(end));
    }
    let mut now = grant.clone();
    now.path.clone_from(&found.path);
    now.manifest_digest = loaded.digest;
    if !grant.covers(mint, network) {
        now.agent = AgentBinding::One { mint: mint.to_owned(), network: network.to_owned() };
    }
    let mut unfit = Vec::new();
    let mut ready = None;
    match Looked::at(found, loaded.manifest.kind) {
        Ok(looked) => {
            now.digest = looked.digest;
            let start = start(store, found, &grant, &looked, &mut unfit)?;
            if unfit.is_empty() {
                now.interpreter = start.as_ref().map(|start| start.interpreter.clone());
                now.env = start.as_ref().and_then(|start| start.env.clone());
            }
            ready = Some((looked, start));
        }
        Err(error) if error.kind() == Kind::Refused => {
            let why = error.message().to_owned();
            unfit.push(Change::new("program", Some(grant.digest.to_string()), Some(why)));
        }
        Err(error) => return Err(error),
    }
    let mut changes = differences(&grant, &now);
    changes.append(&mut unfit);
    match ready {
        Some((looked, start)) if changes.is_empty() => {
            let program = program(store, found, looked, start)?;
            Ok(Verdict::Granted(Box::new(Ready { grant, program })))
        }
        _ => Ok(Verdict::Changed(changes)),
    }
}

/// How a script is to be started now: by the interpreter that was bound, wherever PATH leads today.
fn start(
    store: &Store,
    found: &Found,
    grant: &Grant,
    looked: &Looked,
    unfit: &mut Vec<Change>,
) -> Result<Option<Start>, Error> {
    let Some(line) = &looked.line else { return Ok(None) };
    // A program that became a script has none; what is new is shown when it is trusted anew.
    let Some(bound) = &grant.interpreter else {
        let named = line.interpreter.to_string_lossy().into_owned();
        unfit.push(Change::new("interpreter", None, Some(named)));
        return Ok(None);
    };
    let digests = Digests::at(store.dir().join(".digests"), store.now());
    match interpreter::bind(&found.path, line, Search::Bound(&bound.path), Some(&digests)) {
        Ok(start) => Ok(Some(start)),
        // Gone or unfit: it isn't what was agreed to.
        Err(error) => {
            let why = error.message().to_owned();
            unfit.push(Change::new("interpreter", describe(Some(bound)), Some(why)));
            Ok(None)
        }
    }
}

fn program(store: &Store, found: &Found, looked: Looked, start: Option<Start>) -> Result<Program, Error> {
    let argv0 = found.path.clone();
    let is_library = found
        .manifest
        .as_ref()
        .is_some_and(|loaded| loaded.manifest.kind == leash_protocol::manifest::PluginKind::Dylib);
    Ok(match start {
        Some(start) => {
            // The files of an installed script expect to lie beside it, and were all hashed there just now.
            let script = match &found.dir {
                Some(_) => found.path.clone(),
                None => copies::keep(store.dir(), &found.name, &looked.copy)?,
            };
            Program::Script { interpreter: start.interpreter.path, arguments: start.arguments, script }
        }
        None if looked.copy.executable || is_library => {
            Program::Sealed { fd: looked.into_descriptor(), argv0 }
        }
        None => Program::Stored { path: copies::keep(store.dir(), &found.name, &looked.copy)?, argv0 },
    })
}
