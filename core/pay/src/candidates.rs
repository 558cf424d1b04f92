//! Every offer of an answer, and which of them is paid.

use leash_chain::{Blockhash, Network, Token};
use leash_intent::{Intent, Meaning};

use crate::{
    Offer, Offered, Paywall, Protocol, ProtocolFamily, Refusal, Terms, Unpayable, charge, judge::Judge,
    leash_mpp, paywall::Ask, x402,
};

/// An offer, and whether it can be paid.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// As the paywall wrote it.
    pub offered: Offered,
    /// What would be paid, or why not.
    pub verdict: Result<Offer, Unpayable>,
    /// It stands in a body, and the header beside it states other offers: it is taken only where none of those can be paid.
    pub contradicts: bool,
}

/// All offers of an answer, in its order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidates(Vec<Candidate>);

/// What the user wants of an offer; nothing chooses nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// On this network.
    pub network: Option<Network>,
    /// In this token, by its symbol or its mint.
    pub token: Option<String>,
    /// By this protocol.
    pub protocol: Option<ProtocolFamily>,
}

impl Selector {
    /// In what an offer isn't what the user wants, in a word.
    fn refuses(
        &self,
        network: Network,
        token: Option<&Token>,
        protocol: Option<Protocol>,
    ) -> Option<&'static str> {
        let is_token = |wanted: &String| {
            token.is_some_and(|token| {
                token.symbol.eq_ignore_ascii_case(wanted) || token.mint.to_string() == *wanted
            })
        };
        if self.network.is_some_and(|wanted| wanted != network) {
            return Some("network");
        }
        if !self.token.as_ref().is_none_or(is_token) {
            return Some("token");
        }
        let family = protocol.map(Protocol::family);
        self.protocol.is_some_and(|wanted| Some(wanted) != family).then_some("protocol")
    }
}

impl Paywall {
    /// Every offer, held against an agent's terms. Without an agent, both networks are all right.
    #[must_use]
    pub fn candidates(&self, terms: Option<&Terms>) -> Candidates {
        let judge = Judge::of(terms);
        let candidate = |ask: &Ask| {
            let (verdict, contradicts) = match ask {
                Ask::X402 { version, asked, document, contradicts } => {
                    (x402::judge(*version, asked, document, &judge), *contradicts)
                }
                Ask::Mpp(challenge) => (charge::judge(challenge, &judge), false),
                Ask::LeashMpp(document) => (leash_mpp::judge(document, &judge), false),
                Ask::Broken(_, reason) => (Err(reason.clone()), false),
            };
            let verdict = verdict.and_then(|offer| match terms {
                Some(terms) => buildable(offer, terms),
                None => Ok(offer),
            });
            Candidate { offered: Offered::of(ask), verdict, contradicts }
        };
        Candidates(self.asks.iter().map(candidate).collect())
    }
}

impl Candidates {
    /// All of them, in the order of the answer.
    pub fn iter(&self) -> std::slice::Iter<'_, Candidate> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Leaves only what the user asked for.
    pub fn narrow(&mut self, selector: &Selector) {
        for candidate in &mut self.0 {
            let refused = match &candidate.verdict {
                Ok(offer) => selector.refuses(offer.network, Some(offer.token), Some(offer.protocol)),
                // What an agent elsewhere could pay is worth telling only where it is wanted.
                Err(Unpayable::Network { network, .. }) => {
                    let offered = &candidate.offered;
                    selector.refuses(*network, offered.token(), offered.protocol)
                }
                Err(_) => None,
            };
            if let Some(what) = refused {
                candidate.verdict = Err(Unpayable::NotSelected(what));
            }
        }
    }

    /// Takes an offer out, by its place, for a reason that the caller found.
    pub fn reject(&mut self, place: usize, reason: Unpayable) {
        if let Some(candidate) = self.0.get_mut(place) {
            candidate.verdict = Err(reason);
        }
    }

    /// The offers that can be paid, the best first, with their places: those that no header contradicts before others, then
    /// the cheapest, then by the order of the answer.
    #[must_use]
    pub fn payable(&self) -> Vec<(usize, &Offer)> {
        let mut all: Vec<(bool, u128, usize, &Offer)> = self
            .0
            .iter()
            .enumerate()
            .filter_map(|(place, candidate)| {
                let offer = candidate.verdict.as_ref().ok()?;
                Some((candidate.contradicts, price(offer), place, offer))
            })
            .collect();
        all.sort_by_key(|(contradicts, price, place, _)| (*contradicts, *price, *place));
        all.into_iter().map(|(_, _, place, offer)| (place, offer)).collect()
    }

    /// The best offer that can be paid, and its place.
    #[must_use]
    pub fn best(&self) -> Option<(usize, &Offer)> {
        self.payable().into_iter().next()
    }

    /// Why none can be paid: the code and the reason of the nearest one, and what else was offered.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let reasons: Vec<(&Offered, &Unpayable)> =
            self.0.iter().filter_map(|one| Some((&one.offered, one.verdict.as_ref().err()?))).collect();
        let nearest = reasons.iter().rev().max_by_key(|(_, reason)| reason.nearness());
        let Some((_, nearest)) = nearest else {
            return Refusal::new("malformed_challenge", "it lists nothing that can be paid");
        };
        if let [(offered, reason)] = &reasons[..] {
            return Refusal::new(reason.code(), format!("it asks for {offered}: {reason}"));
        }
        let listed: Vec<String> =
            reasons.iter().map(|(offered, reason)| format!("{offered}: {reason}")).collect();
        Refusal::new(
            nearest.code(),
            format!("none of its {} offers can be paid: {}", listed.len(), listed.join("; ")),
        )
    }
}

/// The offer, where a transaction can be made of it that fits a packet and that the signer would take.
fn buildable(offer: Offer, terms: &Terms) -> Result<Offer, Unpayable> {
    // A nonce is as long as any other, and so is a blockhash.
    let payment = offer.payment(terms, || "0".repeat(32));
    let max_fee = payment.network_fee();
    Intent::new(terms.executive, Meaning::Pay(payment), Blockhash::new([0; 32]), max_fee)
        .and_then(|intent| intent.build())
        .map(|_| offer)
        .map_err(Unpayable::Transaction)
}

/// What leaves the treasury, in the smallest unit that any token has.
fn price(offer: &Offer) -> u128 {
    let gross = offer.gross().map_or(u64::MAX, |(gross, _)| gross);
    u128::from(gross) * 10_u128.pow(18_u32.saturating_sub(u32::from(offer.token.decimals)))
}

/// The cheapest offer that an agent can pay by what it says of itself. What the treasury holds and the policy allows is the
/// caller's to find out; see [`Candidates`].
///
/// # Errors
/// [`Refusal`] where there is none.
pub fn choose(paywall: &Paywall, terms: &Terms) -> Result<Offer, Refusal> {
    let candidates = paywall.candidates(Some(terms));
    candidates.best().map(|(_, offer)| offer.clone()).ok_or_else(|| candidates.refusal())
}
