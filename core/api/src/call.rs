//! One call: its tries, the waits between them, and the time that all of it may take.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use leash_signature::Secret;
use reqwest::Method;
use tokio::time::{Instant, sleep, timeout_at};

use crate::attempt::{self, Answer};
use crate::base::Target;
use crate::client::Inner;
use crate::clock::{self, MAX_OFFSET_SECONDS};
use crate::{Error, Event, retry};

/// What a request proves itself with.
pub(crate) enum Credential<'a> {
    None,
    /// A signature of the client's agent.
    Agent,
    Key(&'a Secret<String>),
}

/// A request, as it is made as often as need be.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) credential: Credential<'a>,
    /// Whether running twice is as good as running once.
    pub(crate) repeatable: bool,
}

impl<'a> Call<'a> {
    /// A request without a body; repeatable if it only reads.
    pub(crate) fn new(method: Method, target: Target, credential: Credential<'a>) -> Self {
        let repeatable = is_read(&method);
        Self { method, target, body: None, credential, repeatable }
    }
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Makes the call.
///
/// # Errors
/// The last try's.
pub(crate) async fn run(inner: &Inner, call: &Call<'_>) -> Result<Answer, Error> {
    run_noting_loss(inner, call, &mut None).await
}

/// As [`run`]. `lost` takes the first failure that another try followed although the request may have taken effect: the
/// answer to a later try then says nothing about whether this call was the one that did it.
pub(crate) async fn run_noting_loss(
    inner: &Inner,
    call: &Call<'_>,
    lost: &mut Option<Error>,
) -> Result<Answer, Error> {
    let deadline = Instant::now() + inner.timeout;
    let mut tries = 0;
    let mut corrected = false;
    loop {
        tries += 1;
        let begun = Instant::now();
        let kept = inner.keeps(call.repeatable);
        let outcome = timeout_at(deadline, attempt::make(inner, inner.http(kept)?, call)).await;
        inner.tell(&Event::Tried {
            method: call.method.to_string(),
            origin: inner.base.origin().to_owned(),
            path: call.target.path_and_query.clone(),
            outcome: match &outcome {
                Ok(Ok(answer)) => answer.status.to_string(),
                Ok(Err(error)) => error.code().to_owned(),
                Err(_) => "timeout".to_owned(),
            },
            took: begun.elapsed(),
        });
        let error = match outcome {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => {
                return Err(Error::Timeout { origin: inner.base.origin().to_owned(), after: inner.timeout });
            }
        };
        if let Some(offset_seconds) = drift(&error, call) {
            if !is_read(&call.method) || corrected || offset_seconds.abs() > MAX_OFFSET_SECONDS {
                return Err(Error::ClockDrift { offset_seconds });
            }
            corrected = true;
            inner.offset_seconds.store(offset_seconds, Ordering::Relaxed);
            inner.tell(&Event::ClockOffset { offset_seconds });
            continue;
        }
        let Some(wait) = retry::wait(&error, call.repeatable, tries) else { return Err(error) };
        // It may only have been closed while it was kept: then a new one is made at once.
        let closed = kept && matches!(error, Error::Connect { .. } | Error::Lost { .. });
        if closed {
            inner.stop_keeping();
        } else {
            // A connection that the deadline would cut short can't be told from a lost answer, so what must
            // not run twice is only begun again where connecting has its whole time.
            let needed = match error {
                Error::Connect { .. } if !call.repeatable => inner.connect_timeout(),
                _ => std::time::Duration::ZERO,
            };
            if Instant::now() + wait + needed >= deadline {
                return Err(error);
            }
            inner.tell(&Event::Retry {
                attempt: tries,
                wait,
                code: error.code().to_owned(),
                message: error.to_string(),
            });
        }
        if lost.is_none() && error.maybe_sent() {
            *lost = Some(error);
        }
        if !closed {
            sleep(wait).await;
        }
    }
}

fn drift(error: &Error, call: &Call<'_>) -> Option<i64> {
    match (error, &call.credential) {
        (Error::Api(api), Credential::Agent) => clock::drift(api, Timestamp::now()),
        _ => None,
    }
}

impl Call<'_> {
    /// The offset to sign with: what reads have learnt is for reads alone.
    pub(crate) fn offset(&self, inner: &Inner) -> i64 {
        if is_read(&self.method) { inner.offset_seconds.load(Ordering::Relaxed) } else { 0 }
    }
}
