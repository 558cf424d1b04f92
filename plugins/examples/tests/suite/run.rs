//! Running one of the examples.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use leash_sdk::mock::{Honest, Launch, Mock};
use serde_json::Value;

pub(crate) const KEYS: &str = "GET /v1/agents/{mint}/api-keys";

/// Where an example is.
pub(crate) fn example(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// One of them, about to be run, with a signer that grants these scopes and so many signatures.
pub(crate) fn launch(path: &str, scopes: &[&str], max_signatures: u32) -> (Mock, Launch) {
    let mut honest = Honest::granting(scopes);
    honest.max_signatures = max_signatures;
    let (mock, socket) = Mock::start(move |request| honest.answer(request)).unwrap();
    (mock, Launch::new(example(path)).signer(socket))
}

/// Adds arguments and runs it to its end.
pub(crate) fn output(launch: Launch, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Output {
    arguments.iter().fold(launch, |launch, word| launch.arg(*word)).output(change).unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A JSON object a line.
pub(crate) fn lines(bytes: &[u8]) -> Vec<Value> {
    text(bytes).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
