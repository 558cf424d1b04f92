//! Paying through the signer of this run.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_protocol::frame::{Answer, Op, Paid, Purchase};
use leash_signature::Envelope;
use serde_json::{Map, Value};

use crate::{Error, Signer, signer::hex};

/// How long a payment may take: the seller, the chain, and where the grant says so a person, have their time.
const PATIENCE: Duration = Duration::from_secs(600);

/// A request to be paid for, and the most that it may cost: dollars in decimal text, the fee included. To whom it is paid, and
/// how, is found out by others: a plugin has no say in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    purchase: Purchase,
    too_large: bool,
}

/// What was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    /// The seller's status. It was paid even where that says that something went wrong.
    pub status: u16,
    /// What the seller says that the body is.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// What the amounts are in; none for what cost nothing.
    pub currency: Option<String>,
    /// What the seller got, in decimal text.
    pub net: String,
    /// What was charged on top.
    pub fee: String,
    /// What left the treasury.
    pub gross: String,
    /// The transaction, where one is known.
    pub transaction: Option<String>,
    /// The hash of the receipt, where there is one by now.
    pub receipt: Option<String>,
    /// Whether an earlier run paid for it, and nothing was paid now.
    pub resumed: bool,
    /// What `leash pay --json` prints, without the body.
    pub document: Map<String, Value>,
    answer: String,
}

impl Order {
    /// A `GET`.
    #[must_use]
    pub fn get(url: &str, max: &str) -> Self {
        Self::new("GET", url, None, max)
    }

    /// A `POST` with a body.
    #[must_use]
    pub fn post(url: &str, body: &[u8], max: &str) -> Self {
        Self::new("POST", url, Some(body), max)
    }

    /// Any other request.
    #[must_use]
    pub fn new(method: &str, url: &str, body: Option<&[u8]>, max: &str) -> Self {
        let purchase = Purchase {
            url: url.to_owned(),
            method: method.to_owned(),
            body_sha256: hex(&Envelope::hash_body(body.unwrap_or_default())),
            body: body.map(|body| STANDARD.encode(body)),
            headers: BTreeMap::new(),
            max: max.to_owned(),
            hold: true,
        };
        Self { purchase, too_large: false }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        // Two of one name can't be told apart in a frame; the last one would win in silence.
        let old = self.purchase.headers.insert(name.to_ascii_lowercase(), value.to_owned());
        self.too_large |= old.is_some();
        self
    }
}

impl Signer {
    /// Has a request paid for, within what the user granted and allows, and gives what was bought.
    ///
    /// Where the answer was lost, ask for the same again: it isn't paid twice.
    ///
    /// # Errors
    /// [`Error::Refused`] where it may not be paid, or came to nothing: `code`, `reason` and `message` say why; else whatever
    /// kept the signer from answering.
    pub fn pay(&self, order: &Order) -> Result<Bought, Error> {
        let bought = self.pay_keeping(order)?;
        self.arrived(&bought)?;
        Ok(bought)
    }

    /// The same, but what was bought is kept until [`Signer::arrived`] is called, which is for those who have to write it
    /// somewhere first: whoever dies before that has it again by asking for the same.
    ///
    /// # Errors
    /// As [`Signer::pay`].
    pub fn pay_keeping(&self, order: &Order) -> Result<Bought, Error> {
        if order.too_large {
            return Err(Error::BadRequest { reason: "a header is there twice".to_owned() });
        }
        let Answer::Paid(paid) = self.ask(Op::Pay(order.purchase.clone()), PATIENCE)? else {
            return Err(self.end("its answer is nothing that was bought"));
        };
        let body = self.whole(&paid)?;
        let Paid {
            answer,
            status,
            content_type,
            currency,
            net,
            fee,
            gross,
            transaction,
            receipt,
            resumed,
            document,
            ..
        } = *paid;
        Ok(Bought {
            status,
            content_type,
            body,
            currency,
            net,
            fee,
            gross,
            transaction,
            receipt,
            resumed,
            document,
            answer,
        })
    }

    /// Says that what was bought has arrived where it was to go.
    ///
    /// # Errors
    /// Whatever kept the signer from answering; then the same request gives it once more.
    pub fn arrived(&self, bought: &Bought) -> Result<(), Error> {
        match self.ask(Op::PayDone { answer: bought.answer.clone() }, PATIENCE)? {
            Answer::Done { done: true } => Ok(()),
            _ => Err(self.end("its answer is no end of a payment")),
        }
    }

    /// All pieces of a body, the first of which is there.
    fn whole(&self, paid: &Paid) -> Result<Vec<u8>, Error> {
        let bytes = |text: &str| STANDARD.decode(text).map_err(|_| self.end("its body is no base64"));
        let mut body = bytes(&paid.body)?;
        while (body.len() as u64) < paid.body_size {
            let offset = body.len() as u64;
            let piece = match self.ask(Op::PayBody { answer: paid.answer.clone(), offset }, PATIENCE)? {
                Answer::Piece(piece) if piece.offset == offset => bytes(&piece.piece)?,
                _ => return Err(self.end("its answer is no piece of a body")),
            };
            if piece.is_empty() {
                return Err(self.end("its body is shorter than it says"));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}
