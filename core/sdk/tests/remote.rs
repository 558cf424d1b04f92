//! The API's client, signing through a plugin's signer.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
    thread,
};

use leash_api::{Client, ListKeys};
use leash_chain::Address;
use leash_sdk::{
    RemoteSigner, Signer,
    mock::{Honest, Mock},
};
use leash_signature::{Envelope, SignHttp as _};

fn remote(base_url: &str) -> (Mock, RemoteSigner, Address) {
    let mut honest = Honest::granting(&["GET /v1/agents/{mint}/api-keys"]);
    let mint = honest.mint.parse().unwrap();
    let (mock, socket) = Mock::start(move |request| honest.answer(request)).unwrap();
    (mock, RemoteSigner::new(Signer::over(socket, None).unwrap(), base_url).unwrap(), mint)
}

#[test]
fn the_client_sends_what_the_signer_gave() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/prefix/", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"items\":[]}").unwrap();
        String::from_utf8(request).unwrap()
    });
    let (mock, signer, mint) = remote(&url);
    let client = Client::builder(&url).unwrap().agent(mint, Arc::new(signer)).build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let keys = runtime.block_on(client.list_api_keys(&ListKeys { limit: Some(5), ..ListKeys::default() }));
    assert_eq!(keys.unwrap().items, []);
    let request = server.join().unwrap();
    assert!(request.starts_with(&format!("GET /prefix/v1/agents/{mint}/api-keys?limit=5 ")), "{request}");
    assert!(request.contains("x-leash-timestamp: 2026-01-01T00:00:00.000Z\r\n"), "{request}");
    let asked = mock.seen().pop().unwrap();
    assert_eq!(asked["path"], format!("/v1/agents/{mint}/api-keys"));
    assert_eq!(asked["query"], "limit=5");
}

#[test]
fn a_refusal_reaches_the_client_and_nothing_is_sent() {
    let (_mock, signer, mint) = remote("http://127.0.0.1:9");
    let client = Client::builder("http://127.0.0.1:9").unwrap().agent(mint, Arc::new(signer)).build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(client.create_api_key("label")).unwrap_err();
    assert_eq!(error.code(), "signer_denied_scope");
    assert!(error.hint().unwrap().contains("--allow"));
}

#[test]
fn what_is_not_below_the_url_or_for_another_agent_is_refused() {
    let (_mock, signer, mint) = remote("http://h/prefix");
    let sign = |path: &str, agent: &Address| {
        let request = Envelope {
            method: "GET",
            path_and_query: path,
            timestamp: "",
            body_sha256: Envelope::hash_body(b""),
            agent,
        };
        signer.sign_http(&request).map_err(|error| error.code)
    };
    let keys = format!("/v1/agents/{mint}/api-keys");
    assert!(sign(&format!("/prefix{keys}"), &mint).is_ok());
    for path in [keys.clone(), format!("/prefixed{keys}"), "/prefix".to_owned(), "/prefix?x".to_owned()] {
        assert_eq!(sign(&path, &mint).unwrap_err(), "bad_request", "{path}");
    }
    let other = "GHjjFsdf4QxBprWCvW8e9KkJQL6ENspe4XrYqZRE4zrr".parse().unwrap();
    assert_eq!(sign(&format!("/prefix{keys}"), &other).unwrap_err(), "wrong_signer");
}
