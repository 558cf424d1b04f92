//! Where a manifest may lie, and what kind of file it may be.

use std::{
    fs,
    os::unix::fs::{chown, symlink},
};

use leash_output::Kind;
use leash_trust::{load_manifest, manifest_beside};

use crate::{
    fixture::{Home, MANIFEST, mode},
    manifests::load,
};

#[test]
fn at_most_256_kib() {
    let filled = |length: usize| {
        let mut text = format!("{MANIFEST}#");
        text.push_str(&"x".repeat(length - text.len()));
        text
    };
    load(filled(256 * 1024)).expect("a manifest");
    for length in [256 * 1024 + 1, 300 * 1024] {
        let error = load(filled(length)).expect_err("too large");
        assert_eq!(error.kind(), Kind::NotRunnable);
        assert!(error.message().contains("256 KiB"), "{error}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    let home = Home::new();
    let bytes = [b"schema = 1\nname = \"".as_slice(), &[0xff, 0xfe], b"\"\n"].concat();
    let error = load_manifest(&home.file("leash-foo.toml", bytes, 0o644), "foo").expect_err("no UTF-8");
    assert!(error.message().contains(":2`: this is not UTF-8"), "{error}");
    let deep = format!("{MANIFEST}x = {}", "[".repeat(100_000));
    load(deep).expect_err("too deep");
}

#[test]
fn files_that_are_no_manifests() {
    let home = Home::new();
    let refused = |what: &str| {
        let error = load_manifest(&home.path("leash-foo.toml"), "foo").expect_err(what);
        assert_eq!(error.kind(), Kind::NotRunnable, "{what}: {error}");
        assert!(error.message().contains("leash-foo.toml"), "{error}");
        error.message().to_owned()
    };
    let path = home.path("leash-foo.toml");
    refused("nothing");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o644.into()).expect("a pipe");
    assert!(refused("a pipe").contains("regular"));
    fs::remove_file(&path).expect("the pipe");
    fs::create_dir(&path).expect("a directory");
    refused("a directory");
    fs::remove_dir(&path).expect("the directory");
    symlink("/dev/zero", &path).expect("a link");
    assert!(refused("a device").contains("regular"));
    fs::remove_file(&path).expect("the link");
    symlink("leash-foo.toml", &path).expect("a loop");
    refused("a loop");
    fs::remove_file(&path).expect("the link");
    home.file("leash-foo.toml", MANIFEST, 0o646);
    assert!(refused("world-writable").contains("every user can write"));
    mode(&path, 0o644);
    load_manifest(&path, "foo").expect("a manifest");
    mode(home.root.path(), 0o777);
    assert!(refused("in a world-writable directory").contains("every user can write"));
    mode(home.root.path(), 0o700);
    if rustix::process::geteuid().is_root() {
        chown(&path, Some(65534), None).expect("another owner");
        assert!(refused("another's").contains("65534"));
    }
}

#[test]
fn beside_the_executable_or_its_links_target() {
    let home = Home::new();
    home.dir("real");
    let real = home.file("real/leash-foo", "", 0o755);
    let link = home.path("bin/leash-foo");
    symlink(&real, &link).expect("a link");
    assert_eq!(manifest_beside(&link, "foo").expect("no manifest"), None);
    let there = home.file("real/leash-foo.toml", MANIFEST, 0o644);
    let found = |executable| manifest_beside(executable, "foo").expect("read").expect("a manifest");
    assert_eq!(found(&link).path, there);
    assert_eq!(found(&real).path, there);
    let here = home.file("bin/leash-foo.toml", MANIFEST, 0o644);
    assert_eq!(found(&link).path, here);
    // A broken one is an error, and no reason to look further.
    fs::remove_file(&here).expect("the file");
    symlink("nowhere", &here).expect("a link");
    manifest_beside(&link, "foo").expect_err("a link to nothing");
    assert_eq!(manifest_beside(&home.path("bin/leash-bar"), "bar").expect("nothing"), None);
}
