//! The first step towards a plugin: what stands under its name, and for whom it would run.

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use leash_identity::ResolvedPublic;
use leash_output::{Error, Kind, command};
use leash_protocol::{
    MAX_DEPTH,
    context::Context,
    manifest::{Manifest, PluginKind},
};
use leash_resolve::Target;
use leash_trust::{Found, Grant};

use crate::{
    Host,
    context::{self, Who},
    descriptors, executable, granted, parent_plugin,
};

/// A plugin that can be run. Nothing was decided about it, and nothing was started for it.
pub(crate) struct Prepared<'a> {
    pub(crate) run: PluginRun<'a>,
    /// What the trust store holds for it, or why that can't be read.
    pub(crate) grant: Result<Option<Grant>, Error>,
}

/// One run of a plugin, as every step knows it.
pub(crate) struct PluginRun<'a> {
    pub(crate) host: &'a Host,
    pub(crate) arguments: &'a [OsString],
    /// Whom it runs for.
    pub(crate) who: Option<Who>,
    pub(crate) found: Found,
    /// What it is told.
    pub(crate) context: Context,
    /// What runs it, where it is a library.
    pub(crate) loader: Option<PathBuf>,
}

impl PluginRun<'_> {
    pub(crate) fn manifest(&self) -> Option<&Manifest> {
        self.found.manifest.as_ref().map(|loaded| &loaded.manifest)
    }
}

/// Finds the plugin, the agent and the grant.
///
/// This comes first because a signer is split off from this process and inherits what is open in it: the descriptors that
/// this leash inherited are closed here, while none of them can be one of our own. And because it starts nothing: a plugin
/// that isn't there, or whose manifest is broken, leaves nothing behind.
///
/// # Errors
/// Where leash runs too deep inside leash, the agent that was named can't be had, or the plugin can't be run.
pub(crate) fn prepare<'a>(
    host: &'a Host,
    name: &OsStr,
    target: &Target,
    arguments: &'a [OsString],
) -> Result<Prepared<'a>, Error> {
    parent_plugin::refuse_deeper_than(MAX_DEPTH - 1)?;
    // One of the descriptors that are closed next may hold the context that says so.
    let who = who(host, matches!(target, Target::Bundled(_)))?;
    let name = name.to_string_lossy();
    // While nothing of our own is open yet.
    parent_plugin::close_inherited();
    descriptors::keep_closed();
    // Before the plugin is found, since a grant knows what the manifest says.
    let trusted = granted::trusted(host, &name, target);
    let known = trusted.as_ref().ok().and_then(Option::as_ref);
    let Some(found) = leash_trust::find_trusted(&name, target, known)? else {
        return Err(Error::usage(format!("`{name}` is a part of leash, and no plugin"))
            .hint(format!("run it: `{}`", command(&name))));
    };
    let context = context::make(host, &name, found.source, who.as_ref())?;
    let loader = match found.manifest.as_ref().map(|loaded| loaded.manifest.kind) {
        Some(PluginKind::Dylib) => Some(executable::loader()?),
        _ => None,
    };
    let grant = trusted.map(|trusted| trusted.map(|trusted| trusted.grant));
    Ok(Prepared { run: PluginRun { host, arguments, who, found, context, loader }, grant })
}

/// The agent that the plugin runs for, its public half; nobody where none is configured.
fn who(host: &Host, is_bundled: bool) -> Result<Option<Who>, Error> {
    if !host.agent_was_named()?
        && let Some(outer) = parent_plugin::context()
    {
        return Ok(Who::of_context(outer));
    }
    match host.resolve_public() {
        Ok(ResolvedPublic::Agent(public)) => Ok(Some(Who::of_public(*public))),
        // What came with the host also helps to set up an identity that is missing or broken.
        Ok(ResolvedPublic::None(_)) if is_bundled => Ok(None),
        Err(error) if is_bundled && error.kind() == Kind::Identity => Ok(None),
        // A name that was typed, and leads nowhere, is a mistake.
        Ok(ResolvedPublic::None(none)) if host.agent_was_named()? => Err(none.error()),
        Ok(ResolvedPublic::None(_)) => Ok(None),
        // Nor is any configured where there is no place for it.
        Err(error) if error.is(leash_files::NO_HOME) && !host.agent_was_named()? => Ok(None),
        Err(error) => Err(error),
    }
}
