//! What signer and payer say to each other, over a socket that nobody else has: a length of four bytes, big-endian, then as
//! many bytes of JSON.
//!
//! The payer asks servers and the chain, and has no key. It hands over what a payment means, part by part; the transaction
//! is made of that in the signer, and by nobody else.

use leash_chain::{Address, Network, Token};
use leash_intent::{Compute, Fee, Layout, Payer, Payment, Split};
use leash_protocol::frame::{Paid, Purchase};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The most bytes that the signer says at once: a plugin's frame, and some.
pub const MOST: usize = 256 * 1024;
/// How many bytes of a body go into one piece: so many that an answer with them fits into a plugin's frame.
pub const PIECE: usize = 30_000;

/// The first thing that the signer says: what is to be bought, and for whom.
#[derive(Serialize, Deserialize)]
pub struct Errand {
    /// What a plugin asked for. Its form was checked, its host is granted, and `max` is no more than was granted.
    pub purchase: Purchase,
    /// Which plugin.
    pub plugin: String,
    /// The agent's mint.
    pub mint: String,
    /// The public half of its key.
    pub executive: String,
    /// Where it lives.
    pub network: String,
    /// Base URL of the API.
    pub api_url: String,
    /// URL of the RPC endpoint.
    pub rpc_url: String,
    /// Base URL of the explorer.
    pub explorer_url: String,
    /// The API key of the agent, where there is one, to publish receipts with.
    pub api_key: Option<Wiped>,
    /// What the plugin's grant allows in a day, in dollars.
    pub daily: String,
    /// How long all of it may take, in milliseconds, where `--timeout` was typed.
    pub timeout: Option<u64>,
    /// Whether plain http may leave this machine.
    pub allow_http: bool,
    /// The agent's name, where the user named one, for the commands in hints.
    #[serde(default)]
    pub named_agent: Option<String>,
}

/// A text that is wiped when dropped.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Wiped(pub String);

/// What a payment means. In the place of a whole one stand only the parts that a seller decides: out of which treasury it is
/// paid, and by whom it is signed, is the signer's own to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meaning {
    /// The token's mint.
    pub token: String,
    /// Who is paid.
    pub to: String,
    /// What they get, in atomic units.
    pub net: u64,
    /// The fee's rate in basis points, and who collects it.
    pub fee: Option<(u16, String)>,
    /// Who settles it and pays the network's fee; none where the executive pays that.
    pub fee_payer: Option<String>,
    /// How its transaction is written.
    pub form: Form,
}

/// The layout of a payment's transaction. What it may compute is said only when it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// That of sellers who ask for leash's fee.
    Leash,
    /// That of all others, and who else is paid out of the price.
    Standard(Vec<Part>),
}

/// A part of the price that goes to somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Who gets it.
    pub to: String,
    /// How much, in atomic units.
    pub amount: u64,
    /// What is noted behind it.
    pub memo: Option<String>,
    /// Whether the sponsor has the account made at its own cost.
    pub create_account: bool,
}

/// What the payer says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Word {
    /// It costs this: may it be paid? [`Reply::Yes`], or [`Reply::No`].
    Agree(Meaning),
    /// It was reserved under this id, and is to be signed. [`Reply::Signed`], or [`Reply::No`].
    Sign {
        /// 32 hex digits.
        id: String,
        /// What was agreed to.
        meaning: Meaning,
        /// What is noted on the chain.
        memo: Option<String>,
        /// Limit and price of what it computes, in units and in millionths of a lamport.
        compute: Option<(u32, u64)>,
        /// The blockhash that limits its life.
        blockhash: String,
    },
    /// What was bought; [`Paid::answer`] is left empty. Then the signer asks for pieces, and says that it arrived.
    Bought(Box<Paid>),
    /// A piece of it, in base64.
    Piece {
        /// The bytes.
        piece: String,
    },
    /// To [`Reply::Arrived`]: from here on the payer needs nobody.
    Bye,
    /// It came to nothing.
    Failed {
        /// The exit status that `leash pay` would have.
        exit: u8,
        /// Why, in a word.
        code: String,
        /// Why, for a person.
        message: String,
        /// What to do about it.
        hint: String,
        /// What `leash pay --json` says besides.
        fields: Map<String, Value>,
    },
}

/// What the signer says after that.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Reply {
    /// It may be paid.
    Yes,
    /// It may not; the plugin is told why by the signer.
    No {
        /// Why, in a word.
        code: String,
        /// Why, for a person.
        message: String,
    },
    /// The transaction in base64; the signature of who settles it is missing.
    Signed {
        /// The transaction.
        transaction: String,
    },
    /// Give a piece.
    Piece {
        /// The first byte of the piece.
        offset: u64,
    },
    /// All of it is where it was to go.
    Arrived,
}

impl Part {
    fn of(split: &Split) -> Self {
        Self {
            to: split.to.to_string(),
            amount: split.amount,
            memo: split.memo.clone(),
            create_account: split.create_account,
        }
    }
}

impl Meaning {
    /// The meaning of a payment.
    #[must_use]
    pub fn of(payment: &Payment) -> Self {
        Self {
            token: payment.token.mint.to_string(),
            to: payment.to.to_string(),
            net: payment.net,
            fee: payment.fee.map(|fee| (fee.bps, fee.authority.to_string())),
            fee_payer: payment.fee_payer.map(|payer| payer.to_string()),
            form: match &payment.layout {
                Layout::Leash => Form::Leash,
                Layout::Standard { splits, .. } => Form::Standard(splits.iter().map(Part::of).collect()),
            },
        }
    }

    /// The payment that is meant, out of an agent's treasury.
    ///
    /// # Errors
    /// What makes no sense.
    pub fn payment(
        &self,
        agent: Address,
        network: Network,
        memo: Option<&str>,
        compute: Option<(u32, u64)>,
    ) -> Result<Payment, &'static str> {
        let address = |text: &str| text.parse::<Address>().map_err(|_| "an address is none");
        let token = Token::by_mint(network, &address(&self.token)?).ok_or("the token isn't known")?;
        let fee = match &self.fee {
            Some((bps, authority)) => Some(Fee { bps: *bps, authority: address(authority)? }),
            None => None,
        };
        if fee.is_some_and(|fee| fee.authority != Fee::LEASH.authority || fee.bps > Fee::LEASH.bps) {
            return Err("the fee isn't leash's");
        }
        let compute = compute.map_or(Compute::TRIAL, |(limit, price)| Compute { limit, price });
        let layout = match &self.form {
            Form::Leash => Layout::Leash,
            Form::Standard(parts) => Layout::Standard {
                compute,
                splits: parts
                    .iter()
                    .map(|part| {
                        Ok(Split {
                            to: address(&part.to)?,
                            amount: part.amount,
                            memo: part.memo.clone(),
                            create_account: part.create_account,
                        })
                    })
                    .collect::<Result<_, &'static str>>()?,
            },
        };
        Ok(Payment {
            token,
            from: Payer::Treasury(agent),
            to: address(&self.to)?,
            net: self.net,
            fee,
            fee_payer: self.fee_payer.as_deref().map(address).transpose()?,
            memo: memo.map(str::to_owned),
            layout,
        })
    }
}
