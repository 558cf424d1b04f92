//! `Idempotency-Key` in strict mode: the same request sent again gets its first answer again, and does nothing. The
//! original documents the header and doesn't read it; neither does the other mode.
//!
//! Kept are answers that say that something was done. A refused request did nothing, so it may be sent again
//! under the same key, mended.

use leash_signature::Envelope;

use super::{
    Caller,
    answer::{Answer, Reply},
};
use crate::{
    clock,
    store::{
        Write,
        answers::{self, Name, Stored},
    },
};

impl Caller<'_> {
    fn idempotency_key(&self) -> Option<String> {
        let key = self.request.header("idempotency-key").filter(|_| self.sandbox.strict)?.to_lossy();
        Some(key).filter(|key| !key.is_empty())
    }

    fn name<'a>(&'a self, idempotency_key: &'a str) -> Name<'a> {
        Name { api_key_id: &self.key.id, path: &self.request.target().signed, idempotency_key }
    }

    /// Refuses or answers a request whose key was used before.
    ///
    /// # Errors
    /// The first answer, or the refusal: either way the request is done with.
    pub(super) fn answer_again(&self) -> Result<(), Answer> {
        let Some(key) = self.idempotency_key() else { return Ok(()) };
        let stored =
            self.sandbox.store.read(|database| answers::get(database, self.name(&key), clock::now()))?;
        stored.map_or(Ok(()), |stored| Err(self.replay(stored)))
    }

    fn replay(&self, stored: Stored) -> Answer {
        if stored.body_hash == Envelope::hash_body(self.request.body()) {
            Answer::stored(stored.status, stored.body)
        } else {
            Answer::conflict("idempotency key was already used with a different body")
        }
    }

    /// Does something once: the answer is kept in the same transaction.
    pub(super) fn write_once(&self, write_it: impl FnOnce(&Write<'_>) -> Reply) -> Reply {
        let key = self.idempotency_key();
        self.sandbox.store.write(|write| {
            let Some(key) = &key else { return write_it(write) };
            // The same request may have come in twice at once.
            if let Some(stored) = answers::get(write, self.name(key), write.now)? {
                return Err(self.replay(stored));
            }
            let answer = write_it(write)?;
            let stored = Stored {
                body_hash: Envelope::hash_body(self.request.body()),
                status: answer.status,
                body: String::from_utf8_lossy(&answer.body).into_owned(),
            };
            answers::put(write, self.name(key), &stored)?;
            Ok(answer)
        })
    }
}
