//! Which crate of the workspace may depend on which, held against `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Where the table is, for messages.
const FILE: &str = "xtask/src/tidy/edges.rs";

/// Each crate and all that it may depend on in the workspace, without `leash-`. A crate stands below what it depends on,
/// so a circle can't be written down.
///
/// Normal and build dependencies count: they decide what a program contains. Development dependencies are free, because a
/// test may play any part, and because nothing that ships contains them.
const ALLOWED: &str = "
chain:
examples:
js:
protocol:
test-needs:
xtask:
intent: chain
ledger: chain
output: protocol
argv: output
files: output
signature: chain
journal: files output
resolve: output protocol
sdk: protocol signature
session: files output
strict: files output
api: chain protocol signature
example-rust: api sdk
rpc: api chain
submit: chain rpc
loader: output protocol sdk
pay: chain intent js
payer-protocol: chain intent protocol
signer: chain intent signature
audit: chain output signature signer
receipts: files journal js output
identity: chain files output signature signer
policy: chain files journal output protocol
trust: files output policy protocol resolve
install: files output protocol trust
vault: chain files identity output protocol signature signer
tests: chain protocol signature signer strict vault
connect: api chain output protocol rpc sdk session signature submit
sandbox: chain files identity js ledger output protocol receipts signature signer
signer-process: audit chain files identity intent output payer-protocol policy protocol signature signer vault
launcher: argv chain files identity output policy protocol resolve session signer-process strict trust vault
leash: launcher output protocol
command: api argv chain connect identity launcher output protocol rpc sdk signature
shell: command identity output protocol resolve trust
authors: command files output policy protocol resolve sdk signature trust
keys: chain command files identity output protocol signature signer vault
treasury: chain command connect files identity intent output protocol rpc submit
create: api chain command connect files identity intent output protocol rpc signature signer submit vault
buyer: api chain connect files intent js output pay policy protocol receipts rpc session signature submit
policy-commands: buyer command files identity output policy protocol
pay-command: buyer chain command identity intent output policy protocol sdk
payer: buyer chain connect intent output payer-protocol protocol session signature
receipts-commands: api buyer command connect files identity journal js output policy protocol receipts
manager: api audit authors command connect files identity install output policy protocol resolve signer-process strict trust
builtin: api buyer chain command connect create files identity js keys launcher manager output pay-command policy policy-commands protocol receipts receipts-commands resolve shell signature signer strict treasury vault
";

/// What keeps the dependencies from being as the table has them, one sentence each.
pub(super) fn faults(metadata: &Value) -> Vec<String> {
    let (allowed, manifests) = (allowed(), packages(metadata));
    let mut faults = Vec::new();
    for (name, package) in &manifests {
        let Some(allowed) = allowed.get(name.as_str()) else {
            faults.push(format!("`{name}` has no row in ALLOWED in {FILE}"));
            continue;
        };
        for dependency in &package.dependencies {
            if !allowed.contains(dependency.as_str()) {
                faults.push(format!(
                    "`{name}` must not depend on `{dependency}`: remove it from {}, or allow it in ALLOWED in {FILE}",
                    package.manifest
                ));
            }
        }
        for dependency in allowed.iter().filter(|name| !package.dependencies.contains(**name)) {
            faults.push(format!(
                "`{name}` no longer depends on `{dependency}`: remove it from ALLOWED in {FILE}"
            ));
        }
    }
    for name in allowed.keys().filter(|name| !manifests.contains_key(**name)) {
        faults.push(format!("`{name}` is no crate of the workspace: remove its row from ALLOWED in {FILE}"));
    }
    faults
}

/// The table as Markdown, in the order of [`ALLOWED`].
pub(super) fn markdown() -> String {
    let mut text = "| crate | depends on |\n|---|---|\n".to_owned();
    for (name, dependencies) in rows() {
        let dependencies: Vec<_> = dependencies.iter().map(|name| format!("`{name}`")).collect();
        text.push_str(&format!("| `{name}` | {} |\n", dependencies.join(", ")));
    }
    text
}

/// A crate as its manifest has it.
struct Package {
    manifest: String,
    dependencies: BTreeSet<String>,
}

fn packages(metadata: &Value) -> BTreeMap<String, Package> {
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    let members: BTreeSet<_> =
        list(&metadata["packages"]).iter().map(|package| text(&package["name"])).collect();
    let package = |package: &Value| {
        let name = text(&package["name"]);
        let dependencies = list(&package["dependencies"])
            .iter()
            .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
            .map(|dependency| text(&dependency["name"]))
            .filter(|dependency| members.contains(dependency) && *dependency != name)
            .map(|dependency| short(&dependency).to_owned())
            .collect();
        let manifest = text(&package["manifest_path"]);
        let manifest = manifest.strip_prefix(root).unwrap_or(&manifest).trim_start_matches('/').to_owned();
        (short(&name).to_owned(), Package { manifest, dependencies })
    };
    list(&metadata["packages"]).iter().map(package).collect()
}

fn short(name: &str) -> &str {
    name.strip_prefix("leash-").unwrap_or(name)
}

fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    rows().map(|(name, dependencies)| (name, dependencies.into_iter().collect())).collect()
}

fn rows() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    ALLOWED.lines().filter_map(|row| {
        let (name, dependencies) = row.split_once(':')?;
        Some((name, dependencies.split_whitespace().collect()))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{FILE, allowed, faults, rows};

    /// What `cargo metadata` says of a workspace that is as the table has it.
    fn as_allowed() -> Value {
        let packages = allowed().into_iter().map(|(name, dependencies)| {
            let dependencies = dependencies.iter().map(|name| json!({"name": full(name), "kind": null}));
            json!({
                "name": full(name), "manifest_path": format!("/w/at/{name}/Cargo.toml"),
                "dependencies": dependencies.collect::<Vec<_>>(),
            })
        });
        json!({"workspace_root": "/w", "packages": packages.collect::<Vec<_>>()})
    }

    fn full(name: &str) -> String {
        if matches!(name, "leash" | "xtask") { name.to_owned() } else { format!("leash-{name}") }
    }

    fn package<'a>(metadata: &'a mut Value, name: &str) -> &'a mut Value {
        let packages = metadata["packages"].as_array_mut().expect("packages");
        packages.iter_mut().find(|package| package["name"] == full(name)).expect("the package")
    }

    fn add(metadata: &mut Value, from: &str, to: &str, kind: Option<&str>) {
        let dependencies = package(metadata, from)["dependencies"].as_array_mut().expect("dependencies");
        dependencies.push(json!({"name": to, "kind": kind}));
    }

    #[test]
    fn the_table_fits_itself() {
        assert!(faults(&as_allowed()).is_empty());
    }

    #[test]
    fn a_forbidden_edge_is_named_with_the_files_to_edit() {
        for kind in [None, Some("build")] {
            let mut metadata = as_allowed();
            add(&mut metadata, "signer", "leash-api", kind);
            let faults = faults(&metadata);
            let [fault] = &faults[..] else { panic!("{faults:?}") };
            for part in ["`signer`", "`api`", "at/signer/Cargo.toml", FILE] {
                assert!(fault.contains(part), "{part} in {fault}");
            }
        }
    }

    #[test]
    fn development_dependencies_and_other_packages_are_free() {
        let mut metadata = as_allowed();
        add(&mut metadata, "signer", "leash-api", Some("dev"));
        add(&mut metadata, "signer", "serde", None);
        assert!(faults(&metadata).is_empty());
    }

    #[test]
    fn an_edge_that_is_gone_and_crates_without_a_row_are_named() {
        let mut metadata = as_allowed();
        package(&mut metadata, "intent")["dependencies"] = json!([]);
        package(&mut metadata, "examples")["name"] = json!("leash-new");
        let faults = faults(&metadata);
        let [gone, unknown, missing] = &faults[..] else { panic!("{faults:?}") };
        assert!(gone.contains("`intent` no longer depends on `chain`"), "{gone}");
        assert!(unknown.contains("`new` has no row"), "{unknown}");
        assert!(missing.contains("`examples` is no crate"), "{missing}");
    }

    #[test]
    fn each_crate_stands_below_what_it_depends_on() {
        let mut above = BTreeSet::new();
        for (name, dependencies) in rows() {
            for dependency in dependencies {
                assert!(above.contains(dependency), "`{name}` stands above `{dependency}`");
            }
            assert!(above.insert(name), "`{name}` has two rows");
        }
    }
}
