//! What can be seen without asking any server.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use leash_command::{Host, search_path};
use leash_files::Paths;
use leash_identity::{Identity, Network};
use leash_output::command;
use leash_protocol::{commands, name};
use leash_resolve::{Concern, check_path, copies_of_host, open_executables};
use leash_signature::Secret;

use super::Check;

pub(super) fn checks(host: &Host) -> Vec<Check> {
    let mut checks = vec![binary()];
    checks.extend(missing());
    checks.extend(settings(host));
    if let Ok(paths) = host.paths() {
        checks.push(directory(paths));
        checks.extend(super::writable::checks(paths));
    }
    checks.extend(path());
    checks.extend(plugins(host));
    checks
}

/// Plugins that are disabled, each alone; and those that aren't what was installed.
fn plugins(host: &Host) -> Vec<Check> {
    let mut all = host.broken_plugins().unwrap_or_default();
    for (name, error) in leash_manager::damaged_plugins(host) {
        if all.iter().all(|(broken, _)| *broken != name) {
            all.push((name, error));
        }
    }
    all.into_iter().map(|(_, error)| Check::warn("plugin", error.message(), error.hints())).collect()
}

fn binary() -> Check {
    let Ok(running) = Host::executable() else {
        return Check::warn("binary", "leash's own file can't be found", "start it by its full path");
    };
    let copies = copies_of_host(&running, &search_path());
    let this = format!("leash {} at {}", Host::version(), running.display());
    match copies.advice() {
        Some(advice) => Check::warn("binary", this, advice),
        None => Check::ok("binary", this),
    }
}

/// Executables that belong beside this one.
fn missing() -> Vec<Check> {
    let running = Host::executable().ok();
    let Some(beside) = running.as_deref().and_then(Path::parent) else { return Vec::new() };
    let is_there = |program: &str| {
        [beside.join(program), beside.join("../libexec/leash").join(program)].iter().any(|path| path.exists())
    };
    let programs = commands::BUNDLED.iter().chain(&commands::INTERNAL).map(|name| format!("leash-{name}"));
    let missing = programs.filter(|program| !is_there(program));
    missing
        .map(|program| {
            let fix = format!("install leash whole: `{program}` belongs into `{}`", beside.display());
            Check::warn("binary", format!("`{program}` isn't there"), fix)
        })
        .collect()
}

fn settings(host: &Host) -> Vec<Check> {
    let name = host.paths().map(|paths| Paths::display(&paths.settings_file())).unwrap_or_default();
    let settings = match host.settings() {
        Ok(settings) => settings,
        Err(error) => return vec![Check::from_error("settings", &error)],
    };
    let mut checks = Vec::new();
    if !settings.unknown.is_empty() {
        let unknown: Vec<_> = settings.unknown.keys().map(String::as_str).collect();
        checks.push(Check::warn(
            "settings",
            format!("{name} has keys that leash doesn't know: {}", unknown.join(", ")),
            "check how they are spelt: default_agent, timeout, allow_http, output, alias, plugin, plugins",
        ));
    }
    for alias in settings.alias.keys() {
        if let Some(why) = without_effect(host, alias) {
            checks.push(Check::warn(
                "settings",
                format!("the alias `{alias}` has no effect: {why}"),
                format!("remove it from {name}"),
            ));
        }
    }
    if checks.is_empty() {
        checks.push(Check::ok("settings", name));
    }
    checks
}

/// Why an alias is never used, where it isn't.
fn without_effect(host: &Host, alias: &str) -> Option<&'static str> {
    if host.builtins().find(alias.as_ref()).is_some() {
        Some("nothing may shadow a built-in")
    } else if !name::is_valid(alias) {
        Some("a command's name has lower-case letters, digits and `-`")
    } else if commands::is_reserved(alias) {
        Some("the name is kept for leash")
    } else {
        None
    }
}

fn directory(paths: &Paths) -> Check {
    let shown = Paths::display(&paths.config);
    match fs::metadata(&paths.config) {
        Err(_) => Check::ok("directory", format!("{shown} isn't there yet")),
        Ok(metadata) if metadata.mode() & 0o022 != 0 => Check::fail(
            "directory",
            format!("other users can write {shown} (mode {:04o})", metadata.mode() & 0o7777),
            format!("chmod 700 {shown}"),
        ),
        Ok(metadata) if metadata.mode() & 0o055 != 0 => Check::warn(
            "directory",
            format!("other users can look into {shown} (mode {:04o})", metadata.mode() & 0o7777),
            format!("chmod 700 {shown}"),
        ),
        Ok(_) => Check::ok("directory", shown),
    }
}

fn path() -> Vec<Check> {
    let path = search_path();
    let dirs = check_path(&path);
    let mut checks: Vec<Check> = dirs
        .iter()
        .filter_map(|dir| {
            let shown = dir.path.display();
            match dir.concern.as_ref()? {
                Concern::Skipped(why) => Some(Check::warn(
                    "path",
                    format!("`{shown}` is passed over for plugins: {why}"),
                    "take it out of PATH, or mend its owner and mode",
                )),
                Concern::GroupWritable => Some(Check::warn(
                    "path",
                    format!("the group of `{shown}` can put plugins into it"),
                    format!("chmod g-w {shown}"),
                )),
            }
        })
        .collect();
    checks.extend(open_executables(&path).into_iter().map(|open| {
        let shown = open.display();
        Check::warn(
            "path",
            format!("`{shown}` is passed over: every user can write it"),
            format!("chmod o-w {shown}"),
        )
    }));
    if checks.is_empty() {
        checks.push(Check::ok(
            "path",
            if dirs.len() == 1 { "1 directory".to_owned() } else { format!("{} directories", dirs.len()) },
        ));
    }
    checks
}

/// The API key, where it looks like one that may be sent.
pub(super) fn api_key(identity: &Identity) -> Option<&Secret<String>> {
    let key = identity.bearer().ok()?;
    key.expose().starts_with(identity.network.api_key_prefix()).then_some(key)
}

pub(super) fn identity(identity: &Identity) -> Vec<Check> {
    let (mint, key) = &identity.origins;
    let mixed = std::mem::discriminant(mint) != std::mem::discriminant(key);
    let detail = format!("{} on {} (mint from {mint})", identity.mint, identity.network);
    let mut checks = vec![if mixed {
        Check::warn(
            "identity",
            format!("the mint is from {mint}, the key from {key}"),
            "take both from one place: unset the variable, or set LEASH_AGENT_MINT and LEASH_EXECUTIVE_KEY together",
        )
    } else {
        Check::ok("identity", detail)
    }];
    checks.push(super::key::at_rest(identity));
    checks.extend(match (&identity.api_key, identity.bearer()) {
        (None, _) => Some(Check::ok("api key", "unset; needed to sell")),
        (Some(_), Err(error)) => Some(Check::from_error("api key", &error)),
        (Some(_), Ok(_)) if api_key(identity).is_none() => Some(Check::warn(
            "api key",
            "it doesn't look like a key of the API",
            command("api-key create --label NAME --quiet"),
        )),
        // Whether it is one the API says.
        (Some(_), Ok(_)) => None,
    });
    if identity.network == Network::Mainnet && identity.api_url.contains("127.0.0.1") {
        checks.push(Check::warn(
            "network",
            "the agent is on mainnet, but its API is on this machine",
            "check `network` and `api_url` with `leash agent show`",
        ));
    }
    checks
}
