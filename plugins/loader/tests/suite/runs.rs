//! Libraries that behave: what they are given, and what the shell sees of them.

use std::{
    ffi::OsString,
    fs::{self, File},
    os::{fd::AsRawFd as _, unix::ffi::OsStringExt as _},
    process::{Command, Stdio},
};

use leash_sdk::mock::context;
use serde_json::{Value, json};

use crate::run::{Ended, end, launch, library, run};

#[test]
fn arguments_arrive_byte_for_byte() {
    let odd = OsString::from_vec(vec![0xff, b'-', 0xc3]);
    let words = ["args".into(), odd, "".into(), "--".into(), "-h".into(), "--json".into()];
    let ended = end(launch(&library("probe.c").path, words));
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let expected = [
        hex("/plugins/test.so"),
        hex("args"),
        "ff2dc3".into(),
        String::new(),
        hex("--"),
        hex("-h"),
        hex("--json"),
    ];
    assert_eq!(ended.stdout.lines().collect::<Vec<_>>(), expected, "{ended:?}");
}

#[test]
fn the_context_arrives_whole() {
    let mut big = context();
    big["presigned"] = json!([]);
    big["padding"] = json!("é".repeat(1 << 20));
    let ended = end(launch(&library("probe.c").path, ["context"]).context(big.clone()));
    assert_eq!(serde_json::from_str::<Value>(&ended.stdout).unwrap(), big);
}

#[test]
fn what_it_returns_is_the_status() {
    let probe = library("probe.c");
    for (returned, status) in [("0", 0), ("1", 1), ("3", 3), ("125", 125), ("255", 255)] {
        let ended = end(launch(&probe.path, ["status", returned]));
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(status), ""), "{returned}");
    }
    for returned in ["256", "300", "-1", "-2147483648"] {
        let ended = end(launch(&probe.path, ["status", returned]));
        assert_eq!(ended.status, Some(1), "{returned}");
        assert!(ended.stderr.contains(&format!("plugin `test` returned {returned}, ")), "{ended:?}");
    }
    assert_eq!(run("status300.c", &[]).status, Some(1));
}

#[test]
fn a_sealed_copy_is_run_from_its_descriptor_and_then_closed() {
    let probe = library("probe.c");
    let file = File::open(&probe.path).unwrap();
    let from = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
    // 8 stays, as the user's own descriptors do.
    let script = format!("exec 8</dev/null 9<{from}; exec \"$@\"");
    let status = |words: [&str; 2]| {
        let mut command = Command::new("sh");
        command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_leash-loader")]);
        command.args(["/dev/fd/9", "--", "/plugins/test.so"]).args(words);
        command.env("LEASH_PROTOCOL", "1").env("LEASH_CONTEXT", context().to_string());
        command.status().unwrap().code()
    };
    assert_eq!(status(["status", "7"]), Some(7));
    assert_eq!(status(["open", "8"]), Some(1));
    assert_eq!(status(["open", "9"]), Some(0));
}

#[test]
fn a_reader_that_goes_away_ends_it_as_it_ends_any_program() {
    let library = library("probe.c");
    let mut child = launch(&library.path, ["write"]).spawn(|_| {}).unwrap();
    drop(child.stdout.take());
    let ended = Ended::from(child.child.wait_with_output().unwrap());
    assert_eq!((ended.signal, ended.stderr.as_str()), (Some(13), ""), "{ended:?}");
}

#[test]
fn what_cant_be_loaded_is_126_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("text.so");
    fs::write(&text, "no library at all").unwrap();
    let cut = dir.path().join("cut.so");
    let whole = fs::read(library("probe.c").path).unwrap();
    fs::write(&cut, &whole[..100]).unwrap();
    for path in [&dir.path().join("missing.so"), &text, &cut, &dir.path().to_path_buf()] {
        let ended = end(launch(path, ["args"]));
        assert_eq!(ended.status, Some(126), "{ended:?}");
        let start = "error: cannot run plugin `test`: its library `/plugins/test.so` can't be loaded: ";
        assert!(ended.stderr.starts_with(start), "{ended:?}");
        assert!(ended.stderr.contains("\nhint: "), "{ended:?}");
    }
    let ended = end(launch(&text, ["args"]).context(crate::run::json_context()));
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&document["status"], &document["code"]), (&json!("error"), &json!("not_runnable")));
}

#[test]
fn without_the_host_it_says_who_runs_it() {
    let loader = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leash-loader"));
        command.env_clear().stdin(Stdio::null());
        command
    };
    for arguments in [&[][..], &["lib.so", "--"], &["/lib.so"], &["/lib.so", "--"]] {
        let ended = Ended::from(loader().args(arguments).output().unwrap());
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("hint: run the plugin as `leash NAME`"), "{ended:?}");
    }
    let broken = Ended::from(loader().args(["/l.so", "--"]).env("LEASH_CONTEXT", "{").output().unwrap());
    assert_eq!(broken.status, Some(126), "{broken:?}");
}
