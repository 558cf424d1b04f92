//! Creations that are cut off, or can't note any more how far they are: one agent is minted, and no key is lost.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use leash_tests::{Api, Reply, Sandbox};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use super::{
    desk::{assert_made, create},
    funded,
};

/// What is done at the chosen question.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// The answer is lost.
    Lose,
    /// The one who asks is killed, before or after it was answered for.
    Kill { answered: bool },
    /// From here on nothing can be written any more, as on a full disk.
    Full,
}

/// Runs it through a proxy that does something at one question; `false` where it was never asked.
fn run(sandbox: &Sandbox, name: &str, words: &[&str], at: usize, fault: Fault) -> bool {
    let (pid, reached) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (url, child, hit) = (sandbox.url.clone(), pid.clone(), reached.clone());
    let proxy = Api::start(move |request, number| {
        if number != at {
            return Reply::Raw(request.pass_on(&url));
        }
        hit.store(1, Ordering::SeqCst);
        let pid = || {
            while child.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            Pid::from_raw(i32::try_from(child.load(Ordering::SeqCst)).unwrap()).unwrap()
        };
        let kill = || {
            let _ = kill_process(pid(), Signal::KILL);
        };
        match fault {
            Fault::Kill { answered: false } => kill(),
            Fault::Lose => drop(request.pass_on(&url)),
            Fault::Kill { answered: true } => {
                drop(request.pass_on(&url));
                kill();
            }
            Fault::Full => {
                let nothing = Rlimit { current: Some(0), maximum: Some(0) };
                prlimit(Some(pid()), Resource::Fsize, nothing).unwrap();
                return Reply::Raw(request.pass_on(&url));
            }
        }
        Reply::Close
    });
    // The signal of who writes too much is ignored, so that the write fails as on a full disk.
    let line = "trap '' XFSZ; exec leash agent create \"$@\"";
    let mut run = sandbox.home.run("/bin/sh", ["-c", line, "sh", name, "--json"].iter().chain(words));
    run = run.env("LEASH_API_URL", &proxy.url).env("LEASH_RPC_URL", format!("{}/rpc", proxy.url));
    run.command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut child = run.command.spawn().unwrap();
    pid.store(child.id() as usize, Ordering::SeqCst);
    let _ = child.wait().unwrap();
    reached.load(Ordering::SeqCst) == 1
}

/// How many transactions that mint were paid for by this key, by what is left of its SOL.
fn spent(sandbox: &Sandbox, name: &str) -> u64 {
    let document = sandbox.home.leash(["--agent", name, "treasury", "balance", "--json"]).ok().json();
    1_000_000_000 - document["executive"]["lamports"].as_str().unwrap().parse::<u64>().unwrap()
}

/// `least` is the number of questions that a creation has at least.
fn matrix(words: &[&str], least: usize) {
    let sandbox = Sandbox::up();
    let mut usual = None;
    let faults = [Fault::Lose, Fault::Kill { answered: false }, Fault::Kill { answered: true }, Fault::Full];
    for fault in faults {
        for at in 0.. {
            let name = format!(
                "a{at}{}",
                format!("{fault:?}").to_lowercase().replace(|c: char| !c.is_alphanumeric(), "")
            );
            let key = funded(&sandbox, &name);
            let reached = run(&sandbox, &name, words, at, fault);
            let last = create(&sandbox, &name, words).outcome();
            let made = last.status == 0 || last.json()["code"] == "agent_exists";
            assert!(made, "{at} {fault:?}: {last:?}");
            assert_made(&sandbox, &name, &key, &format!("{at} {fault:?}"));
            // Nothing else was paid for twice either.
            let cost = spent(&sandbox, &name);
            // An address of one character less takes a byte less.
            assert!(usual.get_or_insert(cost).abs_diff(cost) < 100_000, "{at} {fault:?}: {cost}");
            if !reached {
                assert!(at >= least, "{at}");
                break;
            }
        }
    }
}

#[test]
fn cut_off_anywhere_the_mint_apis_agent_is_minted_once() {
    matrix(&[], 8);
}

#[test]
fn cut_off_anywhere_a_direct_agent_is_minted_once() {
    matrix(&["--direct"], 8);
}

/// Its description is too long for the transaction that makes it, and the registration has one of its own.
#[test]
fn cut_off_anywhere_an_agent_in_two_transactions_is_minted_once() {
    let description = "An agent that says much. ".repeat(16);
    matrix(&["--direct", "--description", &description], 11);
}
