//! A passphrase from a descriptor or a file.

use std::{
    fs::{self, Permissions},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::Stdio,
};

use crate::{
    desk::{Desk, end},
    role,
};

fn file(content: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("phrase");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    (dir, path)
}

/// What a role reports with this content behind a descriptor.
fn from_descriptor(role: &str, content: &[u8]) -> Vec<String> {
    let (_dir, path) = file(content, 0o600);
    let redirection = format!("5<{}", path.display());
    end(role::behind_shell(role, "", &redirection).env("LEASH_PASSPHRASE_FD", "5").spawn().unwrap()).report
}

#[test]
fn a_descriptor_is_read_and_closed() {
    // The variable stays: a test has a thread of its own, and another one may be reading the environment.
    let expected = ["Descriptor \"hunter2\"", "fd=Some(\"5\")", "0=Some(true)", "5=None"];
    assert_eq!(from_descriptor("old", b"hunter2\n"), expected);
}

#[test]
fn a_descriptor_serves_once() {
    let report = from_descriptor("twice", b"hunter2\n");
    assert_eq!(report[0], "Descriptor \"hunter2\"");
    assert!(report[4].starts_with("error passphrase_read Identity "), "{report:?}");
}

#[test]
fn one_line_break_is_dropped_and_limits_hold() {
    for (content, expected) in [
        (&b"two words"[..], "Descriptor \"two words\""),
        (b" \n\n", "Descriptor \" \\n\""),
        (b"\xc3\xaf\r\n", "Descriptor \"\u{ef}\""),
        (b"", "error empty_passphrase Identity "),
        (b"\n", "error empty_passphrase Identity "),
        (b"\xff", "error bad_passphrase Identity "),
        (&[b'x'; 1025], "error long_passphrase Identity "),
        (&[b'x'; 70000], "error long_passphrase Identity "),
    ] {
        let report = from_descriptor("old", content);
        assert!(report[0].starts_with(expected), "{report:?}");
    }
    assert!(from_descriptor("new", b"two\nlines\n")[0].starts_with("error bad_passphrase Identity "));
    assert_eq!(from_descriptor("new", b"short\n")[0], "Descriptor \"short\" warned");
}

#[test]
fn stdin_serves_and_something_empty_takes_its_place() {
    let mut command = role::command("old");
    command.env("LEASH_PASSPHRASE_FD", "0").stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // In two parts: what counts is the end of the input, not the end of the first read.
    stdin.write_all(b"hun").unwrap();
    assert!(crate::desk::is_asleep(&child));
    stdin.write_all(b"ter2\n").unwrap();
    drop(stdin);
    assert_eq!(end(child).report, ["Descriptor \"hunter2\"", "fd=Some(\"0\")", "0=Some(true)", "5=None"]);
}

#[test]
fn a_descriptor_that_does_not_block_is_waited_for() {
    let (reader, writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&reader, true).unwrap();
    let mut command = role::command("old");
    command.env("LEASH_PASSPHRASE_FD", "0").stdin(reader);
    let child = command.spawn().unwrap();
    drop(command);
    assert!(crate::desk::is_asleep(&child));
    (&writer).write_all(b"hunter2").unwrap();
    drop(writer);
    assert_eq!(end(child).report[0], "Descriptor \"hunter2\"");
}

#[test]
fn a_number_that_leash_was_not_started_with_is_refused() {
    for number in ["5", "99", "1", "2", "-1", "five", "0x5", "99999999999", "5 5", "\u{1b}[2J"] {
        let end =
            end(role::behind_shell("old", "", "5<&-").env("LEASH_PASSPHRASE_FD", number).spawn().unwrap());
        assert!(end.report[0].starts_with("error bad_passphrase_fd Identity "), "{number}: {:?}", end.report);
        assert!(!end.report[0].contains('\u{1b}'));
    }
    // Nor is a file of the process's own, whichever of these numbers it has.
    for number in 3..=9 {
        let report = end(role::command("own-descriptor")
            .env("LEASH_PASSPHRASE_FD", number.to_string())
            .spawn()
            .unwrap())
        .report;
        assert!(report[0].starts_with("error bad_passphrase_fd Identity "), "{number}: {report:?}");
    }
}

#[test]
fn a_terminal_is_no_descriptor_to_read_from() {
    let desk = Desk::new();
    let redirection = format!("5<{}", desk.name);
    let end =
        end(role::behind_shell("old", "", &redirection).env("LEASH_PASSPHRASE_FD", "5").spawn().unwrap());
    assert!(end.report[0].starts_with("error bad_passphrase_fd Identity "), "{:?}", end.report);
}

#[test]
fn a_file_is_read_if_the_caller_s_check_lets_it() {
    let from = |path: &PathBuf| {
        end(role::command("old").env("LEASH_PASSPHRASE_FILE", path).spawn().unwrap()).report[0].clone()
    };
    let (_dir, path) = file(b"hunter2\n", 0o600);
    assert_eq!(from(&path), "File \"hunter2\"");
    assert!(from(&path.with_extension("gone")).starts_with("error no_passphrase_file Identity "));
    let (_dir, path) = file(b"hunter2\n", 0o644);
    assert!(from(&path).starts_with("error unsafe_file Identity "));
}

#[test]
fn the_descriptor_beats_the_file_and_blank_is_unset() {
    let (_dir, path) = file(b"of the file\n", 0o600);
    let (_other, other) = file(b"of the descriptor\n", 0o600);
    let redirection = format!("5<{}", other.display());
    for (number, expected) in [
        ("5", "Descriptor \"of the descriptor\""),
        ("", "File \"of the file\""),
        ("  ", "File \"of the file\""),
    ] {
        let mut command = role::behind_shell("old", "", &redirection);
        command.env("LEASH_PASSPHRASE_FD", number).env("LEASH_PASSPHRASE_FILE", &path);
        assert_eq!(end(command.spawn().unwrap()).report[0], expected, "{number:?}");
    }
}
