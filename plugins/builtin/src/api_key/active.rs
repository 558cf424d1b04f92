//! An agent's active keys, as far as the API lists them: the newest 200, and no cursor leads to the others.

use leash_api::{ApiKey as Key, KeyPage, ListKeys};
use leash_output::{Code, Error};

/// The most keys that the API lists.
pub(super) const MAX_LISTED: u8 = 200;

/// The active keys, newest first.
pub(super) struct Active {
    pub(super) keys: Vec<Key>,
    /// Whether there may be more: what isn't among the keys isn't known to be absent then.
    pub(super) is_cut: bool,
}

impl Active {
    /// What to ask the API for. Disabled keys are left out, so that they take no active one's place.
    pub(super) const QUERY: ListKeys = ListKeys { include_disabled: None, limit: Some(MAX_LISTED) };

    /// What the API answered to [`Active::QUERY`].
    pub(super) fn of(page: KeyPage) -> Self {
        Self { is_cut: is_cut(&page), keys: page.items }
    }

    /// Whether a key is active; `None` where that isn't known.
    pub(super) fn has(&self, id: &str) -> Option<bool> {
        if self.keys.iter().any(|key| key.id == id) {
            return Some(true);
        }
        (!self.is_cut).then_some(false)
    }

    /// Takes out a key that was revoked since.
    pub(super) fn remove(&mut self, id: &str) {
        self.keys.retain(|key| key.id != id);
    }
}

/// Whether the API may have left keys out of an answer to a request for as many as it lists.
pub(super) fn is_cut(page: &KeyPage) -> bool {
    page.items.len() >= usize::from(MAX_LISTED)
}

/// The API shows no more of the list.
pub(super) const LIST_CUT_OFF: Code = Code::new("list_cut_off");

/// Something that the whole list would have to show.
pub(super) fn cut_off(what: &str) -> Error {
    Error::failure(
        LIST_CUT_OFF,
        format!(
            "{what}: the API lists only the newest {MAX_LISTED} active keys, and there may be older ones"
        ),
    )
}

/// A ULID: 26 characters of Crockford's base 32, in either case; in upper case, as the API has it.
pub(super) fn full_id(text: &str) -> Option<String> {
    let id = text.to_ascii_uppercase();
    let is_full = id.len() == 26
        && id.bytes().all(|b| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"ILOU".contains(&b)));
    is_full.then_some(id)
}
