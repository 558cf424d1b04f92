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
xtask:
test-needs:
intent: chain
ledger: chain
output: protocol
argv: output
pay: chain intent js
resolve: output protocol
signer: chain intent
api: chain signer
audit: chain output signer
identity: chain output signer
sdk: protocol signer
example-rust: api sdk
journal: identity output
loader: output protocol sdk
rpc: api chain
strict: identity output
vault: chain identity output protocol signer
policy: chain identity journal output protocol
receipts: identity journal js output
submit: chain rpc
tests: chain protocol signer strict vault
sandbox: chain identity js ledger output protocol receipts signer
signer-process: audit chain identity intent output policy protocol signer vault
trust: identity output policy protocol resolve
install: identity output protocol trust
launcher: argv chain identity output policy protocol resolve signer-process strict trust vault
command: api argv chain identity launcher output protocol rpc sdk signer submit
authors: command identity output policy protocol resolve sdk signer trust
create: api chain command identity intent output rpc signer submit vault
outlines: launcher output
keys: chain command identity outlines output signer vault
manager: api audit authors command identity install outlines output policy protocol resolve signer-process strict trust
receipts-commands: api chain command identity journal js outlines output policy receipts
shell: argv command identity outlines output protocol resolve trust
treasury: chain command identity intent outlines output rpc signer submit
pay-command: api chain command identity intent outlines output pay policy protocol receipts receipts-commands rpc sdk signer submit
payer: argv chain command intent launcher output pay-command policy protocol signer signer-process
policy-commands: command identity outlines output pay-command policy
builtin: api argv chain command create identity js keys launcher manager outlines output pay-command policy policy-commands protocol receipts receipts-commands resolve shell signer strict treasury vault
leash: launcher outlines
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
