//! What stands around the plugin besides its signer: the agent, the API, its streams.

use leash_output::Error;
use leash_protocol::exit;

use crate::conform::{
    answers,
    bench::Bench,
    judge::{REFUSED, Verdict, denied, said, same, status, trace, unfit},
    trial::{End, Ran},
    world::{Stdout, Who, World},
};

pub(super) fn no_agent(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    without(bench, normal, Who::Nobody, &[exit::IDENTITY])
}

pub(super) fn no_signer(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    without(bench, normal, Who::Ungranted, REFUSED)
}

fn without(bench: &Bench, normal: &Ran, who: Who, meant: &[u8]) -> Result<Verdict, Error> {
    let ran = bench.try_it(&World { who, ..World::default() })?;
    if normal.asked.is_empty() && ran.end == normal.end {
        // It needs neither an agent nor a signature.
        return Ok(same(bench, normal, &ran));
    }
    Ok(denied(bench, normal, &ran, meant))
}

pub(super) fn alone(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    if bench.is_library() {
        return Ok(Verdict::skip("a library isn't started by hand"));
    }
    let ran = bench.try_it(&World { who: Who::Alone, ..World::default() })?;
    if normal.asked.is_empty() && ran.end == normal.end {
        return Ok(same(bench, normal, &ran));
    }
    Ok(denied(bench, normal, &ran, &[]))
}

/// Not every program has a usage to show, so the worst is a warning.
pub(super) fn help(bench: &Bench, _: &Ran) -> Result<Verdict, Error> {
    let ran = bench.try_it(&World { who: Who::Ungranted, help: true, ..World::default() })?;
    let what = match ran.end {
        End::Exited(0) if !ran.stdout.is_empty() => return Ok(Verdict::pass("it shows its usage")),
        End::Exited(0) => "it prints nothing for `--help`".to_owned(),
        _ => format!("it exits {} for `--help`{}", status(&ran), said(&ran)),
    };
    Ok(Verdict::warn(what, "print the usage on stdout and exit 0, before an agent or a signer is looked for"))
}

pub(super) fn api_fails(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    api(bench, normal, answers::Mood::Fails)
}

pub(super) fn api_nonsense(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    api(bench, normal, answers::Mood::Nonsense)
}

fn api(bench: &Bench, normal: &Ran, api: answers::Mood) -> Result<Verdict, Error> {
    if normal.presented.is_empty() {
        return Ok(Verdict::skip("it sends nothing to the API"));
    }
    let ran = bench.try_it(&World { api, ..World::default() })?;
    let verdict = denied(bench, normal, &ran, &[]);
    let quiet = ran.stderr.iter().all(u8::is_ascii_whitespace);
    if verdict.hint.is_none() && ran.end == End::Exited(0) && quiet {
        let why = "it exits 0 without a word, whatever the API answers";
        return Ok(Verdict::warn(why, "look at the status and the form of what the API answers"));
    }
    Ok(verdict)
}

pub(super) fn stdin_closed(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    if bench.reads_context() {
        return Ok(Verdict::skip("its stdin holds the context"));
    }
    Ok(same(bench, normal, &bench.try_it(&World { stdin_closed: true, ..World::default() })?))
}

pub(super) fn stdout_gone(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    let Some(ran) = elsewhere(bench, normal, Stdout::Gone)? else { return Ok(silent()) };
    // What the kernel does to a program that takes no precautions.
    if ran.end == End::Signalled(13) {
        return Ok(Verdict::pass("it ends by SIGPIPE, without a word"));
    }
    if let Some(verdict) = unfit(bench, &ran) {
        return Ok(verdict);
    }
    Ok(match trace(&ran) {
        Some(kind) => Verdict::warn(
            format!("it ends with a {kind}, exit {}", status(&ran)),
            "end without a word: `| head` is no failure (Python: signal.signal(SIGPIPE, SIG_DFL))",
        ),
        None => Verdict::pass(format!("it exits {}", status(&ran))),
    })
}

pub(super) fn stdout_full(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    let Some(ran) = elsewhere(bench, normal, Stdout::Full)? else { return Ok(silent()) };
    if let Some(verdict) = unfit(bench, &ran) {
        return Ok(verdict);
    }
    if ran.end == End::Exited(0) || ran.end == normal.end && ran.stderr.is_empty() {
        return Ok(Verdict::fail(
            format!("its output was lost, and it exits {} all the same", status(&ran)),
            "flush stdout before the end, and look whether that worked",
        ));
    }
    Ok(match trace(&ran) {
        Some(kind) => {
            Verdict::warn(format!("it ends with a {kind}"), "say in a line that stdout can't be written")
        }
        None => Verdict::pass(format!("it exits {}{}", status(&ran), said(&ran))),
    })
}

pub(super) fn stdout_closed(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    let Some(ran) = elsewhere(bench, normal, Stdout::Closed)? else { return Ok(silent()) };
    if let Some(verdict) = unfit(bench, &ran) {
        return Ok(verdict);
    }
    if ran.asked.iter().any(serde_json::Value::is_null) {
        return Ok(Verdict::fail(
            "its output went to the signer, whose descriptor took the place of stdout",
            "leave LEASH_SIGNER's descriptor where it is, or duplicate it above 2",
        ));
    }
    // No warning: Rust's programs have /dev/null there, and can't tell.
    let lost = if ran.end == End::Exited(0) { ", and its output is lost" } else { "" };
    Ok(Verdict::pass(format!("it exits {}{lost}{}", status(&ran), said(&ran))))
}

fn elsewhere(bench: &Bench, normal: &Ran, stdout: Stdout) -> Result<Option<Ran>, Error> {
    if normal.stdout.is_empty() {
        return Ok(None);
    }
    bench.try_it(&World { stdout, ..World::default() }).map(Some)
}

fn silent() -> Verdict {
    Verdict::skip("it writes nothing to stdout")
}
