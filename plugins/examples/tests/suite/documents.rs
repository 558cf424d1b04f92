//! What is written about the examples agrees with them.

use std::fs;

use leash_sdk::protocol::manifest::Manifest;

use crate::run::example;

/// Every plugin has its row in the table.
#[test]
fn the_readme_names_them_all() {
    let readme = fs::read_to_string(example("README.md")).unwrap();
    for dir in ["c", "python", "sh", "misbehaving/dylib", "misbehaving/exec"] {
        for entry in fs::read_dir(example(dir)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !name.ends_with(".toml") {
                assert!(readme.contains(&format!("`{dir}/{name}`")), "{dir}/{name}");
            }
        }
    }
}

/// The manifests are TOML of the form that the contract fixes, and ask for what their plugins use.
#[test]
fn the_manifests_are_what_the_contract_wants() {
    for path in [
        "c/leash-sign-check.toml",
        "python/leash-stale-keys.toml",
        "sh/leash-whoami-card.toml",
        "../example-rust/leash-keys-report.toml",
        "sh/leash-buy-quote.toml",
    ] {
        let text = fs::read_to_string(example(path)).unwrap();
        let manifest: Manifest = toml::from_str(&text).unwrap();
        assert!(path.ends_with(&format!("/leash-{}.toml", manifest.name)), "{path}");
        assert_eq!((manifest.schema, manifest.protocol), (1, vec![1]), "{path}");
        let scopes = manifest.sign.map(|sign| sign.scopes).unwrap_or_default();
        let pays = manifest.pay.is_some_and(|pay| !pay.hosts.is_empty());
        assert!(pays == scopes.is_empty() && scopes.iter().all(|scope| scope.check().is_ok()), "{path}");
    }
}
