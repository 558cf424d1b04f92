//! Asking the user, on a terminal.

use std::{fs, os::fd::AsFd as _, process::Command};

use leash_protocol::manifest::Consent;
use libtest_mimic::Trial;
use rustix::{
    process::{Pid, Signal, kill_process, setpgid},
    termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr},
};

use crate::{
    case::{Case, succeeded},
    client::{Client, assert_signed, keys},
    home::{Home, Plan, ends},
    terminal::Terminal,
};

/// The host leads a session that has a terminal, or none.
const WITH: &[&str] = &["setsid", "--ctty"];
const WITHOUT: &[&str] = &["setsid", "--wait"];

pub const CASES: &[Case] = &[
    Case::new("without_a_terminal_nobody_agrees", denied).plan(each).wrap(WITHOUT).check(|home, output| {
        succeeded(home, output);
        assert_eq!(home.decisions(), ["denied_scope", "denied_consent"], "and nothing is presigned");
    }),
    Case::new("consent_is_not_asked_for_what_is_refused_anyway", |client| {
        client.hello();
        client.refused("GET", "/v1/else", "", "denied_scope");
        client.refused("GET", "/v1/open/%", "", "bad_request");
        client.refused("GET", &keys(), "", "quota");
    })
    .plan(|home, plan| {
        each(home, plan);
        plan.max_signatures = 0;
    })
    .wrap(WITHOUT),
    Case::new("asks", asks).plan(each).wrap(WITH).part(),
    Case::new("asks_in_the_background", background).plan(each).wrap(WITH).part(),
    Case::new("asks_in_raw_mode", raw).plan(each).wrap(WITH).part(),
    Case::new("asks_unless_somebody_can_type", asks)
        .wrap(WITH)
        .plan(|home, plan| {
            each(home, plan);
            plan.strict = false;
        })
        .part(),
];

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("yes_is_yes", || answered("y\n", "signed")),
        Trial::test("yes_in_full_is_yes", || answered(" YES \n", "signed")),
        Trial::test("no_is_no", || answered("n\n", "denied_consent")),
        Trial::test("an_empty_line_is_no", || answered("\n", "denied_consent")),
        Trial::test("an_end_is_no", || answered("\x04", "denied_consent")),
        Trial::test("what_begins_with_yes_is_no", || answered("yes, but\n", "denied_consent")),
        Trial::test("what_a_terminal_reports_is_no", || answered("\x1b[1;1Ry\n", "denied_consent")),
        Trial::test("what_was_typed_before_the_question_is_no_answer", typed_ahead),
        Trial::test("nobody_is_asked_in_the_background", in_background),
        Trial::test("raw_mode_is_no_hindrance_and_comes_back", in_raw_mode),
        Trial::test("it_ends_while_it_asks", ends_asking),
        Trial::test("ctrl_c_at_the_question_ends_both", interrupted),
        Trial::test("nobody_is_asked_where_a_plugin_could_answer", typing),
    ]
}

fn each(_: &Home, plan: &mut Plan) {
    plan.consent = Consent::Each;
    plan.strict = true;
    plan.presign = vec![leash_protocol::manifest::Presign {
        method: "GET".to_owned(),
        path: "/v1/open/x".to_owned(),
        body: None,
    }];
}

fn denied(client: &mut Client) {
    assert_eq!(std::env::var("TEST_PRESIGNED").unwrap(), "[]");
    client.hello();
    client.refused("GET", "/v1/else", "", "denied_scope");
    client.refused("GET", &keys(), "", "denied_consent");
}

/// Asks when told so, and says what came of it.
fn asks(client: &mut Client) {
    client.hello();
    println!("READY");
    let mut line = String::new();
    terminal_line(&mut line);
    let answer = client.sign("GET", &keys(), "a=1");
    if answer.get("ok").is_some() {
        assert_signed(&answer["ok"], "GET", &format!("{}?a=1", keys()));
        println!("RESULT signed");
    } else {
        println!("RESULT {} {}", answer["err"]["code"].as_str().unwrap(), answer["err"]["message"]);
    }
}

fn terminal_line(line: &mut String) {
    let terminal = fs::File::open("/dev/tty").unwrap();
    let _ = std::io::BufRead::read_line(&mut std::io::BufReader::with_capacity(1, terminal), line);
}

fn background(client: &mut Client) {
    client.hello();
    // Out of the foreground group, into one whose leader is somebody who stays there.
    let mut anchor = Command::new("sleep");
    let mut anchor =
        std::os::unix::process::CommandExt::process_group(&mut anchor, 0).arg("3600").spawn().unwrap();
    setpgid(None, Some(Pid::from_child(&anchor))).unwrap_or_else(|_| {
        // A session's leader can't leave its group; then the group is put into the background.
        let terminal = fs::File::open("/dev/tty").unwrap();
        rustix::termios::tcsetpgrp(terminal, Pid::from_child(&anchor)).unwrap();
    });
    client.refused("GET", &keys(), "", "denied_consent");
    fs::write(Client::home().join("done"), "").unwrap();
    anchor.kill().unwrap();
    anchor.wait().unwrap();
}

fn raw(client: &mut Client) {
    client.hello();
    let terminal = fs::File::options().read(true).write(true).open("/dev/tty").unwrap();
    let mut modes = tcgetattr(terminal.as_fd()).unwrap();
    modes.make_raw();
    tcsetattr(terminal.as_fd(), OptionalActions::Now, &modes).unwrap();
    assert!(client.sign("GET", &keys(), "").get("ok").is_some());
    let now = tcgetattr(terminal.as_fd()).unwrap();
    assert!(!now.local_modes.intersects(LocalModes::ICANON | LocalModes::ECHO), "as the plugin left it");
    fs::write(Client::home().join("done"), "").unwrap();
}

fn start(case: &str) -> (Home, Terminal) {
    let case = super::all().find(|known| known.name == case).unwrap();
    let (home, command) = case.prepare();
    (home, Terminal::start(command))
}

fn answered(typed: &str, decision: &str) -> Result<(), libtest_mimic::Failed> {
    let (home, mut terminal) = start("asks");
    terminal.wait_for("READY");
    terminal.type_in("go\n");
    let question = terminal.wait_for("Sign it? [y/N] ");
    assert!(question.contains("`sell-report`"), "{question}");
    assert!(question.contains(&format!("GET {}?a=1", keys())), "{question}");
    assert!(
        question.contains(&crate::home::mint().to_string()) && question.contains("solana-devnet"),
        "{question}"
    );
    terminal.type_in(typed);
    terminal.wait_for(&format!("RESULT {decision}"));
    let (status, _) = terminal.end();
    assert!(status.success());
    home.signer_must_be_gone();
    assert_eq!(home.decisions(), [decision]);
    Ok(())
}

fn typed_ahead() -> Result<(), libtest_mimic::Failed> {
    let (home, mut terminal) = start("asks");
    terminal.wait_for("READY");
    terminal.type_in("go\ny\ny\ny\n");
    terminal.wait_for("Sign it? [y/N] ");
    terminal.type_in("n\n");
    terminal.wait_for("RESULT denied_consent");
    assert!(terminal.end().0.success());
    home.signer_must_be_gone();
    Ok(())
}

fn in_background() -> Result<(), libtest_mimic::Failed> {
    let (home, terminal) = start("asks_in_the_background");
    let (_, seen) = terminal.end();
    assert!(!seen.contains("Sign it?"), "{seen}");
    assert!(home.path().join("done").exists(), "{seen}");
    home.signer_must_be_gone();
    assert_eq!(home.decisions(), ["denied_consent"]);
    Ok(())
}

fn in_raw_mode() -> Result<(), libtest_mimic::Failed> {
    let (home, mut terminal) = start("asks_in_raw_mode");
    terminal.wait_for("Sign it? [y/N] ");
    terminal.type_in("y\r");
    let (_, seen) = terminal.end();
    assert!(home.path().join("done").exists(), "{seen}");
    home.signer_must_be_gone();
    Ok(())
}

fn ends_asking() -> Result<(), libtest_mimic::Failed> {
    let (home, mut terminal) = start("asks");
    terminal.wait_for("READY");
    terminal.type_in("go\n");
    terminal.wait_for("Sign it? [y/N] ");
    // `setsid` was executed over, and so was the host: this is the plugin.
    kill_process(Pid::from_child(terminal.child()), Signal::KILL)?;
    terminal.end();
    ends(home.signer().unwrap());
    assert_eq!(home.decisions(), ["denied_consent"]);
    Ok(())
}

fn interrupted() -> Result<(), libtest_mimic::Failed> {
    use std::os::unix::process::ExitStatusExt as _;
    let (home, mut terminal) = start("asks");
    terminal.wait_for("READY");
    terminal.type_in("go\n");
    terminal.wait_for("Sign it? [y/N] ");
    terminal.type_in("\x03");
    assert_eq!(terminal.end().0.signal(), Some(2));
    ends(home.signer().unwrap());
    Ok(())
}

fn typing() -> Result<(), libtest_mimic::Failed> {
    let can_type =
        fs::read_to_string("/proc/sys/dev/tty/legacy_tiocsti").map_or(true, |text| text.trim() != "0");
    let (home, mut terminal) = start("asks_unless_somebody_can_type");
    terminal.wait_for("READY");
    terminal.type_in("go\n");
    if !can_type {
        terminal.wait_for("Sign it? [y/N] ");
        terminal.type_in("n\n");
    }
    terminal.wait_for("RESULT denied_consent");
    let (_, seen) = terminal.end();
    assert!(can_type == seen.contains("type the answer itself"), "{seen}");
    home.signer_must_be_gone();
    Ok(())
}
