//! Whether a request may be signed.

use std::os::fd::BorrowedFd;

use leash_output::command;
use leash_protocol::{
    frame::{Code, Refusal},
    manifest::Consent,
    scope::{Asked, Scope},
};

use crate::{
    refusal::{bad_request, ended, internal},
    request::{SignHttp, body_hash},
    run::Run,
    spec::Daily,
};

/// The signatures that were granted, and how many of them were given.
pub(crate) struct SignatureGrant {
    pub(crate) scopes: Vec<Scope>,
    /// How many in this run.
    pub(crate) max_signatures: u32,
    given: u32,
    /// How many in a day, where that is bounded.
    daily: Option<Box<dyn Daily>>,
}

impl SignatureGrant {
    pub(crate) fn new(scopes: Vec<Scope>, max_signatures: u32, daily: Option<Box<dyn Daily>>) -> Self {
        Self { scopes, max_signatures, given: 0, daily }
    }

    /// Counts a signature that was given.
    pub(crate) const fn count(&mut self) {
        self.given += 1;
    }

    /// Goes through all that can be against it; the user is asked last, and about nothing that is refused anyway.
    pub(crate) fn decide(
        &mut self,
        run: &Run,
        ask: &SignHttp,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<[u8; 32], Refusal> {
        if let Some(fault) = ask.fault {
            return Err(bad_request(fault));
        }
        let asked = Asked::check(&ask.method, &ask.path, &ask.query).map_err(bad_request)?;
        let body_sha256 = body_hash(&ask.body_sha256)
            .ok_or_else(|| bad_request("`body_sha256` is not 64 lower-case hex digits"))?;
        let mint = run.mint.to_string();
        if !self.scopes.iter().any(|scope| scope.allows(&asked, &mint)) {
            return Err(out_of_scope(run, &asked, &mint));
        }
        run.check_expiry()?;
        if self.given >= self.max_signatures {
            let message =
                format!("this run has had its {}", leash_output::count(self.max_signatures, "signature"));
            let hint = command(&format!("plugin trust {} --max-signatures N", run.plugin.name));
            return Err(Refusal::new(Code::Quota, message, Some(hint)));
        }
        if run.consent == Consent::Each {
            let request = format!("{} {}", asked.method(), asked.path_and_query());
            run.ask_user("for a signature", &[&request], "Sign it?", client)?;
            run.check_expiry()?;
        }
        match self.daily.as_mut().map(|daily| daily.take()) {
            None | Some(Ok(true)) if run.has_ended() => Err(ended()),
            None | Some(Ok(true)) => Ok(body_sha256),
            Some(Ok(false)) => {
                let hint = command(&format!("plugin trust {} --max-per-day N", run.plugin.name));
                let message = "all signatures of this day (UTC) were given".to_owned();
                Err(Refusal::new(Code::Quota, message, Some(hint)))
            }
            Some(Err(error)) => Err(internal(format!("the day's signatures can't be counted: {error}"))),
        }
    }
}

fn out_of_scope(run: &Run, asked: &Asked<'_>, mint: &str) -> Refusal {
    let message = format!("`{}` was not granted `{} {}`", run.plugin.name, asked.method(), asked.path());
    let path: Vec<&str> =
        asked.path().split('/').map(|segment| if segment == mint { "{mint}" } else { segment }).collect();
    let scope = format!("{} {}", asked.method(), path.join("/"));
    // A star in a path would mean more in a scope than was asked for; the bytes of a path need no quoting.
    let can_be_granted = !scope.contains('*') && Scope::parse(&scope).is_ok();
    let hint =
        can_be_granted.then(|| command(&format!("plugin trust {} --allow '{scope}'", run.plugin.name)));
    Refusal::new(Code::DeniedScope, message, hint)
}
