//! The time that a command has, shared out so that some is left for bringing things to an end, and the
//! signals that cut it short.

use std::{
    future::{Future, poll_fn},
    task::Poll,
    time::Duration,
};

use leash_api::Client;
use leash_command::Host;
use leash_connect::api_error;
use leash_output::{Error, Kind};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, timeout, timeout_at},
};

/// More than anybody waits for, and far from overflow.
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// Cleaning up has at least this long, however impatient the user.
const LEAST_RESERVE: Duration = Duration::from_secs(2);
/// The runtime learns of signals only while it waits.
const A_MOMENT: Duration = Duration::from_millis(1);

/// One command's dealings with the API, none of which may be left half done.
pub(crate) struct Work {
    /// The time of the whole command.
    pub(crate) time: Duration,
    api: String,
    begun: Instant,
    /// When the command's own steps must be done.
    act_by: Instant,
    /// When all must be done, cleaning up included.
    end: Instant,
    /// How long cleaning up may take.
    reserve: Duration,
    signals: Vec<Signal>,
}

/// Why a step has no result.
pub(crate) enum Missed {
    /// The API said no, or its answer was lost.
    Failed(leash_api::Error),
    /// No answer came in time.
    Late(Error),
    /// A signal came.
    Interrupted,
}

impl Work {
    /// Begins; from here on a signal no longer ends the process. Must be called on the runtime.
    ///
    /// # Errors
    /// Where the settings can't be read.
    pub(crate) fn begin(host: &Host, client: &Client) -> Result<Self, Error> {
        let time = host.timeout()?.min(LONGEST);
        // Longer than connecting may take, so that a request that never left isn't taken for a lost one.
        let begun = Instant::now();
        let act_by = begun + time * 5 / 6;
        let reserve = (time / 6).max(LEAST_RESERVE);
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Ok(Self {
            time,
            api: client.base_url().to_owned(),
            begun,
            act_by,
            end: act_by + reserve,
            reserve,
            signals: kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect(),
        })
    }

    /// A step of the command's own.
    pub(crate) async fn act<T>(
        &mut self,
        step: impl Future<Output = Result<T, leash_api::Error>>,
    ) -> Result<T, Missed> {
        self.race(self.act_by, step).await
    }

    /// A step of cleaning up: it has time of its own, and only a signal that comes now cuts it short.
    pub(crate) async fn settle<T>(
        &mut self,
        step: impl Future<Output = Result<T, leash_api::Error>>,
    ) -> Result<T, Missed> {
        while timeout(A_MOMENT, interrupted(&mut self.signals)).await.is_ok() {
            self.hurry();
        }
        self.race(self.end, step).await
    }

    /// The first of two steps of cleaning up, which leaves time for the second.
    pub(crate) async fn settle_first<T>(
        &mut self,
        step: impl Future<Output = Result<T, leash_api::Error>>,
    ) -> Result<T, Missed> {
        let now = Instant::now();
        self.end = self.end.min(now + self.reserve);
        self.race(now + (self.end - now) / 2, step).await
    }

    async fn race<T>(
        &mut self,
        deadline: Instant,
        step: impl Future<Output = Result<T, leash_api::Error>>,
    ) -> Result<T, Missed> {
        tokio::select! {
            biased;
            answer = timeout_at(deadline, step) => match answer {
                Ok(answer) => answer.map_err(Missed::Failed),
                Err(_) => Err(Missed::Late(late(&self.api, deadline - self.begun))),
            },
            () = interrupted(&mut self.signals) => {
                self.hurry();
                Err(Missed::Interrupted)
            }
        }
    }

    /// Whoever interrupts doesn't want to wait for long.
    fn hurry(&mut self) {
        self.end = self.end.min(Instant::now() + self.reserve);
    }
}

impl Missed {
    /// Whether the request may have taken effect.
    pub(crate) fn maybe_sent(&self) -> bool {
        match self {
            Self::Failed(error) => error.maybe_sent(),
            Self::Late(_) | Self::Interrupted => true,
        }
    }
}

impl From<Missed> for Error {
    fn from(missed: Missed) -> Self {
        match missed {
            Missed::Failed(error) => api_error(error),
            Missed::Late(error) => error,
            Missed::Interrupted => Self::new(Kind::Interrupted, "interrupted", "interrupted")
                .hint("start it again when you like"),
        }
    }
}

async fn interrupted(signals: &mut [Signal]) {
    poll_fn(|context| {
        // Each is asked, so that each wakes this up.
        let came = signals
            .iter_mut()
            .map(|signal| signal.poll_recv(context).is_ready())
            .filter(|came| *came)
            .count();
        if came > 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Runs one step that nothing hangs on.
///
/// # Errors
/// The API's, or that no answer came in time.
pub(crate) async fn within<T>(
    host: &Host,
    client: &Client,
    step: impl Future<Output = Result<T, leash_api::Error>>,
) -> Result<T, Error> {
    let time = host.timeout()?;
    match timeout(time, step).await {
        Ok(answer) => answer.map_err(api_error),
        Err(_) => Err(late(client.base_url(), time)),
    }
}

fn late(api: &str, time: Duration) -> Error {
    // Instants count in nanoseconds; nobody else does.
    let time = Duration::from_millis(u64::try_from(time.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX));
    Error::failure("timeout", format!("no answer from `{api}` within {time:?}"))
        .hint("check that the API's URL is right, or allow more time: `--timeout 60`")
}
