//! What only root, or a user namespace, can set up.

use std::process::Command;

use leash_output::Kind;
use leash_test_needs::needs;
use leash_trust::{Program, propose};
use rustix::fs::{XattrFlags, setxattr};

use crate::fixture::{Home, command, plugin_program, run, says, terms, this_program};

/// Runs an ignored test after a shell's commands, in namespaces of its own.
fn within(namespaces: &str, commands: &str, test: &str) {
    let is_root = rustix::process::geteuid().is_root();
    let mut command = Command::new("unshare");
    if !is_root {
        command.arg("--map-root-user");
    }
    let script = format!("{commands} && exec \"$0\" --exact {test} --ignored --nocapture");
    command.args(namespaces.split(' ')).args(["sh", "-c", &script]).arg(this_program());
    let output = command.output().expect("unshare");
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
}

#[needs("root")]
#[test]
fn a_program_with_capabilities_gets_no_grant() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    home.trust(&found);
    // Version 2, CAP_NET_BIND_SERVICE permitted and effective.
    let mut value = [0; 20];
    value[0] = 1;
    value[3] = 2;
    value[5] = 4;
    setxattr(&found.path, "security.capability", &value, XattrFlags::empty())
        .expect("capabilities of a file");
    assert_eq!(home.changed(&found), ["program"]);
    let error = propose(&found, &terms("".as_ref())).expect_err("capabilities");
    assert_eq!(error.kind(), Kind::Refused);
    assert!(error.message().contains("capabilities"), "{error}");
}

#[test]
#[ignore = "runs in namespaces"]
fn on_noexec() {
    let home = Home::new();
    for program in [plugin_program(), b"#!/bin/sh\n".to_vec()] {
        let found = home.plugin(program);
        let error = propose(&found, &terms("".as_ref())).expect_err("noexec");
        assert_eq!(error.kind(), Kind::Refused);
        assert!(error.message().contains("noexec"), "{error}");
    }
}

#[needs("mounts")]
#[test]
fn nothing_on_a_noexec_mount_gets_a_grant() {
    let place = tempfile::tempdir().expect("a directory");
    let place = place.path().to_str().expect("UTF-8");
    let mount = format!("mount -t tmpfs -o noexec,mode=755 none {place} && export TMPDIR={place}");
    within("--mount", &mount, "kernel::on_noexec");
}

#[test]
#[ignore = "runs in namespaces"]
fn without_executable_memory() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    home.trust(&found);
    let ready = home.ready(&found);
    let Program::Stored { path, argv0 } = &ready.program else { panic!("not stored: {:?}", ready.program) };
    assert!(path.starts_with(home.store().dir()));
    assert_eq!(argv0, &found.path);
    assert_eq!(says(&ready.program), "marker-0001");
    let script = home.plugin("#!/bin/sh\necho hi\n");
    home.trust(&script);
    assert_eq!(run(&mut command(&home.ready(&script).program)).stdout, b"hi\n");
}

#[needs("memfd_noexec")]
#[test]
fn a_stored_copy_runs_where_memory_may_not() {
    let switch = "echo 2 2>/dev/null > /proc/sys/vm/memfd_noexec";
    within("--fork --pid --mount-proc", switch, "kernel::without_executable_memory");
}
