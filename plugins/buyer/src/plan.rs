//! From the request to what would be paid: the first question to the paywall, every offer of its answer, and the one that is
//! taken.

use jiff::Timestamp;
use leash_api::WebAnswer;
use leash_chain::{Network, treasury};
use leash_connect::api_error;
use leash_output::{Error, Kind, command, escape, quoted};
use leash_pay::{Candidates, Offer, Paywall, Refusal, Unpayable};
use leash_policy::{Denial, Request as Spend, evaluate};
use serde_json::json;

use crate::{
    OTHER_NETWORK,
    desk::Desk,
    entry::{Asked, Price},
    funds::{self, Lacking},
    limits::{Max, judge},
    refuse,
    request::Request,
};

/// What a request without a payment is answered with.
pub(crate) enum Answered {
    /// It costs nothing: this is it.
    Free(WebAnswer),
    /// It costs something.
    Priced(Box<Weighed>),
}

/// All that is offered, and what is taken of it.
pub(crate) struct Weighed {
    /// Every offer, with the reason where it can't be paid.
    pub(crate) candidates: Candidates,
    /// The place of the one that is taken, what it means and what it costs; or why none is.
    pub(crate) chosen: Chosen,
}

/// The offer that is taken, with its place and its price; or why none is.
pub(crate) type Chosen = Result<(usize, Offer, Price), Box<Failure>>;

/// Why no offer is taken.
pub(crate) enum Failure {
    /// None can be paid by this agent; and on which other network one could be.
    NoOffer(Refusal, Option<Network>),
    /// The policy denies the best one.
    Denied(Denial, Price),
    /// The best one could not be paid.
    Lacking(Lacking, Price),
    /// What was typed contradicts it.
    Usage(Error),
}

/// Asks without a payment, unless the policy bans the host. A dry run looks at every offer, also after one was found that can
/// be paid, and writes no receipt.
pub(crate) fn ask(desk: &Desk<'_>, request: &Request, dry: bool) -> Result<Answered, Error> {
    let asked = Asked::new(request);
    let state = desk.ledger.state(desk.now(), None)?;
    if let Err(denial) = evaluate(&desk.effective.rules, &Spend { url: &asked.url, price: None }, &state) {
        return Err(if dry {
            Error::new(Kind::Refused, denial.reason.as_str(), format!("would not be paid: {}", denial.detail))
                .hint("`leash policy explain` shows what may be paid")
        } else {
            refuse::deny(desk, &asked, None, &denial, false)?
        });
    }
    let progress = desk.connector.out.progress("asking for the price");
    let answer = desk.ask(&request.with(None))?.map_err(|error| unreachable(desk, &asked, error))?;
    drop(progress);
    match answer.status {
        402 => {}
        200..=299 => return Ok(Answered::Free(answer)),
        300..=399 => return Err(redirect(&answer).with_fields(answer_fields(desk, &asked, &answer, false))),
        _ => {
            let fields = answer_fields(desk, &asked, &answer, true);
            return Err(nothing_to_pay(&answer).with_fields(fields));
        }
    }
    let paywall = match paywall(&answer) {
        Ok(paywall) => paywall,
        Err(refusal) => {
            return Ok(Answered::Priced(Box::new(Weighed {
                candidates: Candidates::default(),
                chosen: Err(Box::new(Failure::NoOffer(refusal, None))),
            })));
        }
    };
    let mut candidates = paywall.candidates(Some(&desk.terms));
    candidates.narrow(&desk.selector);
    let chosen = choose(desk, request, &asked, &mut candidates, dry)?;
    Ok(Answered::Priced(Box::new(Weighed { candidates, chosen })))
}

/// What asks for a payment in an answer with status 402.
pub(crate) fn paywall(answer: &WebAnswer) -> Result<Paywall, Refusal> {
    let headers: Vec<_> = answer.headers().collect();
    Paywall::read(headers.iter().map(|(name, value)| (*name, value.as_str())), &answer.body)
}

/// The cheapest offer that the policy allows and that the treasury can pay.
fn choose(
    desk: &Desk<'_>,
    request: &Request,
    asked: &Asked,
    candidates: &mut Candidates,
    all: bool,
) -> Result<Chosen, Error> {
    let payable: Vec<(usize, Offer)> =
        candidates.payable().into_iter().map(|(place, offer)| (place, offer.clone())).collect();
    let (mut chosen, mut first) = (None, None);
    for (place, offer) in payable {
        match weigh(desk, request, asked, &offer)? {
            Ok(price) => {
                chosen = chosen.or(Some((place, offer, price)));
                if !all {
                    break;
                }
            }
            Err(failure) => {
                candidates.reject(place, failure.reason());
                first = first.or(Some(failure));
            }
        }
    }
    Ok(chosen.ok_or_else(|| {
        Box::new(match first {
            None => Failure::NoOffer(candidates.refusal(), other_network(candidates)),
            // The best one says most; the others are told of beside it.
            Some(first) if candidates.len() > 1 => first.beside(&candidates.refusal()),
            Some(first) => first,
        })
    }))
}

/// Whether an offer may be paid, and could be, by what is known before anything is signed.
fn weigh(
    desk: &Desk<'_>,
    request: &Request,
    asked: &Asked,
    offer: &Offer,
) -> Result<Result<Price, Failure>, Error> {
    if offer.header_name() == "authorization" && request.has_header("authorization") {
        let error =
            Error::usage("the paywall wants to be paid by the header `authorization`, which was typed")
                .hint("leave out `--header 'Authorization: …'`");
        return Ok(Err(Failure::Usage(error)));
    }
    if desk.push && !offer.can_be_pushed() {
        let error =
            Error::usage("only a payment by MPP without a sponsor can be sent to the chain by the agent")
                .hint("leave out `--push`");
        return Ok(Err(Failure::Usage(error)));
    }
    let source = offer.token.account_of(&treasury(&desk.account.mint)).to_string();
    let Some(price) = Price::of(offer, desk.account.network, source) else {
        let refusal = Refusal::from(&Unpayable::Amount(offer.net.to_string()));
        return Ok(Err(Failure::NoOffer(refusal, None)));
    };
    if let Some(error) = expired(offer, desk.now()) {
        return Ok(Err(Failure::Lacking(("expired_offer", error), price)));
    }
    // Before the treasury is looked at: what may not be paid needs no money.
    if let Err(denial) = judge(desk, asked, &price, "")? {
        return Ok(Err(Failure::Denied(denial, price)));
    }
    Ok(match funds::check(desk, offer, &price)? {
        Ok(()) => Ok(price),
        Err(lacking) => Err(Failure::Lacking(lacking, price)),
    })
}

/// The network of an offer that an agent there could pay.
fn other_network(candidates: &Candidates) -> Option<Network> {
    candidates.iter().find_map(|candidate| match &candidate.verdict {
        Err(Unpayable::Network { network, .. }) => Some(*network),
        _ => None,
    })
}

pub(crate) fn network_field(network: Option<Network>) -> Option<(String, serde_json::Value)> {
    network.map(|network| (OTHER_NETWORK.to_owned(), json!(network.as_str())))
}

/// That an offer is over.
pub(crate) fn expired(offer: &Offer, now: Timestamp) -> Option<Error> {
    let expires = offer.expires.as_deref().filter(|expires| is_over(expires, now))?;
    let message = format!("not paid: the offer expired at {}", escape(expires));
    Some(Error::failure("expired_offer", message).hint("nothing was signed; ask again"))
}

/// Whether a time is over; one that can't be read isn't, for the seller decides.
fn is_over(expires: &str, now: Timestamp) -> bool {
    expires.parse::<Timestamp>().is_ok_and(|expires| expires <= now)
}

impl Failure {
    /// The same as a reason beside an offer.
    fn reason(&self) -> Unpayable {
        match self {
            Self::NoOffer(refusal, _) => {
                Unpayable::World { code: refusal.code, reason: refusal.reason.clone() }
            }
            Self::Denied(denial, _) => {
                Unpayable::World { code: denial.reason.as_str(), reason: denial.detail.clone() }
            }
            Self::Lacking((code, error), _) => {
                let reason = error.message();
                let reason = reason.strip_prefix("not paid: ").unwrap_or(reason).to_owned();
                Unpayable::World { code, reason }
            }
            Self::Usage(error) => Unpayable::World { code: "usage", reason: error.message().to_owned() },
        }
    }

    /// The same with all offers in its message.
    fn beside(self, all: &Refusal) -> Self {
        match self {
            Self::Denied(denial, price) => {
                Self::Denied(Denial { detail: all.reason.clone(), ..denial }, price)
            }
            Self::Lacking((code, error), price) => {
                let message = format!("not paid: {}", all.reason);
                Self::Lacking((code, Error::new(error.kind(), code, message).hint(error.hints())), price)
            }
            other => other,
        }
    }

    /// The error of a command that pays, after the receipt that says why it didn't.
    pub(crate) fn refuse(self, desk: &Desk<'_>, asked: &Asked, max: Max) -> Result<Error, Error> {
        match self {
            Self::NoOffer(refusal, network) => {
                let error = refuse::reject(desk, asked, None, refusal.code, no_offer(&refusal, &asked.url))?;
                let mut fields: serde_json::Map<_, _> =
                    error.fields().map(|(name, value)| (name.clone(), value.clone())).collect();
                fields.extend(network_field(network));
                Ok(error.with_fields(fields))
            }
            Self::Denied(denial, price) => refuse::deny(desk, asked, Some(&price), &denial, max.binds),
            Self::Lacking((code, error), price) => refuse::reject(desk, asked, Some(&price), code, error),
            Self::Usage(error) => Ok(error),
        }
    }
}

/// That nothing that is offered at a URL can be paid.
pub(crate) fn no_offer(refusal: &Refusal, url: &str) -> Error {
    let error = Error::failure(refusal.code, format!("the paywall isn't paid: {}", refusal.reason));
    let quote = command(&format!("quote {}", quoted(url)));
    match refusal.code {
        "wrong_network" => error.hint(format!("nothing was signed; `{quote}` lists what is offered")),
        "unknown_protocol" | "unknown_scheme" | "unknown_token" => error.hint(format!(
            "nothing was signed; leash pays USDC, USDT and USDG on Solana; `{quote}` lists what is offered"
        )),
        "not_selected" => error
            .hint(format!("leave out `--network`, `--token` or `--protocol`; `{quote}` lists the offers")),
        _ => error.hint("nothing was signed; tell whoever runs it"),
    }
}

fn unreachable(desk: &Desk<'_>, asked: &Asked, error: leash_api::Error) -> Error {
    unanswered(error).with_fields(refuse::fields(desk, asked, None))
}

/// That there was no answer.
pub(crate) fn unanswered(error: leash_api::Error) -> Error {
    use leash_api::Error as E;
    let (kind, hint) = match &error {
        E::InsecureUrl { .. } => (Kind::Usage, "use `https`, or allow plain http with `--allow-http`"),
        E::Timeout { .. } => (Kind::Failure, "nothing was paid; allow more time with `--timeout`"),
        E::TooLarge { .. } | E::Malformed { .. } => (Kind::Failure, "nothing was paid; tell whoever runs it"),
        _ => (Kind::Failure, "nothing was paid; check the URL and the network"),
    };
    let code = error.code().to_owned();
    Error::new(kind, code, api_error(error).message().to_owned()).hint(hint)
}

fn answer_fields(
    desk: &Desk<'_>,
    asked: &Asked,
    answer: &WebAnswer,
    with_body: bool,
) -> serde_json::Map<String, serde_json::Value> {
    let mut fields = refuse::fields(desk, asked, None);
    fields.insert("response_status".into(), json!(answer.status));
    if with_body {
        fields.insert("response_body".into(), json!(std::str::from_utf8(&answer.body).ok()));
    }
    fields
}

/// That the answer is no paywall's.
pub(crate) fn nothing_to_pay(answer: &WebAnswer) -> Error {
    let said = excerpt(&answer.body);
    Error::failure("http_status", format!("nothing to pay for: it answered {}{said}", answer.status))
        .hint("check URL and `--method`")
}

/// That it leads elsewhere.
pub(crate) fn redirect(answer: &WebAnswer) -> Error {
    let to = answer.header("location").unwrap_or("nowhere");
    Error::failure("redirect", format!("it answered {}, a redirect to `{}`", answer.status, escape(to)))
        .hint("nothing was paid; if that is what you mean, pay it by its own URL")
}

/// The beginning of a body, to be put behind a status.
pub(crate) fn excerpt(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(&body[..body.len().min(800)]).chars().take(200).collect();
    let text = text.trim();
    if text.is_empty() { String::new() } else { format!(": {}", escape(text)) }
}
