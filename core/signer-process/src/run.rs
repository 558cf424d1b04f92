//! The run of a plugin: who asks, as whom, until when, and whether the user agrees.

use std::{
    os::fd::{BorrowedFd, OwnedFd},
    time::Duration,
};

use jiff::Timestamp;
use leash_chain::Address;
use leash_identity::Network;
use leash_output::{command, escape};
use leash_protocol::{
    frame::{Code, Refusal},
    manifest::Consent,
};

use crate::{
    ask::{self, NotAgreed},
    process::Process,
    spec::Plugin,
};

/// The run that a signer is for.
pub(crate) struct Run {
    pub(crate) plugin: Plugin,
    /// Its process.
    pub(crate) process: Process,
    pub(crate) invocation: String,
    /// The agent's mint.
    pub(crate) mint: Address,
    /// The public half of the agent's key.
    pub(crate) public: Address,
    pub(crate) network: Network,
    /// Whether the user is asked.
    pub(crate) consent: Consent,
    /// Where.
    pub(crate) terminal: Option<OwnedFd>,
    /// Until when the grant holds.
    pub(crate) expires_at: Option<Timestamp>,
}

impl Run {
    pub(crate) fn has_ended(&self) -> bool {
        self.process.ends_within(Duration::ZERO)
    }

    pub(crate) fn check_expiry(&self) -> Result<(), Refusal> {
        match self.expires_at {
            Some(end) if Timestamp::now() >= end => {
                let hint = command(&format!("plugin trust {}", self.plugin.name));
                Err(Refusal::new(Code::Expired, format!("the grant has run out at {end}"), Some(hint)))
            }
            _ => Ok(()),
        }
    }

    /// Has the user agree; what is asked for is shown in `lines`.
    pub(crate) fn ask_user(
        &self,
        what: &str,
        lines: &[&str],
        question: &str,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<(), Refusal> {
        let denied = |why: &str, hint: Option<String>| {
            let message = format!("the user has to agree each time: {why}");
            Refusal::new(Code::DeniedConsent, message, hint)
        };
        let Some(terminal) = &self.terminal else {
            let hint = format!("run `{}` on a terminal", command(&self.plugin.name));
            return Err(denied("there is no terminal to ask on", Some(hint)));
        };
        if !self.plugin.strict && ask::anyone_can_type() {
            let hint = command(&format!("plugin trust {} --sandbox strict", self.plugin.name));
            return Err(denied("this system lets a plugin type the answer itself", Some(hint)));
        }
        let lines: String = lines.iter().map(|line| format!("  {}\n", escape(line))).collect();
        let question = format!(
            "\nleash: `{}` asks {what} as {} on {}:\n{lines}{question} [y/N] ",
            escape(&self.plugin.name),
            self.mint,
            self.network.as_str(),
        );
        ask::ask(terminal, &self.process, client, &question).map_err(|why| {
            let hint = match why {
                NotAgreed::Background => "bring it to the foreground of its terminal: `fg`",
                _ => "run it again, and answer `y` to have it done",
            };
            denied(why.as_str(), Some(hint.to_owned()))
        })
    }
}
