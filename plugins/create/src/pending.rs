//! A creation that is under way, as the agent's file holds it: the TypeScript client's `pending_register`, with leash's
//! own notes in one more field. Key and notes are one text, so that they never disagree.

use leash_identity::Network;
use leash_output::{Error, Kind};
use leash_signature::Secret;
use leash_signer::Executive;
use leash_submit::Signed;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::meta::Meta;

/// It.
pub(crate) struct Pending {
    pub(crate) executive: Executive,
    pub(crate) network: Network,
    pub(crate) created_at: String,
    pub(crate) meta: Meta,
    pub(crate) progress: Progress,
}

/// What was done, and what may be done just now.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// From which a direct creation's asset follows.
    pub(crate) number: Option<String>,
    /// Whether the key was brought along.
    #[serde(default)]
    pub(crate) imported: bool,
    /// What payments may spend, in atomic units of USDC.
    pub(crate) cap: Option<u64>,
    /// The transaction that may be under way.
    pub(crate) under_way: Option<UnderWay>,
    /// The agent's asset, once it was minted, and by which transaction.
    pub(crate) asset: Option<String>,
    pub(crate) mint: Option<String>,
    /// Whether its identity has yet to be registered in a transaction of its own.
    #[serde(default)]
    pub(crate) unregistered: bool,
    /// The transaction that allowed payments.
    pub(crate) delegate: Option<String>,
    /// The mints that were given up. An endpoint that lied, or forgot, may have had one of them made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) given_up: Vec<GivenUp>,
}

/// A mint that is believed to have come to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GivenUp {
    pub(crate) step: Step,
    pub(crate) asset: String,
    /// Its transaction.
    pub(crate) id: String,
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    Mint,
    /// The same, without the registration.
    MintAlone,
    Register,
    Delegate,
}

/// A signed transaction, noted before it is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct UnderWay {
    pub(crate) step: Step,
    pub(crate) asset: String,
    #[serde(flatten)]
    pub(crate) signed: Signed,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    executive_keypair: KeyText,
    executive_pubkey: String,
    network: String,
    created_at: Option<String>,
    #[serde(default, skip_serializing_if = "Meta::is_empty")]
    meta: Meta,
    #[serde(default)]
    leash: Progress,
}

struct KeyText(Secret<String>);

impl Serialize for KeyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for KeyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}

impl Pending {
    /// A creation that begins now.
    pub(crate) fn begin(executive: Executive, network: Network, meta: Meta) -> Self {
        let created_at = format!("{:.3}", jiff::Timestamp::now());
        Self { executive, network, created_at, meta, progress: Progress::default() }
    }

    /// Reads it; `shown` is its file. No message says anything of what is in it.
    pub(crate) fn read(text: &Secret<String>, shown: &str) -> Result<Self, Error> {
        let bad = |what: &str| {
            Error::new(Kind::Identity, "malformed_file", format!("pending_register in `{shown}`: {what}"))
                .hint(format!(
                    "mend `{shown}`; it holds a key, so keep a copy, and leash never overwrites it"
                ))
        };
        let stored: Stored =
            serde_json::from_str(text.expose()).map_err(|_| bad("it is not as it should be"))?;
        let executive = Executive::parse(&stored.executive_keypair.0)
            .map_err(|error| bad(&format!("its key: {error}")))?;
        if executive.public().to_string() != stored.executive_pubkey {
            return Err(bad("its executive_pubkey is not the public half of its key"));
        }
        let network =
            Network::parse(&stored.network).ok_or_else(|| bad("its network is none that is known"))?;
        let created_at = stored.created_at.unwrap_or_else(|| format!("{:.3}", jiff::Timestamp::now()));
        Ok(Self { executive, network, created_at, meta: stored.meta, progress: stored.leash })
    }

    /// The text to keep.
    pub(crate) fn write(&self) -> Result<Secret<String>, Error> {
        let stored = StoredRef {
            executive_keypair: KeyText(self.executive.export()),
            executive_pubkey: self.executive.public().to_string(),
            network: self.network.as_str(),
            created_at: &self.created_at,
            meta: &self.meta,
            leash: &self.progress,
        };
        // Room enough that the text never moves while it grows, and leaves a copy behind.
        let mut text = Zeroizing::new(Vec::with_capacity(64 * 1024));
        serde_json::to_writer(&mut *text, &stored)
            .map_err(|_| Error::failure("internal", "a registration that can't be written"))?;
        String::from_utf8(std::mem::take(&mut *text))
            .map(Secret::new)
            .map_err(|_| Error::failure("internal", "a registration that is no text"))
    }
}

#[derive(Serialize)]
struct StoredRef<'a> {
    executive_keypair: KeyText,
    executive_pubkey: String,
    network: &'a str,
    created_at: &'a str,
    #[serde(skip_serializing_if = "Meta::is_empty")]
    meta: &'a Meta,
    leash: &'a Progress,
}
