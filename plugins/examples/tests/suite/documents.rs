//! What is written about the examples agrees with them.

use std::{fs, os::unix::fs::PermissionsExt as _};

use leash_sdk::{
    mock::{Api, Honest, Launch, Mock, context},
    protocol::manifest::Manifest,
};
use serde_json::json;

use crate::run::{example, text};

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
    ] {
        let text = fs::read_to_string(example(path)).unwrap();
        let manifest: Manifest = toml::from_str(&text).unwrap();
        assert!(path.ends_with(&format!("/leash-{}.toml", manifest.name)), "{path}");
        assert_eq!((manifest.schema, manifest.protocol), (1, vec![1]), "{path}");
        let scopes = manifest.sign.unwrap().scopes;
        assert!(!scopes.is_empty() && scopes.iter().all(|scope| scope.check().is_ok()), "{path}");
    }
}

/// The plugin of the guide does what the guide says.
#[test]
fn the_guides_plugin_works() {
    let guide = fs::read_to_string(example("GUIDE.md")).unwrap();
    let block = |language: &str| {
        let (_, rest) = guide.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let manifest: Manifest = toml::from_str(&block("toml")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join(format!("leash-{}", manifest.name));
    fs::write(&script, block("python")).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();

    let api = Api::start(|_| (200, json!({"items": [1, 2, 3]}).to_string())).unwrap();
    let mut at_api = context();
    at_api["api"]["base_url"] = json!(api.url);
    let run = |scopes: Vec<_>| {
        let mut honest = Honest::granting(&[]);
        honest.scopes = scopes;
        let (_mock, socket) = Mock::start(move |request| honest.answer(request)).unwrap();
        Launch::new(&script).context(at_api.clone()).signer(socket).output(|_| {}).unwrap()
    };
    let granted = run(manifest.sign.unwrap().scopes);
    assert_eq!(text(&granted.stdout), "3\n", "{granted:?}");
    let denied = run(Vec::new());
    assert!(text(&denied.stderr).contains("is not granted\nhint: leash plugin trust"), "{denied:?}");
    let alone = Launch::new(&script).output(|_| {}).unwrap();
    assert_eq!(
        text(&alone.stderr),
        "error: nothing may be signed here\nhint: leash plugin trust key-count\n"
    );
}
