//! What was bought, on its way to the plugin: the first piece at once, the rest when it is asked for.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_buyer::Goods;
use leash_output::Error;
use leash_payer_protocol::{PIECE, Reply, Word};
use leash_protocol::frame::Paid;
use serde_json::{Map, Value};

use crate::{link::Link, shut};

/// What a seller says of the body, at the longest.
const MOST_TYPE: usize = 256;

/// Hands it over; comes back once it has arrived.
pub(crate) fn hand(link: &Link, goods: &Goods<'_>) -> Result<(), Error> {
    link.say(&Word::Bought(Box::new(paid(goods))))?;
    loop {
        match link.hear()? {
            Reply::Piece { offset } => link.say(&Word::Piece { piece: piece(goods.body, offset) })?,
            Reply::Arrived => {
                // What is left to do, the seller, the plugin and the signer have no part in.
                shut::stand_alone();
                // Where it isn't heard, nobody knows better than this that it arrived.
                let _ = link.say(&Word::Bye);
                return Ok(());
            }
            _ => return Err(Error::failure("signer_gone", "the signer says something else than was asked")),
        }
    }
}

fn paid(goods: &Goods<'_>) -> Paid {
    let document: &Map<String, Value> = goods.document;
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    let amount = |name: &str| text(name).unwrap_or_else(|| "0".to_owned());
    let status = document.get("response_status").and_then(Value::as_u64).unwrap_or_default();
    Paid {
        answer: String::new(),
        status: u16::try_from(status).unwrap_or_default(),
        content_type: text("content_type").filter(|kind| kind.len() <= MOST_TYPE),
        body: piece(goods.body, 0),
        body_size: goods.body.len() as u64,
        currency: text("currency"),
        net: amount("net"),
        fee: amount("fee"),
        gross: amount("gross"),
        transaction: text("tx_signature"),
        receipt: text("receipt_hash"),
        resumed: document.get("resumed").and_then(Value::as_bool).unwrap_or_default(),
        document: small(document),
    }
}

/// Without what could keep it from fitting into a frame.
pub(crate) fn small(document: &Map<String, Value>) -> Map<String, Value> {
    let fits = |value: &Value| value.as_str().is_none_or(|text| text.len() <= 8 * 1024);
    document
        .iter()
        .filter(|(_, value)| fits(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn piece(body: &[u8], offset: u64) -> String {
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(body.len());
    STANDARD.encode(&body[from..body.len().min(from.saturating_add(PIECE))])
}
