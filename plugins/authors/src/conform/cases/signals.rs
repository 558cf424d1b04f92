//! It is told to end.

use std::time::Duration;

use leash_output::Error;
use rustix::process::Signal;

use crate::conform::{
    bench::Bench,
    judge::{Verdict, said, status, trace},
    signer::Mood,
    trial::{End, Ran},
    world::{To, World},
};

/// What a user takes for promptly.
const PROMPTLY: Duration = Duration::from_secs(2);

pub(super) fn term(bench: &Bench, _: &Ran) -> Result<Verdict, Error> {
    send(bench, Signal::TERM, To::Process)
}

pub(super) fn int(bench: &Bench, _: &Ran) -> Result<Verdict, Error> {
    send(bench, Signal::INT, To::Group)
}

pub(super) fn hup(bench: &Bench, _: &Ran) -> Result<Verdict, Error> {
    send(bench, Signal::HUP, To::Group)
}

fn send(bench: &Bench, signal: Signal, to: To) -> Result<Verdict, Error> {
    let world = World { signer: Mood::Silent, signal: Some((signal, to)), ..World::default() };
    let ran = bench.try_it(&world)?;
    let number = signal.as_raw();
    if ran.end == End::Late {
        return Ok(Verdict::fail("it doesn't end", "don't ignore signals, or end when one comes"));
    }
    let Some(after) = ran.after_signal else {
        return Ok(Verdict::skip("it had ended before the signal came"));
    };
    if after > PROMPTLY {
        let why = format!("it takes {} ms to end", after.as_millis());
        return Ok(Verdict::warn(why, "end at once, and clean up in little time"));
    }
    let meant = [End::Signalled(number), End::Exited(128 + number)];
    if meant.contains(&ran.end) {
        return Ok(match trace(&ran) {
            Some(kind) => Verdict::warn(
                format!("it ends by the signal, with a {kind}"),
                "leave the signal its default (Python: signal.signal(SIGINT, SIG_DFL))",
            ),
            None => Verdict::pass("it ends by the signal"),
        });
    }
    Ok(match ran.end {
        End::Exited(0) => Verdict::fail(
            "it exits 0, as if all were done",
            format!("end by the signal, or exit {}", 128 + number),
        ),
        _ => Verdict::warn(
            format!("it exits {}{}", status(&ran), said(&ran)),
            format!("end by the signal, or exit {}, so that a script can tell", 128 + number),
        ),
    })
}
