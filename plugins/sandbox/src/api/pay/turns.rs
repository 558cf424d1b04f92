//! One at a time: requests that present the same payment wait for each other.

use std::{
    collections::HashSet,
    sync::{Condvar, Mutex, PoisonError},
};

/// What is being worked on, by name.
#[derive(Debug, Default)]
pub(in crate::api) struct Turns {
    busy: Mutex<HashSet<String>>,
    done: Condvar,
}

/// A turn; the next one may go on once it is dropped.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    name: String,
}

impl Turns {
    /// Waits until nobody else works on what has this name.
    pub(super) fn take(&self, name: String) -> Turn<'_> {
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let mut busy =
            self.done.wait_while(busy, |busy| busy.contains(&name)).unwrap_or_else(PoisonError::into_inner);
        busy.insert(name.clone());
        Turn { turns: self, name }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
        self.turns.done.notify_all();
    }
}
