//! The public half of an identity: where it was read once, the file that holds the key isn't opened for it.

use std::{
    fs::{self, File},
    io::ErrorKind,
    time::{Duration, SystemTime},
};

use leash_identity::{Environment, ResolvedPublic, Selection, resolve_public_at};
use leash_tests::{AGENT_1, AGENT_2, Home, Run};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

use crate::world::paths_of;

const URL: &str = "http://127.0.0.1:9";
const AGENT: &str = ".config/leash/agent.json";
const KEPT: &str = ".cache/leash/public/default.json";

/// Says who it runs for.
const WHO: &str =
    "#!/bin/sh\necho \"$LEASH_AGENT_MINT $LEASH_EXECUTIVE_PUBKEY $LEASH_NETWORK $LEASH_API_URL\"\n";

fn home() -> Home {
    let home = Home::with_agent(&AGENT_1, URL);
    let _ = home.write_script("bin/leash-who", WHO);
    home
}

/// The agent that a bare command acts for.
fn usual() -> Selection {
    Selection::Default("default".to_owned())
}

/// Has the public half of an agent kept, as leash does at a time when its file was changed long ago.
fn keep(home: &Home, selection: &Selection) {
    let later = SystemTime::now() + Duration::from_secs(60);
    let (paths, notes) = (paths_of(home), &mut Vec::new());
    let found = resolve_public_at(later, Some(&paths), selection, Environment::default(), notes).unwrap();
    assert!(matches!(found, ResolvedPublic::Agent(_)), "{found:?}");
}

fn who(home: &Home) -> Run {
    home.leash(["who"]).path(&[&home.join("bin")])
}

/// Whether somebody opens the agent's file while `run` runs.
fn opens_the_file(home: &Home, run: impl FnOnce()) -> bool {
    let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).unwrap();
    inotify::add_watch(&watch, home.join(AGENT), WatchFlags::OPEN).unwrap();
    run();
    let mut events = File::from(watch);
    match std::io::Read::read(&mut events, &mut [0; 4096]) {
        Ok(read) => read > 0,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            false
        }
    }
}

#[test]
fn the_key_is_not_read_for_a_plugin_without_a_grant() {
    let home = home();
    let first = who(&home).ok().stdout;
    keep(&home, &usual());
    assert!(first.starts_with(&format!("{} {}", AGENT_1.mint, AGENT_1.executive)), "{first}");
    assert_eq!((home.mode(KEPT), home.mode(".cache/leash/public")), (0o600, 0o700));
    assert!(!home.read(KEPT).contains(AGENT_1.key));
    assert!(!opens_the_file(&home, || assert_eq!(who(&home).ok().stdout, first)));
    assert!(!opens_the_file(&home, || {
        let _ = home.leash(["plugin", "list"]).ok();
        // An API key is no part of it, whoever has it.
        let _ = who(&home).env("LEASH_API_KEY", "lsh_test_x").ok();
    }));
    // What the environment says counts, and is never kept.
    let kept = home.read(KEPT);
    let other = who(&home).env("LEASH_API_URL", "http://127.0.0.1:8").ok().stdout;
    assert!(other.trim_end().ends_with(":8"), "{other}");
    assert_eq!(home.read(KEPT), kept);
    let named = home.leash(["--agent", "default", "who"]).path(&[&home.join("bin")]);
    named.env("LEASH_API_URL", "http://127.0.0.1:8").ok().assert_says("ignoring LEASH_API_URL");
}

#[test]
fn whatever_changes_leads_back_to_the_file() {
    let home = home();
    let first = who(&home).ok().stdout;
    keep(&home, &usual());
    let kept = home.read(KEPT);
    // A mode, an owner's directory: as without it.
    home.chmod(AGENT, 0o644);
    who(&home).fails(4).assert_says("is open to other users");
    home.chmod(AGENT, 0o600);
    home.chmod(".config/leash", 0o777);
    who(&home).fails(4).assert_says("which other users can write");
    home.chmod(".config/leash", 0o700);
    assert_eq!(who(&home).ok().stdout, first);
    // Another agent, in place and by a rename.
    let second = AGENT_2.file(URL).to_string();
    fs::write(home.join(AGENT), &second).unwrap();
    assert!(who(&home).ok().stdout.starts_with(AGENT_2.mint));
    let _ = home.write_private(".config/leash/next", &AGENT_1.file(URL).to_string());
    fs::rename(home.join(".config/leash/next"), home.join(AGENT)).unwrap();
    assert_eq!(who(&home).ok().stdout, first);
    // A link in its place, one that was torn, one of another file, one that is open to others.
    for odd in
        ["", "{", &kept, &kept.replace(AGENT_1.mint, AGENT_2.mint), &kept.replace("\"v\":1", "\"v\":2")]
    {
        fs::write(home.join(KEPT), odd).unwrap();
        assert_eq!(who(&home).ok().stdout, first, "{odd}");
    }
    keep(&home, &usual());
    let true_again = home.read(KEPT);
    // One that another leash kept, whose defaults may be others.
    let other = true_again.replace(AGENT_1.mint, AGENT_2.mint);
    assert!(other.contains("\"leash\":\""), "{other}");
    fs::write(home.join(KEPT), other.replace("\"leash\":\"", "\"leash\":\"1")).unwrap();
    assert_eq!(who(&home).ok().stdout, first);
    fs::write(home.join(KEPT), true_again.replace(AGENT_1.mint, AGENT_2.mint)).unwrap();
    home.chmod(KEPT, 0o666);
    assert_eq!(who(&home).ok().stdout, first);
    fs::remove_file(home.join(AGENT)).unwrap();
    assert_eq!(who(&home).ok().stdout.trim(), "");
}

#[test]
fn what_was_changed_just_now_is_not_kept() {
    let home = Home::with_agent(&AGENT_1, URL);
    let _ = home.write_script("bin/leash-who", WHO);
    let _ = who(&home).ok();
    assert!(!home.join(KEPT).exists());
    // Nor what lies behind a link.
    fs::rename(home.join(AGENT), home.join(".config/leash/real.json")).unwrap();
    std::os::unix::fs::symlink("real.json", home.join(AGENT)).unwrap();
    assert!(who(&home).ok().stdout.starts_with(AGENT_1.mint));
    keep(&home, &usual());
    assert!(!home.join(KEPT).exists());
}

#[test]
fn what_is_kept_hands_out_no_other_agents_api_key() {
    let home = home();
    let mut spare = AGENT_2.file(URL);
    spare["api_key"] = "lsh_test_4c33bnxtn9ca48s844".into();
    let _ = home.write_private(".config/leash/agents/spare.json", &spare.to_string());
    let manifest = "schema = 1\nprotocol = [1]\nname = \"who\"\nversion = \"1.0.0\"\n[run]\napi_key = true\n";
    let _ = home.write_private("bin/leash-who.toml", manifest);
    let _ = home.write_script("bin/leash-who", "#!/bin/sh\necho \"$LEASH_AGENT_MINT [$LEASH_API_KEY]\"\n");
    let leash = |words: &[&str]| home.leash(words.iter().copied()).path(&[&home.join("bin")]);
    // For the first agent alone.
    let _ = leash(&["plugin", "trust", "who", "--yes", "--api-key"]).ok();
    assert_eq!(leash(&["--agent", "spare", "who"]).ok().stdout, format!("{} []\n", AGENT_2.mint));
    keep(&home, &Selection::Option("spare".to_owned()));
    let kept = ".cache/leash/public/spare.json";
    fs::write(home.join(kept), home.read(kept).replace(AGENT_2.mint, AGENT_1.mint)).unwrap();
    leash(&["--agent", "spare", "who"]).fails(125).assert_says("what was granted is");
}
