//! What is protected from what on this machine: the key at rest, and the key from plugins.

use std::time::SystemTime;

use jiff::Timestamp;
use leash_command::Host;
use leash_identity::{Identity, Key, Origin};
use leash_output::{Error, command};
use leash_vault::{keyring, passphrase};

use super::Check;

/// The key of the agent that is meant.
pub(super) fn at_rest(identity: &Identity) -> Check {
    let public = identity.executive.public();
    let from = &identity.origins.1;
    match (from, &identity.executive) {
        (Origin::Variable(name), _) => Check::warn(
            "key",
            format!("{public} is in the environment, where every program that you start can read it"),
            format!(
                "keep it in a file: `{}`, `leash agent import FILE`, `unset {name}`",
                command("agent export --out FILE")
            ),
        ),
        (_, Key::Open(_)) => Check::ok(
            "key",
            format!(
                "{public} from {from}, in the clear: other users can't read it; your programs and backups can, until \
                 `leash --agent {} key protect`",
                identity.name
            ),
        ),
        (_, Key::Locked(locked)) => match leash_vault::unlocked(locked) {
            Err(error) => Check::from_error("key", &error),
            Ok(Some((_, until))) => Check::ok(
                "key",
                format!(
                    "{public} from {from}, encrypted, and unlocked until {}: until then your programs can have it from \
                     the kernel",
                    shown(until)
                ),
            ),
            Ok(None) => {
                Check::ok("key", format!("{public} from {from}, encrypted, and locked{}", for_a_while()))
            }
        },
    }
}

/// Where the kernel keeps no keys, the passphrase is needed each time.
fn for_a_while() -> String {
    keyring::available().err().map_or_else(String::new, |error| {
        format!("; the passphrase is needed each time: {}", error.message())
    })
}

/// What keeps plugins from the key.
pub(super) fn boundary() -> Vec<Check> {
    let strict = leash_strict::available();
    let missing = strict.missing().first();
    let mut checks = vec![match missing {
        None => Check::ok(
            "strict",
            "can be enforced: a plugin under it can't read leash's files, the trust store or the kernel's keyring",
        ),
        Some(missing) => Check::warn(
            "strict",
            format!("can't be enforced here, so a grant limits honest plugins only: {}", missing.reason),
            missing.hint.clone(),
        ),
    }];
    if rustix::process::geteuid().is_root() {
        checks.push(Check::warn(
            "boundary",
            "as root nothing separates a plugin from the key",
            "run leash as a user of its own",
        ));
    } else {
        checks.push(Check::ok(
            "boundary",
            "a plugin without `strict` runs as you: what keeps the key from it is that the key is locked",
        ));
    }
    checks
}

/// Opens a locked key where nobody has to be asked; else says why its signature isn't tried.
pub(super) fn open_quietly(host: &Host, identity: &mut Identity) -> Result<Option<Check>, Error> {
    let Some(locked) = identity.executive.locked() else { return Ok(None) };
    if let Ok(Some((executive, _))) = leash_vault::unlocked(locked) {
        identity.executive = Key::Open(executive);
        return Ok(None);
    }
    if !passphrase::is_handed_over() {
        return Ok(Some(Check::warn("signature", "not tried: the key is locked", locked.hint())));
    }
    match host.unlock(identity) {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == leash_output::Kind::Interrupted => Err(error),
        Err(error) => Ok(Some(Check::from_error("signature", &error))),
    }
}

fn shown(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(|_| "later".to_owned(), |time| format!("{time:.0}"))
}
