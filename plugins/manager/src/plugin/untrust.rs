//! `leash plugin untrust`: nothing is signed for a plugin any more.

use leash_command::Host;
use leash_output::{Error, command};
use leash_protocol::manifest::Level;
use leash_trust::Store;
use serde_json::json;

pub(super) fn run(host: &Host, name: &str) -> Result<(), Error> {
    let store = Store::open(host.paths()?);
    let was_strict =
        store.get(name).is_ok_and(|grant| grant.is_some_and(|grant| grant.level == Level::Strict));
    if !store.remove(name)? {
        return Err(Error::failure("no_grant", format!("`{name}` has no grant"))
            .hint("`leash plugin list` shows which plugins have one"));
    }
    if was_strict {
        host.out.warn(&format!(
            "`{name}` isn't shut in any more either; to shut it in again: `{}`",
            command(&format!("plugin trust {name} --sandbox strict"))
        ));
    }
    let document =
        json!({ "kind": "plugin_untrust", "status": "ok", "name": name, "was_strict": was_strict });
    host.out.result(&document, || {
        format!("nothing is signed for `{name}` any more; what runs already keeps its signer until it ends")
    })
}
