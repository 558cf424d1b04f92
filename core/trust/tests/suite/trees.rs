//! Whole directories: what their digest covers, and installed plugins.

use std::{
    fs,
    os::unix::{fs::symlink, net::UnixListener},
    path::{Path, PathBuf},
};

use leash_output::Kind;
use leash_protocol::context::Source;
use leash_trust::{Found, Program, digest_tree, load_manifest, propose};

use crate::fixture::{Home, MANIFEST, command, mode, other_program, plugin_program, run, says, terms};

fn tree(home: &Home, name: &str) -> PathBuf {
    let root = home.dir(name);
    home.dir(&format!("{name}/lib"));
    home.dir(&format!("{name}/empty"));
    home.file(&format!("{name}/run"), "#!/bin/sh\n. \"${0%/*}/lib/part\"\n", 0o755);
    home.file(&format!("{name}/lib/part"), "echo part\n", 0o644);
    symlink("../lib/part", root.join("lib/up")).expect("a link");
    symlink("lib", root.join("down")).expect("a link");
    root
}

fn refused(root: &Path, what: &str) {
    let error = digest_tree(root).expect_err(what);
    assert_eq!(error.kind(), Kind::Refused, "{what}: {error}");
}

#[test]
fn the_digest_is_pinned() {
    let home = Home::new();
    let digest = digest_tree(&tree(&home, "tree")).expect("a digest");
    assert_eq!(digest.to_string(), "sha256:91773f42992307ed8fc051ead86d923517c0db61dbe19606ab2bd91c4a2b070e");
}

#[test]
fn the_same_tree_elsewhere_has_the_same_digest() {
    let home = Home::new();
    let one = digest_tree(&tree(&home, "one")).expect("a digest");
    let other = tree(&home, "other");
    // Neither the time nor the permission of others counts, nor the order in which files came.
    fs::remove_file(other.join("run")).expect("a file");
    home.file("other/run", "#!/bin/sh\n. \"${0%/*}/lib/part\"\n", 0o700);
    mode(&home.path("other/lib/part"), 0o600);
    assert_eq!(digest_tree(&other).expect("a digest"), one);
}

#[test]
fn every_change_changes_the_digest() {
    type Change<'a> = (&'a str, &'a dyn Fn(&Path));
    let changes: [Change<'_>; 11] = [
        ("content", &|root| fs::write(root.join("lib/part"), "echo tart\n").expect("a file")),
        ("executable", &|root| mode(&root.join("lib/part"), 0o744)),
        ("not executable", &|root| mode(&root.join("run"), 0o644)),
        ("name", &|root| fs::rename(root.join("run"), root.join("ran")).expect("a name")),
        ("new file", &|root| fs::write(root.join("new"), "").expect("a file")),
        ("new directory", &|root| fs::create_dir(root.join("new")).expect("a directory")),
        ("gone", &|root| fs::remove_dir(root.join("empty")).expect("a directory")),
        ("moved", &|root| fs::rename(root.join("empty"), root.join("lib/empty")).expect("a directory")),
        ("link", &|root| {
            fs::remove_file(root.join("down")).expect("a link");
            symlink("empty", root.join("down")).expect("a link");
        }),
        ("link to file", &|root| {
            fs::remove_file(root.join("lib/up")).expect("a link");
            fs::copy(root.join("lib/part"), root.join("lib/up")).expect("a file");
        }),
        ("file to directory", &|root| {
            fs::remove_file(root.join("run")).expect("a file");
            fs::create_dir(root.join("run")).expect("a directory");
        }),
    ];
    let home = Home::new();
    let before = digest_tree(&tree(&home, "tree")).expect("a digest");
    let mut seen = vec![before];
    for (index, (what, change)) in changes.iter().enumerate() {
        let root = tree(&home, &format!("tree{index}"));
        change(&root);
        // Files made here are as the caller's mask has them.
        for new in ["new", "lib/up", "run"] {
            let path = root.join(new);
            if fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_symlink())
                && *what != "not executable"
            {
                let bits = if path.is_dir() || new == "run" { 0o755 } else { 0o644 };
                mode(&path, bits);
            }
        }
        let after = digest_tree(&root).expect(what);
        assert!(!seen.contains(&after), "{what}");
        seen.push(after);
    }
}

#[test]
fn links_that_lead_out_are_refused() {
    let home = Home::new();
    for (index, target) in
        ["/etc/passwd", "..", "../x", "../../x", "lib/../../x", "down/../x"].iter().enumerate()
    {
        let root = tree(&home, &format!("tree{index}"));
        symlink(target, root.join("out")).expect("a link");
        refused(&root, target);
    }
    let root = tree(&home, "deep");
    symlink("../../x", root.join("lib/out")).expect("a link");
    refused(&root, "from below");
}

#[test]
fn loops_and_links_to_nothing_are_texts() {
    let home = Home::new();
    let root = tree(&home, "tree");
    symlink("b", root.join("a")).expect("a link");
    symlink("a", root.join("b")).expect("a link");
    symlink("self", root.join("self")).expect("a link");
    symlink("..", root.join("lib/parent")).expect("a link");
    symlink("nowhere", root.join("nothing")).expect("a link");
    assert_ne!(digest_tree(&root).expect("a digest"), digest_tree(&tree(&home, "plain")).expect("a digest"));
}

#[test]
fn what_no_digest_can_vouch_for_is_refused() {
    let home = Home::new();
    let root = tree(&home, "pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, root.join("pipe"), 0o644.into()).expect("a pipe");
    refused(&root, "a pipe");
    let root = tree(&home, "socket");
    let _listener = UnixListener::bind(root.join("socket")).expect("a socket");
    refused(&root, "a socket");
    for (name, file, bits) in [
        ("group", "lib/part", 0o664),
        ("world", "lib/part", 0o646),
        ("wide", "lib", 0o777),
        ("root", ".", 0o775),
        ("setuid", "run", 0o4755),
        ("setgid", "lib/part", 0o2644),
    ] {
        let root = tree(&home, name);
        mode(&root.join(file), bits);
        refused(&root, name);
    }
    let root = tree(&home, "real");
    symlink(&root, home.path("link")).expect("a link");
    refused(&home.path("link"), "the directory itself a link");
    refused(&root.join("run"), "no directory");
    assert_eq!(digest_tree(&home.path("none")).expect_err("nothing").kind(), Kind::Failure);
}

/// An installed plugin.
pub(crate) fn installed(home: &Home, program: impl AsRef<[u8]>) -> Found {
    let dir = home.dir("plugin");
    home.dir("plugin/lib");
    home.file("plugin/leash-plugin.toml", MANIFEST, 0o644);
    home.file("plugin/lib/part", "echo part\n", 0o644);
    Found {
        name: "foo".to_owned(),
        path: home.file("plugin/leash-foo", program, 0o755),
        source: Source::Installed,
        manifest: Some(load_manifest(&dir.join("leash-plugin.toml"), "foo").expect("a manifest")),
        dir: Some(dir),
    }
}

#[test]
fn an_installed_program_is_bound_with_its_directory() {
    let home = Home::new();
    let found = installed(&home, plugin_program());
    let grant = home.trust(&found);
    assert_eq!(grant.digest, digest_tree(&home.path("plugin")).expect("a digest"));
    let ready = home.ready(&found);
    assert!(matches!(ready.program, Program::Sealed { .. }));
    home.file("plugin/lib/part", "echo tart\n", 0o644);
    assert_eq!(home.changed(&found), ["program"]);
    home.file("plugin/lib/part", "echo part\n", 0o644);
    home.file("plugin/leash-foo", other_program(), 0o755);
    assert_eq!(says(&ready.program), "marker-0001");
    assert_eq!(home.changed(&found), ["program"]);
    home.file("plugin/leash-foo", plugin_program(), 0o755);
    home.ready(&found);
    // Found on PATH all at once, it is another plugin.
    let mut bare = found;
    bare.dir = None;
    assert_eq!(home.changed(&bare), ["program"]);
}

#[test]
fn an_installed_script_runs_beside_its_files() {
    let home = Home::new();
    let found = installed(&home, "#!/bin/sh\n. \"${0%/*}/lib/part\"\n");
    home.trust(&found);
    let ready = home.ready(&found);
    let output = run(&mut command(&ready.program));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "part\n");
    home.file("plugin/lib/part", "echo tart\n", 0o644);
    assert_eq!(home.changed(&found), ["program"]);
}

#[test]
fn a_directory_that_became_a_link() {
    let home = Home::new();
    let found = installed(&home, plugin_program());
    home.trust(&found);
    fs::rename(home.path("plugin"), home.path("moved")).expect("moved");
    symlink("moved", home.path("plugin")).expect("a link");
    assert_eq!(home.changed(&found), ["program"]);
}

#[test]
fn a_program_outside_the_directory() {
    let home = Home::new();
    let mut found = installed(&home, plugin_program());
    found.path = home.file("bin/leash-foo", plugin_program(), 0o755);
    let error = propose(&found, &terms("".as_ref())).expect_err("outside");
    assert_eq!(error.kind(), Kind::Refused);
    assert!(error.message().contains("doesn't hold"), "{error}");
}
