//! What to think of a run. Any executable is looked at here, so a failure is only what no honest plugin could
//! mean: to hang, to crash, to claim what wasn't done. What is merely unfriendly is a warning.

use leash_protocol::exit;

use super::{
    bench::Bench,
    signer::is_asked,
    trial::{End, Ran},
};

/// How a case came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Pass,
    Warning,
    Fail,
    Skipped,
}

/// A case's outcome, why, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) why: String,
    pub(super) hint: Option<String>,
}

impl Verdict {
    pub(super) fn pass(why: impl Into<String>) -> Self {
        Self { outcome: Outcome::Pass, why: why.into(), hint: None }
    }

    pub(super) fn skip(why: impl Into<String>) -> Self {
        Self { outcome: Outcome::Skipped, why: why.into(), hint: None }
    }

    pub(super) fn warn(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { outcome: Outcome::Warning, why: why.into(), hint: Some(hint.into()) }
    }

    pub(super) fn fail(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { outcome: Outcome::Fail, why: why.into(), hint: Some(hint.into()) }
    }
}

/// Why nothing about signing can be seen, if so.
pub(super) fn unsigned(bench: &Bench, normal: &Ran) -> Option<Verdict> {
    if !bench.has_signer() {
        return Some(Verdict::skip("no scope is asked for, so there is no signer (see `--allow`)"));
    }
    (signatures(normal) == 0)
        .then(|| Verdict::skip("it asks for no signature with these arguments (see `-- ARGS`)"))
}

/// How many signatures and payments a run asked for.
pub(super) fn signatures(ran: &Ran) -> usize {
    ran.asked.iter().filter(|request| is_asked(request)).count()
}

/// How many payments a run asked for.
pub(super) fn payments(ran: &Ran) -> usize {
    ran.asked.iter().filter(|request| request["op"] == "pay").count()
}

/// What must not happen, whatever else does.
pub(super) fn unfit(bench: &Bench, ran: &Ran) -> Option<Verdict> {
    let seconds = bench.limit().as_secs();
    match ran.end {
        End::Late => {
            return Some(Verdict::fail(
                format!("it didn't end within {seconds} s"),
                "have it give up: no wait without a limit, and none for what can't come any more",
            ));
        }
        End::Signalled(signal) => {
            return Some(Verdict::fail(format!("it crashed: signal {signal}"), "run it so under a debugger"));
        }
        End::Exited(status) if matches!(i64::from(status), 126 | 127) => {
            return Some(Verdict::fail(
                format!("it couldn't be run: status {status}{}", said(ran)),
                "look at its interpreter: `leash plugin lint` does",
            ));
        }
        End::Exited(_) => {}
    }
    let fault = ran.presented.iter().find_map(|one| Some((one, one.fault.as_ref()?)));
    fault.map(|(one, fault)| {
        Verdict::fail(
            format!("it sent `{}` with {fault}", one.line),
            "send the very bytes that were signed, with the headers of the answer that has the request's id",
        )
    })
}

/// A run that should be like the normal one.
pub(super) fn same(bench: &Bench, normal: &Ran, ran: &Ran) -> Verdict {
    if let Some(verdict) = unfit(bench, ran) {
        return verdict;
    }
    if ran.end != normal.end {
        return Verdict::fail(
            format!("it exits {}, and {} otherwise{}", status(ran), status(normal), said(ran)),
            "this is no reason to do otherwise",
        );
    }
    Verdict::pass(format!("as otherwise: exit {}", status(ran)))
}

/// A run in which what it wanted couldn't be had: `meant` is what to exit with.
pub(super) fn denied(bench: &Bench, normal: &Ran, ran: &Ran, meant: &[u8]) -> Verdict {
    if let Some(verdict) = unfit(bench, ran) {
        return verdict;
    }
    let quiet = ran.stderr.iter().all(u8::is_ascii_whitespace);
    let claims = matches!(normal.end, End::Exited(0 | 3));
    if claims && ran.end == normal.end && ran.stdout == normal.stdout && quiet {
        return Verdict::fail(
            format!("it claims to have done what it couldn't: exit {}, and the same output", status(ran)),
            "say on stderr what happened, and exit with another status",
        );
    }
    if let Some(kind) = trace(ran) {
        return Verdict::warn(
            format!("it says so with a {kind}, exit {}", status(ran)),
            "catch it, and show the signer's `message` and `hint`",
        );
    }
    match ran.end {
        End::Exited(0) => Verdict::pass(format!("it goes on without{}", said(ran))),
        End::Exited(_) if quiet => Verdict::warn(
            format!("it exits {} without a word", status(ran)),
            "show the signer's `message` and `hint` on stderr",
        ),
        End::Exited(status) if meant.iter().all(|meant| i32::from(*meant) != status) && !meant.is_empty() => {
            Verdict::warn(
                format!("it exits {status}, and {} is what that means{}", meant[0], said(ran)),
                format!("exit {}, so that a script can tell", meant[0]),
            )
        }
        _ => Verdict::pass(format!("it exits {}{}", status(ran), said(ran))),
    }
}

/// The statuses of a refusal.
pub(super) const REFUSED: &[u8] = &[exit::REFUSED];

/// The status, in words.
pub(super) fn status(ran: &Ran) -> String {
    match ran.end {
        End::Exited(status) => status.to_string(),
        End::Signalled(signal) => format!("by signal {signal}"),
        End::Late => "never".to_owned(),
    }
}

/// The first line that it said on stderr.
pub(super) fn said(ran: &Ran) -> String {
    const MOST: usize = 100;
    let text = String::from_utf8_lossy(&ran.stderr);
    match text.lines().map(str::trim).find(|line| !line.is_empty()) {
        Some(line) if line.chars().count() > MOST => {
            format!(" ({} …)", line.chars().take(MOST).collect::<String>())
        }
        Some(line) => format!(" ({line})"),
        None => String::new(),
    }
}

/// What a language prints where nobody caught what went wrong.
pub(super) fn trace(ran: &Ran) -> Option<&'static str> {
    let text = String::from_utf8_lossy(&ran.stderr);
    [
        ("Traceback (most recent call last)", "traceback"),
        ("Exception ignored in", "traceback"),
        ("panicked at", "panic"),
        ("\n    at ", "stack trace"),
    ]
    .into_iter()
    .find_map(|(mark, kind)| text.contains(mark).then_some(kind))
}
