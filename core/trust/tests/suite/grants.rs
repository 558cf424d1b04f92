//! The store: what is kept, what is believed, and what a grant is compared by.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use leash_output::Kind;
use leash_protocol::{
    manifest::{Consent, Level},
    scope::Scope,
};
use leash_trust::{AgentBinding, Grant, Verdict, differences, judge, propose};

use crate::fixture::{Home, MANIFEST, MINT, NETWORK, mode, terms};

const SCRIPT: &str = "#!/bin/sh\necho hi\n";

fn trusted() -> (Home, Grant) {
    let home = Home::new();
    let found = home.plugin(SCRIPT);
    let grant = home.trust(&found);
    (home, grant)
}

#[test]
fn what_is_put_is_got() {
    let (home, grant) = trusted();
    let store = home.store();
    assert_eq!(store.get("foo").expect("the store"), Some(grant.clone()));
    assert_eq!(store.get("bar").expect("the store"), None);
    let all = store.all().expect("all");
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].name, "foo");
    for (path, bits) in [("", 0o700), ("foo.json", 0o600)] {
        let metadata = fs::metadata(store.dir().join(path)).expect("metadata");
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777, bits, "{path}");
    }
    let full = Grant {
        max_per_day: Some(3),
        pay: None,
        expires_at: Some(Timestamp::now() + SignedDuration::from_hours(1)),
        agent: AgentBinding::All,
        api_key: true,
        consent: Consent::First,
        level: Level::Strict,
        ..grant
    };
    store.put(&full).expect("the store");
    assert_eq!(store.get("foo").expect("the store"), Some(full));
    assert!(store.remove("foo").expect("removed"));
    assert!(!store.remove("foo").expect("nothing to remove"));
    assert!(store.all().expect("all").is_empty());
    assert!(matches!(home.judge(&home.found()), Verdict::NotTrusted));
}

#[test]
fn an_empty_store_is_made_by_the_first_grant_only() {
    let home = Home::new();
    let store = home.store();
    assert_eq!(store.get("foo").expect("the store"), None);
    assert!(store.all().expect("all").is_empty());
    assert!(!store.remove("foo").expect("nothing to remove"));
    assert!(!store.dir().exists());
}

#[test]
fn names_are_no_paths() {
    let home = Home::new();
    for name in ["", "..", "../foo", "a/b", "Foo", "foo.json", ".lock", "foo\0"] {
        assert_eq!(home.store().get(name).expect_err(name).kind(), Kind::Usage);
        assert_eq!(home.store().remove(name).expect_err(name).kind(), Kind::Usage);
        assert_eq!(home.store().count_today(name, 9).expect_err(name).kind(), Kind::Usage);
    }
}

#[test]
fn a_torn_or_foreign_file_is_never_a_grant() {
    let (home, grant) = trusted();
    let path = home.store().dir().join("foo.json");
    let good = fs::read_to_string(&path).expect("the grant");
    let edit = |from: &str, to: &str| {
        let edited = good.replacen(from, to, 1);
        assert_ne!(edited, good, "{from}");
        edited
    };
    let digest = grant.digest.to_string();
    let mut broken = vec![
        String::new(),
        "{}".to_owned(),
        "null".to_owned(),
        "\0".repeat(good.len()),
        format!("{good}{good}"),
        edit("\"v\": 1", "\"v\": 2"),
        edit("\"v\": 1", "\"v\": 1, \"more\": true"),
        edit("\"name\": \"foo\"", "\"name\": \"bar\""),
        edit("\"name\": \"foo\"", "\"name\": \"foo\", \"only_on\": \"monday\""),
        edit("\"name\": \"foo\"", "\"name\": \"foo\", \"name\": \"foo\""),
        edit(&digest, &digest[..digest.len() - 1]),
        edit(&digest, &digest.to_uppercase()),
        edit("\"max_signatures\": 7", "\"max_signatures\": -1"),
        edit("\"max_signatures\": 7", "\"max_signatures\": 4294967296"),
        edit("/v1/agents", "/v1/../agents"),
        edit("\"one\"", "\"two\""),
        edit("\"mint\"", "\"mind\""),
    ];
    broken.extend((1..good.trim_end().len()).step_by(37).map(|at| good[..at].to_owned()));
    for text in broken {
        fs::write(&path, &text).expect("the file");
        let error = judge(&home.store(), &home.found(), MINT, NETWORK).expect_err(&text);
        assert_eq!(error.kind(), Kind::Refused, "{text}");
        assert!(error.message().contains("foo.json"), "{error}");
        let all = home.store().all().expect("all");
        assert!(all.len() == 1 && all[0].grant.is_err(), "{text}");
    }
    // It can be replaced, and removed.
    home.store().put(&grant).expect("the store");
    home.ready(&home.found());
    fs::write(&path, "x").expect("the file");
    assert!(home.store().remove("foo").expect("removed"));
}

#[test]
fn a_file_that_others_can_reach_is_not_believed() {
    let (home, _) = trusted();
    let path = home.store().dir().join("foo.json");
    let refused = |what: &str| {
        let error = judge(&home.store(), &home.found(), MINT, NETWORK).expect_err(what);
        assert_eq!(error.kind(), Kind::Refused, "{what}");
    };
    mode(&path, 0o644);
    refused("others can read it");
    mode(&path, 0o602);
    refused("others can write it");
    mode(&path, 0o600);
    home.ready(&home.found());
    mode(home.store().dir(), 0o777);
    refused("others can write its directory");
    mode(home.store().dir(), 0o700);
    fs::remove_file(&path).expect("the file");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o600.into()).expect("a pipe");
    refused("a pipe");
}

#[test]
fn one_agent_on_one_network_or_all() {
    let (home, grant) = trusted();
    let found = home.found();
    for (mint, network) in [("11111111111111111111111111111111", NETWORK), (MINT, "solana-mainnet")] {
        let verdict = judge(&home.store(), &found, mint, network).expect("a verdict");
        let Verdict::Changed(changes) = verdict else { panic!("{verdict:?}") };
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].what, "agent");
        assert_eq!(changes[0].old, Some(format!("{MINT} on {NETWORK}")));
        assert_eq!(changes[0].new, Some(format!("{mint} on {network}")));
    }
    home.store().put(&Grant { agent: AgentBinding::All, ..grant }).expect("the store");
    let verdict = judge(&home.store(), &found, "11111111111111111111111111111111", "solana-mainnet");
    assert!(matches!(verdict.expect("a verdict"), Verdict::Granted(_)));
}

#[test]
fn a_grant_runs_out() {
    let (home, grant) = trusted();
    let past = Timestamp::now() - SignedDuration::from_secs(1);
    home.store().put(&Grant { expires_at: Some(past), ..grant.clone() }).expect("the store");
    assert!(matches!(home.judge(&home.found()), Verdict::Expired(end) if end == past));
    let future = Timestamp::now() + SignedDuration::from_hours(1);
    home.store().put(&Grant { expires_at: Some(future), ..grant }).expect("the store");
    home.ready(&home.found());
}

#[test]
fn the_users_terms() {
    let home = Home::new();
    let manifest = MANIFEST.replace("[sign]", "[run]\napi_key = true\n[sandbox]\nlevel = \"strict\"\n[sign]");
    home.plugin(SCRIPT);
    home.file("bin/leash-foo.toml", manifest, 0o644);
    let found = home.found();
    let plain = propose(&found, &terms("".as_ref())).expect("a grant");
    assert_eq!((plain.level, plain.consent, plain.api_key), (Level::Strict, Consent::None, false));
    let mut terms = terms("".as_ref());
    terms.allow.push(Scope::parse("POST /v1/agents/{mint}/api-keys").expect("a scope"));
    terms.consent = Consent::Each;
    terms.api_key = true;
    terms.max_signatures = Some(1);
    terms.max_per_day = Some(2);
    terms.agent = AgentBinding::All;
    let more = propose(&found, &terms).expect("a grant");
    assert_eq!((more.level, more.consent, more.api_key), (Level::Strict, Consent::Each, true));
    let changes = differences(&plain, &more);
    let changed: Vec<_> = changes.iter().map(|change| change.what).collect();
    assert_eq!(changed, ["scope", "signatures", "per day", "consent", "agent", "api key"]);
    assert_eq!(changes[0].new.as_deref(), Some("POST /v1/agents/{mint}/api-keys"));
    assert_eq!((changes[2].old.as_deref(), changes[2].new.as_deref()), (None, Some("2")));
    assert_eq!(differences(&more, &plain).len(), changes.len());
    assert!(differences(&plain, &plain).is_empty());
    terms.allow.push(Scope { methods: vec![], ..terms.allow[0].clone() });
    assert_eq!(propose(&found, &terms).expect_err("no scope").kind(), Kind::Usage);
}

#[test]
fn a_narrower_scope_is_a_difference() {
    let (_, grant) = trusted();
    let mut other = grant.clone();
    other.scopes[0].reason = Some("another reason".to_owned());
    assert!(differences(&grant, &other).is_empty());
    other.scopes[0].query = false;
    let changes = differences(&grant, &other);
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[1].new.as_deref(), Some("GET /v1/agents/{mint}/api-keys (no query)"));
}

#[test]
fn consent_is_noted_once_and_for_this_grant() {
    let (home, grant) = trusted();
    home.store().record_consent(&grant).expect("noted");
    let noted = home.store().get("foo").expect("the store").expect("a grant");
    assert!(noted.consented_at.is_some());
    assert!(differences(&grant, &noted).is_empty());
    // Two runs may have asked at the same time; the first yes stays.
    home.store().record_consent(&grant).expect("noted already");
    assert_eq!(home.store().get("foo").expect("the store").as_ref(), Some(&noted));
    let other = Grant { max_signatures: grant.max_signatures + 1, ..grant };
    let error = home.store().record_consent(&other).expect_err("the grant is another");
    assert_eq!(error.code(), "grant_changed");
    home.store().remove("foo").expect("removed");
    home.store().record_consent(&noted).expect_err("there is no grant");
    assert_eq!(home.store().get("foo").expect("the store"), None);
}
