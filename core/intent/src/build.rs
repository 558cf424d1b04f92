//! From what is meant to the transaction that does it.

use leash_chain::{
    Address, Blockhash, Instruction, Message, Order, Transaction, Version, WireError, compile, ix, treasury,
};

use crate::{Compute, Intent, IntentError, Layout, Meaning, Payment, Split};

const COMPUTE_LIMIT: u32 = 200_000;
const COMPUTE_PRICE: u64 = 10_000;

impl Intent {
    /// The transaction that does what is meant, unsigned. The same intent makes the same bytes.
    ///
    /// # Errors
    /// [`IntentError::Wire`] where it would be too large.
    pub fn build(&self) -> Result<Transaction, IntentError> {
        Ok(Transaction::unsigned(self.message(&self.instructions())?)?)
    }

    pub(crate) fn message(&self, instructions: &[Instruction]) -> Result<Message, WireError> {
        // As the libraries order accounts that the original used for each.
        let order = match self.meaning {
            Meaning::Pay(_) => Order::Text,
            _ => Order::FirstSeen,
        };
        compile(Version::V0, order, self.fee_payer(), instructions, self.blockhash)
    }

    /// The instructions. For a mint API's transaction: those that it has at least.
    pub(crate) fn instructions(&self) -> Vec<Instruction> {
        let me = &self.executive;
        match &self.meaning {
            Meaning::Create { asset, name, uri, register } => {
                let mut instructions = vec![create(asset, me, name, uri)];
                instructions.extend(register.then(|| ix::register_identity(asset, me, uri)));
                instructions
            }
            Meaning::Minted { asset, name, uri } => vec![create(asset, me, name, uri)],
            Meaning::Register { asset, uri } => vec![ix::register_identity(asset, me, uri)],
            Meaning::RegisterExecutive => vec![ix::register_executive(me)],
            Meaning::Delegate { asset } => vec![ix::delegate_execution(asset, me)],
            Meaning::Provision { asset, tokens } => {
                let treasury = treasury(asset);
                tokens.iter().map(|token| ix::create_token_account(me, &treasury, token)).collect()
            }
            Meaning::Approve { asset, token, amount, create_account } => {
                let treasury = treasury(asset);
                let approve = ix::approve(token, &treasury, me, *amount);
                let create = create_account.then(|| ix::create_token_account(me, &treasury, token));
                create.into_iter().chain([ix::execute(asset, me, &approve)]).collect()
            }
            Meaning::Revoke { asset, token } => {
                vec![ix::execute(asset, me, &ix::revoke(token, &treasury(asset)))]
            }
            Meaning::Withdraw { asset, token, to, amount, create_account } => {
                let treasury = treasury(asset);
                let (from, into) = (token.account_of(&treasury), token.account_of(to));
                let transfer = ix::transfer_checked(token, &from, &into, &treasury, *amount);
                let create = create_account.then(|| ix::create_token_account(me, to, token));
                create.into_iter().chain([ix::execute(asset, me, &transfer)]).collect()
            }
            Meaning::WithdrawSol { asset, to, lamports } => {
                vec![ix::execute(asset, me, &ix::transfer(&treasury(asset), to, *lamports))]
            }
            Meaning::Pay(payment) => pay(payment, me),
        }
    }
}

/// The asset as leash makes one: the executive owns it, and may change it.
pub(crate) fn create(asset: &Address, me: &Address, name: &str, uri: &str) -> Instruction {
    ix::create_asset(&ix::CreateAsset {
        asset: *asset,
        payer: *me,
        owner: Some(*me),
        update_authority: None,
        name,
        uri,
    })
}

fn pay(payment: &Payment, me: &Address) -> Vec<Instruction> {
    match &payment.layout {
        Layout::Leash => pay_leash(payment, me),
        Layout::Standard { compute, splits } => pay_standard(payment, me, *compute, splits),
    }
}

fn pay_leash(payment: &Payment, me: &Address) -> Vec<Instruction> {
    let (token, source) = (payment.token, payment.source(me));
    // Amounts and payer were checked when the intent was made.
    let transfers = payment.transfers().unwrap_or_default();
    let payer = payment.fee_payer.unwrap_or(*me);
    let mut instructions = vec![ix::compute_limit(COMPUTE_LIMIT), ix::compute_price(COMPUTE_PRICE)];
    instructions.extend(transfers.iter().map(|(owner, _)| ix::create_token_account(&payer, owner, token)));
    instructions.extend(
        transfers.iter().map(|(owner, amount)| {
            ix::transfer_checked(token, &source, &token.account_of(owner), me, *amount)
        }),
    );
    instructions.extend(payment.memo.as_deref().map(ix::memo));
    instructions
}

fn pay_standard(payment: &Payment, me: &Address, compute: Compute, splits: &[Split]) -> Vec<Instruction> {
    let (token, source) = (payment.token, payment.source(me));
    let transfer = |(owner, amount): (Address, u64)| {
        ix::transfer_checked(token, &source, &token.account_of(&owner), me, amount)
    };
    let mut instructions = vec![ix::compute_limit(compute.limit), ix::compute_price(compute.price)];
    // Checked when the intent was made.
    let first = payment.transfers().unwrap_or_default().into_iter().next();
    instructions.extend(first.map(transfer));
    instructions.extend(payment.memo.as_deref().map(ix::memo));
    for split in splits {
        let sponsor = payment.fee_payer.filter(|_| split.create_account);
        instructions.extend(sponsor.map(|sponsor| ix::create_token_account(&sponsor, &split.to, token)));
        instructions.push(transfer((split.to, split.amount)));
        instructions.extend(split.memo.as_deref().map(ix::memo));
    }
    instructions
}

/// What it takes to make an agent without a mint API: one transaction, or two where one would be too large.
///
/// # Errors
/// [`IntentError::Wire`] where even that is too large: name and description are too long.
pub fn creation(
    executive: &Address,
    asset: &Address,
    name: &str,
    uri: &str,
) -> Result<Vec<Meaning>, IntentError> {
    let create =
        |register| Meaning::Create { asset: *asset, name: name.to_owned(), uri: uri.to_owned(), register };
    // Every blockhash is as long as any other.
    let fits = |meaning: Meaning| {
        Intent::new(*executive, meaning.clone(), Blockhash::new([0; 32]), u64::MAX)?.build()?;
        Ok(meaning)
    };
    match fits(create(true)) {
        Ok(both) => Ok(vec![both]),
        Err(IntentError::Wire(WireError::TooLarge)) => {
            let register = Meaning::Register { asset: *asset, uri: uri.to_owned() };
            Ok(vec![fits(create(false))?, fits(register)?])
        }
        Err(error) => Err(error),
    }
}
