//! How many, and until when.

use jiff::{SignedDuration, Timestamp};
use leash_protocol::manifest::Presign;

use crate::{
    case::{Case, succeeded},
    client::{Client, assert_signed, keys},
    home::{Home, Plan},
};

pub const CASES: &[Case] = &[
    Case::new("no_more_signatures_than_were_granted", quota).plan(|_, plan| plan.max_signatures = 3).check(
        |home, output| {
            succeeded(home, output);
            let decisions = home.decisions();
            assert_eq!(
                decisions,
                ["signed", "signed", "denied_scope", "signed", "quota", "quota", "denied_scope"]
            );
        },
    ),
    Case::new("none_where_none_were_granted", none).plan(|_, plan| plan.max_signatures = 0),
    Case::new("nothing_after_the_grant_has_run_out", expired).plan(|_, plan| expire(plan, -1)),
    Case::new("until_the_grant_runs_out", expires).plan(|_, plan| expire(plan, 1500)),
    Case::new("the_day_has_its_own_limit", day).plan(|_, plan| plan.daily = Some(2)).check(|home, output| {
        succeeded(home, output);
        assert_eq!(home.decisions(), ["signed", "signed", "quota", "denied_scope"]);
        assert_eq!(std::fs::read_to_string(home.path().join("today")).unwrap(), "2");
    }),
    Case::new("a_day_that_cannot_be_counted_is_over", no_count).plan(|home, plan| {
        plan.daily = Some(2);
        std::fs::write(home.path().join("today"), "x").unwrap();
    }),
    Case::new("presigned_requests_are_counted_and_logged", presigned).plan(presign).check(|home, output| {
        succeeded(home, output);
        assert_eq!(home.decisions(), ["signed", "denied_scope", "bad_request", "signed", "signed", "quota"]);
        let entries = home.entries();
        assert!(entries[3].path.ends_with("?limit=1"), "{}", entries[3].path);
    }),
    Case::new("what_is_presigned_beyond_the_quota_is_left_out", |client| {
        let presigned: Vec<serde_json::Value> =
            serde_json::from_str(&std::env::var("TEST_PRESIGNED").unwrap()).unwrap();
        assert_eq!(presigned.len(), 1);
        client.hello();
        client.refused("GET", &keys(), "", "quota");
    })
    .plan(|home, plan| {
        presign(home, plan);
        plan.max_signatures = 1;
    }),
];

fn quota(client: &mut Client) {
    client.hello();
    client.sign_keys();
    client.sign_keys();
    client.refused("GET", "/v1/else", "", "denied_scope");
    client.sign_keys();
    client.refused("GET", &keys(), "", "quota");
    client.hello();
    client.refused("GET", &keys(), "", "quota");
    client.refused("GET", "/v1/else", "", "denied_scope");
}

fn none(client: &mut Client) {
    client.hello();
    client.refused("GET", &keys(), "", "quota");
}

fn expire(plan: &mut Plan, milliseconds: i64) {
    let end = Timestamp::now().checked_add(SignedDuration::from_millis(milliseconds)).unwrap();
    plan.expires_at = Some(end.to_string());
}

fn expired(client: &mut Client) {
    assert!(client.hello()["ok"]["grant"]["expires_at"].is_string());
    client.refused("GET", &keys(), "", "expired");
    client.refused("GET", "/v1/else", "", "denied_scope");
}

fn expires(client: &mut Client) {
    client.hello();
    let end: Timestamp = client.hello()["ok"]["grant"]["expires_at"].as_str().unwrap().parse().unwrap();
    let mut signed = 0;
    loop {
        let before = Timestamp::now();
        let answer = client.sign("GET", &keys(), "");
        if answer.get("ok").is_some() {
            assert!(before < end);
            signed += 1;
            std::thread::sleep(std::time::Duration::from_millis(100));
        } else {
            assert_eq!(answer["err"]["code"], "expired");
            assert!(Timestamp::now() >= end);
            break;
        }
    }
    assert!(signed > 0, "it was still valid at first");
}

fn day(client: &mut Client) {
    client.hello();
    client.sign_keys();
    client.sign_keys();
    client.refused("GET", &keys(), "", "quota");
    client.refused("GET", "/v1/else", "", "denied_scope");
}

fn no_count(client: &mut Client) {
    client.hello();
    client.refused("GET", &keys(), "", "internal");
}

fn presign(_: &Home, plan: &mut Plan) {
    let presign = |path: &str| Presign { method: "GET".to_owned(), path: path.to_owned(), body: None };
    plan.max_signatures = 3;
    plan.presign = vec![
        presign("/v1/agents/{mint}/api-keys"),
        presign("/v1/else"),
        presign("/v1/open/../x"),
        presign("/v1/agents/{mint}/api-keys?limit=1"),
    ];
}

fn presigned(client: &mut Client) {
    let presigned: Vec<serde_json::Value> =
        serde_json::from_str(&std::env::var("TEST_PRESIGNED").unwrap()).unwrap();
    assert_eq!(presigned.len(), 2, "what isn't granted isn't there");
    for (presigned, path) in presigned.iter().zip([keys(), format!("{}?limit=1", keys())]) {
        assert_eq!((&presigned["method"], &presigned["path"]), (&"GET".into(), &path.as_str().into()));
        assert_signed(presigned, "GET", &path);
    }
    client.hello();
    client.sign_keys();
    client.refused("GET", &keys(), "", "quota");
}
