//! `status`: whether a server runs.

use leash_output::{Error, Kind, Out};
use serde_json::json;

use super::{DOCUMENT, http};
use crate::instance::DataDir;

pub(super) fn status(dir: &DataDir, out: Out) -> Result<(), Error> {
    if dir.holder()?.is_none() {
        return Err(
            Error::new(Kind::Negative, "down", "the sandbox is down").hint("`leash sandbox up` starts it")
        );
    }
    let Some(state) = dir.living()?.filter(|state| http::is_healthy(state.port)) else {
        return Err(Error::new(Kind::Negative, "no_answer", "the sandbox runs but does not answer")
            .hint("where it is just starting, ask again; `leash sandbox logs` shows what it does"));
    };
    let document = json!({
        "kind": DOCUMENT,
        "status": "ok",
        "url": state.url(),
        "pid": state.pid,
        "data_dir": dir.path(),
        "strict": state.strict,
        "started_at": state.started_at,
    });
    out.result(&document, || {
        let strict = if state.strict { ", strict" } else { "" };
        format!("sandbox is up at {} (pid {}{strict}, since {})", state.url(), state.pid, state.started_at)
    })
}
