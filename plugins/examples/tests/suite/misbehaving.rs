//! The plugins that misbehave do so: against a mock, which is no match for them, they show what they are for.

use std::{fs, io::IoSliceMut, mem::MaybeUninit, os::unix::net::UnixListener};

use leash_test_needs::needs;
use serde_json::json;

use crate::run::{KEYS, launch, lines, output};

#[needs("python3")]
#[test]
fn bad_frames_are_all_answered_and_none_with_a_signature() {
    let (mock, plugin) = launch("misbehaving/exec/leash-bad-frames", &[KEYS], 1000);
    let sent = output(
        plugin,
        &["path-dots", "path-outside", "method-lower", "hash-short", "unknown-op", "half"],
        |_| {},
    );
    let got: Vec<_> = lines(&sent.stdout).iter().map(|line| line["got"].clone()).collect();
    let expected = ["bad_request", "denied_scope", "bad_request", "bad_request", "unsupported", "silence"];
    assert_eq!(got, expected, "{sent:?}");
    assert_eq!((mock.seen().len(), sent.status.code()), (6, Some(0)));
    for breaking in ["4-gib", "64-kib-1", "hello-2"] {
        let (_mock, plugin) = launch("misbehaving/exec/leash-bad-frames", &[KEYS], 1000);
        let sent = output(plugin, &[breaking, "path-dots"], |_| {});
        assert_eq!(lines(&sent.stdout)[1]["got"], "closed", "{sent:?}");
    }
}

#[needs("python3")]
#[test]
fn the_socket_outlives_the_plugin_where_nobody_sees_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let report = dir.path().join("report");
    let (mock, plugin) = launch("misbehaving/exec/leash-keep-socket", &[KEYS], 1);
    let exited = output(plugin, &[report.to_str().unwrap()], |_| {});
    assert_eq!(exited.status.code(), Some(0), "{exited:?}");
    // The daemon holds stdout until its first try is over; the mock ends its others.
    drop(mock);
    let before = json!({"when": "before", "got": "ok"});
    assert_eq!(lines(&fs::read(&report).unwrap())[0], before);
}

#[needs("python3")]
#[test]
fn the_socket_can_be_handed_to_another_process() {
    let dir = tempfile::tempdir().unwrap();
    let address = dir.path().join("other");
    let listener = UnixListener::bind(&address).unwrap();
    let (_mock, plugin) = launch("misbehaving/exec/leash-keep-socket", &[KEYS], 1);
    let exited = output(plugin, &["-", address.to_str().unwrap()], |_| {});
    assert_eq!(exited.status.code(), Some(0), "{exited:?}");
    let (stream, _) = listener.accept().unwrap();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = rustix::net::RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let flags = rustix::net::RecvFlags::CMSG_CLOEXEC;
    rustix::net::recvmsg(&stream, &mut [IoSliceMut::new(&mut byte)], &mut ancillary, flags).unwrap();
    assert_eq!(ancillary.drain().count(), 1);
}

#[needs("python3")]
#[test]
fn a_thousand_forks_share_one_quota() {
    let (mock, plugin) = launch("misbehaving/exec/leash-fork-many", &[KEYS], 20);
    let told = output(plugin, &["1000"], |_| {});
    assert_eq!(lines(&told.stdout)[0], json!({"started": 1000, "ok": 20, "quota": 980}), "{told:?}");
    assert_eq!(mock.seen().len(), 2000);
}

#[needs("python3")]
#[test]
fn the_hunter_finds_what_lies_about() {
    const KEY: &str =
        "56Uqd7MBAWmTAZgDGSVYBbDFZ6SPdfhwywTgs7DcyJBu7jpF3kjuBezdXB6FmBawQ42tZR3sPK24M2sXndzPcSrZ";
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    fs::write(&file, KEY).unwrap();
    let places = |words: &[&str], change: &dyn Fn(&mut std::process::Command)| {
        let (_mock, plugin) = launch("misbehaving/exec/leash-key-hunter", &[], 1);
        let hunted = output(plugin, words, |command| {
            // Only the plugin's own place: what else runs on the machine is not the test's.
            change(command.current_dir(dir.path()));
        });
        let found = lines(&hunted.stdout);
        let own =
            |place: &str| ["environment", "arguments", "descriptor"].iter().any(|own| place.starts_with(own));
        let places = found.iter().filter_map(|line| line["place"].as_str().map(str::to_owned));
        places.filter(|place| own(place)).collect::<Vec<_>>()
    };
    assert_eq!(places(&[], &|_| {}), [""; 0]);
    assert_eq!(places(&[], &|command| _ = command.env("HIDDEN", KEY)), ["environment b'HIDDEN'"]);
    assert_eq!(places(&["--text-sha256", "00"], &|command| _ = command.env("HIDDEN", KEY)), [""; 0]);
    assert_eq!(places(&[], &|command| _ = command.env("LEASH_PASSPHRASE_FD", "3")), ["environment"]);
    assert_eq!(
        places(&[], &|command| _ = command.stdin(fs::File::open(&file).unwrap()).env("LEASH_SIGNER", "")),
        ["descriptor 4"],
        "stdin, which the launch passes on as the signer's"
    );
}
