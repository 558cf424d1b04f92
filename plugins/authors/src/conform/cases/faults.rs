//! The signer breaks the contract, or is gone.

use leash_output::Error;

use crate::conform::{
    bench::Bench,
    judge::{Outcome, Verdict, denied, same, unfit, unsigned},
    signer::Mood,
    trial::{End, Ran},
    world::World,
};

pub(super) fn closed(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    broken(bench, normal, Mood::ClosesFirst)
}

pub(super) fn closed_within(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    broken(bench, normal, Mood::ClosesWithin)
}

pub(super) fn no_version(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    broken(bench, normal, Mood::NoVersion)
}

pub(super) fn garbage(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    broken(bench, normal, Mood::Garbage)
}

pub(super) fn huge_length(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    let mut verdict = broken(bench, normal, Mood::HugeLength)?;
    if verdict.outcome == Outcome::Fail {
        verdict.hint = Some("take no frame of more than 64 KiB".to_owned());
    }
    Ok(verdict)
}

/// Both passing over it and giving up are right.
pub(super) fn wrong_id(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    either(bench, normal, Mood::WrongId)
}

/// A reader may take either of them: both mean the same.
pub(super) fn duplicates(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    either(bench, normal, Mood::Duplicates)
}

fn either(bench: &Bench, normal: &Ran, signer: Mood) -> Result<Verdict, Error> {
    if let Some(verdict) = unsigned(bench, normal) {
        return Ok(verdict);
    }
    let ran = bench.try_it(&World { signer, ..World::default() })?;
    if let Some(verdict) = unfit(bench, &ran) {
        return Ok(verdict);
    }
    if ran.end == normal.end && ran.end != End::Exited(0) || ran.end == End::Exited(0) {
        return Ok(same(bench, normal, &ran));
    }
    Ok(denied(bench, normal, &ran, &[]))
}

fn broken(bench: &Bench, normal: &Ran, signer: Mood) -> Result<Verdict, Error> {
    if let Some(verdict) = unsigned(bench, normal) {
        return Ok(verdict);
    }
    let ran = bench.try_it(&World { signer, ..World::default() })?;
    Ok(denied(bench, normal, &ran, &[]))
}
