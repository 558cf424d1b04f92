//! What was spent, kept on the disk and shared by all processes of this user.
//!
//! A payment is reserved before it is signed, and counts from then on. It stops counting only when somebody who knows
//! that nothing was sent releases it: a process that was killed may have sent its payment, so what it reserved stays
//! counted until the journal of payments, or a person, settles the question.
//!
//! A process reads all of it once, and then what was added since.

mod day;
mod lines;
mod state;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use leash_chain::Address;
use leash_journal::{Held, Journal, Lines, Place};
use leash_output::{Error, Kind};

pub use lines::Witness;
pub use state::{Entry, Released, Releases, Status};
use {day::day_of, lines::Written, state::Book};

use crate::{Denial, Request, Rules, State, Usd, evaluate};

/// The spending of one agent.
#[derive(Debug)]
pub struct Ledger {
    journal: Journal,
    /// What was read so far, and up to where.
    seen: Mutex<Option<Seen>>,
}

#[derive(Debug)]
struct Seen {
    book: Book,
    /// Up to where; none where it has to be read anew.
    place: Option<Place>,
}

/// A payment, to be reserved.
#[derive(Debug, Clone, Copy)]
pub struct Payment<'a> {
    /// Where the request goes.
    pub url: &'a str,
    /// What leaves the treasury, the fee included, in the smallest units.
    pub gross: u64,
    /// What makes this payment this one and no other: a challenge's id, an idempotency key. A second payment of the
    /// same key is a replay, unless the first was released.
    pub key: &'a str,
}

/// Why a reservation may be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grounds {
    /// leash itself knows that nothing was handed out.
    NothingLeft,
    /// One RPC endpoint says that nothing was paid. It may lie, so only `most` is given back on such words in a UTC day.
    OneEndpoint {
        /// The daily budget of this ledger.
        most: Usd,
    },
    /// Two RPC endpoints say that nothing was paid.
    TwoEndpoints,
}

/// What came of giving a reservation back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// It counts no longer.
    Done,
    /// It goes on counting: one endpoint's word releases no more today.
    Withheld {
        /// What was released on one endpoint's word today.
        released: Usd,
        /// The most that is.
        most: Usd,
    },
    /// It was settled before: it was paid.
    WasSettled,
}

/// What came of settling a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// It is spent.
    Done,
    /// It was given back before, so that more has left than was counted: [`Ledger::recount`] counts it.
    WasReleased,
}

/// A payment that counts. Dropping it changes nothing: it counts until it is settled or released by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Its id, to be written to the journal of payments before anything is signed.
    pub id: String,
    /// The UTC day that it counts for.
    pub day: String,
    /// How much.
    pub gross: u64,
}

impl Ledger {
    /// The ledger of an agent in its directory; it need not exist yet.
    #[must_use]
    pub fn new(dir: &Path, mint: &Address) -> Self {
        let header = lines::header(&mint.to_string());
        Self { journal: Journal::new(dir.join("spending.jsonl"), Some(header)), seen: Mutex::default() }
    }

    /// The ledger of what a plugin was granted to pay, in the directory of all of them.
    #[must_use]
    pub fn of_plugin(dir: &Path, plugin: &str) -> Self {
        let path = dir.join(format!("{plugin}.jsonl"));
        Self { journal: Journal::new(path, Some(lines::plugin_header(plugin))), seen: Mutex::default() }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.journal.path().to_owned()
    }

    /// What was spent in the day of `now`, what is reserved included, and whether a payment of this key was made.
    /// It is what [`Ledger::reserve`] would see; in the next moment another process may have reserved something.
    ///
    /// # Errors
    /// Where the ledger is there and can't be read whole: it is never taken for an empty one.
    pub fn state(&self, now: Timestamp, key: Option<&str>) -> Result<State, Error> {
        let state = |book: &Book| {
            let replay = key.is_some_and(|key| book.is_replay(key));
            Ok(State { spent: book.spent(&day_of(now))?, replay })
        };
        match &*self.look()? {
            Some(seen) => state(&seen.book),
            None => state(&Book::default()),
        }
    }

    /// All payments, in the order in which they were reserved.
    ///
    /// # Errors
    /// As [`Ledger::state`].
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        Ok(self.look()?.as_ref().map_or_else(Vec::new, |seen| seen.book.entries().to_vec()))
    }

    /// Checks a payment against the rules and, where it may be made, has it counted, in one step that no other process
    /// comes between. When this returns a reservation, it is on the disk.
    ///
    /// # Errors
    /// Where the ledger can't be read whole or written: nothing may be paid then.
    pub fn reserve(
        &self,
        rules: &Rules,
        payment: &Payment<'_>,
        now: Timestamp,
    ) -> Result<Result<Reservation, Denial>, Error> {
        self.reserve_as(&random_id()?, rules, payment, now)
    }

    /// The same under an id of the caller's, who can so write it down before anything is reserved: 32 hex digits, at
    /// random.
    ///
    /// # Errors
    /// As [`Ledger::reserve`]; where the id is none, or was used.
    pub fn reserve_as(
        &self,
        id: &str,
        rules: &Rules,
        payment: &Payment<'_>,
        now: Timestamp,
    ) -> Result<Result<Reservation, Denial>, Error> {
        if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::failure("internal", "this is no id of a reservation"));
        }
        let (mut held, seen) = self.hold()?;
        let book = seen.book()?;
        if book.get(id).is_some() {
            let message = format!("reservation `{id}` was made already");
            return Err(Error::failure("already_resolved", message));
        }
        let day = day_of(now);
        let state = State { spent: book.spent(&day)?, replay: book.is_replay(payment.key) };
        let price = Usd::from_atomic(payment.gross).to_string();
        if let Err(denial) = evaluate(rules, &Request { url: payment.url, price: Some(&price) }, &state) {
            return Ok(Err(denial));
        }
        let id = id.to_owned();
        held.append(&lines::print(&Written::Reserve {
            id: id.as_str().into(),
            day: day.as_str().into(),
            time: now.to_string().into(),
            amount: payment.gross.to_string().into(),
            key: payment.key.into(),
            url: payment.url.chars().take(2048).collect::<String>().into(),
        })?)?;
        Ok(Ok(Reservation { id, day, gross: payment.gross }))
    }

    /// Says that a reserved payment was made: it is spent, and was this much. Saying so again changes nothing.
    ///
    /// # Errors
    /// Where there is no such reservation, it was settled with another amount, or the amount is above what was reserved; as
    /// [`Ledger::reserve`].
    pub fn settle(&self, id: &str, gross: u64, now: Timestamp) -> Result<Settle, Error> {
        let (mut held, seen) = self.hold()?;
        let book = seen.book()?;
        let entry = book.get(id).ok_or_else(|| no_such(id))?;
        match entry.status {
            Status::Settled(settled) if settled == gross => return Ok(Settle::Done),
            Status::Settled(_) => return Err(conflict(entry)),
            Status::Released => return Ok(Settle::WasReleased),
            Status::Open if gross > entry.reserved => {
                return Err(Error::failure(
                    "above_reservation",
                    format!("a payment of {gross} can't settle a reservation of {} units", entry.reserved),
                ));
            }
            Status::Open => {}
        }
        held.append(&lines::print(&Written::Settle {
            id: id.into(),
            time: now.to_string().into(),
            amount: gross.to_string().into(),
        })?)?;
        Ok(Settle::Done)
    }

    /// Counts a payment that was released and was made after all, for the day on which it was reserved. It may then be more
    /// than the day's budget. Saying so again changes nothing; one that is open is settled.
    ///
    /// # Errors
    /// As [`Ledger::settle`].
    pub fn recount(&self, id: &str, gross: u64, now: Timestamp) -> Result<(), Error> {
        if self.settle(id, gross, now)? == Settle::Done {
            return Ok(());
        }
        let (mut held, seen) = self.hold()?;
        let entry = seen.book()?.get(id).ok_or_else(|| no_such(id))?;
        if entry.status != Status::Released {
            return Ok(());
        }
        held.append(&lines::print(&Written::Recount {
            id: id.into(),
            time: now.to_string().into(),
            amount: gross.to_string().into(),
        })?)
    }

    /// What was given back on the UTC day of `now`, and on whose word.
    ///
    /// # Errors
    /// As [`Ledger::state`].
    pub fn releases(&self, now: Timestamp) -> Result<Releases, Error> {
        self.look()?.as_ref().map_or_else(|| Ok(Releases::default()), |seen| seen.book.releases(&day_of(now)))
    }

    /// Whether a payment was reserved under an id, whatever became of it.
    ///
    /// # Errors
    /// As [`Ledger::state`].
    pub fn knows(&self, id: &str) -> Result<bool, Error> {
        Ok(self.look()?.as_ref().is_some_and(|seen| seen.book.get(id).is_some()))
    }

    /// Gives a reservation back, in one step that no other process comes between: where the grounds are one endpoint's word,
    /// no more than its bound is given back in a UTC day. Saying so again changes nothing.
    ///
    /// # Errors
    /// Where there is no such reservation; as [`Ledger::reserve`].
    pub fn release(&self, id: &str, why: &str, grounds: Grounds, now: Timestamp) -> Result<Release, Error> {
        let (mut held, seen) = self.hold()?;
        let book = seen.book()?;
        let entry = book.get(id).ok_or_else(|| no_such(id))?;
        match entry.status {
            Status::Released => return Ok(Release::Done),
            Status::Settled(_) => return Ok(Release::WasSettled),
            Status::Open => {}
        }
        let by = match grounds {
            Grounds::NothingLeft => Witness::Leash,
            Grounds::TwoEndpoints => Witness::TwoEndpoints,
            Grounds::OneEndpoint { most } => {
                let released = book.releases(&day_of(now))?.one_endpoint;
                let after = released.plus(Usd::from_atomic(entry.reserved));
                if after.is_none_or(|after| after > most) {
                    return Ok(Release::Withheld { released, most });
                }
                Witness::OneEndpoint
            }
        };
        held.append(&lines::print(&Written::Release {
            id: id.into(),
            time: now.to_string().into(),
            why: why.chars().take(200).collect::<String>().into(),
            by,
        })?)?;
        Ok(Release::Done)
    }

    /// What it says at this moment; nothing where it isn't there yet.
    fn look(&self) -> Result<MutexGuard<'_, Option<Seen>>, Error> {
        let mut guard = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Whatever goes wrong from here on, all of it is read the next time.
        let earlier = guard.take();
        let added = match earlier.as_ref().and_then(|seen| seen.place.as_ref()) {
            Some(place) => self.journal.read_after(place)?,
            None => None,
        };
        *guard = match (earlier, added) {
            (Some(seen), Some(lines)) => Some(self.go_on(seen.book, lines)?),
            _ => match self.journal.read()? {
                Some(lines) => Some(self.go_on(Book::default(), lines)?),
                None => None,
            },
        };
        Ok(guard)
    }

    /// The ledger for oneself, and what it says.
    fn hold(&self) -> Result<(Held, Known<'_>), Error> {
        let mut held = self.journal.lock()?;
        // A write that was cut off never took effect: whoever wrote was told, or is no more.
        held.mend(|line| Written::read(line).is_ok())?;
        let mut guard = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = guard.take();
        let added = match earlier.as_ref().and_then(|seen| seen.place.as_ref()) {
            Some(place) => held.lines_after(place)?,
            None => None,
        };
        *guard = Some(match (earlier, added) {
            (Some(seen), Some(lines)) => self.go_on(seen.book, lines)?,
            _ => {
                let mut lines = held.lines()?;
                lines.next_line()?;
                self.go_on(Book::default(), lines)?
            }
        });
        Ok((held, Known(guard)))
    }

    fn go_on(&self, mut book: Book, mut lines: Lines) -> Result<Seen, Error> {
        let ended = book.read(&mut lines, self.journal.path())?;
        let place = if ended { Some(lines.place()?) } else { None };
        Ok(Seen { book, place })
    }
}

/// What a ledger says that is held.
struct Known<'a>(MutexGuard<'a, Option<Seen>>);

impl Known<'_> {
    fn book(&self) -> Result<&Book, Error> {
        let book = self.0.as_ref().map(|seen| &seen.book);
        book.ok_or_else(|| Error::failure("internal", "a ledger that is held and wasn't read"))
    }
}

fn random_id() -> Result<String, Error> {
    leash_files::random_id::<16>()
        .map_err(|error| Error::failure("random", format!("no random numbers: {error}")))
}

fn no_such(id: &str) -> Error {
    Error::failure("no_reservation", format!("there is no reservation `{id}`"))
}

fn conflict(entry: &Entry) -> Error {
    let message = format!("reservation `{}` was settled already, with another amount", entry.id);
    Error::new(Kind::Failure, "already_resolved", message)
}
