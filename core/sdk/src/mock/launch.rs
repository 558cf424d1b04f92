//! Starting a plugin as the host does: its variables, its context, and a signer's socket.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Write as _},
    ops::{Deref, DerefMut},
    os::fd::{AsRawFd as _, OwnedFd},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use leash_protocol::env as names;
use rustix::fs::{MemfdFlags, memfd_create};
use serde_json::{Value, json};

/// Where the plugin finds its signer and its context.
const SIGNER: u32 = 4;
const CONTEXT: u32 = 5;

/// A plugin about to be started.
#[derive(Debug)]
pub struct Launch {
    program: PathBuf,
    arguments: Vec<OsString>,
    context: Value,
    signer: Option<Reach>,
    environment: Option<Vec<(OsString, OsString)>>,
    stdin: Stdin,
    stdout_closed: bool,
}

/// How the plugin reaches its signer.
#[derive(Debug)]
enum Reach {
    Socket(OwnedFd),
    Path(PathBuf),
}

/// What the plugin's stdin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stdin {
    Empty,
    Context,
    Closed,
}

/// A plugin that runs.
#[derive(Debug)]
pub struct Running {
    /// Its process.
    pub child: Child,
    /// Opened by the child, by way of this process.
    _context: Option<File>,
}

impl Launch {
    /// Of a program, with [`context`] as its context and no signer.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            context: context(),
            signer: None,
            environment: None,
            stdin: Stdin::Empty,
            stdout_closed: false,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets the context.
    #[must_use]
    pub fn context(mut self, context: Value) -> Self {
        self.context = context;
        self
    }

    /// Gives it a signer: the plugin's end of a mock's socket.
    #[must_use]
    pub fn signer(mut self, socket: OwnedFd) -> Self {
        self.signer = Some(Reach::Socket(socket));
        self
    }

    /// Gives it a signer that listens on a socket in the file system.
    #[must_use]
    pub fn signer_at(mut self, path: impl Into<PathBuf>) -> Self {
        self.signer = Some(Reach::Path(path.into()));
        self
    }

    /// Sets the variables that it gets in the place of this process's, beside those of the contract.
    #[must_use]
    pub fn environment(mut self, variables: Vec<(OsString, OsString)>) -> Self {
        self.environment = Some(variables);
        self
    }

    /// Puts the context on its stdin, as `stdin = "context"` wants it.
    #[must_use]
    pub const fn stdin_context(mut self) -> Self {
        self.stdin = Stdin::Context;
        self
    }

    /// Closes its stdin.
    #[must_use]
    pub const fn stdin_closed(mut self) -> Self {
        self.stdin = Stdin::Closed;
        self
    }

    /// Closes its stdout.
    #[must_use]
    pub const fn stdout_closed(mut self) -> Self {
        self.stdout_closed = true;
        self
    }

    /// Runs it to its end, with what `change` makes of the command.
    ///
    /// # Errors
    /// Where it can't be started.
    pub fn output(self, change: impl FnOnce(&mut Command)) -> io::Result<Output> {
        self.spawn(change)?.child.wait_with_output()
    }

    /// Starts it, with what `change` makes of the command: its stdin is empty, stdout and stderr are captured.
    ///
    /// # Errors
    /// Where it can't be started.
    pub fn spawn(self, change: impl FnOnce(&mut Command)) -> io::Result<Running> {
        let (mut command, context) = self.command()?;
        change(&mut command);
        Ok(Running { child: command.spawn()?, _context: context })
    }

    fn command(self) -> io::Result<(Command, Option<File>)> {
        let mut held = None;
        let mut script = String::new();
        let mut command = Command::new("/bin/sh");
        if let Some(variables) = &self.environment {
            command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
        }
        let stdin_from = |number: u32| format!("exec {number}<&0 </dev/null\n");
        match self.signer {
            Some(Reach::Socket(socket)) => {
                // No number of its own can be asked for, so it comes in as stdin and moves on.
                script.push_str(&stdin_from(SIGNER));
                command.env(names::SIGNER, format!("fd:{SIGNER}")).stdin(Stdio::from(socket));
            }
            Some(Reach::Path(path)) => {
                let mut address = OsString::from("unix:");
                address.push(path);
                command.env(names::SIGNER, address).stdin(Stdio::null());
            }
            None => {
                command.env_remove(names::SIGNER).stdin(Stdio::null());
            }
        }
        let document = self.context.to_string();
        if cfg!(target_os = "linux") {
            let mut file = File::from(memfd_create("leash-context", MemfdFlags::CLOEXEC)?);
            file.write_all(document.as_bytes())?;
            // The shell opens it anew, at its beginning.
            let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
            script.push_str(&format!("exec {CONTEXT}<{path}\n"));
            if self.stdin == Stdin::Context {
                script.push_str(&format!("exec <{path}\n"));
            }
            command.env(names::CONTEXT_FD, CONTEXT.to_string());
            held = Some(file);
        }
        // What was signed already stands in the whole document alone.
        let mut rest = self.context.clone();
        rest.as_object_mut().map(|fields| fields.shift_remove("presigned"));
        let rest = rest.to_string();
        if rest.len() <= names::CONTEXT_INLINE_MAX {
            command.env(names::CONTEXT, &rest);
        }
        if self.stdin == Stdin::Closed {
            script.push_str("exec <&-\n");
        }
        if self.stdout_closed {
            script.push_str("exec >&-\n");
        }
        script.push_str("exec \"$@\"");
        let context = &self.context;
        for (name, place) in [
            (names::PLUGIN, "/plugin/name"),
            (names::INVOCATION, "/invocation"),
            (names::BIN, "/host/bin"),
            (names::VERSION, "/host/version"),
            (names::AGENT_MINT, "/agent/mint"),
            (names::EXECUTIVE_PUBKEY, "/agent/executive_pubkey"),
            (names::NETWORK, "/agent/network"),
            (names::API_URL, "/api/base_url"),
            (names::RPC_URL, "/rpc/url"),
            (names::EXPLORER_URL, "/explorer/url"),
        ] {
            match context.pointer(place).and_then(Value::as_str) {
                Some(text) => command.env(name, text),
                None => command.env_remove(name),
            };
        }
        command
            .args(["-c", &script, "sh"])
            .arg(&self.program)
            .args(&self.arguments)
            .env(names::PROTOCOL, "1")
            .env(names::DEPTH, "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok((command, held))
    }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.child
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.child
    }
}

/// A context to start from: plugin `test` of an agent that holds nothing.
#[must_use]
pub fn context() -> Value {
    json!({
        "v": 1, "invocation": "00112233445566778899aabbccddeeff", "depth": 1,
        "plugin": {"name": "test", "version": "1.0.0", "source": "path"},
        "agent": {
            "name": "default",
            "mint": "B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj",
            "executive_pubkey": "AV3nmEArrKwFqbDzRsE9h3eUdhQvDF7zhCnRzH7kco7",
            "treasury": "8Xt65473jqgUU1FwnPhKEnhqXBfteXPHXim9RyJjjCQL",
            "network": "solana-devnet",
        },
        "api": {"base_url": "http://127.0.0.1:9"},
        "rpc": {"url": "http://127.0.0.1:9/rpc"},
        "explorer": {"url": "http://127.0.0.1:9/explorer"},
        "global": {"json": false, "color": "auto", "quiet": false, "verbose": 0},
        "presigned": [],
        "dirs": {"data": "/nonexistent/data", "cache": "/nonexistent/cache"},
        "host": {"bin": "/nonexistent/leash", "version": "0.1.0"},
        "features": [],
    })
}
