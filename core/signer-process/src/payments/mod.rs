//! Having something paid for: a payer is started, asked what it costs, and given a signature for what was agreed to.
//!
//! While a payment is under way nobody else is answered. What was bought stays with its payer until it has arrived.

mod authorization;
mod call;
mod payer;

use std::{os::fd::BorrowedFd, process::Child};

use leash_output::command;
use leash_policy::{ABOVE_MAX, Allowance};
use leash_protocol::{
    exit,
    frame::{Answer, Code, Paid, PayLimits, Piece, Refusal, Unpaid},
};
use leash_signature::Secret;

use leash_payer_protocol::{Errand, PIECE, Reply, Wiped, Word};

use crate::{
    process::Process,
    refusal::{bad_request, ended, internal},
    request::Pay,
    run::Run,
    signer::Signer,
    spec::PayerSpec,
};

use authorization::PendingPayment;
use call::PaymentCall;
use payer::{Payer, Silence};

/// How many answers are kept that haven't arrived yet. The oldest one has to be asked for again then.
const MOST_KEPT: usize = 8;

/// The servers of the agent, and its API key: what a payer is told beside the errand.
pub(crate) struct Servers {
    pub(crate) api_url: String,
    pub(crate) rpc_url: String,
    pub(crate) explorer_url: String,
    pub(crate) api_key: Option<Secret<String>>,
}

/// The payments of one run of one plugin. They have no key: what is signed for them is signed by the [`Signer`].
pub(crate) struct Payments {
    /// What may be paid; none where nothing was granted.
    allowance: Option<Allowance>,
    /// How payments are made; none where they can't be.
    spec: Option<PayerSpec>,
    servers: Servers,
    /// What was bought and hasn't arrived yet.
    undelivered: Vec<UndeliveredPurchase>,
    /// Payers that have done their work, and end.
    leaving: Vec<Child>,
}

/// Something that was bought and hasn't arrived yet.
struct UndeliveredPurchase {
    answer: String,
    payer: Payer,
    size: u64,
    /// How much of it was handed out, from its beginning.
    handed: u64,
    /// Whether the plugin wants to say itself that it arrived.
    hold: bool,
}

/// What is sent of a purchase.
pub(crate) struct Delivery {
    pub(crate) answer: Answer,
    /// The purchase that has arrived once this is sent.
    pub(crate) completes: Option<String>,
}

impl Payments {
    pub(crate) const fn new(allowance: Option<Allowance>, spec: Option<PayerSpec>, servers: Servers) -> Self {
        Self { allowance, spec, servers, undelivered: Vec::new(), leaving: Vec::new() }
    }

    /// Whether there is anything to pay with.
    pub(crate) const fn can_pay(&self) -> bool {
        self.allowance.is_some() && self.spec.is_some()
    }

    /// What was granted, as the plugin is told.
    pub(crate) fn limits(&self) -> Option<PayLimits> {
        self.allowance.as_ref().map(Allowance::limits)
    }

    /// Buys something or says why not. There is one line in the audit log for it: before the signature or, where nothing was
    /// signed, before the answer.
    pub(crate) fn pay(
        &mut self,
        signer: &Signer,
        ask: &Pay,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<Delivery, Refusal> {
        self.leaving.retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
        let key = signer.key().map_err(|locked| ask.fault.map_or(locked, bad_request))?;
        let call = PaymentCall { signer, key, ask, client };
        let (mut pending, spec, payer) = self.begin(call).map_err(|refusal| call.refused(refusal))?;
        match self.attend(&payer, spec, &mut pending) {
            Ok(mut paid) => {
                if !pending.signed {
                    let decision = if paid.resumed { "resumed" } else { "free" };
                    call.record(None, decision, None)?;
                }
                paid.answer = token()?;
                Ok(self.keep(payer, ask, paid))
            }
            Err(refusal) => {
                let is_recorded = pending.signed;
                self.leaving.push(payer.leave());
                Err(if is_recorded { refusal } else { call.refused(refusal) })
            }
        }
    }

    /// Starts a payer for a payment that may be made, as far as that is known before its price.
    fn begin<'a>(
        &'a self,
        call: PaymentCall<'a>,
    ) -> Result<(PendingPayment<'a>, &'a PayerSpec, Payer), Refusal> {
        let pending = PendingPayment::check(call, self.allowance.as_ref())?;
        let spec = self
            .spec
            .as_ref()
            .ok_or_else(|| internal("`leash-payer` isn't there: install leash whole".to_owned()))?;
        spec.stop.check().map_err(|error| stopped(&error))?;
        let payer = Payer::start(spec)
            .map_err(|error| internal(format!("`{}` can't be started: {error}", spec.program.display())))?;
        Ok((pending, spec, payer))
    }

    /// Answers a payer until it has bought it, or won't.
    fn attend(
        &self,
        payer: &Payer,
        spec: &PayerSpec,
        pending: &mut PendingPayment<'_>,
    ) -> Result<Box<Paid>, Refusal> {
        let run = pending.run();
        let process = &run.process;
        let errand = self.errand(run, spec, pending);
        payer.say(&errand, process).map_err(|silence| cut_off(&silence, pending))?;
        loop {
            let word = payer.hear(process).map_err(|silence| cut_off(&silence, pending))?;
            let reply = match word {
                Word::Agree(meaning) => pending.agree(&spec.spending, meaning).map(|()| Reply::Yes),
                // A person may have been asked since the payment began.
                Word::Sign { id, meaning, memo, compute, blockhash } => spec
                    .stop
                    .check()
                    .map_err(|error| stopped(&error))
                    .and_then(|()| {
                        pending.sign(&spec.spending, (&id, &meaning), (memo.as_deref(), compute), &blockhash)
                    })
                    .map(|transaction| Reply::Signed { transaction }),
                Word::Bought(paid) => return Ok(paid),
                Word::Failed { exit, code, message, mut hint, fields } => {
                    if code == ABOVE_MAX.as_str() && pending.is_granted_max() {
                        hint = command(&format!("plugin trust {} --max-per-call PRICE", run.plugin.name));
                    }
                    return Err(pending.refused.take().unwrap_or_else(|| Refusal {
                        payment: Some(Box::new(Unpaid { reason: code.clone(), document: fields })),
                        ..failed(exit, &code, message, hint)
                    }));
                }
                Word::Piece { .. } | Word::Bye => return Err(cut_off(&Silence::Gone, pending)),
            };
            let reply = reply.unwrap_or_else(|refusal| {
                let (code, message) = (refusal.code.as_str().to_owned(), refusal.message.clone());
                pending.refused = Some(refusal);
                Reply::No { code, message }
            });
            payer.say(&reply, process).map_err(|silence| cut_off(&silence, pending))?;
        }
    }

    fn errand(&self, run: &Run, spec: &PayerSpec, pending: &PendingPayment<'_>) -> Errand {
        Errand {
            purchase: pending.ask().purchase.clone(),
            plugin: run.plugin.name.clone(),
            mint: run.mint.to_string(),
            executive: run.public.to_string(),
            network: run.network.as_str().to_owned(),
            api_url: self.servers.api_url.clone(),
            rpc_url: self.servers.rpc_url.clone(),
            explorer_url: self.servers.explorer_url.clone(),
            api_key: self.servers.api_key.as_ref().map(|key| Wiped(key.expose().clone())),
            daily: pending.allowance().per_day.to_string(),
            timeout: spec.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)),
            allow_http: spec.allow_http,
            named_agent: spec.named_agent.clone(),
        }
    }

    fn keep(&mut self, payer: Payer, ask: &Pay, paid: Box<Paid>) -> Delivery {
        let (answer, size, hold) = (paid.answer.clone(), paid.body_size, ask.purchase.hold);
        let handed = bytes_in(&paid.body);
        if self.undelivered.len() >= MOST_KEPT {
            let oldest = self.undelivered.remove(0);
            self.leaving.push(oldest.payer.leave());
        }
        let completes = (handed >= size && !hold).then(|| answer.clone());
        self.undelivered.push(UndeliveredPurchase { answer, payer, size, handed, hold });
        Delivery { answer: Answer::Paid(paid), completes }
    }

    /// A further piece of what was bought, for the plugin of this process.
    pub(crate) fn piece(
        &mut self,
        process: &Process,
        answer: &str,
        offset: u64,
    ) -> Result<Delivery, Refusal> {
        let purchase =
            self.undelivered.iter_mut().find(|purchase| purchase.answer == answer).ok_or_else(over)?;
        let payer = &purchase.payer;
        let piece = match payer.say(&Reply::Piece { offset }, process).and_then(|()| payer.hear(process)) {
            Ok(Word::Piece { piece }) if bytes_in(&piece) <= PIECE as u64 => piece,
            _ => return Err(internal("what was bought can't be had any more; ask for it again".to_owned())),
        };
        if offset <= purchase.handed {
            purchase.handed = purchase.handed.max(offset.saturating_add(bytes_in(&piece)));
        }
        let completes = (purchase.handed >= purchase.size && !purchase.hold).then(|| answer.to_owned());
        Ok(Delivery { answer: Answer::Piece(Piece { offset, piece }), completes })
    }

    /// What was bought has arrived.
    pub(crate) fn done(&mut self, process: &Process, answer: &str) -> Result<(), Refusal> {
        let at = self.undelivered.iter().position(|purchase| purchase.answer == answer).ok_or_else(over)?;
        let (understood, child) = self.undelivered.remove(at).payer.arrived(process);
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

fn cut_off(silence: &Silence, pending: &PendingPayment<'_>) -> Refusal {
    match silence {
        Silence::Ended => ended(),
        Silence::Gone if pending.signed => Refusal::new(
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

/// That the user stopped all payments.
fn stopped(error: &leash_output::Error) -> Refusal {
    let code = error.code().to_owned();
    Refusal::new(Code::DeniedConsent, format!("not paid: {error}"), Some(error.hints())).because(code)
}

fn token() -> Result<String, Refusal> {
    leash_files::random_id::<8>()
        .map_err(|error| internal(format!("the system gives no randomness: {error}")))
}
