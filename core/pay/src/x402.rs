//! One entry of an x402 paywall's list, held against what may be paid.

use leash_chain::{Address, Network, Token, ix, treasury};
use leash_intent::Fee;
use leash_js::Value;

use crate::{
    Offer, Protocol, Refusal, Terms,
    decode::{amount, present, text, whole},
};

/// The fee is one per cent as stated, or less.
const MOST_BPS: u64 = 100;
/// A transaction lives for a minute or so; who wants to hold one for longer has something else in mind.
const LONGEST: u64 = 15 * 60;

pub(crate) fn judge(version: u8, asked: &Value, document: &Value, terms: &Terms) -> Result<Offer, Refusal> {
    let refuse = |code, reason: String| Refusal::new(code, reason);
    let named = |name: &str| {
        text(asked, name).ok_or_else(|| refuse("malformed_challenge", format!("it has no text `{name}`")))
    };
    let scheme = named("scheme")?;
    if scheme != "exact" {
        return Err(refuse(
            crate::refusal::UNKNOWN_SCHEME,
            format!("it wants to be paid by the scheme `{scheme}`, and leash knows `exact`"),
        ));
    }
    let network_name = named("network")?;
    network(version, &network_name, terms)?;
    let token = token(&named("asset")?, terms.network)?;
    let price = named(if version == 1 { "maxAmountRequired" } else { "amount" })?;
    let net = amount(&price)
        .ok_or_else(|| refuse("bad_amount", format!("`{price}` is no amount in atomic units above zero")))?;
    let to = party(&named("payTo")?, "payTo", terms)?;
    match whole(asked, "maxTimeoutSeconds") {
        Some(1..=LONGEST) => {}
        _ => {
            let most = format!("its `maxTimeoutSeconds` is not between 1 and {LONGEST}");
            return Err(refuse("bad_timeout", most));
        }
    }
    let none = Value::Null;
    let extra = present(asked, "extra").unwrap_or(&none);
    let payer = text(extra, "feePayer").ok_or_else(|| {
        refuse(
            "bad_fee_payer",
            "it names nobody who pays the network's fee, and the agent doesn't".to_owned(),
        )
    })?;
    let memo = match present(extra, "memo") {
        None => None,
        Some(memo) => {
            Some(memo.as_text().map(leash_js::Text::to_lossy).filter(|memo| is_memo(memo)).ok_or_else(
                || refuse("bad_memo", format!("its memo is no text of 1 to {} bytes", ix::MAX_MEMO_BYTES)),
            )?)
        }
    };
    let offer = Offer {
        protocol: if version == 1 { Protocol::X402V1 } else { Protocol::X402V2 },
        token,
        net,
        to,
        fee: present(extra, "leash.fee").map(|fee| self::fee(fee, terms)).transpose()?,
        fee_payer: party(&payer, "feePayer", terms)?,
        memo,
        challenge_id: None,
        asked: asked.clone(),
        resource: present(document, "resource").cloned(),
        network_name,
    };
    offer.gross().ok_or_else(|| refuse("bad_amount", "it asks for more than an amount can be".to_owned()))?;
    Ok(offer)
}

fn network(version: u8, name: &str, terms: &Terms) -> Result<(), Refusal> {
    let known = match (version, name) {
        (1, "solana") => Some(Network::Mainnet),
        (1, "solana-devnet") => Some(Network::Devnet),
        (1, _) => None,
        _ => Network::of_caip2(name),
    };
    if known == Some(terms.network) {
        return Ok(());
    }
    Err(Refusal::new(
        crate::refusal::WRONG_NETWORK,
        format!("it wants to be paid on the network `{name}`, and the agent is on `{}`", terms.network),
    ))
}

pub(crate) fn token(mint: &str, network: Network) -> Result<&'static Token, Refusal> {
    let known = mint.parse().ok().and_then(|mint: Address| Token::by_mint(network, &mint));
    known.ok_or_else(|| {
        Refusal::new(
            "unknown_token",
            format!(
                "it wants to be paid in `{mint}`, which is neither USDC nor USDT nor USDG of `{network}`"
            ),
        )
    })
}

/// Somebody else than the agent itself.
pub(crate) fn party(address: &str, name: &str, terms: &Terms) -> Result<Address, Refusal> {
    let code = if name == "feePayer" { "bad_fee_payer" } else { "bad_recipient" };
    let known: Address = address
        .parse()
        .map_err(|error| Refusal::new(code, format!("its `{name}` is no address: {error}")))?;
    if [treasury(&terms.agent), terms.executive, terms.agent].contains(&known) {
        return Err(Refusal::new(code, format!("its `{name}` is the agent itself")));
    }
    Ok(known)
}

pub(crate) fn is_memo(memo: &str) -> bool {
    !memo.is_empty() && memo.len() <= ix::MAX_MEMO_BYTES
}

fn fee(fee: &Value, terms: &Terms) -> Result<Fee, Refusal> {
    let refuse = |reason: String| Err(Refusal::new("bad_fee", reason));
    let authority = text(fee, "feeAuthority").and_then(|text| text.parse::<Address>().ok());
    let (Some("1"), Some(bps), Some(authority)) = (text(fee, "v").as_deref(), whole(fee, "bps"), authority)
    else {
        return refuse("its fee is not stated as leash states it".to_owned());
    };
    if bps > MOST_BPS {
        return refuse(format!("its fee is {bps} basis points, and the highest that is paid is {MOST_BPS}"));
    }
    if authority != terms.fee_authority {
        return refuse(format!(
            "its fee goes to `{authority}`, and leash's goes to `{}`",
            terms.fee_authority
        ));
    }
    let bps = u16::try_from(bps).unwrap_or(u16::MAX);
    Ok(Fee { bps, authority })
}
