//! What a command wants of a transaction.

use leash_chain::{Address, Blockhash, Token, WireError, treasury};

use crate::Payment;

/// What stays in a treasury of which all SOL is withdrawn, in lamports.
pub const SOL_RESERVE: u64 = 5_000;

/// What a transaction is to do. The executive pays for all of them but payments, and owns the assets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Make an asset and, where it fits as well, register it as an agent.
    Create {
        /// The asset's new key, which signs too.
        asset: Address,
        /// What the agent is called.
        name: String,
        /// Where it is described.
        uri: String,
        /// Whether to register it as well.
        register: bool,
    },
    /// The same, as a mint API built it: the asset's key has signed already.
    Minted {
        /// The asset that the API says it makes.
        asset: Address,
        /// What was asked for.
        name: String,
        /// What was asked for.
        uri: String,
    },
    /// Register an asset as an agent.
    Register {
        /// Which one.
        asset: Address,
        /// Where it is described.
        uri: String,
    },
    /// Register the executive as somebody who acts for agents.
    RegisterExecutive,
    /// Have the executive act for an asset.
    Delegate {
        /// Which one.
        asset: Address,
    },
    /// Make the treasury's accounts.
    Provision {
        /// Whose treasury.
        asset: Address,
        /// For these tokens.
        tokens: Vec<&'static Token>,
    },
    /// Allow the executive to spend from the treasury, in place of whatever it was allowed before.
    Approve {
        /// Whose treasury.
        asset: Address,
        /// Which token.
        token: &'static Token,
        /// How much; `u64::MAX` has no end.
        amount: u64,
        /// Whether to make the treasury's account first.
        create_account: bool,
    },
    /// Allow nothing any more.
    Revoke {
        /// Whose treasury.
        asset: Address,
        /// Which token.
        token: &'static Token,
    },
    /// Move tokens out of the treasury.
    Withdraw {
        /// Whose treasury.
        asset: Address,
        /// Which token.
        token: &'static Token,
        /// The wallet that gets them; its associated account is meant.
        to: Address,
        /// How much.
        amount: u64,
        /// Whether to make that account first.
        create_account: bool,
    },
    /// Move lamports out of the treasury.
    WithdrawSol {
        /// Whose treasury.
        asset: Address,
        /// Who gets them.
        to: Address,
        /// How much.
        lamports: u64,
    },
    /// Pay somebody.
    Pay(Payment),
}

/// What a command wants of a transaction: what it means, who signs, and by which blockhash it lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    pub(crate) executive: Address,
    pub(crate) meaning: Meaning,
    pub(crate) blockhash: Blockhash,
    pub(crate) max_fee: u64,
}

/// Why nothing can be meant by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IntentError {
    /// A payment that makes no sense, or that nobody should make.
    #[error("no such payment is made: {0}")]
    Payment(&'static str),
    /// A withdrawal that makes no sense.
    #[error("no such withdrawal is made: {0}")]
    Withdrawal(&'static str),
    /// No token to make accounts for.
    #[error("there is no account to make")]
    Nothing,
    /// The transaction can't be written: mostly for a name or a description that is too long.
    #[error("no transaction can be made of it: {0}")]
    Wire(#[from] WireError),
}

impl Intent {
    /// An intent. `blockhash` must have been found valid at the endpoint that it will be sent to; `max_fee` is in
    /// lamports, and what the executive may pay beyond rent. For a payment it is [`Payment::network_fee`].
    ///
    /// # Errors
    /// [`IntentError`] for what nobody can mean.
    pub fn new(
        executive: Address,
        meaning: Meaning,
        blockhash: Blockhash,
        max_fee: u64,
    ) -> Result<Self, IntentError> {
        match &meaning {
            Meaning::Pay(payment) => payment.check(&executive)?,
            Meaning::Withdraw { asset, token, to, amount, .. } => {
                withdrawal(asset, to, *amount)?;
                if *to == token.account_of(&treasury(asset)) {
                    return Err(IntentError::Withdrawal("it is to the treasury's own account"));
                }
            }
            Meaning::WithdrawSol { asset, to, lamports } => withdrawal(asset, to, *lamports)?,
            Meaning::Provision { tokens, .. } if tokens.is_empty() => return Err(IntentError::Nothing),
            _ => {}
        }
        Ok(Self { executive, meaning, blockhash, max_fee })
    }

    /// Whose key it is for.
    #[must_use]
    pub const fn executive(&self) -> &Address {
        &self.executive
    }

    /// What it is to do.
    #[must_use]
    pub const fn meaning(&self) -> &Meaning {
        &self.meaning
    }

    /// By what it lives.
    #[must_use]
    pub const fn blockhash(&self) -> Blockhash {
        self.blockhash
    }

    /// Who pays the network.
    pub(crate) fn fee_payer(&self) -> &Address {
        match &self.meaning {
            Meaning::Pay(payment) => payment.fee_payer.as_ref().unwrap_or(&self.executive),
            _ => &self.executive,
        }
    }

    /// The new key that signs beside the executive.
    pub(crate) const fn new_asset(&self) -> Option<&Address> {
        match &self.meaning {
            Meaning::Create { asset, .. } => Some(asset),
            _ => None,
        }
    }
}

fn withdrawal(asset: &Address, to: &Address, amount: u64) -> Result<(), IntentError> {
    if amount == 0 {
        return Err(IntentError::Withdrawal("it is of nothing"));
    }
    if *to == treasury(asset) || to == asset {
        return Err(IntentError::Withdrawal("it is to the agent itself"));
    }
    Ok(())
}
