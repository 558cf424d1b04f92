//! So many requests a minute for each key, counted by the clock's minutes.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::clock;

/// Counts requests. What it knows is a minute old at the most, so it is kept in memory.
#[derive(Debug)]
pub(super) struct Limiter {
    limit: u32,
    counts: Mutex<(i64, HashMap<String, u32>)>,
}

/// What a request's answer says about the limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    pub(super) allowed: bool,
    limit: u32,
    remaining: u32,
    reset: i64,
}

impl Limiter {
    pub(super) fn new(limit: u32) -> Self {
        Self { limit, counts: Mutex::default() }
    }

    /// Counts a request of this key.
    pub(super) fn count(&self, key_id: &str) -> Verdict {
        let now = clock::now();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (minute, used) = &mut *counts;
        if *minute != now / 60_000 {
            *minute = now / 60_000;
            used.clear();
        }
        let used = used.entry(key_id.to_owned()).or_default();
        *used = used.saturating_add(1);
        Verdict {
            allowed: *used <= self.limit,
            limit: self.limit,
            remaining: self.limit.saturating_sub(*used),
            reset: 60 - now / 1000 % 60,
        }
    }
}

impl Verdict {
    /// The headers that tell the client.
    pub(super) fn headers(self) -> [(&'static str, String); 3] {
        [
            ("x-ratelimit-limit", self.limit.to_string()),
            ("x-ratelimit-remaining", self.remaining.to_string()),
            ("x-ratelimit-reset", self.reset.to_string()),
        ]
    }
}
