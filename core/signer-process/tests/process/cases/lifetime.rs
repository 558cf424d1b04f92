//! When a signer ends, and what the plugin sees of it.

use std::{
    fs,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
};

use libtest_mimic::Trial;
use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitOptions, kill_process, wait},
};

use crate::{
    case::{Case, succeeded},
    client::{Client, frame},
    home::{ends, until},
};

pub const CASES: &[Case] = &[
    Case::new("it_ends_with_the_plugin_though_a_daemon_keeps_the_socket", daemon).check(|home, output| {
        succeeded(home, output);
        let daemon = fs::read_to_string(home.path().join("daemon.pid")).unwrap();
        let daemon = Pid::from_raw(daemon.parse().unwrap()).unwrap();
        home.signer_must_be_gone();
        assert!(rustix::process::test_kill_process(daemon).is_ok(), "the daemon lives on");
        kill_process(daemon, Signal::KILL).unwrap();
        ends(daemon);
    }),
    Case::new("it_ends_with_a_plugin_that_is_killed", |client| {
        client.hello();
        kill_process(rustix::process::getpid(), Signal::KILL).unwrap();
    })
    .check(|_, output| {
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(output.status.signal(), Some(9));
    }),
    Case::new("it_ends_with_a_plugin_that_never_reads", |client| {
        client.hello();
        client.stream().set_nonblocking(true).unwrap();
        let frames = frame(br#"{"id":1,"op":"hello","v":[1]}"#).repeat(100);
        // Until the signer takes no more; then it has answers that it can't get rid of.
        let mut stuck = 0;
        while stuck < 100 {
            match std::io::Write::write(&mut client.stream(), &frames) {
                Ok(_) => stuck = 0,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    stuck += 1;
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                Err(error) => panic!("{error}"),
            }
        }
        let status =
            fs::read_to_string(format!("/proc/{}/status", Client::signer().as_raw_nonzero())).unwrap();
        let size = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let size: u64 = size.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(size < 256 * 1024, "{size} kB");
    }),
    Case::new("it_ends_with_the_socket", |client| {
        client.hello();
        client.stream().shutdown(std::net::Shutdown::Both).unwrap();
        ends(Client::signer());
    }),
    Case::new("it_ends_with_a_plugin_that_leaves_the_log_locked", |client| {
        client.hello();
        client.sign_keys();
        let log = fs::File::open(super::audit::log_file()).unwrap();
        log.lock().unwrap();
        let holder = quiet(Command::new("sleep").arg("3600")).stdin(log).spawn().unwrap();
        fs::write(Client::home().join("daemon.pid"), holder.id().to_string()).unwrap();
        client.frame(br#"{"id":1,"op":"sign_http","method":"GET","path":"/v1/open/x","body_sha256":""}"#);
    })
    .check(|home, output| {
        succeeded(home, output);
        let begun = std::time::Instant::now();
        home.signer_must_be_gone();
        assert!(begun.elapsed().as_secs() < 4, "without waiting for the log");
        let holder = fs::read_to_string(home.path().join("daemon.pid")).unwrap();
        kill_process(Pid::from_raw(holder.parse().unwrap()).unwrap(), Signal::KILL).unwrap();
    }),
    Case::new("the_plugin_has_no_child", no_child),
    Case::new("a_plugin_that_adopts_orphans_has_no_child", no_child).plan(|_, plan| plan.subreaper = true),
    Case::new("the_first_process_of_a_container_has_no_child", |client| {
        if rustix::process::geteuid().is_root() {
            assert!(rustix::process::getpid().is_init());
        }
        assert_eq!(wait(WaitOptions::NOHANG).unwrap_err(), Errno::CHILD);
        client.hello();
        client.sign_keys();
    })
    .wrap(CONTAINER)
    .unless(|| {
        let tried = Command::new(CONTAINER[0]).args(&CONTAINER[1..]).arg("true").output();
        let works = tried.is_ok_and(|tried| tried.status.success());
        (!works).then_some("needs a user who may make user namespaces")
    })
    .check(|home, output| {
        succeeded(home, output);
        home.signer_has_other_number();
    }),
];

const CONTAINER: &[&str] =
    &["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"];

pub fn trials() -> Vec<Trial> {
    vec![Trial::test("the_output_ends_with_the_plugin", || {
        let case = super::all().find(|case| case.name == "it_ends_with_the_socket").unwrap();
        let (_home, command) = case.prepare();
        // A signer that held on to stdout would keep the reader waiting after the plugin's end.
        let mut shell = Command::new("sh");
        shell.args(["-c", "exec 7>&1; \"$0\" | cat; echo over"]).arg(command.get_program());
        for (name, value) in command.get_envs() {
            shell.env(name, value.unwrap_or_default());
        }
        let output = shell.output()?;
        assert_eq!(String::from_utf8_lossy(&output.stdout), "over\n");
        Ok(())
    })]
}

fn no_child(client: &mut Client) {
    assert_eq!(wait(WaitOptions::NOHANG).unwrap_err(), Errno::CHILD);
    client.hello();
    client.sign_keys();
    kill_process(Client::signer(), Signal::TERM).unwrap();
    ends(Client::signer());
    assert_eq!(wait(WaitOptions::NOHANG).unwrap_err(), Errno::CHILD, "not when it has ended either");
}

fn daemon(client: &mut Client) {
    client.hello();
    client.sign_keys();
    let child = quiet(&mut client.child("sleeper")).spawn().unwrap();
    fs::write(Client::home().join("daemon.pid"), child.id().to_string()).unwrap();
    until("the daemon", || Client::home().join("daemon.up").exists().then_some(()));
}

/// In a group of its own, and in nobody's way.
fn quiet(command: &mut Command) -> &mut Command {
    command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null())
}

/// Keeps its stdin, the socket, and does nothing.
pub fn sleeper() {
    let mut client = Client::connect();
    client.hello();
    fs::write(Client::home().join("daemon.up"), "").unwrap();
    loop {
        std::thread::park();
    }
}
