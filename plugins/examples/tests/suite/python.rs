//! `leash stale-keys`.

use leash_sdk::mock::{Api, context};
use leash_test_needs::needs;
use serde_json::{Value, json};

use crate::run::{KEYS, launch, output, text};

const STALE_KEYS: &str = "python/leash-stale-keys";

fn api() -> Api {
    Api::start(|_| {
        let key = |id: &str, created: &str| json!({"id": id, "label": "a\u{1b}[2J", "last4": "abcd", "created_at": created});
        let items = [key("OLD", "2020-01-01T00:00:00.000Z"), key("NEW", "2999-01-01T00:00:00.000Z")];
        (200, json!({"items": items}).to_string())
    })
    .unwrap()
}

fn at(api: &Api, json: bool) -> Value {
    let mut context = context();
    context["api"]["base_url"] = json!(api.url);
    context["global"]["json"] = json!(json);
    context
}

#[needs("python3")]
#[test]
fn old_keys_are_listed_and_change_the_status() {
    let api = api();
    let (mock, plugin) = launch(STALE_KEYS, &[KEYS], 1);
    let listed = output(plugin.context(at(&api, false)), &[], |_| {});
    assert_eq!(listed.status.code(), Some(3), "{listed:?}");
    let line = text(&listed.stdout);
    assert!(line.starts_with("OLD  …abcd  ") && line.ends_with(" days  'a\\x1b[2J'\n"), "{line:?}");
    assert_eq!(mock.seen().last().unwrap()["query"], "limit=200");
    let request = &api.seen()[0];
    assert!(
        request
            .starts_with("GET /v1/agents/B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj/api-keys?limit=200 ")
    );
    assert!(request.to_lowercase().contains("\r\nx-leash-sig: 111"), "{request}");

    let (_mock, plugin) = launch(STALE_KEYS, &[KEYS], 1);
    let none = output(plugin.context(at(&api, true)), &["--days", "100000"], |_| {});
    let document: Value = serde_json::from_slice(&none.stdout).unwrap();
    assert_eq!((none.status.code(), &document["items"]), (Some(0), &json!([])));
}

#[needs("python3")]
#[test]
fn what_goes_wrong_is_told() {
    let api = api();
    let (_mock, plugin) = launch(STALE_KEYS, &[], 1);
    let denied = output(plugin.context(at(&api, false)), &[], |_| {});
    assert_eq!(denied.status.code(), Some(125), "{denied:?}");
    assert!(text(&denied.stderr).contains("\nhint: leash plugin trust NAME --allow 'GET /v1/agents/"));

    let (_mock, plugin) = launch(STALE_KEYS, &[KEYS], 1);
    let ungranted = output(plugin, &[], |command| _ = command.env_remove("LEASH_SIGNER"));
    assert_eq!(
        text(&ungranted.stderr),
        "error: nothing may be signed here\nhint: `leash plugin trust test` shows what it asks for\n"
    );
    assert_eq!(ungranted.status.code(), Some(125));

    let (mock, plugin) = launch(STALE_KEYS, &[KEYS], 1);
    let alone = output(plugin, &[], |command| _ = command.env_remove("LEASH_CONTEXT_FD"));
    assert_eq!(alone.status.code(), Some(1), "{alone:?}");
    assert_eq!((api.seen().len(), mock.seen().len()), (0, 0));

    let broken = Api::start(|_| (500, "{}".to_owned())).unwrap();
    let (_mock, plugin) = launch(STALE_KEYS, &[KEYS], 1);
    let failed = output(plugin.context(at(&broken, false)), &[], |_| {});
    assert!(text(&failed.stderr).starts_with("error: the API answered 500\n"), "{failed:?}");
}
