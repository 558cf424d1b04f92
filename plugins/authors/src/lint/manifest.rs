//! The manifest: what leash itself would refuse, and what only its author can know to be wrong.

use std::{fs, path::Path};

use leash_command::Host;
use leash_output::{Error, escape};
use leash_protocol::{
    PROTOCOL,
    manifest::{Manifest, is_common_variable},
};
use leash_trust::{Examined, LoadedManifest, load_manifest};

use super::{commands, finding::Findings, payments, scopes};
use crate::{new::taken, subject::Subject};

/// The longest summary that still fits beside a name in a list.
const SUMMARY: usize = 80;

/// A manifest and the lines of what it says.
pub(super) struct Looked<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) path: &'a Path,
    examined: &'a Examined,
}

impl<'a> Looked<'a> {
    /// Where some keys lead to.
    pub(super) fn at(&self, keys: &[&str]) -> (&'a Path, Option<usize>) {
        (self.path, Some(self.examined.line(keys)))
    }
}

/// Looks at it, and loads it where leash would.
pub(super) fn look(
    host: &Host,
    subject: &Subject,
    findings: &mut Findings,
) -> Result<Option<LoadedManifest>, Error> {
    let name = subject.name.as_str();
    let Some(path) = &subject.manifest else {
        findings.warn(
            "no_manifest",
            (&subject.executable, None),
            "there is no manifest: the plugin gets no signer, and is listed without a summary",
            format!("write `leash-{name}.toml` beside it; `leash plugin new` shows how one looks"),
        );
        name_is_free(host, name, (&subject.executable, None), findings)?;
        return Ok(None);
    };
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let why = format!("it can't be read: {error}");
            findings.error("unreadable", (path, None), why, "check its mode, and what it leads to");
            return Ok(None);
        }
    };
    let examined = Examined::of(&bytes, name);
    for fault in &examined.faults {
        let hint = "see the form of a manifest in the guide; until then leash won't run the plugin";
        findings.error("invalid", (path, Some(fault.line)), &fault.what, hint);
    }
    for key in &examined.unknown_keys {
        findings.warn(
            "unknown_key",
            (path, Some(key.line)),
            format!("nobody reads `{}`", key.what),
            "check its spelling, or the table that it stands in",
        );
    }
    if let Some(manifest) = &examined.manifest {
        let looked = Looked { manifest, path, examined: &examined };
        texts(&looked, findings);
        run(&looked, findings);
        scopes::look(&looked, findings);
        payments::look(&looked, findings);
        commands::look(&looked, findings);
        name_is_free(host, name, looked.at(&["name"]), findings)?;
    }
    match load_manifest(path, name) {
        Ok(loaded) => Ok(Some(loaded)),
        Err(error) => {
            // What is wrong in it was said; what is wrong about it wasn't.
            if examined.faults.is_empty() {
                findings.error("unfit_file", (path, None), error.message(), error.hints());
            }
            Ok(None)
        }
    }
}

fn name_is_free(
    host: &Host,
    name: &str,
    at: (&Path, Option<usize>),
    findings: &mut Findings,
) -> Result<(), Error> {
    if let Some(why) = taken(host, name)? {
        findings.error("name_taken", at, format!("{why}: it never runs"), "give the plugin another name");
    }
    Ok(())
}

fn texts(looked: &Looked<'_>, findings: &mut Findings) {
    let manifest = looked.manifest;
    let (summary, at) = (manifest.summary.as_str(), looked.at(&["summary"]));
    if summary.trim().is_empty() {
        let what = "there is no summary: `leash --list` shows the name alone";
        findings.warn("no_summary", at, what, "say in a few words what it is for");
    }
    if summary.chars().count() > SUMMARY {
        let what = format!("the summary is longer than {SUMMARY} characters, and lists cut it off");
        findings.warn("long_summary", at, what, "say it in fewer words");
    }
    if escape(summary) != summary {
        let what = "the summary has control or invisible characters, which are shown as escapes";
        findings.error("control_characters", at, what, "write it in one line of plain text");
    }
    if let Err(error) = semver::Version::parse(&manifest.version) {
        let what = format!("`{}` is no semantic version: {error}", manifest.version);
        findings.error("bad_version", looked.at(&["version"]), what, "write it as in `1.2.0`");
    }
    if let Some(later) = manifest.protocol.iter().find(|version| **version != PROTOCOL) {
        let what = format!("version {later} of the contract isn't known to this leash");
        let hint = format!("name what the plugin was tested with: protocol = [{PROTOCOL}]");
        findings.warn("unknown_protocol", looked.at(&["protocol"]), what, hint);
    }
}

fn run(looked: &Looked<'_>, findings: &mut Findings) {
    let run = &looked.manifest.run;
    if run.api_key {
        let what = "it asks for the agent's API key, which works anywhere, for anyone, until it is revoked";
        findings.warn("api_key", looked.at(&["run", "api_key"]), what, "have requests signed instead");
    }
    for (index, name) in run.env.iter().enumerate() {
        let at = looked.at(&["run", "env", &index.to_string()]);
        let secret = ["SECRET", "TOKEN", "PASSWORD", "PRIVATE_KEY"].iter().any(|word| name.contains(word));
        if secret {
            let what = format!("`{name}` sounds like a secret of the user's");
            findings.warn("secret_variable", at, what, "ask for it only if the plugin can't do without");
        }
        if is_common_variable(name) {
            findings.warn("needless_variable", at, format!("every plugin gets `{name}`"), "leave it out");
        }
        if run.env[..index].contains(name) {
            findings.warn("twice", at, format!("`{name}` stands there twice"), "leave one out");
        }
    }
}
