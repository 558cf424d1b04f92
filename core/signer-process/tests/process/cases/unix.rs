//! A socket with a name.

use std::{
    env, fs,
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    path::PathBuf,
};

use leash_protocol::manifest::SignerAt;

use crate::{
    case::{Case, succeeded},
    client::{Client, keys},
    home::{Home, Plan, until},
};

pub const CASES: &[Case] = &[
    Case::new("a_named_socket_is_for_this_user_and_gone_at_the_end", named).plan(unix).check(is_gone),
    Case::new("a_runtime_directory_that_others_can_see_is_not_used", elsewhere)
        .plan(|home, plan| {
            unix(home, plan);
            fs::set_permissions(home.path().join("run"), fs::Permissions::from_mode(0o755)).unwrap();
        })
        .check(is_gone),
    Case::new("a_runtime_directory_with_a_long_name_is_not_used", elsewhere)
        .plan(|home, plan| {
            unix(home, plan);
            let long = home.path().join("x".repeat(100));
            fs::create_dir(&long).unwrap();
            fs::set_permissions(&long, fs::Permissions::from_mode(0o700)).unwrap();
            plan.runtime_dir = Some(long);
        })
        .check(is_gone),
    Case::new("several_speak_at_once_and_share_the_quota", several)
        .plan(|home, plan| {
            unix(home, plan);
            plan.max_signatures = 5;
        })
        .check(|home, output| {
            is_gone(home, output);
            assert_eq!(home.decisions().iter().filter(|decision| *decision == "signed").count(), 5);
        }),
    Case::new("who_does_not_descend_from_the_plugin_is_turned_away", strangers).plan(unix).check(is_gone),
    Case::new("a_speaker_who_says_nothing_is_in_nobodys_way", silent).plan(unix).check(is_gone),
];

fn unix(home: &Home, plan: &mut Plan) {
    let run = home.path().join("run");
    fs::create_dir(&run).unwrap();
    fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
    plan.signer = SignerAt::Unix;
    plan.runtime_dir = Some(run);
}

fn path() -> PathBuf {
    PathBuf::from(env::var("LEASH_SIGNER").unwrap().strip_prefix("unix:").unwrap())
}

fn is_gone(home: &Home, output: &std::process::Output) {
    succeeded(home, output);
    home.signer_must_be_gone();
    let path = fs::read_to_string(home.path().join("socket")).unwrap();
    assert!(!fs::exists(&path).unwrap());
    assert!(!PathBuf::from(&path).parent().unwrap().exists());
}

/// Leaves word for the check.
fn note() {
    fs::write(Client::home().join("socket"), path().to_str().unwrap()).unwrap();
}

fn named(client: &mut Client) {
    note();
    let path = path();
    let dir = path.parent().unwrap();
    assert!(dir.starts_with(Client::home().join("run")));
    assert!(path.as_os_str().len() <= 100);
    assert_eq!(fs::metadata(dir).unwrap().permissions().mode() & 0o777, 0o700);
    client.hello();
    client.sign_keys();
    client.stream().shutdown(std::net::Shutdown::Both).unwrap();
    let mut again = Client::connect();
    again.refused("GET", &keys(), "", "bad_request");
    again.hello();
    again.sign_keys();
}

fn elsewhere(client: &mut Client) {
    note();
    assert!(path().starts_with(env::temp_dir()) && path().as_os_str().len() <= 100);
    client.hello();
    client.sign_keys();
}

fn several(client: &mut Client) {
    note();
    client.hello();
    let mut children: Vec<_> = (0..4).map(|_| client.spawn("connector")).collect();
    client.sign_keys();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    client.refused("GET", &keys(), "", "quota");
}

/// A process of the plugin's that connects by itself.
pub fn connector() {
    let mut client = Client::connect();
    client.hello();
    client.sign_keys();
}

fn strangers(client: &mut Client) {
    note();
    client.hello();
    // It is adopted by somebody above the plugin.
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "\"$0\" >/dev/null 2>&1 & echo $$"]).arg(env::current_exe().unwrap());
    let output = shell.env("TEST_PART", "orphan").env("TEST_PARENT", "").output().unwrap();
    let parent = String::from_utf8(output.stdout).unwrap();
    fs::write(Client::home().join("parent"), parent.trim()).unwrap();
    let said = until("the orphan's word", || {
        fs::read_to_string(Client::home().join("orphan")).ok().filter(|said| !said.is_empty())
    });
    assert_eq!(said, "turned away");
    client.sign_keys();
}

/// Waits until its parent is somebody else, and tries to speak.
pub fn orphan() {
    let parent = until("the parent's number", || {
        fs::read_to_string(Client::home().join("parent")).ok().filter(|text| !text.is_empty())
    });
    until("another parent", || {
        let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().to_string());
        (now.as_deref() != Some(&parent)).then_some(())
    });
    let mut stream = UnixStream::connect(path()).unwrap();
    let _ =
        std::io::Write::write_all(&mut stream, &crate::client::frame(br#"{"id":0,"op":"hello","v":[1]}"#));
    let mut answer = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
    let said = if answer.is_empty() { "turned away".to_owned() } else { format!("heard {answer:?}") };
    fs::write(Client::home().join("orphan"), said).unwrap();
}

fn silent(client: &mut Client) {
    note();
    // Two of them, one in the middle of a frame.
    let _silent = UnixStream::connect(path()).unwrap();
    let mut halting = Client::connect();
    halting.raw(&[0, 0, 0, 50, b'{']);
    client.hello();
    client.sign_keys();
}
