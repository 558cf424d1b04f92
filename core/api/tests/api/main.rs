//! The client against servers that behave, and servers that don't: all of them real, on loopback.
#![allow(clippy::disallowed_methods, reason = "children are told their part in variables")]

mod answers;
mod clock;
mod connections;
mod downloads;
mod errors;
mod links;
mod repeats;
mod secrets;
mod server;
mod signing;
mod tls;
mod wire;

use std::sync::Arc;

use leash_api::{Client, ClientBuilder, Secret, SignHttp};
use leash_signer::Executive;

const MINT: &str = "B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj";
const KEY: &str = "lsh_test_0123456789abcdefgh";

/// Runs a future as the command line does: on one thread.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn executive() -> Arc<Executive> {
    Arc::new(Executive::generate().expect("randomness"))
}

/// A builder with an agent and an API key.
fn builder(url: &str) -> ClientBuilder {
    builder_signed_by(url, executive())
}

fn builder_signed_by(url: &str, signer: Arc<dyn SignHttp>) -> ClientBuilder {
    Client::builder(url)
        .expect(url)
        .agent(MINT.parse().expect("a mint"), signer)
        .api_key(Secret::new(KEY.to_owned()))
}

fn client(url: &str) -> Client {
    builder(url).build()
}

/// A path of one of the files beside this one, line by line as JSON.
fn lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}
