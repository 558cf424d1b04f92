//! The example in C, built as its comment says.

use leash_sdk::mock::context;

use crate::run::{asked, end, launch, library, signer};

#[test]
fn the_example_names_the_headers_or_says_no() {
    let example = library("leash-sign-check.c");
    let (mock, socket) = signer(1);
    let signed = end(launch(&example.path, ["GET", "/v1/x", "a=1&b=%2F"]).signer(socket));
    assert_eq!(signed.stdout, "x-leash-agent\nx-leash-timestamp\nx-leash-sig\n", "{signed:?}");
    assert_eq!(mock.seen().pop().unwrap()["query"], "a=1&b=%2F");

    let (mock, socket) = signer(1);
    let refused = end(launch(&example.path, ["GET", "/v1/agents/{mint}/api-keys"]).signer(socket));
    assert_eq!(refused.status, Some(125), "{refused:?}");
    let mint = context()["agent"]["mint"].as_str().unwrap().to_owned();
    assert!(
        refused
            .stderr
            .starts_with(&format!("error: `GET /v1/agents/{mint}/api-keys` is not granted\nhint: "))
    );
    assert_eq!(asked(&mock), 1);

    assert_eq!(end(launch(&example.path, ["GET", "/v1/x"])).status, Some(125));
    assert_eq!(end(launch(&example.path, ["GET"])).status, Some(2));
    for odd in ["/v1/\"", "/v1/\\", "/v1/\n", "/v1/{x}", &"a".repeat(20_000)] {
        assert_eq!(end(launch(&example.path, ["GET", odd])).status, Some(2), "{odd}");
    }
}
