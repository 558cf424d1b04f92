//! What manifests say, kept with the grant that binds their bytes.

use std::{fs, path::PathBuf};

use leash_resolve::Target;
use leash_trust::{Found, LoadedManifest, Trusted, find, find_trusted, propose};

use crate::fixture::{Home, MANIFEST, plugin_program, terms};

const RICH: &str = r#"schema = 1
protocol = [2, 1]
name = "foo"
version = "1.2.0"
summary = "A \"weekly\" report \u001b[31m"
colour = 7
[run]
stdin = "context"
env = ["HTTPS_PROXY", "LEASH_PER_CALL_USDC"]
api_key = true
fast = true
[sign]
max_signatures = 5
max_per_day = 100
consent = "first"
scopes = [{ methods = ["GET", "POST"], path = "/v1/agents/{mint}/*", query = false, reason = "count\nthem" }]
[pay]
max_per_call = "0.50"
max_per_day = "2"
hosts = ["api.example.com"]
[[presign]]
method = "GET"
path = "/v1/agents/{mint}/api-keys"
[[presign]]
method = "POST"
path = "/v1/agents/{mint}/api-keys"
body = "{}"
[sandbox]
level = "strict"
[[command]]
path = ["weekly", "now"]
summary = "This week"
flags = [{ long = "days", short = "d", value = "N", help = "how many" }, { long = "all" }]
"#;

/// A plugin with this manifest, and a grant for it that knows what that says.
fn trusted(home: &Home, manifest: &str) -> Found {
    home.plugin(plugin_program());
    home.file("bin/leash-foo.toml", manifest, 0o644);
    let found = home.found();
    let path = std::env::var_os("PATH").expect("a PATH");
    let grant = propose(&found, &terms(&path)).expect("a grant");
    home.store().put_with(&grant, found.manifest.as_ref().expect("a manifest")).expect("the store");
    found
}

fn kept(home: &Home) -> Trusted {
    home.store().trusted("foo").expect("the store").expect("a grant")
}

fn manifest(home: &Home, known: Option<&Trusted>) -> LoadedManifest {
    let target = Target::Path(home.path("bin/leash-foo"));
    let found = find_trusted("foo", &target, known).expect("a plugin").expect("one");
    found.manifest.expect("a manifest")
}

fn file(home: &Home) -> PathBuf {
    home.store().dir().join("foo.json")
}

#[test]
fn it_is_what_the_manifest_says() {
    for text in [MANIFEST, RICH] {
        let home = Home::new();
        let found = trusted(&home, text);
        assert!(fs::read_to_string(file(&home)).expect("a grant").contains("\"says\""));
        assert_eq!(Some(manifest(&home, Some(&kept(&home)))), found.manifest);
    }
}

#[test]
fn it_is_taken_in_place_of_reading_the_manifest() {
    let home = Home::new();
    trusted(&home, MANIFEST);
    // Something that only who reads this, and not the manifest, can know.
    let text = fs::read_to_string(file(&home)).expect("a grant");
    fs::write(file(&home), text.replace("Counts keys", "Kept aside")).expect("the grant");
    assert_eq!(manifest(&home, Some(&kept(&home))).manifest.summary, "Kept aside");
    assert_eq!(manifest(&home, None).manifest.summary, "Counts keys");
    let target = Target::Path(home.path("bin/leash-foo"));
    let found = find("foo", &target).expect("a plugin").expect("one");
    assert_eq!(found.manifest.expect("a manifest").manifest.summary, "Counts keys");
}

#[test]
fn another_manifest_is_read() {
    let home = Home::new();
    trusted(&home, MANIFEST);
    home.file("bin/leash-foo.toml", MANIFEST.replace("Counts keys", "Counts locks"), 0o644);
    let now = manifest(&home, Some(&kept(&home)));
    assert_eq!(now.manifest.summary, "Counts locks");
    assert_eq!(home.changed(&home.found()), ["manifest"]);
    // One that is none is no better for what stood there before.
    home.file("bin/leash-foo.toml", "name = 7", 0o644);
    let target = Target::Path(home.path("bin/leash-foo"));
    find_trusted("foo", &target, Some(&kept(&home))).expect_err("no manifest");
}

#[test]
fn what_another_leash_kept_or_nobody_can_read_is_worked_out_again() {
    let home = Home::new();
    trusted(&home, MANIFEST);
    let text = fs::read_to_string(file(&home)).expect("a grant");
    let by = format!("\"by\":\"{}\"", env!("CARGO_PKG_VERSION"));
    for (was, is) in [
        (by.as_str(), "\"by\":\"0.0.1\""),
        ("\"says\":{", "\"said\":{"),
        ("\"schema\":1", "\"schema\":\"one\""),
        ("\"version\":\"1.2.0\"", "\"version\":[]"),
    ] {
        let other = text.replace("Counts keys", "Kept aside").replace(was, is);
        assert!(other.contains(is), "{was}");
        fs::write(file(&home), other).expect("the grant");
        assert_eq!(manifest(&home, Some(&kept(&home))).manifest.summary, "Counts keys", "{is}");
        home.ready(&home.found());
    }
}

#[test]
fn it_outlasts_consent_and_not_the_grant() {
    let home = Home::new();
    trusted(&home, RICH);
    home.store().record_consent(&kept(&home).grant).expect("noted");
    assert!(kept(&home).grant.consented_at.is_some());
    assert_eq!(manifest(&home, Some(&kept(&home))), home.found().manifest.expect("a manifest"));
    assert!(fs::read_to_string(file(&home)).expect("a grant").contains("\"says\""));
    home.trust(&home.found());
    assert!(!fs::read_to_string(file(&home)).expect("a grant").contains("\"says\""));
}

#[test]
fn a_long_one_is_not_kept() {
    let home = Home::new();
    let mut text = MANIFEST.to_owned();
    for number in 0..400 {
        text += &format!("[[command]]\npath = [\"sub{number}\"]\nsummary = \"What sub{number} is for\"\n");
    }
    let found = trusted(&home, &text);
    assert!(!fs::read_to_string(file(&home)).expect("a grant").contains("\"says\""));
    assert_eq!(Some(manifest(&home, Some(&kept(&home)))), found.manifest);
    home.ready(&home.found());
}
