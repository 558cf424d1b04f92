//! What the lines of a ledger come to.

use std::{collections::HashMap, path::Path};

use leash_files::Paths;
use leash_journal::{Line, Lines, MAX_LINE};
use leash_output::Error;

use super::{
    day::day_of_text,
    lines::{Witness, Written},
};
use crate::Usd;

/// One payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The reservation's id.
    pub id: String,
    /// The UTC day that it counts for.
    pub day: String,
    /// When it was reserved, ISO 8601.
    pub time: String,
    /// How much was reserved, in the smallest units.
    pub reserved: u64,
    /// Its key.
    pub key: String,
    /// Where the request went.
    pub url: String,
    /// What became of it.
    pub status: Status,
    /// Who said that it was never made, where somebody did.
    pub released: Option<Released>,
}

/// How a reservation was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The UTC day on which it was.
    pub day: String,
    /// On whose word.
    pub by: Witness,
}

/// What was given back on a UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Releases {
    /// Since nothing was handed out.
    pub known: Usd,
    /// On the word of one RPC endpoint.
    pub one_endpoint: Usd,
    /// On the word of two.
    pub two_endpoints: Usd,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nobody said yet; it counts in full.
    Open,
    /// It was made, and took this much.
    Settled(u64),
    /// It was never made.
    Released,
}

impl Entry {
    /// What counts of it, in the smallest units.
    #[must_use]
    pub const fn counted(&self) -> u64 {
        match self.status {
            Status::Open => self.reserved,
            Status::Settled(amount) => amount,
            Status::Released => 0,
        }
    }
}

/// All payments.
#[derive(Debug, Default)]
pub(super) struct Book {
    entries: Vec<Entry>,
    places: HashMap<String, usize>,
    /// How many payments count that have a key; none for one that may be paid again.
    keys: HashMap<String, usize>,
}

impl Book {
    /// Reads on: the lines after the header, or after those that were read before. Says whether the last of them had ended;
    /// what is left of a write that was cut off counts where it is all but the newline.
    pub(super) fn read(&mut self, lines: &mut Lines, path: &Path) -> Result<bool, Error> {
        for line in lines {
            let line = line?;
            if !line.ended {
                // It is being looked at, not added to: whoever adds next sees to it.
                if Written::read(&line.bytes).is_ok() {
                    self.take(&line).map_err(|why| broken(path, &line, &why))?;
                }
                return Ok(false);
            }
            if let Err(why) = self.take(&line) {
                return Err(broken(path, &line, &why));
            }
        }
        Ok(true)
    }

    fn take(&mut self, line: &Line) -> Result<(), String> {
        if line.bytes.len() > MAX_LINE {
            return Err("it is too long".to_owned());
        }
        let amount = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is no amount"));
        match Written::read(&line.bytes)? {
            Written::Reserve { id, day, time, amount: reserved, key, url } => {
                let reserved = amount(&reserved)?;
                if self.places.insert(id.clone().into_owned(), self.entries.len()).is_some() {
                    return Err("its reservation stands there twice".to_owned());
                }
                *self.keys.entry(key.clone().into_owned()).or_default() += 1;
                self.entries.push(Entry {
                    id: id.into_owned(),
                    day: day.into_owned(),
                    time: time.into_owned(),
                    reserved,
                    key: key.into_owned(),
                    url: url.into_owned(),
                    status: Status::Open,
                    released: None,
                });
            }
            Written::Settle { id, amount: settled, .. } => {
                let settled = amount(&settled)?;
                let entry = self.open(&id)?;
                if settled > entry.reserved {
                    return Err("it settles more than was reserved".to_owned());
                }
                entry.status = Status::Settled(settled);
            }
            Written::Release { id, time, by, .. } => {
                let entry = self.open(&id)?;
                entry.status = Status::Released;
                entry.released = Some(Released { day: day_of_text(&time).to_owned(), by });
                let key = entry.key.clone();
                if let Some(count) = self.keys.get_mut(&key) {
                    *count = count.saturating_sub(1);
                }
            }
            Written::Recount { id, amount: paid, .. } => {
                let paid = amount(&paid)?;
                let entry = self.places.get(id.as_ref()).and_then(|place| self.entries.get_mut(*place));
                let entry = entry
                    .filter(|entry| entry.status == Status::Released)
                    .ok_or_else(|| "nothing was released under its id".to_owned())?;
                entry.status = Status::Settled(paid);
                *self.keys.entry(entry.key.clone()).or_default() += 1;
            }
        }
        Ok(())
    }

    fn open(&mut self, id: &str) -> Result<&mut Entry, String> {
        let entry = self.places.get(id).and_then(|place| self.entries.get_mut(*place));
        entry
            .filter(|entry| entry.status == Status::Open)
            .ok_or_else(|| "nothing open is reserved under its id".to_owned())
    }

    pub(super) fn get(&self, id: &str) -> Option<&Entry> {
        self.places.get(id).and_then(|place| self.entries.get(*place))
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn is_replay(&self, key: &str) -> bool {
        self.keys.get(key).is_some_and(|count| *count > 0)
    }

    /// What was given back on a day. Where the clock was set back, what was given back "tomorrow" counts as well. What was
    /// counted again has still been given back once.
    pub(super) fn releases(&self, day: &str) -> Result<Releases, Error> {
        let mut releases = Releases::default();
        for entry in &self.entries {
            let Some(released) = entry.released.as_ref().filter(|released| released.day.as_str() >= day)
            else {
                continue;
            };
            let sum = match released.by {
                Witness::Leash => &mut releases.known,
                Witness::OneEndpoint => &mut releases.one_endpoint,
                Witness::TwoEndpoints => &mut releases.two_endpoints,
            };
            *sum = sum.plus(Usd::from_atomic(entry.reserved)).ok_or_else(too_much)?;
        }
        Ok(releases)
    }

    /// What counts for a day. Where the clock was set back, what was reserved "tomorrow" counts as well: a budget isn't
    /// to be had again by turning the clock.
    pub(super) fn spent(&self, day: &str) -> Result<Usd, Error> {
        let mut spent = Usd::ZERO;
        for entry in self.entries.iter().filter(|entry| entry.day.as_str() >= day) {
            spent = spent.plus(Usd::from_atomic(entry.counted())).ok_or_else(too_much)?;
        }
        Ok(spent)
    }
}

fn too_much() -> Error {
    Error::failure("internal", "the sum of a day's payments is larger than any amount")
}

fn broken(path: &Path, line: &Line, why: &str) -> Error {
    let (shown, typed) = (Paths::display(path), Paths::typed(path));
    let number = line.index + 1;
    Error::failure(
        "broken_spending",
        format!("line {number} of `{shown}` can't be read, so what was spent isn't known: {why}"),
    )
    .hint(format!("look at it: `sed -n {number}p {typed}`; restore the file from a copy"))
}
