//! Sellers and buyers as processes, which speak in lines of JSON.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long a program of node's may take to load its packages.
const START: Duration = Duration::from_secs(120);
/// How long a purchase may take. x402 1.2 waits for a confirmation for a minute.
const PURCHASE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(20);

/// A seller that listens, until it is dropped.
pub(super) struct Process {
    child: Child,
    pub(super) port: u16,
    events: Receiver<Value>,
}

impl Process {
    pub(super) fn start(mut command: Command, setup: &Value) -> Result<Self, String> {
        // It ends when its stdin does, which is when this process ends.
        let mut child = command
            .env("INTEROP", setup.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {command:?}: {error}"))?;
        let (sender, events) = channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                let lines = BufReader::new(stdout).lines().map_while(Result::ok);
                let events = lines.filter_map(|line| serde_json::from_str(&line).ok());
                events.take_while(|event: &Value| sender.send(event.clone()).is_ok()).for_each(drop);
            });
        }
        let mut seller = Self { child, port: 0, events };
        let begun = Instant::now();
        while seller.port == 0 {
            let event = match seller.events.recv_timeout(START.saturating_sub(begun.elapsed())) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => {
                    return Err("it doesn't listen after two minutes".to_owned());
                }
                Err(RecvTimeoutError::Disconnected) => return Err("it ended before it listened".to_owned()),
            };
            seller.port = event["listening"].as_u64().and_then(|port| port.try_into().ok()).unwrap_or(0);
        }
        Ok(seller)
    }

    /// What its facilitator has said since the last time.
    pub(super) fn said(&self) -> Vec<Value> {
        self.events.try_iter().filter(|event| event.get("facilitator").is_some()).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end, which must come in time.
pub(super) fn finish(command: &mut Command) -> Result<Output, String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let (stdout, stderr) = (child.stdout.take().map(read), child.stderr.take().map(read));
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if begun.elapsed() > PURCHASE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err("it doesn't end after two minutes".to_owned());
            }
            None => thread::sleep(POLL),
        }
    };
    let join = |reader: Option<thread::JoinHandle<Vec<u8>>>| {
        reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
    };
    Ok(Output { status, stdout: join(stdout), stderr: join(stderr) })
}

fn read(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}
