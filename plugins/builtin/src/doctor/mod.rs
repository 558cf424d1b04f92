//! `leash doctor`: whether everything is as it should be, and if not, what to type.

mod bearer;
mod key;
mod local;
mod money;
mod open;
mod remote;
mod writable;

use std::borrow::Cow;

use clap::{ArgMatches, Command};
use leash_command::{Builtin, Host};
use leash_identity::{Identity, Resolved};
use leash_output::{Error, escape, with_commands};
use leash_protocol::commands::Outline;
use serde_json::json;

/// The built-in.
pub(crate) struct Doctor;

/// One thing that was looked at.
struct Check {
    name: &'static str,
    verdict: Verdict,
    detail: String,
    fix: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

impl Verdict {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

impl Check {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, detail: detail.into(), fix: None }
    }

    fn warn(name: &'static str, detail: impl Into<String>, fix: impl Into<Cow<'static, str>>) -> Self {
        Self { fix: Some(typed(fix.into())), verdict: Verdict::Warn, ..Self::ok(name, detail) }
    }

    fn fail(name: &'static str, detail: impl Into<String>, fix: impl Into<Cow<'static, str>>) -> Self {
        Self { fix: Some(typed(fix.into())), verdict: Verdict::Fail, ..Self::ok(name, detail) }
    }

    fn from_error(name: &'static str, error: &Error) -> Self {
        Self::fail(name, error.message(), error.hints())
    }
}

/// What to do, with the agent that was named in the commands of leash's own text.
fn typed(fix: Cow<'static, str>) -> String {
    match fix {
        Cow::Borrowed(own) => with_commands(own).into_owned(),
        Cow::Owned(made) => made,
    }
}

impl Builtin for Doctor {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::DOCTOR
    }

    fn command(&self) -> Command {
        Command::new("doctor").after_help(
            "Examples:\n  leash doctor\n  leash doctor --json\n\nIt exits 1 where a check failed.",
        )
    }

    fn document(&self, _: Option<&str>) -> &'static str {
        "doctor"
    }

    fn run(&self, host: &Host, _: &ArgMatches) -> Result<(), Error> {
        let mut checks = local::checks(host);
        checks.extend(open::creations(host));
        let mut config_path = host.paths().ok().map(|paths| paths.agent_file(leash_files::DEFAULT_AGENT));
        checks.extend(key::boundary());
        let mut public = None;
        match host.resolve_identity() {
            Ok(Resolved::Agent(mut identity)) => {
                public = Some(summary(&identity));
                config_path.clone_from(&identity.file);
                checks.extend(local::identity(&identity));
                checks.extend(money::checks(host, &identity));
                checks.extend(open::checks(host, &identity));
                let unsigned = key::open_quietly(host, &mut identity)?;
                checks.extend(remote::checks(host, *identity, unsigned)?);
            }
            Ok(Resolved::None(none)) => checks.push(Check::from_error("identity", &none.error())),
            Err(error) => checks.push(Check::from_error("identity", &error)),
        }
        let failed = checks.iter().filter(|check| check.verdict == Verdict::Fail).count();
        let items: Vec<_> = checks
            .iter()
            .map(|check| {
                json!({ "name": check.name, "status": check.verdict.word(), "detail": check.detail, "fix": check.fix })
            })
            .collect();
        let document = json!({
            "kind": "doctor",
            "status": if failed == 0 { "ok" } else { "fail" },
            "config_path": config_path.map(|path| path.to_string_lossy().into_owned()),
            "identity": public,
            "checks": items,
        });
        host.out.result(&document, || text(host, &checks))?;
        if failed == 0 { Ok(()) } else { Err(Error::reported()) }
    }
}

fn summary(identity: &Identity) -> serde_json::Value {
    json!({
        "name": identity.name,
        "agent_mint": identity.mint.to_string(),
        "executive_pubkey": identity.executive.public().to_string(),
        "network": identity.network.as_str(),
        "api_base_url": identity.api_url,
    })
}

fn text(host: &Host, checks: &[Check]) -> String {
    let palette = host.out.palette();
    let mut text = String::new();
    for check in checks {
        let word = match check.verdict {
            Verdict::Ok => palette.good("ok  "),
            Verdict::Warn => palette.warn("warn"),
            Verdict::Fail => palette.bad("fail"),
        };
        text.push_str(&format!("{word} {:<13} {}\n", check.name, escape(&check.detail)));
        if let Some(fix) = &check.fix {
            text.push_str(&format!("     {:<13} fix: {}\n", "", escape(fix)));
        }
    }
    text
}
