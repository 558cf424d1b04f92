//! The main job from end to end, with real signatures and a real server: the bundled sandbox.

use leash_tests::Sandbox;
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn a_key_is_made_used_rotated_and_revoked() {
    let sandbox = Sandbox::up();
    let home = &sandbox.home;
    let key = sandbox.api_key();
    let sell = ["sell", "create-link", "--label", "Quote", "--amount", "0.01", "--json"];
    let link = home.leash(sell).env("LEASH_API_KEY", &key).ok().json();
    assert!(link["url"].as_str().unwrap().starts_with(&sandbox.url), "{link}");
    assert_eq!(link["owner_agent"], sandbox.mint.as_str());

    let rotated = home.leash(["api-key", "rotate", "--quiet"]).ok().stdout.trim_end().to_owned();
    home.leash(sell).env("LEASH_API_KEY", &key).fails(4).assert_says("disabled");
    let _ = home.leash(sell).env("LEASH_API_KEY", &rotated).ok();

    let list = home.leash(["api-key", "list", "--json"]).ok().json();
    assert_eq!(list["count"], 1);
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(home.leash(["api-key", "revoke", &id, "--json"]).ok().json()["status"], "revoked");
    let _ = home.leash(sell).env("LEASH_API_KEY", &rotated).fails(4);
    assert_eq!(home.leash(["doctor", "--json"]).ok().json()["status"], "ok");
}

#[test]
fn a_kept_key_serves_an_agent_that_is_named() {
    let sandbox = Sandbox::up();
    let _ = sandbox.home.leash(["--agent", "sandbox", "api-key", "create", "--label", "kept", "--save"]).ok();
    let sell = ["--agent", "sandbox", "sell", "create-link", "--label", "Quote", "--amount", "1", "--json"];
    assert_eq!(sandbox.home.leash(sell).ok().json()["price"], "1 USDC");
}

#[test]
fn nothing_is_lost_when_the_sandbox_is_killed() {
    let sandbox = Sandbox::up();
    let key = sandbox.api_key();
    let status = sandbox.home.leash(["sandbox", "status", "--json"]).ok().json();
    let pid = Pid::from_raw(i32::try_from(status["pid"].as_i64().unwrap()).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    let again = sandbox.home.leash(["sandbox", "up", "--json"]).ok().json();
    assert_eq!(again["url"], sandbox.url.as_str());
    let sell = ["sell", "create-link", "--label", "Quote", "--amount", "1"];
    let _ = sandbox.home.leash(sell).env("LEASH_API_KEY", &key).ok();
}

#[test]
fn an_answer_without_a_server_says_how_to_start_one() {
    let sandbox = Sandbox::up();
    let _ = sandbox.home.leash(["sandbox", "down"]).ok();
    let _ = sandbox.home.leash(["sandbox", "status"]).fails(3);
    sandbox.home.leash(["api-key", "list", "--quiet"]).fails(1).assert_says("leash sandbox up");
}
