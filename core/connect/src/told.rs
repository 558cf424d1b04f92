//! What is told of calls while they are made.

use leash_api::Event;
use leash_output::Out;

/// Says what a call to the API goes through.
pub(crate) fn api_call(out: Out, event: &Event) {
    match event {
        Event::Tried { method, origin, path, outcome, took, .. } if out.verbose > 0 => {
            out.note(&format!("{method} {origin}{path}: {outcome}, {} ms", took.as_millis()));
        }
        Event::Retry { wait, message, .. } => {
            out.note(&format!("{message}; trying again in {:.1} s", wait.as_secs_f32()));
        }
        Event::ClockOffset { offset_seconds, .. } => out.warn(&format!(
            "this machine's clock is {} s {} the API's; the request was signed with the API's time",
            offset_seconds.unsigned_abs(),
            if *offset_seconds > 0 { "behind" } else { "ahead of" }
        )),
        _ => {}
    }
}

/// As [`api_call`], but for the path: an endpoint's may hold the key that its owner pays for.
pub(crate) fn rpc_call(out: Out, event: &Event) {
    match event {
        Event::Tried { origin, outcome, took, .. } if out.verbose > 0 => {
            out.note(&format!("asked {origin}: {outcome}, {} ms", took.as_millis()));
        }
        Event::Tried { .. } => {}
        event => api_call(out, event),
    }
}
