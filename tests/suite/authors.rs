//! For the people who write plugins: `leash plugin new`, `lint` and `test`.

mod conform;
mod examples;
mod lint;
mod new;
mod paying;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use leash_tests::{Home, Outcome};
use serde_json::Value;

/// The beginning of a plugin in Python that talks with its signer.
const GREETS: &str = r#"signer = socket.socket(fileno=int(os.environ["LEASH_SIGNER"].removeprefix("fd:")))
def ask(id, **request):
    data = json.dumps({"id": id, **request}).encode()
    signer.sendall(struct.pack(">I", len(data)) + data)
    (length,) = struct.unpack(">I", signer.recv(4, socket.MSG_WAITALL))
    return json.loads(signer.recv(length, socket.MSG_WAITALL))
ask(0, op="hello", v=[1])
"#;

/// Where the project's own plugins are.
fn plugins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins")
}

/// Copies a file into a home, executable or not.
fn copy(home: &Home, from: &Path, to: &str, mode: u32) -> PathBuf {
    home.write(to, fs::read(from).unwrap(), mode)
}

/// Has the C compiler make something.
fn cc(words: &[&Path]) {
    let built = Command::new("cc").args(words).output().unwrap();
    assert!(built.status.success(), "{built:?}");
}

/// What `leash plugin test --json` says of a plugin.
fn tested(home: &Home, words: &[&str]) -> Outcome {
    home.leash(["plugin", "test", "--json"].iter().chain(words)).outcome()
}

/// The outcome of one case.
#[track_caller]
fn case<'a>(document: &'a Value, name: &str) -> &'a str {
    let items = document["items"].as_array().unwrap();
    let found = items.iter().find(|item| item["case"] == name);
    found.unwrap_or_else(|| panic!("no case `{name}`: {document:#}"))["outcome"].as_str().unwrap()
}

/// The cases of one outcome.
fn cases(document: &Value, outcome: &str) -> Vec<String> {
    let items = document["items"].as_array().unwrap().iter().filter(|item| item["outcome"] == outcome);
    items.map(|item| item["case"].as_str().unwrap().to_owned()).collect()
}
