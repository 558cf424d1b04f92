//! Having something paid for: a payer is started, asked what it costs, and given a signature for what was agreed to.
//!
//! While a payment is under way nobody else is answered. What was bought stays with its payer until it has arrived.

use std::os::fd::BorrowedFd;

use jiff::Timestamp;
use leash_audit::{Entry, Payment};
use leash_identity::Network;
use leash_output::command;
use leash_policy::Usd;
use leash_protocol::{
    exit,
    frame::{Answer, Code, Paid, Piece, Refusal, Unpaid},
};
use leash_signature::Secret;

use crate::{
    decide::ended,
    payer::{Payer, Silence},
    request::{Pay, bad_request},
    signer::{Signer, internal, is_locked, stamp},
    till::{Till, host_of},
};
use leash_payer_protocol::{Errand, PIECE, Reply, Wiped, Word};

/// How many answers are kept that haven't arrived yet. The oldest one has to be asked for again then.
const MOST_KEPT: usize = 8;

/// Where the agent lives, and its API key: all that a payer is told beside the errand.
pub(crate) struct Place {
    pub(crate) network: Network,
    pub(crate) api_url: String,
    pub(crate) rpc_url: String,
    pub(crate) explorer_url: String,
    pub(crate) api_key: Option<Secret<String>>,
}

/// Something that was bought and hasn't arrived yet.
pub(crate) struct Bought {
    answer: String,
    payer: Payer,
    size: u64,
    /// How much of it was handed out, from its beginning.
    handed: u64,
    /// Whether the plugin wants to say itself that it arrived.
    hold: bool,
}

/// An answer, and which purchase is over once that is sent.
pub(crate) struct Handed {
    pub(crate) given: Answer,
    pub(crate) whole: Option<String>,
}

impl Signer {
    /// Whether there is anything to pay with.
    pub(crate) const fn can_pay(&self) -> bool {
        self.grant.pay.is_some() && self.payer.is_some()
    }

    /// Buys something or says why not. There is one line in the audit log for it: before the signature or, where nothing was
    /// signed, before the answer.
    pub(crate) fn pay(&mut self, ask: &Pay, client: Option<BorrowedFd<'_>>) -> Result<Handed, Refusal> {
        self.leaving.retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
        if let Err(hint) = &self.key {
            return Err(ask.fault.map_or_else(|| is_locked(hint), bad_request));
        }
        let mut till = match self.look(ask) {
            Ok(till) => till,
            Err(refusal) => return Err(self.refused(ask, refusal)?),
        };
        match self.buy(ask, &mut till, client) {
            Ok((payer, mut paid)) => {
                if !till.signed {
                    let decision = if paid.resumed { "resumed" } else { "free" };
                    self.note_payment(ask, None, decision, None)?;
                }
                paid.answer = token()?;
                Ok(self.keep(payer, ask, paid))
            }
            Err(refusal) if till.signed => Err(refusal),
            Err(refusal) => Err(self.refused(ask, refusal)?),
        }
    }

    fn refused(&self, ask: &Pay, refusal: Refusal) -> Result<Refusal, Refusal> {
        let reason = refusal.reason().map(str::to_owned);
        self.note_payment(ask, None, refusal.code.as_str(), reason)?;
        Ok(refusal)
    }

    pub(crate) fn note_payment(
        &self,
        ask: &Pay,
        gross: Option<Usd>,
        decision: &str,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        let purchase = &ask.purchase;
        let gross = gross.map(|gross| gross.to_string());
        self.write(Entry {
            method: purchase.method.clone(),
            path: purchase.url.clone(),
            body_sha256: purchase.body_sha256.clone(),
            pay: Some(Payment { host: host_of(&purchase.url), gross, reason }),
            ..self.line(&stamp(Timestamp::now()), decision)
        })
    }

    fn buy(
        &mut self,
        ask: &Pay,
        till: &mut Till,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<(Payer, Box<Paid>), Refusal> {
        let Some(spec) = &self.payer else {
            return Err(internal("`leash-payer` isn't there: install leash whole".to_owned()));
        };
        let payer = Payer::start(spec)
            .map_err(|error| internal(format!("`{}` can't be started: {error}", spec.program.display())))?;
        let errand = Errand {
            purchase: ask.purchase.clone(),
            plugin: self.plugin.name.clone(),
            mint: self.mint.to_string(),
            executive: self.public.to_string(),
            network: self.place.network.as_str().to_owned(),
            api_url: self.place.api_url.clone(),
            rpc_url: self.place.rpc_url.clone(),
            explorer_url: self.place.explorer_url.clone(),
            api_key: self.place.api_key.as_ref().map(|key| Wiped(key.expose().clone())),
            daily: self.grant.pay.as_ref().map_or_else(String::new, |pay| pay.per_day.to_string()),
            timeout: spec.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)),
            allow_http: spec.allow_http,
            named_agent: spec.named_agent.clone(),
        };
        match self.attend(&payer, &errand, ask, till, client) {
            Ok(paid) => Ok((payer, paid)),
            Err(refusal) => {
                self.leaving.push(payer.leave());
                Err(refusal)
            }
        }
    }

    /// Answers a payer until it has bought it, or won't.
    fn attend(
        &self,
        payer: &Payer,
        errand: &Errand,
        ask: &Pay,
        till: &mut Till,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<Box<Paid>, Refusal> {
        payer.say(errand, &self.process).map_err(|silence| cut_off(&silence, till))?;
        loop {
            let word = payer.hear(&self.process).map_err(|silence| cut_off(&silence, till))?;
            let reply = match word {
                Word::Agree(meaning) => self.agree(till, meaning, client).map(|()| Reply::Yes),
                Word::Sign { id, meaning, memo, blockhash } => self
                    .sign_payment(till, ask, (&id, &meaning), &memo, &blockhash)
                    .map(|transaction| Reply::Signed { transaction }),
                Word::Bought(paid) => return Ok(paid),
                Word::Failed { exit, code, message, mut hint, fields } => {
                    if code == "above_max" && self.is_granted_max(till) {
                        hint = command(&format!("plugin trust {} --max-per-call PRICE", self.plugin.name));
                    }
                    return Err(till.refused.take().unwrap_or_else(|| Refusal {
                        payment: Some(Box::new(Unpaid { reason: code.clone(), document: fields })),
                        ..failed(exit, &code, message, hint)
                    }));
                }
                Word::Piece { .. } | Word::Bye => return Err(cut_off(&Silence::Gone, till)),
            };
            let reply = reply.unwrap_or_else(|refusal| {
                let (code, message) = (refusal.code.as_str().to_owned(), refusal.message.clone());
                till.refused = Some(refusal);
                Reply::No { code, message }
            });
            payer.say(&reply, &self.process).map_err(|silence| cut_off(&silence, till))?;
        }
    }

    fn keep(&mut self, payer: Payer, ask: &Pay, paid: Box<Paid>) -> Handed {
        let (answer, size, hold) = (paid.answer.clone(), paid.body_size, ask.purchase.hold);
        let handed = bytes_in(&paid.body);
        if self.bought.len() >= MOST_KEPT {
            let oldest = self.bought.remove(0);
            self.leaving.push(oldest.payer.leave());
        }
        let whole = (handed >= size && !hold).then(|| answer.clone());
        self.bought.push(Bought { answer, payer, size, handed, hold });
        Handed { given: Answer::Paid(paid), whole }
    }

    /// A further piece of what was bought.
    pub(crate) fn piece(&mut self, answer: &str, offset: u64) -> Result<Handed, Refusal> {
        let process = &self.process;
        let bought = self.bought.iter_mut().find(|bought| bought.answer == answer).ok_or_else(over)?;
        let piece = match bought
            .payer
            .say(&Reply::Piece { offset }, process)
            .and_then(|()| bought.payer.hear(process))
        {
            Ok(Word::Piece { piece }) if bytes_in(&piece) <= PIECE as u64 => piece,
            _ => return Err(internal("what was bought can't be had any more; ask for it again".to_owned())),
        };
        if offset <= bought.handed {
            bought.handed = bought.handed.max(offset.saturating_add(bytes_in(&piece)));
        }
        let whole = (bought.handed >= bought.size && !bought.hold).then(|| answer.to_owned());
        Ok(Handed { given: Answer::Piece(Piece { offset, piece }), whole })
    }

    /// What was bought has arrived.
    pub(crate) fn done(&mut self, answer: &str) -> Result<(), Refusal> {
        let at = self.bought.iter().position(|bought| bought.answer == answer).ok_or_else(over)?;
        let (understood, child) = self.bought.remove(at).payer.arrived(&self.process);
        self.leaving.push(child);
        if understood {
            return Ok(());
        }
        Err(internal("it isn't noted that it arrived; the same request gives it again".to_owned()))
    }
}

fn over() -> Refusal {
    bad_request("there is no such answer, or not any more")
}

/// How many bytes a text in base64 stands for.
fn bytes_in(text: &str) -> u64 {
    let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
    ((text.len() / 4 * 3).saturating_sub(padding)) as u64
}

fn failed(exit: u8, code: &str, message: String, hint: String) -> Refusal {
    match exit {
        exit::REFUSED => {
            Refusal::new(Code::DeniedScope, format!("{message} (the policy says: {code})"), Some(hint))
        }
        exit::USAGE => Refusal::new(Code::BadRequest, message, Some(hint)),
        _ => Refusal::new(Code::Internal, message, Some(hint)),
    }
}

fn cut_off(silence: &Silence, till: &Till) -> Refusal {
    match silence {
        Silence::Ended => ended(),
        Silence::Gone if till.signed => Refusal::new(
            Code::Internal,
            "the payment was cut off, and it isn't known whether it was made",
            Some("ask for the same again: it sends the same payment, and pays nothing twice".to_owned()),
        )
        .because("cut_off"),
        Silence::Gone => Refusal::new(
            Code::Internal,
            "the payment was cut off before anything was signed",
            Some("ask for the same again".to_owned()),
        )
        .because("cut_off"),
    }
}

fn token() -> Result<String, Refusal> {
    leash_files::random_id::<8>()
        .map_err(|error| internal(format!("the system gives no randomness: {error}")))
}
