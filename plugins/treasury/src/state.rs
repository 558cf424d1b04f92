//! What the chain says of the agent and its treasury, in one question, so as it was at one moment.

use leash_chain::{Account, AccountError, Address, Asset, Token, TokenAccount, treasury};
use leash_command::Host;
use leash_identity::Identity;
use leash_output::{Error, Kind};
use leash_rpc::Rpc;

/// A token's place in the treasury.
pub(crate) struct Holding {
    pub(crate) token: &'static Token,
    pub(crate) address: Address,
    /// What is there; `None` where the treasury has no account of this token, and so none of it.
    pub(crate) account: Option<TokenAccount>,
}

impl Holding {
    pub(crate) fn amount(&self) -> u64 {
        self.account.as_ref().map_or(0, |account| account.amount)
    }

    /// What `executive` may spend of it.
    pub(crate) fn allowance(&self, executive: &Address) -> u64 {
        let allowance = self.account.as_ref().and_then(|account| account.allowance);
        allowance.filter(|allowance| allowance.delegate == *executive).map_or(0, |allowance| allowance.amount)
    }

    /// Somebody else who may spend of it.
    pub(crate) fn stranger(&self, executive: &Address) -> Option<Address> {
        let allowance = self.account.as_ref().and_then(|account| account.allowance);
        allowance.map(|allowance| allowance.delegate).filter(|delegate| delegate != executive)
    }
}

/// The agent as the chain has it.
pub(crate) struct State {
    pub(crate) asset: Address,
    pub(crate) treasury: Address,
    pub(crate) executive: Address,
    /// Who owns the asset, and with it the treasury.
    pub(crate) owner: Address,
    /// The treasury's lamports.
    pub(crate) lamports: u64,
    /// The executive's lamports, which pay for everything.
    pub(crate) executive_lamports: u64,
    pub(crate) holdings: Vec<Holding>,
}

impl State {
    pub(crate) fn read(host: &Host, identity: &Identity, rpc: &Rpc) -> Result<Self, Error> {
        let (asset, treasury) = (identity.mint, treasury(&identity.mint));
        let executive = identity.executive.public();
        let tokens = Token::all(identity.network);
        let mut addresses = vec![asset, treasury, executive];
        addresses.extend(tokens.iter().map(|token| token.account_of(&treasury)));
        let progress = host.out.progress("reading the treasury");
        let accounts = host.connector().ask_chain(rpc, rpc.accounts(&addresses))?;
        drop(progress);
        let [agent, lamports, payer, held @ ..] = &accounts[..] else {
            return Err(Error::failure("internal", "fewer accounts than were asked for"));
        };
        let Some(agent) = agent else {
            return Err(Error::failure(
                "no_asset",
                format!("there is no agent `{asset}` at {} ({})", rpc.origin(), identity.network),
            )
            .hint("check the agent's network and LEASH_RPC_URL: `leash agent show`, `leash doctor`"));
        };
        let wrong = |address: Address| {
            move |error: AccountError| {
                Error::failure("unexpected_account", format!("`{address}` is not what it should be: {error}"))
                    .hint("check LEASH_RPC_URL: `leash doctor`")
            }
        };
        let owner = Asset::read(agent).map_err(wrong(asset))?.owner;
        let holdings = tokens.iter().zip(held).map(|(token, account)| {
            let address = token.account_of(&treasury);
            let account = account.as_ref().map(|account| holding(token, &treasury, account));
            Ok(Holding { token, address, account: account.transpose().map_err(wrong(address))? })
        });
        let lamports_of = |address, account: &Option<Account>| {
            account.as_ref().map_or(Ok(0), |account| account.system().map_err(wrong(address)))
        };
        Ok(Self {
            asset,
            treasury,
            executive,
            owner,
            lamports: lamports_of(treasury, lamports)?,
            executive_lamports: lamports_of(executive, payer)?,
            holdings: holdings.collect::<Result<_, Error>>()?,
        })
    }

    pub(crate) fn holding(&self, token: &Token) -> Result<&Holding, Error> {
        let holding = self.holdings.iter().find(|holding| holding.token.mint == token.mint);
        holding.ok_or_else(|| Error::failure("internal", "a token that wasn't asked for"))
    }

    /// Only the asset's owner moves what the treasury holds.
    pub(crate) fn check_owner(&self) -> Result<(), Error> {
        if self.owner == self.executive {
            return Ok(());
        }
        Err(Error::new(
            Kind::Identity,
            "not_owner",
            format!("`{}` owns the agent, and not its executive `{}`", self.owner, self.executive),
        )
        .hint("only the owner moves what the treasury holds: use the owner's key"))
    }
}

fn holding(token: &Token, treasury: &Address, account: &Account) -> Result<TokenAccount, AccountError> {
    if account.owner != token.program {
        return Err(AccountError::Owner(account.owner));
    }
    let read = TokenAccount::read(account)?;
    if read.mint == token.mint && read.owner == *treasury {
        Ok(read)
    } else {
        Err(AccountError::Data("token account of the treasury"))
    }
}
