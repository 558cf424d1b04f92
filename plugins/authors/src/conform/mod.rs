//! `leash plugin test`: how a plugin behaves when things go wrong around it. Any executable can be looked at; no
//! agent is needed, and no key: a signer and an API that do as they are told stand around it.

mod answers;
mod bench;
mod cases;
mod judge;
mod processes;
mod report;
mod signer;
mod trial;
mod world;

use std::{
    ffi::OsString,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use leash_command::Host;
use leash_output::Error;
use leash_protocol::scope::Scope;

use crate::subject::Subject;
use bench::Bench;
use cases::{CASES, Case};
use judge::Verdict;
use report::Row;

/// How long a plugin may take for one case, where nobody says otherwise.
const LIMIT: Duration = Duration::from_secs(15);

/// What is to be tested, and how it is to be run.
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// A plugin's folder or executable, or the name of one on PATH
    #[arg(value_name = "PATH|NAME", required_unless_present = "list")]
    plugin: Option<OsString>,
    /// Arguments for the plugin, the same in each case
    #[arg(last = true, value_name = "ARGUMENTS")]
    arguments: Vec<OsString>,
    /// Run this case alone; may be repeated
    #[arg(long, value_name = "NAME")]
    case: Vec<String>,
    /// List the cases
    #[arg(long)]
    list: bool,
    /// Let it have this signed as well, such as 'GET /v1/agents/{mint}/identity'; may be repeated
    #[arg(long, value_name = "SCOPE")]
    allow: Vec<String>,
    /// What the API answers: a JSON file with an object of bodies by `METHOD /path`
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
}

/// Tests it.
///
/// # Errors
/// [`leash_output::Kind::ReportedNegative`] where a case failed; else where it can't be tested at all.
pub fn run(host: &Host, args: &TestArgs) -> Result<(), Error> {
    let Some(plugin) = args.plugin.as_ref().filter(|_| !args.list) else {
        return report::list(host);
    };
    let chosen = chosen(&args.case)?;
    let subject = Subject::find(host, plugin)?;
    let mut allow = Vec::new();
    for text in &args.allow {
        allow.push(Scope::parse(text).map_err(|what| {
            Error::usage(format!("`{text}` is no scope: {what}"))
                .hint("for example `--allow 'GET /v1/agents/{mint}/api-keys'`")
        })?);
    }
    let limit = host.globals().timeout.unwrap_or(LIMIT);
    let answers = answers::Answers::read(args.answers.as_deref())?;
    let bench = Bench::new(subject, &args.arguments, allow, answers, limit)?;
    let progress = host.out.progress("testing the plugin");
    let normal = bench.try_it(&world::World::default())?;
    let rows = all(&bench, &normal, &chosen)?;
    drop(progress);
    report::show(host, &bench, &rows)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Case>, Error> {
    for name in names {
        if !CASES.iter().any(|case| case.name == name) {
            return Err(Error::usage(format!("there is no case `{name}`"))
                .hint("`leash plugin test --list` names them all"));
        }
    }
    Ok(CASES.iter().filter(|case| names.is_empty() || names.iter().any(|name| name == case.name)).collect())
}

/// Runs the cases, a few at a time, since most of them wait.
fn all(bench: &Bench, normal: &trial::Ran, cases: &[&'static Case]) -> Result<Vec<Row>, Error> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
            let begun = Instant::now();
            let verdict = (case.run)(bench, normal);
            let row = verdict.map(|verdict: Verdict| Row { case, verdict, took: begun.elapsed() });
            done.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        }
    };
    let workers = thread::available_parallelism().map_or(2, usize::from).clamp(1, 4);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let rows = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut rows: Vec<_> = rows.into_iter().collect::<Result<_, _>>()?;
    let place = |row: &Row| cases.iter().position(|case| case.name == row.case.name);
    rows.sort_by_key(place);
    Ok(rows)
}
