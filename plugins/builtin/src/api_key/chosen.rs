//! Which keys `leash api-key revoke` means, and whether that may be taken for granted.

use jiff::Timestamp;
use leash_api::ApiKey as Key;
use leash_output::{Error, Out, can_ask, confirm, count};

use super::{
    active::{Active, full_id},
    line,
    pick::one,
    revoke::Args,
};

/// A key that is meant.
pub(super) struct Chosen {
    pub(super) id: String,
    /// Whether its id was typed in full.
    exact: bool,
    /// It, for the question whether it is meant.
    line: String,
}

/// The keys that are meant, out of the active ones. `kept` is the key that stays, once it is known.
pub(super) fn choose(active: &Active, args: &Args, kept: &mut Option<String>) -> Result<Vec<Chosen>, Error> {
    let now = Timestamp::now();
    let chosen = |key: &Key| Chosen { id: key.id.clone(), exact: false, line: line(key, now) };
    if let Some(label) = &args.label {
        return Ok(active.keys.iter().filter(|key| key.label == *label).map(chosen).collect());
    }
    if let Some(stays) = &args.all_but {
        let kept = match kept {
            Some(kept) => kept,
            None => kept.insert(one(active, stays, "revoke --all-but")?.id),
        };
        return Ok(active.keys.iter().filter(|key| key.id != *kept).map(chosen).collect());
    }
    args.ids
        .iter()
        .map(|id| match (one(active, id, "revoke"), full_id(id)) {
            (Ok(key), _) => Ok(Chosen { exact: key.id.len() == id.len(), ..chosen(&key) }),
            // It may be a key beyond the list's end, or one that is disabled already: the API knows.
            (Err(_), Some(id)) => {
                let line = format!("{id}  (not among the active keys that the API lists)");
                Ok(Chosen { id, exact: true, line })
            }
            (Err(error), None) => Err(error),
        })
        .collect()
}

/// Refuses what was not named exactly where nobody can be asked whether it is meant.
pub(super) fn refuse_unasked(keys: &[Chosen], args: &Args) -> Result<(), Error> {
    if can_ask() || keys.iter().all(|key| key.exact) {
        return Ok(());
    }
    let what = if args.label.is_some() {
        "a label"
    } else if args.all_but.is_some() {
        "all keys but one"
    } else {
        "a shortened id"
    };
    Err(Error::usage(format!("this names {what} ({}), and nobody can be asked", count(keys.len(), "key")))
        .hint("add `--yes`, or type the ids in full"))
}

/// Asks, where somebody can be asked. `links` are those that will be disabled first.
pub(super) fn confirm_all(out: &Out, keys: &[Chosen], links: usize) -> Result<(), Error> {
    if !can_ask() {
        return Ok(());
    }
    for key in keys {
        out.show(&format!("  {}\n", key.line));
    }
    let links = match links {
        0 => String::new(),
        links => format!(" and disable {}", count(links, "payment link")),
    };
    let keys = count(keys.len(), "key");
    if confirm(&format!("Revoke {keys}{links}? What uses them stops working at once.")) {
        Ok(())
    } else {
        Err(Error::failure("declined", "nothing was revoked").hint("`--yes` doesn't ask"))
    }
}
