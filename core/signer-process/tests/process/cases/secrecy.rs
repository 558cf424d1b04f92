//! What others can see of a signer, and what it holds.

use std::{fs, process::Command};

use rustix::process::{
    PidfdFlags, PidfdGetfdFlags, Signal, geteuid, kill_process, pidfd_getfd, pidfd_open, test_kill_process,
};

use crate::{
    case::{Case, refused},
    client::Client,
    home::ends,
};

pub const CASES: &[Case] = &[
    Case::new("another_process_of_the_user_cannot_look_into_it", look).as_nobody(),
    Case::new("it_leaves_no_core_behind", core).as_nobody(),
    Case::new("it_holds_no_descriptor_of_the_users", descriptors).wrap(&[
        "sh",
        "-c",
        "exec 5>>held 6</etc/passwd 7<.; exec \"$0\" \"$@\"",
    ])
    .unless(|| (!geteuid().is_root()).then_some("needs root")),
    Case::new("it_starts_without_the_standard_descriptors", |client| {
        client.hello();
        client.sign_keys();
    })
    .wrap(&["sh", "-c", "exec 1>&- 2>&-; exec \"$0\" \"$@\" <&-"]),
    Case::new("it_ignores_the_terminals_signals", signals),
    Case::new("it_does_not_read_the_key_while_it_is_traced", |_| panic!("this plugin must not run"))
        .wrap(&["strace", "-f", "-qq", "-o", "trace"])
        .unless(|| {
            let is_there = std::path::Path::new("/usr/bin/strace").exists();
            (!is_there).then_some("needs strace (Debian package: strace)")
        })
        .check(|home, output| {
            let trace = fs::read_to_string(home.path().join("trace")).unwrap_or_default();
            refused(output, 125, "traced");
            assert!(!trace.contains("agent.json"), "the key's file wasn't even looked at");
        }),
    Case::new("a_key_in_the_environment_is_not_the_plugins", |client| {
        assert!(std::env::var_os("LEASH_EXECUTIVE_KEY").is_none());
        client.hello();
        client.sign_keys();
        assert!(open(Client::signer(), "environ").is_err() || geteuid().is_root());
    })
    .plan(|home, _| {
        // The host's own variables are set by what runs it.
        let script = format!(
            "#!/bin/sh\nexport LEASH_EXECUTIVE_KEY={} LEASH_AGENT_MINT={} LEASH_NETWORK=devnet\nexec \"$@\"\n",
            home.key.export().expose(),
            crate::home::mint()
        );
        fs::write(home.path().join("with-key"), script).unwrap();
        fs::remove_file(home.path().join(".config/leash/agent.json")).unwrap();
    })
    .wrap(&["sh", "./with-key"])
    .as_nobody(),
];

fn open(pid: rustix::process::Pid, what: &str) -> std::io::Result<Vec<u8>> {
    let path = format!("/proc/{}/{what}", pid.as_raw_nonzero());
    match what {
        "fd" | "map_files" => fs::read_dir(path).map(|_| Vec::new()),
        "cwd" | "exe" | "root" => fs::read_link(path).map(|_| Vec::new()),
        "mem" => fs::File::open(path).map(|_| Vec::new()),
        _ => fs::read(path),
    }
}

fn look(client: &mut Client) {
    client.hello();
    client.sign_keys();
    assert!(!geteuid().is_root(), "from root nothing is kept");
    let own = Command::new("sleep").arg("3600").spawn();
    let mut own = own.unwrap();
    let other = rustix::process::Pid::from_child(&own);
    let secrets =
        ["mem", "environ", "maps", "smaps", "auxv", "fd", "map_files", "cwd", "exe", "root", "syscall", "io"];
    for what in secrets {
        let error = open(Client::signer(), what).expect_err(what);
        assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied, "{what}: {error}");
    }
    // What was refused is what any other process of this user gives away.
    for what in ["mem", "environ", "maps", "fd", "exe"] {
        open(other, what).expect(what);
    }
    // The kernel asks the same before a debugger is attached, or memory is read without one.
    let signer = pidfd_open(Client::signer(), PidfdFlags::empty()).unwrap();
    assert_eq!(pidfd_getfd(&signer, 3, PidfdGetfdFlags::empty()).unwrap_err(), rustix::io::Errno::PERM);
    own.kill().unwrap();
    own.wait().unwrap();
    client.sign_keys();
}

fn core(client: &mut Client) {
    client.hello();
    let limits = fs::read_to_string(format!("/proc/{}/limits", Client::signer().as_raw_nonzero())).unwrap();
    let core: Vec<&str> =
        limits.lines().find(|line| line.starts_with("Max core")).unwrap().split_whitespace().collect();
    assert_eq!(core[4..6], ["0", "0"]);
    kill_process(Client::signer(), Signal::ABORT).unwrap();
    ends(Client::signer());
    assert_eq!(client.answer(), None);
    let left: Vec<_> = fs::read_dir("/").unwrap().chain(fs::read_dir(".").unwrap()).collect();
    assert!(
        !left.iter().any(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("core"))
    );
}

/// Only root sees all of it.
fn descriptors(client: &mut Client) {
    client.hello();
    client.sign_keys();
    assert!(fs::read_link("/proc/self/fd/6").unwrap().ends_with("etc/passwd"), "the plugin has the user's");
    let dir = format!("/proc/{}", Client::signer().as_raw_nonzero());
    let mut held: Vec<String> = fs::read_dir(format!("{dir}/fd"))
        .unwrap()
        .map(|entry| fs::read_link(entry.unwrap().path()).unwrap().display().to_string())
        .map(|target| target.split(':').next().unwrap().to_owned())
        .collect();
    held.sort_unstable();
    assert_eq!(held, ["/dev/null", "/dev/null", "/dev/null", "anon_inode", "socket"]);
    assert_eq!(fs::read_link(format!("{dir}/cwd")).unwrap().to_str(), Some("/"));
}

fn signals(client: &mut Client) {
    client.hello();
    let signer = Client::signer();
    for signal in
        [Signal::INT, Signal::QUIT, Signal::TSTP, Signal::TTIN, Signal::TTOU, Signal::HUP, Signal::PIPE]
    {
        kill_process(signer, signal).unwrap();
    }
    client.sign_keys();
    // Our own session may be led from outside of this container, and then has no number here.
    let session = rustix::process::getsid(Some(signer)).unwrap();
    assert_eq!(session, signer, "a session of its own");
    assert!(test_kill_process(signer).is_ok());
    let name = fs::read_to_string(format!("/proc/{}/comm", signer.as_raw_nonzero())).unwrap();
    assert_eq!(name, "leash-signer\n");
}
