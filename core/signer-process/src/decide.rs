//! Whether a request may be signed.

use std::{os::fd::BorrowedFd, time::Duration};

use jiff::Timestamp;
use leash_output::{command, escape};
use leash_protocol::{
    frame::{Code, Refusal},
    manifest::Consent,
    scope::{Asked, Scope},
};

use crate::{
    ask,
    request::{SignHttp, bad_request},
    signer::{Signer, internal},
};

impl Signer {
    /// Goes through all that can be against it; the user is asked last, and about nothing that is refused anyway.
    pub(crate) fn decide(
        &mut self,
        ask: &SignHttp,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<[u8; 32], Refusal> {
        if let Some(fault) = ask.fault {
            return Err(bad_request(fault));
        }
        let asked = Asked::check(&ask.method, &ask.path, &ask.query).map_err(bad_request)?;
        let body_sha256 = hash(&ask.body_sha256)
            .ok_or_else(|| bad_request("`body_sha256` is not 64 lower-case hex digits"))?;
        let mint = self.mint.to_string();
        if !self.grant.scopes.iter().any(|scope| scope.allows(&asked, &mint)) {
            return Err(self.out_of_scope(&asked, &mint));
        }
        self.check_expiry()?;
        if self.given >= self.grant.max_signatures {
            let message = format!(
                "this run has had its {}",
                leash_output::count(self.grant.max_signatures, "signature")
            );
            let hint = command(&format!("plugin trust {} --max-signatures N", self.plugin.name));
            return Err(refusal(Code::Quota, message, Some(hint)));
        }
        if self.grant.consent == Consent::Each {
            let request = format!("{} {}", asked.method(), asked.path_and_query());
            self.ask_user("for a signature", &[&request], "Sign it?", client)?;
            self.check_expiry()?;
        }
        match self.daily.as_mut().map(|daily| daily.take()) {
            None | Some(Ok(true)) if self.process.ends_within(Duration::ZERO) => Err(ended()),
            None | Some(Ok(true)) => Ok(body_sha256),
            Some(Ok(false)) => {
                let hint = command(&format!("plugin trust {} --max-per-day N", self.plugin.name));
                let message = "all signatures of this day (UTC) were given".to_owned();
                Err(refusal(Code::Quota, message, Some(hint)))
            }
            Some(Err(error)) => Err(internal(format!("the day's signatures can't be counted: {error}"))),
        }
    }

    pub(crate) fn check_expiry(&self) -> Result<(), Refusal> {
        match self.grant.expires_at {
            Some(end) if Timestamp::now() >= end => {
                let hint = command(&format!("plugin trust {}", self.plugin.name));
                Err(refusal(Code::Expired, format!("the grant has run out at {end}"), Some(hint)))
            }
            _ => Ok(()),
        }
    }

    fn out_of_scope(&self, asked: &Asked<'_>, mint: &str) -> Refusal {
        let message = format!("`{}` was not granted `{} {}`", self.plugin.name, asked.method(), asked.path());
        let path: Vec<&str> =
            asked.path().split('/').map(|segment| if segment == mint { "{mint}" } else { segment }).collect();
        let scope = format!("{} {}", asked.method(), path.join("/"));
        // A star in a path would mean more in a scope than was asked for; the bytes of a path need no quoting.
        let can_be_granted = !scope.contains('*') && Scope::parse(&scope).is_ok();
        let hint =
            can_be_granted.then(|| command(&format!("plugin trust {} --allow '{scope}'", self.plugin.name)));
        refusal(Code::DeniedScope, message, hint)
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
            refusal(Code::DeniedConsent, format!("the user has to agree each time: {why}"), hint)
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
            self.network,
        );
        ask::ask(terminal, &self.process, client, &question).map_err(|why| {
            let hint = match why {
                ask::BACKGROUND => "bring it to the foreground of its terminal: `fg`",
                _ => "run it again, and answer `y` to have it done",
            };
            denied(why, Some(hint.to_owned()))
        })
    }
}

pub(crate) fn refusal(code: Code, message: String, hint: Option<String>) -> Refusal {
    Refusal::new(code, message, hint)
}

/// What is asked after the plugin's end is asked by somebody else.
pub(crate) fn ended() -> Refusal {
    refusal(Code::Expired, "the plugin has ended".to_owned(), None)
}

/// 64 lower-case hex digits.
pub(crate) fn hash(hex: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut hash = [0; 32];
    if hex.len() != 2 * hash.len() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_64_lower_case_digits() {
        let good = "00ff".repeat(16);
        assert_eq!(hash(&good).map(|hash| (hash[0], hash[1])), Some((0, 0xff)));
        let upper = good.to_uppercase();
        let longer = format!("{good}00");
        let space = format!(" {}", &good[1..]);
        for bad in ["", "00", &upper, &longer, &good[1..], &space, &"é".repeat(32), &"g".repeat(64)] {
            assert_eq!(hash(bad), None, "{bad}");
        }
    }
}
