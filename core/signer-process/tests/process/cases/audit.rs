//! The log: written before the answer, or there is none.

use std::{fs, os::unix::fs::MetadataExt as _, time::Instant};

use libtest_mimic::Trial;

use crate::{
    case::{Case, succeeded},
    client::{Client, EMPTY, keys},
    home::{Home, Plan, mint},
    play::INVOCATION,
};

pub const CASES: &[Case] = &[
    Case::new("each_decision_is_a_line_before_its_answer", each).check(|home, output| {
        succeeded(home, output);
        let entries = home.entries();
        let signed = &entries[0];
        assert_eq!((signed.plugin.as_str(), signed.digest.as_str()), ("sell-report", "sha256:00"));
        assert_eq!(
            (signed.agent.as_str(), signed.invocation.as_str()),
            (mint().to_string().as_str(), INVOCATION)
        );
        assert_eq!((signed.method.as_str(), signed.body_sha256.as_str()), ("GET", EMPTY));
        assert_eq!(signed.path, format!("{}?a=1", keys()));
        let file = fs::metadata(home.log().path()).unwrap();
        assert_eq!(file.mode() & 0o777, 0o600);
        assert!(
            fs::read_to_string(home.log().path())
                .unwrap()
                .lines()
                .all(|line| line.len() <= leash_audit::MAX_LINE)
        );
    }),
    Case::new("no_signature_without_a_log", no_log).plan(a_file_in_its_place),
    Case::new("no_signature_while_somebody_keeps_the_log_to_himself", locked).check(|home, output| {
        succeeded(home, output);
        assert_eq!(home.decisions(), ["signed", "signed"]);
    }),
    Case::new("100_refusals_are_100_lines", |client| {
        client.hello();
        for _ in 0..100 {
            client.refused("GET", "/v1/else", "", "denied_scope");
        }
    })
    .check(|home, output| {
        succeeded(home, output);
        assert_eq!(home.decisions().len(), 100);
    }),
    Case::new("writers", |client| {
        client.hello();
        for _ in 0..20 {
            client.sign_keys();
            client.refused("GET", "/v1/else", "", "denied_scope");
        }
    })
    .part(),
];

pub fn trials() -> Vec<Trial> {
    vec![Trial::test("many_signers_share_one_log", many)]
}

fn each(client: &mut Client) {
    client.hello();
    let lines = || fs::read_to_string(log_file()).map_or(0, |text| text.lines().count());
    assert_eq!(lines(), 0);
    assert!(client.sign("GET", &keys(), "a=1").get("ok").is_some());
    assert_eq!(lines(), 1);
    client.refused("GET", "/v1/else", "", "denied_scope");
    assert_eq!(lines(), 2);
    client.refused("\u{1b}[2J", &"\0".repeat(10_000), &"é\"".repeat(1000), "bad_request");
    assert_eq!(lines(), 3);
}

/// Where the log lies, for the plugin.
pub fn log_file() -> std::path::PathBuf {
    Client::home().join("audit").join(format!("{}.log", std::env::var("TEST_PUBLIC").unwrap()))
}

fn a_file_in_its_place(home: &Home, _: &mut Plan) {
    fs::write(home.path().join("audit"), "").unwrap();
}

fn no_log(client: &mut Client) {
    client.hello();
    client.refused("GET", &keys(), "", "internal");
    client.refused("GET", "/v1/else", "", "internal");
    fs::remove_file(Client::home().join("audit")).unwrap();
    client.sign_keys();
    fs::remove_dir_all(Client::home().join("audit")).unwrap();
}

fn locked(client: &mut Client) {
    client.hello();
    client.sign_keys();
    let log = fs::File::open(log_file()).unwrap();
    log.lock().unwrap();
    let begun = Instant::now();
    client.refused("GET", &keys(), "", "internal");
    assert!(begun.elapsed().as_secs() < 15);
    log.unlock().unwrap();
    client.sign_keys();
}

fn many() -> Result<(), libtest_mimic::Failed> {
    let case = super::all().find(|case| case.name == "writers").unwrap();
    let (home, mut command) = case.prepare();
    let running: Vec<_> = (0..6).map(|_| command.spawn().unwrap()).collect();
    for mut child in running {
        assert!(child.wait()?.success());
    }
    assert_eq!(home.decisions().len(), 6 * 40);
    Ok(())
}
