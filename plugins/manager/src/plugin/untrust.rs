//! `leash plugin untrust`: nothing is signed for a plugin any more.

use leash_output::Error;
use leash_plugin::Host;
use leash_trust::Store;
use serde_json::json;

pub(super) fn run(host: &Host, name: &str) -> Result<(), Error> {
    if !Store::open(host.paths()?).remove(name)? {
        return Err(Error::failure("no_grant", format!("`{name}` has no grant"))
            .hint("`leash plugin list` shows which plugins have one"));
    }
    let document = json!({ "kind": "plugin_untrust", "status": "ok", "name": name });
    host.out.result(&document, || {
        format!("nothing is signed for `{name}` any more; what runs already keeps its signer until it ends")
    })
}
