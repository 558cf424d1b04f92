//! `leash policy pause` and `resume`: every payment of this user, whatever the agent.

use jiff::Timestamp;
use leash_command::Host;
use leash_output::{Error, command};
use leash_policy::Stop;
use serde_json::json;

pub(crate) fn pause(host: &Host) -> Result<(), Error> {
    let since = Stop::of(host.paths()?).pause(Timestamp::now())?;
    let document = json!({ "kind": "policy_pause", "status": "ok", "paused": true, "since": since });
    host.out.result(&document, || {
        format!(
            "payments of every agent and plugin are paused since {since}; `{}` lets them go on",
            command("policy resume")
        )
    })
}

pub(crate) fn resume(host: &Host) -> Result<(), Error> {
    let stop = Stop::of(host.paths()?);
    let since = stop.resume()?;
    if stop.is_killed() {
        host.out.warn("LEASH_KILL is set here, so nothing is paid all the same");
    }
    let document =
        json!({ "kind": "policy_resume", "status": "ok", "paused": false, "was_paused_since": since });
    host.out.result(&document, || match &since {
        Some(since) => format!("payments go on; they were paused since {since}"),
        None => "payments were not paused".to_owned(),
    })
}
