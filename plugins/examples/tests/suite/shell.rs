//! `leash whoami-card`, with a script in the place of leash.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Output};

use crate::run::{launch, output, text};

const CARD: &str = "sh/leash-whoami-card";

/// Runs it with a leash whose answer this is, from a script.
fn card(leash: &str, change: impl FnOnce(&mut std::process::Command)) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let bin = dir.path().join("leash");
    fs::write(&bin, format!("#!/bin/sh\n{leash}\n")).unwrap();
    fs::set_permissions(&bin, fs::Permissions::from_mode(0o755)).unwrap();
    let (_mock, plugin) = launch(CARD, &[], 1);
    output(plugin, &[], |command| {
        command.env("LEASH_BIN", &bin);
        change(command);
    })
}

const MINT: &str = "| mint       B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj |\n";

#[test]
fn the_card_has_the_handle_where_it_is_granted() {
    let leash =
        r#"[ "$*" = 'api GET /v1/agents/{mint}/identity' ] && echo '{"mint":"M","handle":"my-agent","x":1}'"#;
    let output = card(leash, |_| {});
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let shown = text(&output.stdout);
    assert!(shown.contains("| handle     @my-agent                                    |\n"), "{shown}");
    assert!(
        shown.contains(MINT) && shown.lines().all(|line| line.len() == shown.lines().next().unwrap().len()),
        "{shown}"
    );
}

#[test]
fn without_a_grant_or_a_handle_there_is_still_a_card() {
    for leash in ["echo 'error: not granted' >&2; exit 125", r#"echo '{"handle":null}'"#] {
        let output = card(leash, |_| {});
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(text(&output.stdout).contains(MINT) && !text(&output.stdout).contains('@'));
    }
    let ungranted = card("exit 9", |command| _ = command.env_remove("LEASH_SIGNER"));
    assert!(text(&ungranted.stderr).starts_with("note: `leash plugin trust test` "), "{ungranted:?}");
    let nobody = card("exit 9", |command| _ = command.env_remove("LEASH_AGENT_MINT"));
    assert_eq!(nobody.status.code(), Some(4), "{nobody:?}");
}
