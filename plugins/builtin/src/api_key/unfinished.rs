//! Bringing to an end a rotation that was cut off: it comes before the next one.

use jiff::Timestamp;
use leash_api::{ApiKey as Key, Client};
use leash_command::Host;
use leash_output::{Error, count};

use super::{
    active::{Active, cut_off},
    lost::{Lost, Made, find},
    revocation,
    rotation::{Journal, Rotation, Step},
    work::Work,
};

/// Settles the rotation in the journal, if there is one: a new key that nobody has the plaintext of is
/// revoked, and its id returned. Where somebody may have it, that is for the user to decide.
pub(super) async fn settle(
    host: &Host,
    work: &mut Work,
    client: &Client,
    journal: &Journal,
    active: &Active,
) -> Result<Option<String>, Error> {
    let Some(earlier) = journal.unfinished()? else { return Ok(None) };
    let orphan = match &earlier.step {
        Step::Handed(new) => match (active.has(new), active.has(&earlier.old)) {
            (Some(false), _) | (_, Some(false)) => None,
            (Some(true), Some(true)) => return Err(both_work(&earlier, new)),
            _ => {
                // Said once, since no later list need show more; the next rotation goes on.
                journal.clear();
                return Err(both_may_work(&earlier, new));
            }
        },
        // Revoked also where it isn't known to be there: nobody has it.
        Step::Made(new) => (active.has(new) != Some(false)).then(|| new.clone()),
        Step::Asked => {
            let lost = Lost {
                label: &earlier.label,
                known: Some(&earlier.old),
                begun: earlier.begun,
                until: Some(earlier.until),
            };
            match work.act(find(client, lost)).await? {
                Made::None => None,
                Made::One(key) => Some(key.id),
                Made::Perhaps(keys) => {
                    // Said once; the next rotation goes on.
                    journal.clear();
                    return Err(several(&keys, earlier.begun));
                }
                Made::Unlisted => {
                    journal.clear();
                    return Err(unlisted(&earlier));
                }
            }
        }
    };
    if let Some(id) = &orphan {
        work.act(client.disable_api_key(id)).await?;
        host.out.note(&format!(
            "an earlier rotation was cut off; its new key {id}, which nobody got, was revoked"
        ));
    }
    journal.clear();
    Ok(orphan)
}

fn both_work(earlier: &Rotation, new: &str) -> Error {
    let message = format!(
        "an earlier rotation was cut off while its new key {new} was handed over; it and the old key {} both work",
        earlier.old
    );
    Error::failure("unfinished_rotation", message)
        .hint(format!("if you have the new one, `{}`", revocation([earlier.old.as_str()])))
        .hint(format!("if you don't, `{}`", revocation([new])))
}

fn both_may_work(earlier: &Rotation, new: &str) -> Error {
    let message = format!(
        "an earlier rotation was cut off while its new key {new} was handed over; whether it and the old key {} both \
         work is not known",
        earlier.old
    );
    cut_off(&message)
        .hint(format!("if you have the new one, `{}`", revocation([earlier.old.as_str()])))
        .hint(format!("if you don't, `{}`", revocation([new])))
        .hint("then rotate again")
}

fn unlisted(earlier: &Rotation) -> Error {
    let message = format!(
        "an earlier rotation was cut off at {:.0}; whether it made another key labelled `{}` is not known",
        earlier.begun, earlier.label
    );
    cut_off(&message).hint(
        "look for it with `leash api-key list`, revoke it with `leash api-key revoke ID`, then rotate again",
    )
}

fn several(keys: &[Key], begun: Timestamp) -> Error {
    let ids: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
    let message = format!(
        "an earlier rotation was cut off at {begun:.0}, and may have made one of {}",
        count(ids.len(), "key")
    );
    Error::failure("unfinished_rotation", message)
        .hint(format!("revoke what you don't know: `{}`", revocation(ids)))
        .hint("then rotate again")
}
