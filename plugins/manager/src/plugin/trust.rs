//! `leash plugin trust`: what a plugin asks for, shown, and granted on a yes.

use jiff::Timestamp;
use leash_command::Host;
use leash_identity::ResolvedPublic;
use leash_install::{Lockfile, damaged};
use leash_output::{Error, Kind, can_ask, command, confirm};
use leash_policy::{Name, Usd};
use leash_protocol::{
    context::Source,
    manifest::{Consent, Level},
    scope::Scope,
};
use leash_signer_process::anyone_can_type;
use leash_trust::{AgentBinding, Change, Digest, Found, Grant, PayTerms, Store, Terms, differences, propose};
use serde_json::json;

use super::{expiry, find, show};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The plugin's name
    name: String,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Refuse if the program's digest is another one
    #[arg(long, value_name = "sha256:HEX")]
    expect: Option<Digest>,
    /// Of what it asks for, grant this alone, such as 'GET /v1/agents/{mint}/api-keys'; may be repeated
    #[arg(long, value_name = "SCOPE")]
    only: Vec<String>,
    /// Of what it asks for, don't grant this; may be repeated
    #[arg(long, value_name = "SCOPE")]
    without: Vec<String>,
    /// Grant this as well, such as 'POST /v1/agents/{mint}/api-keys'; may be repeated
    #[arg(long, value_name = "SCOPE")]
    allow: Vec<String>,
    /// At most N signatures in one run, in place of what it asks for
    #[arg(long, value_name = "N")]
    max_signatures: Option<u32>,
    /// At most N signatures in one day (UTC)
    #[arg(long, value_name = "N")]
    max_per_day: Option<u32>,
    /// Let it pay no more than this many dollars at once, in place of what it asks for
    #[arg(long, value_name = "PRICE", value_parser = dollars)]
    max_per_call: Option<Usd>,
    /// Let it pay no more than this many dollars in one day (UTC)
    #[arg(long, value_name = "PRICE", value_parser = dollars)]
    max_spend_per_day: Option<Usd>,
    /// Of the hosts that it asks to pay, let it pay this alone; may be repeated
    #[arg(long, value_name = "HOST", value_parser = Name::of_entry)]
    only_host: Vec<Name>,
    /// Don't let it pay anything
    #[arg(long, conflicts_with_all = ["max_per_call", "max_spend_per_day", "only_host"])]
    without_pay: bool,
    /// Be asked `first`, once before it runs, or before `each` signature
    #[arg(long, value_name = "WHEN", value_parser = consent)]
    consent: Option<Consent>,
    /// Until then, such as `30d` or `2027-01-31T12:00:00Z`
    #[arg(long, value_name = "TIME", value_parser = expiry::parse)]
    expires: Option<Timestamp>,
    /// Grant it for every agent of yours
    #[arg(long)]
    all_agents: bool,
    /// Shut it in: `strict`
    #[arg(long, value_name = "LEVEL", value_parser = ["strict"])]
    sandbox: Option<String>,
    /// Give it the API key, if it asks for it
    #[arg(long)]
    api_key: bool,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let found = find::by_name(host, &args.name)?;
    let path = leash_command::search_path();
    let mut terms = Terms::new(agent(host, args.all_agents)?, &path);
    terms.allow = scopes("--allow", &args.allow)?;
    terms.only = scopes("--only", &args.only)?;
    terms.without = scopes("--without", &args.without)?;
    terms.max_signatures = args.max_signatures;
    terms.max_per_day = args.max_per_day;
    terms.pay = PayTerms {
        none: args.without_pay,
        per_call: args.max_per_call,
        per_day: args.max_spend_per_day,
        hosts: args.only_host.clone(),
    };
    terms.consent = args.consent.unwrap_or_default();
    terms.expires_at = args.expires;
    if args.sandbox.is_some() {
        terms.level = Level::Strict;
    }
    terms.api_key = args.api_key;
    let grant = propose(&found, &terms)?;
    if args.api_key && !grant.api_key {
        host.out.warn(&format!("`{}` doesn't ask for the API key, so it doesn't get it", grant.name));
    }
    if let Some(expected) = args.expect.filter(|expected| *expected != grant.digest) {
        return Err(Error::new(
            Kind::Negative,
            "other_digest",
            format!(
                "`{}` has the digest `{}`, not `{expected}`; nothing was granted",
                args.name, grant.digest
            ),
        )
        .hint("get the plugin again, or its digest, from where its author publishes them"));
    }
    let store = Store::open(host.paths()?);
    // A grant that can't be read is replaced by one that can.
    let old = store.get(&args.name).unwrap_or_else(|error| {
        host.out.warn(error.message());
        None
    });
    let changed = old.as_ref().map(|old| differences(old, &grant)).unwrap_or_default();
    if found.source == Source::Installed
        && let Some(error) = damaged(host.paths()?, &Lockfile::read(host.paths()?)?, &args.name)
    {
        host.out.warn(&format!("{}; {}", error.message(), error.hints()));
    }
    if grant.level == Level::None && old.as_ref().is_some_and(|old| old.level == Level::Strict) {
        host.out.warn(&format!(
            "`{}` was shut in until now, and isn't any more; to keep it so, add `--sandbox strict`",
            grant.name
        ));
    }
    let shut_in = leash_strict::available().refusal();
    if grant.level == Level::Strict
        && let Some(refusal) = &shut_in
    {
        host.out.warn(&format!("`{}` won't run here, since it can't be shut in: {refusal}", grant.name));
    }
    if grant.consent == Consent::Each && grant.level != Level::Strict && anyone_can_type() {
        host.out.warn(
            "no signature will be given here: this system lets a plugin type the answer itself; shut it in with \
             `--sandbox strict`, or as root: `sysctl dev.tty.legacy_tiocsti=0`",
        );
    }
    if grant.level == Level::None && shut_in.is_none() && grant.needs_signer() && !args.yes {
        host.out.note(&format!(
            "`--sandbox strict` would shut `{}` in: no key file, no trust store, no other process within its reach",
            grant.name
        ));
    }
    agree(host, args, &found, &grant, &changed)?;
    match &found.manifest {
        Some(manifest) => store.put_with(&grant, manifest)?,
        None => store.put(&grant)?,
    }
    let document = json!({
        "kind": "plugin_trust", "status": "ok", "name": grant.name, "grant": show::grant_json(&grant),
        "renewed": old.is_some(), "changes": show::changes_json(&changed),
    });
    host.out.result(&document, || {
        format!("`{}` is trusted, as it is now; `leash plugin untrust {}` ends it", grant.name, grant.name)
    })
}

/// Shows it on stderr, and asks. `--yes` is a yes, and without a terminal the only one.
fn agree(host: &Host, args: &Args, found: &Found, grant: &Grant, changed: &[Change]) -> Result<(), Error> {
    if !(args.yes && (host.out.quiet || host.out.json)) {
        let mut text = show::text(found, grant);
        if !changed.is_empty() {
            text.push_str(&show::changes(changed));
        }
        host.out.show(&text);
    }
    if args.yes {
        return Ok(());
    }
    let name = &grant.name;
    if !can_ask() {
        return Err(Error::usage(format!("trusting `{name}` needs a yes, and nobody can be asked")).hint(
            format!(
                "look at it, then: `{}`",
                command(&format!("plugin trust {name} --expect {} --yes", grant.digest))
            ),
        ));
    }
    if confirm(&format!("Trust `{name}` with this?")) {
        return Ok(());
    }
    Err(Error::failure("declined", "nothing was granted")
        .hint(format!("`{}` runs without a signer; nothing is signed for it", command(name))))
}

fn scopes(option: &str, texts: &[String]) -> Result<Vec<Scope>, Error> {
    let read = |text: &String| {
        Scope::parse(text).map_err(|what| {
            Error::usage(format!("`{text}` is no scope: {what}"))
                .hint(format!("for example `{option} 'GET /v1/agents/{{mint}}/api-keys'`"))
        })
    };
    texts.iter().map(read).collect()
}

fn dollars(text: &str) -> Result<Usd, String> {
    text.parse().map_err(|why| format!("no amount of dollars: {why}"))
}

fn consent(text: &str) -> Result<Consent, &'static str> {
    match text {
        "first" => Ok(Consent::First),
        "each" => Ok(Consent::Each),
        _ => Err("it is `first` or `each`"),
    }
}

fn agent(host: &Host, all: bool) -> Result<AgentBinding, Error> {
    if all {
        return Ok(AgentBinding::All);
    }
    match host.resolve_public()? {
        ResolvedPublic::Agent(agent) => {
            Ok(AgentBinding::One { mint: agent.mint.to_string(), network: agent.network.to_string() })
        }
        ResolvedPublic::None(none) => Err(none.error()),
    }
}
