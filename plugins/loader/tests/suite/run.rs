//! Building libraries, and running the loader on them.

use std::{
    ffi::OsString,
    os::{fd::OwnedFd, unix::process::ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use leash_sdk::mock::{Honest, Launch, Mock, context};
use serde_json::Value;
use tempfile::TempDir;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// A library of a test's own.
pub(crate) struct Library {
    pub(crate) path: PathBuf,
    _dir: TempDir,
}

/// Compiles the probe, the example, or one of the libraries that misbehave.
pub(crate) fn library(source: &str) -> Library {
    let source = match source {
        "probe.c" => Path::new(HERE).join("tests/suite/probe.c"),
        "leash-sign-check.c" => Path::new(HERE).join("../examples/c").join(source),
        name => Path::new(HERE).join("../examples/misbehaving/dylib").join(name),
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lib.so");
    let mut compiler = match source.extension().unwrap().to_str().unwrap() {
        "rs" => Command::new("rustc"),
        "cpp" => Command::new("c++"),
        _ => Command::new("cc"),
    };
    if source.extension().unwrap() == "rs" {
        compiler.args(["--edition", "2024", "--crate-type", "cdylib"]);
    } else {
        compiler.args([
            "-Wall",
            "-Wextra",
            "-Werror",
            "-shared",
            "-fPIC",
            "-fvisibility=hidden",
            "-pthread",
            "-I",
        ]);
        compiler.arg(Path::new(HERE).join("include"));
    }
    let built = compiler.arg("-o").arg(&path).arg(source).output().unwrap();
    assert!(built.status.success(), "{built:?}");
    Library { path, _dir: dir }
}

/// How a run of the loader ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            signal: output.status.signal(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A run to be.
pub(crate) fn launch<A: Into<OsString>>(library: &Path, arguments: impl IntoIterator<Item = A>) -> Launch {
    let launch =
        Launch::new(env!("CARGO_BIN_EXE_leash-loader")).arg(library).arg("--").arg("/plugins/test.so");
    arguments.into_iter().fold(launch, |launch, argument| launch.arg(argument))
}

/// Runs it to its end.
pub(crate) fn end(launch: Launch) -> Ended {
    launch.output(|_| {}).unwrap().into()
}

/// Compiles and runs.
pub(crate) fn run(source: &str, arguments: &[&str]) -> Ended {
    end(launch(&library(source).path, arguments))
}

/// A signer that grants `GET /v1/x`.
pub(crate) fn signer(max_signatures: u32) -> (Mock, OwnedFd) {
    let mut honest = Honest::granting(&["GET /v1/x"]);
    honest.max_signatures = max_signatures;
    Mock::start(move |request| honest.answer(request)).unwrap()
}

/// How many signatures a mock was asked for.
pub(crate) fn asked(mock: &Mock) -> usize {
    mock.seen().iter().filter(|request| request["op"] == "sign_http").count()
}

/// The context, as `--json` before the plugin's name makes it.
pub(crate) fn json_context() -> Value {
    let mut json = context();
    json["global"]["json"] = true.into();
    json
}
