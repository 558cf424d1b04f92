//! The signer says no.

use leash_output::Error;
use leash_protocol::{exit, frame::Code};

use crate::conform::{
    bench::Bench,
    judge::{REFUSED, Verdict, denied, signatures, unsigned},
    signer::Mood,
    trial::Ran,
    world::World,
};

pub(super) fn scope(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    refuse(bench, normal, Mood::Refuses(Code::DeniedScope), REFUSED)
}

pub(super) fn consent(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    refuse(bench, normal, Mood::Refuses(Code::DeniedConsent), REFUSED)
}

pub(super) fn quota(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    let all = u32::try_from(signatures(normal)).unwrap_or(u32::MAX);
    refuse(bench, normal, Mood::Quota(all.saturating_sub(1)), REFUSED)
}

pub(super) fn expired(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    refuse(bench, normal, Mood::Refuses(Code::Expired), REFUSED)
}

pub(super) fn locked(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    refuse(bench, normal, Mood::Refuses(Code::Locked), &[exit::IDENTITY])
}

pub(super) fn internal(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    refuse(bench, normal, Mood::Refuses(Code::Internal), &[])
}

pub(super) fn unsupported(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    refuse(bench, normal, Mood::Refuses(Code::Unsupported), &[])
}

fn refuse(bench: &Bench, normal: &Ran, signer: Mood, meant: &[u8]) -> Result<Verdict, Error> {
    if let Some(verdict) = unsigned(bench, normal) {
        return Ok(verdict);
    }
    let ran = bench.try_it(&World { signer, ..World::default() })?;
    Ok(denied(bench, normal, &ran, meant))
}
