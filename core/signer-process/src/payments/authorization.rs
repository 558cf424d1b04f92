//! Whether one payment may be made, and its signature: what a plugin asks for, and what the payer then says that it costs,
//! held against the grant. The payer is believed nothing: the transaction is made here, of what was agreed to.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use leash_chain::Blockhash;
use leash_intent::{Checked, Intent, Meaning as Means, check};
use leash_output::command;
use leash_policy::{Allowance, Denial, Grounds, Ledger, Name, Payment, Reason, Request, Usd, evaluate};
use leash_protocol::{
    frame::{Code, Refusal},
    manifest::Consent,
    scope::is_method,
};
use leash_signature::Envelope;

use leash_payer_protocol::{Form, Meaning, Part};

use crate::{
    refusal::{bad_request, ended, internal},
    request::{Pay, body_hash},
    run::Run,
};

use super::call::PaymentCall;

/// The longest URL that is looked at, as of a path that is signed.
const MOST_URL: usize = 8 * 1024;

/// One payment, as far as it has got.
pub(super) struct PendingPayment<'a> {
    call: PaymentCall<'a>,
    allowance: &'a Allowance,
    /// The most that it may cost, by what the plugin said and what was granted.
    max: Usd,
    /// What it costs, once that was agreed to.
    agreed: Option<(Meaning, u64)>,
    /// Whether it was signed. There is no second signature.
    pub(super) signed: bool,
    /// What the payer was refused.
    pub(super) refused: Option<Refusal>,
}

impl<'a> PendingPayment<'a> {
    /// Goes through all that can be against a payment before anybody is asked what it costs.
    ///
    /// # Errors
    /// Where it makes no sense, or isn't granted.
    pub(super) fn check(call: PaymentCall<'a>, allowance: Option<&'a Allowance>) -> Result<Self, Refusal> {
        let max = form(call.ask)?;
        let plugin = &call.run().plugin.name;
        let Some(allowance) = allowance else {
            let hint = format!(
                "its manifest asks for it by `[pay]`, and you grant it: {}",
                command(&format!("plugin trust {plugin}"))
            );
            let message = format!("`{plugin}` was not granted any payments");
            return Err(Refusal::new(Code::DeniedScope, message, Some(hint)));
        };
        allowance.check_host(&call.ask.purchase.url).map_err(|denial| denied(plugin, &denial))?;
        if max > allowance.per_call {
            let detail = format!("`max` is ${max}, and one payment may be ${} at most", allowance.per_call);
            return Err(denied(plugin, &Denial { reason: Reason::PerCallMax, detail }));
        }
        call.run().check_expiry()?;
        Ok(Self { call, allowance, max, agreed: None, signed: false, refused: None })
    }

    pub(super) const fn run(&self) -> &'a Run {
        self.call.run()
    }

    pub(super) const fn ask(&self) -> &'a Pay {
        self.call.ask
    }

    pub(super) const fn allowance(&self) -> &'a Allowance {
        self.allowance
    }

    /// Whether its limit is that of the grant.
    pub(super) fn is_granted_max(&self) -> bool {
        self.allowance.per_call <= self.max
    }

    /// Whether it may cost this: by the grant and what was spent and, where the grant says so, by the user.
    ///
    /// # Errors
    /// Where it may not, or what was spent isn't known.
    pub(super) fn agree(&mut self, spending: &Ledger, meaning: Meaning) -> Result<(), Refusal> {
        let (run, purchase) = (self.run(), &self.ask().purchase);
        let payment = meaning.payment(run.mint, run.network, Some("memo"), None).map_err(odd)?;
        let gross = payment.gross().ok_or_else(|| odd("it is more than an amount can be"))?;
        let symbol = payment.token.symbol;
        // A grant counts dollars, so nothing bounds how much SOL many small payments would take from the executive.
        if payment.fee_payer.is_none() {
            let message =
                "the executive would pay the network's fee, and a plugin was granted none of its SOL";
            let hint = format!("pay it yourself: `{}`", command("pay URL"));
            return Err(Refusal::new(Code::DeniedScope, message, Some(hint)).because("unsponsored"));
        }
        // With any blockhash: nobody is asked about what could never be signed.
        drop(checked(run, payment, Blockhash::new([0; 32]))?);
        let price = Usd::from_atomic(gross);
        if price > self.max {
            let detail = format!("${price} is above the ${} that it may cost", self.max);
            return Err(self.denied(&Denial { reason: Reason::PerCallMax, detail }));
        }
        let state = spending.state(Timestamp::now(), None).map_err(|error| uncounted(&error))?;
        let request = Request { url: &purchase.url, price: Some(&price.to_string()) };
        evaluate(&self.allowance.rules(), &request, &state).map_err(|denial| self.denied(&denial))?;
        run.check_expiry()?;
        if run.consent == Consent::Each {
            let mut lines = vec![
                format!("{price} {symbol} for {} {}", purchase.method, purchase.url),
                format!("to {}", meaning.to),
            ];
            if let Form::Standard(parts) = &meaning.form {
                let part = |part: &Part| format!("{} of it to {}", Usd::from_atomic(part.amount), part.to);
                lines.extend(parts.iter().map(part));
            }
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            run.ask_user("to pay", &lines, "Pay it?", self.call.client)?;
            run.check_expiry()?;
        }
        self.agreed = Some((meaning, gross));
        Ok(())
    }

    /// Signs what was agreed to, once, and has it counted before that; gives the transaction in base64.
    ///
    /// # Errors
    /// Where it isn't what was agreed to, or can't be counted, recorded or signed.
    pub(super) fn sign(
        &mut self,
        spending: &Ledger,
        (id, meaning): (&str, &Meaning),
        (memo, compute): (Option<&str>, Option<(u32, u64)>),
        blockhash: &str,
    ) -> Result<String, Refusal> {
        let gross = match &self.agreed {
            Some((agreed, gross)) if agreed == meaning && !self.signed => *gross,
            _ => return Err(odd("it is not what was agreed to")),
        };
        let run = self.run();
        let blockhash = blockhash.parse().map_err(|_| odd("its blockhash is none"))?;
        let payment = meaning.payment(run.mint, run.network, memo, compute).map_err(odd)?;
        if payment.gross() != Some(gross) {
            return Err(odd("it costs something else than was agreed to"));
        }
        run.check_expiry()?;
        if run.has_ended() {
            return Err(ended());
        }
        // All that could be wrong with it is found before it counts, and before the log says that it was signed.
        let checked = checked(run, payment, blockhash)?;
        let reserved = Payment { url: &self.ask().purchase.url, gross, key: id };
        // From here on it counts, until somebody who knows that it never took place says so.
        let reserved = spending.reserve_as(id, &self.allowance.rules(), &reserved, Timestamp::now());
        reserved.map_err(|error| uncounted(&error))?.map_err(|denial| self.denied(&denial))?;
        let recorded = self.call.record(Some(Usd::from_atomic(gross)), "signed", None);
        match recorded.and_then(|()| self.call.key.sign_transaction(checked)) {
            Ok(bytes) => {
                self.signed = true;
                Ok(STANDARD.encode(bytes))
            }
            Err(refusal) => {
                let _ = spending.release(id, "not signed", Grounds::NothingLeft, Timestamp::now());
                Err(refusal)
            }
        }
    }

    fn denied(&self, denial: &Denial) -> Refusal {
        denied(&self.run().plugin.name, denial)
    }
}

/// The transaction of a payment, made here and held against what it means.
fn checked(run: &Run, payment: leash_intent::Payment, blockhash: Blockhash) -> Result<Checked, Refusal> {
    let most = payment.network_fee();
    let intent = Intent::new(run.public, Means::Pay(payment), blockhash, most);
    let intent = intent.map_err(|error| odd(&error.to_string()))?;
    let built = intent.build().map_err(|error| odd(&error.to_string()))?;
    check(built, &intent).map_err(|error| internal(error.to_string()))
}

/// That the grant of the plugin of this name doesn't allow it.
fn denied(name: &str, denial: &Denial) -> Refusal {
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
    Refusal::new(code, message, Some(hint)).because(reason)
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
    let wanted = body_hash(&purchase.body_sha256)
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

fn odd(what: &str) -> Refusal {
    internal(format!("what the payer wants signed makes no sense: {what}"))
}

fn uncounted(error: &leash_output::Error) -> Refusal {
    let message = format!("what the plugin has paid can't be counted: {error}");
    Refusal::new(Code::Internal, message, Some(error.hints()))
}
