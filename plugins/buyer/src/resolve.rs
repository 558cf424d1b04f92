//! Finding out what became of a payment that isn't over.

use std::time::Duration;

use leash_output::Error;

use crate::{
    close,
    desk::Desk,
    entry::State,
    journal::Held,
    outcome::Landed,
    resume::{Looked, keep_or_close, look_after},
};

/// What became of one payment.
pub enum Resolved {
    /// It was paid; the receipt's hash.
    Paid(String),
    /// It had been given back, was paid, and counts again; the receipt's hash.
    Counted(String),
    /// It wasn't paid, and counts no longer.
    GivenBack,
    /// There was nothing to do.
    Over,
    /// It counts, for this reason.
    Counts(String),
    /// It couldn't be found out.
    Failed(Error),
}

impl Resolved {
    /// The result's name in a document.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Paid(_) => "paid",
            Self::Counted(_) => "counted_again",
            Self::GivenBack => "given_back",
            Self::Over => "unchanged",
            Self::Counts(_) => "still_counts",
            Self::Failed(_) => "error",
        }
    }

    /// The same in words.
    #[must_use]
    pub fn says(&self) -> String {
        match self {
            Self::Paid(receipt) => format!("it was paid; receipt {receipt}"),
            Self::Counted(receipt) => {
                format!("it was paid after it had been given back, and counts again; receipt {receipt}")
            }
            Self::GivenBack => "it wasn't paid, and counts no longer".to_owned(),
            Self::Over => "nothing has changed".to_owned(),
            Self::Counts(why) => format!("it counts: {why}"),
            Self::Failed(error) => format!("{error}; {}", error.hints()),
        }
    }
}

/// Finds out what became of a payment, and counts or releases it. It is looked for so long, and no longer than the time of
/// the command.
pub fn resolve(desk: &Desk<'_>, id: &str, within: Duration) -> Resolved {
    let within = within.min(desk.connector.time_left().unwrap_or(within));
    if within.is_zero() {
        return Resolved::Counts("the time of the command is up; allow more with `--timeout`".to_owned());
    }
    let held = match desk.journal.take_to_look(id) {
        Ok(Some(held)) => held,
        Ok(None) => return Resolved::Counts("another process has it in hand".to_owned()),
        Err(error) => return Resolved::Failed(error),
    };
    held.looked_at();
    if held.entry.state() == State::Uncounted {
        return count_again(desk, held).map_or_else(Resolved::Failed, Resolved::Counted);
    }
    match look_after(desk, held, within) {
        Ok(Looked::Paid(receipt)) => Resolved::Paid(receipt),
        Ok(Looked::GivenBack) => Resolved::GivenBack,
        Ok(Looked::Counts(why)) => Resolved::Counts(why),
        Ok(Looked::Nothing) => Resolved::Over,
        // It was found out just now.
        Ok(Looked::Uncounted) => match desk.journal.take_to_look(id) {
            Ok(Some(held)) => count_again(desk, held).map_or_else(Resolved::Failed, Resolved::Counted),
            Ok(None) => Resolved::Counts("another process has it in hand".to_owned()),
            Err(error) => Resolved::Failed(error),
        },
        Err(error) => Resolved::Failed(error),
    }
}

/// Counts what had been given back. It only ever counts more.
fn count_again(desk: &Desk<'_>, mut held: Held) -> Result<String, Error> {
    let landed = Landed::of(&held.entry).ok_or_else(|| {
        Error::failure("internal", "a payment that is on the chain without its transaction")
    })?;
    let receipt = close::recount(desk, &held.entry, &landed)?;
    held.entry.uncounted = false;
    held.entry.released_at = None;
    keep_or_close(desk, held)?;
    Ok(receipt)
}
