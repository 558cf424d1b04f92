//! Stopping at the question and going on, under a process that does what a shell does.

use std::{fs::File, os::unix::process::CommandExt as _};

use rustix::{
    process::{Pid, Signal, WaitOptions, kill_process_group, waitpid},
    termios::{LocalModes, tcgetattr, tcsetpgrp},
};

use crate::{
    desk::{Desk, end},
    role,
};

/// Runs the question as a job in the foreground; when it stops, looks at the terminal, and lets it go on.
pub(crate) fn lead() {
    let terminal = File::open("/dev/tty").unwrap();
    let mut command = role::command("old");
    command.env_remove(role::TERMINAL).process_group(0);
    let child = command.spawn().unwrap();
    let job = Pid::from_child(&child);
    tcsetpgrp(&terminal, job).unwrap();
    loop {
        let (_, status) = waitpid(Some(job), WaitOptions::UNTRACED).unwrap().unwrap();
        let signal = status.stopping_signal();
        // The job was faster, and reached for the terminal before it was in the foreground.
        if signal != Some(Signal::TTOU.as_raw()) {
            let echoes = tcgetattr(&terminal).unwrap().local_modes.contains(LocalModes::ECHO);
            println!("\nREPORT stopped={signal:?} echoes={echoes}");
            break kill_process_group(job, Signal::CONT).unwrap();
        }
        kill_process_group(job, Signal::CONT).unwrap();
    }
    for line in end(child).report {
        println!("\nREPORT job {line}");
    }
}

#[test]
fn ctrl_z_stops_it_with_the_echo_on_and_it_asks_again_afterwards() {
    let mut desk = Desk::new();
    let leader = desk.start("leader");
    desk.wait_for("default`: ");
    desk.type_in("half a pass\x1a");
    desk.wait_for("default`: ");
    assert!(!desk.echoes());
    desk.type_in("hunter2\n");
    let report = end(leader).report;
    assert_eq!(report[0], format!("stopped=Some({}) echoes=true", Signal::TSTP.as_raw()));
    assert_eq!(report[1], "job Terminal \"hunter2\"");
    assert!(desk.echoes() && !desk.seen.contains("hunter2") && !desk.seen.contains("half"));
}
