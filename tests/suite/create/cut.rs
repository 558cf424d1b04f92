//! Creations that are cut off: whatever comes between, one agent is minted, and no key is lost.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use leash_tests::{Api, Reply, Request, Sandbox};
use rustix::process::{Pid, Signal, kill_process};

use super::funded;

/// What is done at the chosen question.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// The answer is lost.
    Lose,
    /// The one who asks is killed, before or after it was answered for.
    Kill { answered: bool },
}

/// Passes a request on to the sandbox.
pub(super) fn forward(url: &str, request: &Request) -> Vec<u8> {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "{} {} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        request.method,
        request.path,
        request.body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&request.body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

/// Runs it through a proxy that does something at one question; `false` where it was never asked.
fn run(sandbox: &Sandbox, name: &str, direct: bool, at: usize, fault: Fault) -> bool {
    let (pid, reached) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (url, child, hit) = (sandbox.url.clone(), pid.clone(), reached.clone());
    let proxy = Api::start(move |request, number| {
        if number != at {
            return Reply::Raw(forward(&url, request));
        }
        hit.store(1, Ordering::SeqCst);
        let kill = || {
            while child.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            let pid = Pid::from_raw(i32::try_from(child.load(Ordering::SeqCst)).unwrap()).unwrap();
            let _ = kill_process(pid, Signal::KILL);
        };
        match fault {
            Fault::Kill { answered: false } => kill(),
            Fault::Lose => drop(forward(&url, request)),
            Fault::Kill { answered: true } => {
                drop(forward(&url, request));
                kill();
            }
        }
        Reply::Close
    });
    let mut words = vec!["agent", "create", name, "--json"];
    words.extend(direct.then_some("--direct"));
    let mut run = sandbox.home.leash(&words).env("LEASH_API_URL", &proxy.url);
    run = run.env("LEASH_RPC_URL", format!("{}/rpc", proxy.url));
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

fn matrix(direct: bool) {
    let sandbox = Sandbox::up();
    let mut usual = None;
    for fault in [Fault::Lose, Fault::Kill { answered: false }, Fault::Kill { answered: true }] {
        for at in 0.. {
            let name = format!(
                "a{at}{}",
                format!("{fault:?}").to_lowercase().replace(|c: char| !c.is_alphanumeric(), "")
            );
            let key = funded(&sandbox, &name);
            let reached = run(&sandbox, &name, direct, at, fault);
            let mut words = vec!["agent", "create", &name, "--json"];
            words.extend(direct.then_some("--direct"));
            let last = sandbox.home.leash(&words).env("LEASH_API_URL", &sandbox.url);
            let last = last.env("LEASH_RPC_URL", format!("{}/rpc", sandbox.url)).outcome();
            let made = last.status == 0 || last.json()["code"] == "agent_exists";
            assert!(made, "{at} {fault:?}: {last:?}");
            let show = sandbox.home.leash(["--agent", &name, "agent", "show", "--json"]).ok().json();
            assert_eq!(show["executive_pubkey"], serde_json::json!(key));
            // A second mint would have cost twice the rent.
            let cost = spent(&sandbox, &name);
            // An address of one character less takes a byte less.
            assert!(usual.get_or_insert(cost).abs_diff(cost) < 100_000, "{at} {fault:?}: {cost}");
            if !reached {
                assert!(at >= 8, "{at}");
                break;
            }
        }
    }
}

#[test]
fn cut_off_anywhere_the_mint_apis_agent_is_minted_once() {
    matrix(false);
}

#[test]
fn cut_off_anywhere_a_direct_agent_is_minted_once() {
    matrix(true);
}
