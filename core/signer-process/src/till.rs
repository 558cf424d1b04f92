//! Whether one payment may be made, and its signature: what a plugin asks for, and what the payer then says that it costs,
//! held against the grant. The payer is believed nothing: what is signed here is made here, of what was agreed to.

use std::{os::fd::BorrowedFd, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use leash_chain::Blockhash;
use leash_intent::{Checked, Intent, Meaning as Means, check};
use leash_output::command;
use leash_policy::{Allowance, Denial, Grounds, Name, Payment, Reason, Request, Usd, evaluate};
use leash_protocol::{
    frame::{Code, Refusal},
    manifest::Consent,
    scope::is_method,
};
use leash_signature::Envelope;

use crate::{
    decide::{ended, hash, refusal},
    request::{Pay, bad_request},
    signer::{Signer, internal, is_locked},
};
use leash_payer_protocol::Meaning;

/// The longest URL that is looked at, as of a path that is signed.
const MOST_URL: usize = 8 * 1024;

/// One payment, as far as it has got.
pub(crate) struct Till {
    pub(crate) url: String,
    method: String,
    /// The most that it may cost, by what the plugin said and what was granted.
    max: Usd,
    /// What it costs, once that was agreed to.
    agreed: Option<(Meaning, u64)>,
    /// Whether it was signed. There is no second signature.
    pub(crate) signed: bool,
    /// What the payer was refused.
    pub(crate) refused: Option<Refusal>,
}

impl Signer {
    /// Goes through all that can be against a payment before anybody is asked what it costs.
    pub(crate) fn look(&self, ask: &Pay) -> Result<Till, Refusal> {
        let purchase = &ask.purchase;
        let max = form(ask)?;
        let Some(pay) = &self.grant.pay else {
            let hint = format!(
                "its manifest asks for it by `[pay]`, and you grant it: {}",
                command(&format!("plugin trust {}", self.plugin.name))
            );
            let message = format!("`{}` was not granted any payments", self.plugin.name);
            return Err(refusal(Code::DeniedScope, message, Some(hint)));
        };
        pay.check_host(&purchase.url).map_err(|denial| self.denied(&denial))?;
        if max > pay.per_call {
            let detail = format!("`max` is ${max}, and one payment may be ${} at most", pay.per_call);
            return Err(self.denied(&Denial { reason: Reason::PerCallMax, detail }));
        }
        self.check_expiry()?;
        Ok(Till {
            url: purchase.url.clone(),
            method: purchase.method.clone(),
            max,
            agreed: None,
            signed: false,
            refused: None,
        })
    }

    /// Whether a payment's limit is that of the grant.
    pub(crate) fn is_granted_max(&self, till: &Till) -> bool {
        self.grant.pay.as_ref().is_some_and(|pay| pay.per_call <= till.max)
    }

    /// Whether it may cost this: by the grant and, where the grant says so, by the user.
    pub(crate) fn agree(
        &self,
        till: &mut Till,
        meaning: Meaning,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<(), Refusal> {
        let payment = meaning.payment(self.mint, self.place.network, "memo").map_err(odd)?;
        let gross = payment.gross().ok_or_else(|| odd("it is more than an amount can be"))?;
        let symbol = payment.token.symbol;
        // With any blockhash: nobody is asked about what could never be signed.
        drop(self.checked(payment, Blockhash::new([0; 32]))?);
        let price = Usd::from_atomic(gross);
        if price > till.max {
            let detail = format!("${price} is above the ${} that it may cost", till.max);
            return Err(self.denied(&Denial { reason: Reason::PerCallMax, detail }));
        }
        let (pay, spec) = self.money()?;
        let state = spec.spending.state(Timestamp::now(), None).map_err(|error| uncounted(&error))?;
        let request = Request { url: &till.url, price: Some(&price.to_string()) };
        evaluate(&pay.rules(), &request, &state).map_err(|denial| self.denied(&denial))?;
        self.check_expiry()?;
        if self.grant.consent == Consent::Each {
            let lines =
                [format!("{price} {symbol} for {} {}", till.method, till.url), format!("to {}", meaning.to)];
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            self.ask_user("to pay", &lines, "Pay it?", client)?;
            self.check_expiry()?;
        }
        till.agreed = Some((meaning, gross));
        Ok(())
    }

    /// Signs what was agreed to, once, and has it counted before that.
    pub(crate) fn sign_payment(
        &self,
        till: &mut Till,
        ask: &Pay,
        (id, meaning): (&str, &Meaning),
        memo: &str,
        blockhash: &str,
    ) -> Result<String, Refusal> {
        let gross = match &till.agreed {
            Some((agreed, gross)) if agreed == meaning && !till.signed => *gross,
            _ => return Err(odd("it is not what was agreed to")),
        };
        let blockhash = blockhash.parse().map_err(|_| odd("its blockhash is none"))?;
        let payment = meaning.payment(self.mint, self.place.network, memo).map_err(odd)?;
        if payment.gross() != Some(gross) {
            return Err(odd("it costs something else than was agreed to"));
        }
        self.check_expiry()?;
        if self.process.ends_within(Duration::ZERO) {
            return Err(ended());
        }
        // All that could be wrong with it is found before it counts, and before the log says that it was signed.
        let key = self.key.as_ref().map_err(|hint| is_locked(hint))?;
        let mut checked = self.checked(payment, blockhash)?;
        let (pay, spec) = self.money()?;
        let reserved = Payment { url: &till.url, gross, key: id };
        // From here on it counts, until somebody who knows that it never took place says so.
        let reserved = spec.spending.reserve_as(id, &pay.rules(), &reserved, Timestamp::now());
        reserved.map_err(|error| uncounted(&error))?.map_err(|denial| self.denied(&denial))?;
        let noted = self.note_payment(ask, Some(Usd::from_atomic(gross)), "signed", None);
        let signed = noted.and_then(|()| {
            key.executive.sign_transaction(&mut checked).map_err(|error| internal(error.to_string()))?;
            checked.into_transaction().to_bytes().map_err(|error| internal(error.to_string()))
        });
        match signed {
            Ok(bytes) => {
                till.signed = true;
                Ok(STANDARD.encode(bytes))
            }
            Err(refusal) => {
                let _ = spec.spending.release(id, "not signed", Grounds::NothingLeft, Timestamp::now());
                Err(refusal)
            }
        }
    }

    /// The transaction of a payment, made here and held against what it means.
    fn checked(&self, payment: leash_intent::Payment, blockhash: Blockhash) -> Result<Checked, Refusal> {
        let intent = Intent::new(self.public, Means::Pay(payment), blockhash, 0);
        let intent = intent.map_err(|error| odd(&error.to_string()))?;
        let built = intent.build().map_err(|error| odd(&error.to_string()))?;
        check(built, &intent).map_err(|error| internal(error.to_string()))
    }

    fn money(&self) -> Result<(&Allowance, &crate::PayerSpec), Refusal> {
        let none = || internal("`leash-payer` isn't there: install leash whole".to_owned());
        self.grant.pay.as_ref().zip(self.payer.as_ref()).ok_or_else(none)
    }

    fn denied(&self, denial: &Denial) -> Refusal {
        let name = &self.plugin.name;
        let (code, hint) = match denial.reason {
            Reason::DailyBudgetExceeded => {
                (Code::Quota, command(&format!("plugin trust {name} --max-spend-per-day PRICE")))
            }
            Reason::PerCallMax => {
                (Code::DeniedScope, command(&format!("plugin trust {name} --max-per-call PRICE")))
            }
            _ => {
                let trust = command(&format!("plugin trust {name}"));
                (Code::DeniedScope, format!("its manifest names whom it pays: {trust}"))
            }
        };
        let reason = denial.reason.as_str();
        let message = format!("not paid, by the grant of `{name}` ({reason}): {}", denial.detail);
        refusal(code, message, Some(hint)).because(reason)
    }
}

/// Checks the form of a request; gives its limit.
fn form(ask: &Pay) -> Result<Usd, Refusal> {
    let purchase = &ask.purchase;
    if let Some(fault) = ask.fault {
        return Err(bad_request(fault));
    }
    if !is_method(&purchase.method) {
        return Err(bad_request("the method is no upper-case token"));
    }
    // A library that reads URLs drops some of these in silence.
    if purchase.url.len() > MOST_URL
        || purchase.url.chars().any(|char| char.is_control() || char.is_whitespace())
    {
        return Err(bad_request("the URL is too long, or has a character that isn't allowed in it"));
    }
    Name::of_url(&purchase.url).map_err(|why| bad_request(&format!("the URL can't be paid: {why}")))?;
    let wanted = hash(&purchase.body_sha256)
        .ok_or_else(|| bad_request("`body_sha256` is not 64 lower-case hex digits"))?;
    let body = match &purchase.body {
        Some(body) => STANDARD.decode(body).map_err(|_| bad_request("`body` is no base64"))?,
        None => Vec::new(),
    };
    if Envelope::hash_body(&body) != wanted {
        return Err(bad_request("`body_sha256` is not the hash of the body"));
    }
    purchase.max.parse().map_err(|why| bad_request(&format!("`max` is no amount of dollars: {why}")))
}

/// The host of a URL, for the log.
pub(crate) fn host_of(url: &str) -> String {
    Name::of_url(url).map(|host| host.to_string()).unwrap_or_default()
}

fn odd(what: &str) -> Refusal {
    internal(format!("what the payer wants signed makes no sense: {what}"))
}

fn uncounted(error: &leash_output::Error) -> Refusal {
    let message = format!("what the plugin has paid can't be counted: {error}");
    Refusal::new(Code::Internal, message, Some(error.hints()))
}
