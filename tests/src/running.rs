//! A program that runs while the test does something else.

use std::{
    process::{Child, Stdio},
    thread::{self, JoinHandle},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Outcome, Run, printed::named_agent};

/// It.
pub struct Running {
    shown: String,
    child: JoinHandle<std::process::Output>,
    pid: Pid,
    agent: Option<String>,
}

impl Running {
    /// Starts it, with nothing to read.
    #[must_use]
    pub fn start(mut run: Run) -> Self {
        run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child: Child = run.command.spawn().unwrap();
        let pid = Pid::from_child(&child);
        let child = thread::spawn(|| child.wait_with_output().unwrap());
        Self { shown: format!("{:?}", run.command), child, pid, agent: named_agent(&run.command) }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Waits for its end.
    #[must_use]
    pub fn end(self) -> Outcome {
        let outcome = Outcome::new(self.shown, self.child.join().unwrap());
        if let Some(agent) = &self.agent {
            outcome.assert_repeats(agent);
        }
        outcome
    }

    /// Kills it, without a chance to clean up. It may have come to its end already.
    pub fn kill(self) {
        let _ = kill_process(self.pid, Signal::KILL);
        let _ = self.end();
    }
}
