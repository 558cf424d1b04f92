//! MPP as specified: a `Payment` challenge of the method `solana` and the intent `charge`. Where specification and public
//! software differ, this follows the software.

use leash_chain::{Address, Network, Token};
use leash_intent::{MAX_SPLITS, Split};
use leash_js::Value;

use crate::{
    Offer, Protocol, Unpayable,
    auth::AuthChallenge,
    decode::{amount, base64_json, cut, exact, present, shown, text, whole},
    judge::{Judge, missing, mpp_network},
    offer::{Echo, Form, Memo},
};

/// The longest memo of MPP, in bytes.
const MAX_MEMO: usize = 566;
/// The parameters that a credential repeats; others are no part of a challenge.
const PARAMETERS: [&str; 10] =
    ["id", "realm", "method", "intent", "request", "description", "digest", "expires", "header", "opaque"];
/// The one header besides `Authorization` that a server may want the credential in.
const OTHER_HEADER: &str = "payment-authorization";

/// A challenge whose parameters could be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Challenge {
    /// Those of [`PARAMETERS`] that are there.
    params: Vec<(String, String)>,
    pub(crate) request: Value,
}

impl Challenge {
    pub(crate) fn read(challenge: &AuthChallenge) -> Result<Self, Unpayable> {
        let malformed = |what: &str| Unpayable::Malformed(what.to_owned());
        let params = challenge.params.as_ref().map_err(|what| malformed(what))?;
        let known = params.iter().filter(|(name, _)| PARAMETERS.contains(&name.as_str())).cloned().collect();
        let read = Self { params: known, request: Value::Null };
        for name in &PARAMETERS[..5] {
            let value = read.get(name).ok_or_else(|| missing(name))?;
            if value.is_empty() && *name != "realm" {
                return Err(Unpayable::Malformed(format!("its `{name}` is empty")));
            }
        }
        if read.get("header").is_some_and(|name| header_of(name).is_none()) {
            return Err(malformed("it wants the credential in a header that isn't for credentials"));
        }
        let request = read.get("request").and_then(base64_json);
        let request = request.filter(|request| matches!(request, Value::Object(_)));
        let request = request.ok_or_else(|| malformed("its `request` is not a JSON object in base64url"))?;
        Ok(Self { request, ..read })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The header that the credential goes into.
    pub(crate) fn header(&self) -> &'static str {
        self.get("header").and_then(header_of).unwrap_or("authorization")
    }

    /// The parameters as a credential repeats them.
    pub(crate) fn echo(&self) -> Value {
        let members =
            self.params.iter().map(|(name, value)| (name.as_str().into(), Value::text(value.as_str())));
        Value::Object(members.collect())
    }
}

fn header_of(name: &str) -> Option<&'static str> {
    ["authorization", OTHER_HEADER].into_iter().find(|known| name.eq_ignore_ascii_case(known))
}

pub(crate) fn judge(challenge: &Challenge, judge: &Judge) -> Result<Offer, Unpayable> {
    let param = |name: &str| challenge.get(name).unwrap_or_default().to_owned();
    if param("method") != "solana" {
        return Err(Unpayable::Method(param("method")));
    }
    if param("intent") != "charge" {
        return Err(Unpayable::Intent(param("intent")));
    }
    let request = &challenge.request;
    let named = |name: &str| text(request, name).ok_or_else(|| missing(name));
    let none = Value::Null;
    let details = present(request, "methodDetails").unwrap_or(&none);
    let written = optional_text(details, "network")?;
    let network = mpp_network(judge, written.as_deref())?;
    let token = token(&named("currency")?, network)?;
    check_token(details, token)?;
    let price = named("amount")?;
    let net = amount(&price).ok_or(Unpayable::Amount(price))?;
    let to = judge.party(&named("recipient")?, "recipient", Unpayable::Recipient)?;
    let fee_payer = sponsor(details, judge)?;
    let splits = splits(details, judge, net)?;
    if fee_payer.is_none() && splits.iter().any(|split| split.create_account) {
        return Err(Unpayable::AccountCreation);
    }
    let memo = memo(request, "externalId")?;
    let offer = Offer {
        protocol: Protocol::Mpp,
        network,
        token,
        net,
        to,
        fee: None,
        fee_payer,
        memo: memo.map_or(Memo::None, Memo::Text),
        splits,
        challenge_id: None,
        recent_blockhash: text(details, "recentBlockhash").and_then(|hash| hash.parse().ok()),
        expires: challenge.get("expires").map(str::to_owned),
        description: text(request, "description").or_else(|| challenge.get("description").map(str::to_owned)),
        form: Form::Standard,
        echo: Echo::Mpp(challenge.clone()),
    };
    offer.checked()
}

/// By its mint or, as the software takes it, by its symbol.
fn token(currency: &str, network: Network) -> Result<&'static Token, Unpayable> {
    if currency.eq_ignore_ascii_case("sol") {
        return Err(Unpayable::NativeSol);
    }
    match Token::by_symbol(network, currency) {
        Some(token) => Ok(token),
        None => crate::judge::token(currency, network),
    }
}

fn check_token(details: &Value, token: &Token) -> Result<(), Unpayable> {
    if let Some(program) = optional_text(details, "tokenProgram")?
        && program.parse::<Address>() != Ok(token.program)
    {
        let reason = format!("`{}` is not the program of {}", cut(&program), token.symbol);
        return Err(Unpayable::TokenMismatch(reason));
    }
    if present(details, "decimals").is_some() && whole(details, "decimals") != Some(token.decimals.into()) {
        let reason = format!("{} has {} decimals", token.symbol, token.decimals);
        return Err(Unpayable::TokenMismatch(reason));
    }
    if present(details, "confidential").is_some_and(|value| *value != Value::Bool(false)) {
        return Err(Unpayable::Confidential);
    }
    Ok(())
}

/// Whoever pays the network's fee, where the server says that it does.
fn sponsor(details: &Value, judge: &Judge) -> Result<Option<Address>, Unpayable> {
    match present(details, "feePayer") {
        None | Some(Value::Bool(false)) => Ok(None),
        Some(Value::Bool(true)) => {
            let payer = text(details, "feePayerKey").ok_or_else(|| {
                Unpayable::FeePayer(
                    "the seller would pay the network's fee, and names no `feePayerKey`".to_owned(),
                )
            })?;
            judge.party(&payer, "feePayerKey", Unpayable::FeePayer).map(Some)
        }
        Some(other) => Err(Unpayable::Malformed(format!("`feePayer` is `{}`", shown(other)))),
    }
}

fn splits(details: &Value, judge: &Judge, net: u64) -> Result<Vec<Split>, Unpayable> {
    let refuse = |what: String| Err(Unpayable::Splits(what));
    let list = match present(details, "splits") {
        None => return Ok(Vec::new()),
        Some(Value::List(list)) => list,
        Some(other) => return refuse(format!("`splits` is `{}`", shown(other))),
    };
    if list.len() > MAX_SPLITS {
        return refuse(format!("it has {} splits, and at most {MAX_SPLITS} are paid", list.len()));
    }
    let splits = list.iter().map(|item| split(item, judge)).collect::<Result<Vec<_>, _>>()?;
    let sum = splits.iter().try_fold(0_u64, |sum, split| sum.checked_add(split.amount));
    match sum {
        Some(sum) if sum < net => Ok(splits),
        _ => refuse(format!("its splits leave nothing of {net} atomic units for the recipient")),
    }
}

fn split(item: &Value, judge: &Judge) -> Result<Split, Unpayable> {
    let named = |name: &str| text(item, name).ok_or_else(|| missing(&format!("splits.{name}")));
    let price = named("amount")?;
    let create_account = match present(item, "ataCreationRequired") {
        None | Some(Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(other) => {
            return Err(Unpayable::Malformed(format!("`ataCreationRequired` is `{}`", shown(other))));
        }
    };
    Ok(Split {
        to: judge.party(&named("recipient")?, "splits.recipient", Unpayable::Recipient)?,
        amount: amount(&price).ok_or(Unpayable::Amount(price))?,
        memo: memo(item, "memo")?,
        create_account,
    })
}

/// An empty memo is none.
fn memo(value: &Value, name: &str) -> Result<Option<String>, Unpayable> {
    let refuse = |what: String| Err(Unpayable::Memo(format!("`{name}` {what}")));
    match present(value, name) {
        None => Ok(None),
        Some(Value::Text(memo)) if memo.is_empty() => Ok(None),
        Some(Value::Text(memo)) => match exact(memo) {
            Some(memo) if memo.len() > MAX_MEMO => {
                refuse(format!("is {} bytes long, and at most {MAX_MEMO} are taken", memo.len()))
            }
            Some(memo) => Ok(Some(memo)),
            None => refuse("can't be written as UTF-8".to_owned()),
        },
        Some(_) => refuse("is not text".to_owned()),
    }
}

fn optional_text(value: &Value, name: &str) -> Result<Option<String>, Unpayable> {
    match present(value, name) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text.to_lossy())),
        Some(_) => Err(Unpayable::Malformed(format!("its `{name}` is not text"))),
    }
}
