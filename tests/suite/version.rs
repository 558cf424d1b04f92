//! `leash -v` and its other spellings.

use std::{os::unix::fs::symlink, process::Command};

use leash_tests::{Home, Terminal, programs};

#[test]
fn one_line_and_nothing_else() {
    let home = Home::new();
    for words in [&["-v"][..], &["--version"], &["-V"], &["version"], &["-v", "--json"], &["--json", "-v"]] {
        let outcome = home.leash(words).ok();
        assert_eq!(outcome.stdout, format!("leash {}\n", env!("CARGO_PKG_VERSION")), "{words:?}");
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn a_copy_that_shadows_is_named_on_a_terminal() {
    let home = Home::new();
    let old = home.join("old");
    std::fs::create_dir(&old).unwrap();
    std::fs::copy(programs().join("leash"), old.join("leash")).unwrap();
    let run = home.leash(["-v"]).path(&[&old, &programs()]);
    let (status, screen) = Terminal::start(run).end();
    assert_eq!(status, Some(0));
    assert!(
        screen.contains(&format!("a fresh shell finds `{}` first", old.join("leash").display())),
        "{screen}"
    );
    assert!(screen.contains("hash -r"), "{screen}");
}

#[test]
fn a_link_to_the_same_file_is_no_other_copy() {
    let home = Home::new();
    let links = home.join("links");
    std::fs::create_dir(&links).unwrap();
    symlink(programs().join("leash"), links.join("leash")).unwrap();
    let (_, screen) = Terminal::start(home.leash(["-v"]).path(&[&links, &programs()])).end();
    assert_eq!(screen, format!("leash {}\r\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn details_where_they_are_asked_for() {
    let home = Home::new();
    let document = home.leash(["version", "--json"]).ok().json();
    assert_eq!(document["kind"], "version");
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["first_on_path"], true);
    assert!(home.leash(["version", "--verbose"]).ok().stdout.contains("executable:"));
}

/// The names of all packages that a package of the workspace is built from.
fn built_from(package: &str) -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let words = ["tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--package", package];
    let tree = Command::new(cargo).args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let text = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// What reaches servers, parses arguments or keeps a database.
const HEAVY: [&str; 8] =
    ["clap", "tokio", "reqwest", "hyper", "rustls", "rusqlite", "libsqlite3-sys", "leash-api"];

#[test]
fn the_launcher_depends_on_no_http_no_tls_no_runtime_no_clap_and_no_database() {
    let (launcher, builtin) = (built_from("leash"), built_from("leash-builtin"));
    assert!(launcher.contains(&"leash-launcher".to_owned()) && builtin.contains(&"clap".to_owned()));
    for name in HEAVY {
        assert!(!launcher.contains(&name.to_owned()), "leash depends on {name}");
    }
}

#[test]
fn the_signer_process_depends_on_no_http_client() {
    let signer = built_from("leash-signer-process");
    assert!(signer.contains(&"leash-signer".to_owned()));
    for name in HEAVY {
        assert!(!signer.contains(&name.to_owned()), "the signer process depends on {name}");
    }
}

#[test]
fn the_payer_depends_on_no_signer_no_keystore_and_no_clap() {
    let payer = built_from("leash-payer");
    assert!(payer.contains(&"leash-buyer".to_owned()));
    for name in
        ["leash-signer", "leash-signer-process", "leash-vault", "leash-identity", "leash-launcher", "clap"]
    {
        assert!(!payer.contains(&name.to_owned()), "the payer depends on {name}");
    }
}

#[test]
fn a_copy_that_lies_alone_says_which_it_is_and_what_it_lacks() {
    let home = Home::new();
    let alone = home.copy_program(&programs().join("leash"), "alone/leash");
    let run = |words: &[&str]| home.run(&alone, words);
    assert_eq!(run(&["version"]).ok().stdout, format!("leash {}\n", env!("CARGO_PKG_VERSION")));
    let document = run(&["version", "--json"]).ok().json();
    assert_eq!(document["executable"], alone.to_str().unwrap());
    assert_eq!(document["first_on_path"], false);
    assert!(run(&["--verbose", "version"]).ok().stdout.contains("executable:"));
    assert!(run(&["--list"]).ok().stdout.contains("api-key"));
    for words in [&["doctor"][..], &["version", "--help"], &["help", "agent"], &["--json", "api-key", "list"]]
    {
        let refused = run(words).fails(126);
        refused.assert_says("`leash-builtin`, which has the built-in commands, isn't there");
        refused.assert_says(&format!("belongs into `{}`", alone.parent().unwrap().display()));
    }
    assert_eq!(run(&["--json", "doctor"]).fails(126).json()["code"], "no_builtins");
}

#[test]
fn two_halves_of_different_versions_are_no_whole() {
    let home = Home::new();
    let outcome = home
        .run(programs().join("leash-builtin"), ["--json", "doctor"])
        .env("LEASH_HANDED_OVER_BY", "0.0.9")
        .fails(126);
    outcome.assert_says("`leash` is version 0.0.9");
    assert_eq!(outcome.json()["code"], "two_versions");
}

#[test]
fn the_built_ins_may_lie_in_libexec() {
    let home = Home::new();
    let leash = home.copy_program(&programs().join("leash"), "opt/bin/leash");
    let _ = home.copy_program(&programs().join("leash-builtin"), "opt/libexec/leash/leash-builtin");
    let document = home.run(&leash, ["version", "--json"]).ok().json();
    assert_eq!(document["executable"], leash.to_str().unwrap());
    // Also what the built-ins say of themselves is said of `leash`.
    let _ = home.write_script("bin/leash-which", "#!/bin/sh\necho \"$LEASH_BIN\"\n");
    let shown = home.run(&leash, ["plugin", "exec", "which"]).path(&[&home.join("bin")]).ok().stdout;
    assert_eq!(std::fs::canonicalize(shown.trim()).unwrap(), leash);
    home.leash(["builtin"]).fails(127).assert_says("`leash-builtin` is a part of leash and no command");
}

#[test]
fn what_was_closed_stays_closed_when_it_is_handed_over() {
    let home = Home::new();
    let outcome = home.shell("leash plugin list >&-").outcome();
    assert_eq!(outcome.status, 1, "{outcome:?}");
}
