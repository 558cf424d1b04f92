//! Making the agent: by the mint API, whose transaction is looked at before it is signed, or directly.

use leash_chain::{Address, SIGNATURE_LAMPORTS, Token, Transaction, treasury};
use leash_connect::api_error;
use leash_intent::{Checked, Intent, Meaning, Registration, check, creation};
use leash_output::{Error, Kind, escape};
use leash_rpc::Lifetime;
use serde::Deserialize;

use crate::pending::Step;
use crate::work::Work;

/// Two signatures, and what a mint API may spend on being quick.
const MAX_MINTED_FEE: u64 = 500_000;

/// What a mint API answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    success: bool,
    tx: Option<String>,
    asset_address: Option<String>,
    error: Option<serde_json::Value>,
}

impl Work<'_> {
    pub(crate) fn mint(&mut self, direct: bool) -> Result<(), Error> {
        if self.was_made_after_all()? {
            return Ok(());
        }
        let me = self.pending.executive.public();
        let registration = self.pending.meta.registration(&me.to_string());
        if direct { self.mint_directly(&registration) } else { self.mint_by_api(&registration) }
    }

    fn mint_directly(&mut self, registration: &Registration) -> Result<(), Error> {
        let number = self.number()?;
        let key = self.pending.executive.asset_key(&number);
        let asset = key.public();
        let me = self.pending.executive.public();
        let steps = creation(&me, &asset, &registration.name, &registration.data_url())
            .map_err(|error| too_long(&error))?;
        let step = if steps.len() == 1 { Step::Mint } else { Step::MintAlone };
        let Some(meaning) = steps.into_iter().next() else {
            return Err(Error::failure("internal", "a creation without a step"));
        };
        let life = self.latest()?;
        let mut checked = self.built(meaning, life, 2)?;
        key.sign_transaction(&mut checked)
            .map_err(|error| Error::failure("refused_transaction", error.to_string()))?;
        self.send(step, &asset.to_string(), checked, life)
    }

    /// The number from which the asset follows, noted before it is used: a second try makes the same one or none.
    fn number(&mut self) -> Result<[u8; 16], Error> {
        let known =
            self.pending.progress.number.as_deref().and_then(|text| u128::from_str_radix(text, 16).ok());
        if let Some(number) = known {
            return Ok(number.to_be_bytes());
        }
        let mut number = [0; 16];
        getrandom::fill(&mut number).map_err(|error| {
            Error::failure("no_randomness", format!("the system gives no random bytes: {error}"))
        })?;
        self.pending.progress.number = Some(format!("{:032x}", u128::from_be_bytes(number)));
        self.save()?;
        Ok(number)
    }

    fn mint_by_api(&mut self, registration: &Registration) -> Result<(), Error> {
        let me = self.pending.executive.public();
        let url = self.place.mint_url();
        let endpoint = self.host.connector().endpoint(&url)?;
        let receipts = format!("{}/v1/receipts/{{agent}}", self.place.api_url());
        let body = registration.mint_request(me, self.pending.network, &receipts);
        let progress = self.host.out.progress("asking for the mint");
        // What it answers takes effect only once it is signed.
        let answer = self.host.block_on(endpoint.post(body.into_bytes(), true))?;
        drop(progress);
        let answer = answer.map_err(|error| {
            let code = error.code().to_owned();
            let wrapped = api_error(error);
            Error::failure(code, format!("the mint API `{}`: {}", endpoint.origin(), wrapped.message())).hint(
                "run the same command again, name another one (LEASH_MINT_URL), or do without: `--direct`",
            )
        })?;
        let (transaction, asset) = self.read(endpoint.origin(), &answer)?;
        let blockhash = transaction.message().blockhash();
        let life = self.host.connector().ask_chain(&self.rpc, self.rpc.lifetime_of(blockhash))?;
        let Some(life) = life else {
            return Err(refused(
                endpoint.origin(),
                &format!(
                    "blockhash\n  expected: one that `{}` takes\n  got:      {blockhash}",
                    self.rpc.origin()
                ),
            ));
        };
        let meaning =
            Meaning::Minted { asset, name: registration.name.clone(), uri: registration.data_url() };
        let intent = Intent::new(me, meaning, blockhash, MAX_MINTED_FEE).map_err(|error| too_long(&error))?;
        let checked = check(transaction, &intent)
            .map_err(|refusal| refused(endpoint.origin(), &refusal.to_string()))?;
        self.send(Step::Mint, &asset.to_string(), checked, life)
    }

    fn read(&self, origin: &str, bytes: &[u8]) -> Result<(Transaction, Address), Error> {
        let nonsense = |what: &str| {
            Error::failure(
                "mint_api_malformed",
                format!("the answer of the mint API `{origin}` makes no sense: {what}"),
            )
            .hint("nothing was signed; name another one (LEASH_MINT_URL), or do without: `--direct`")
        };
        let answer: Answer =
            serde_json::from_slice(bytes).map_err(|_| nonsense("it is not what was agreed on"))?;
        if let (false, Some(error)) = (answer.success, &answer.error) {
            return Err(nonsense(&format!("it failed: {}", escape(&error.to_string()))));
        }
        let transaction = answer.tx.as_deref().map(Transaction::from_base64).and_then(Result::ok);
        let asset = answer.asset_address.as_deref().and_then(|text| text.parse().ok());
        match (answer.success, transaction, asset) {
            (true, Some(transaction), Some(asset)) => Ok((transaction, asset)),
            (false, ..) => Err(nonsense("it reports no success")),
            (_, None, _) => Err(nonsense("its transaction can't be read")),
            (_, _, None) => Err(nonsense("it names no asset")),
        }
    }

    /// Registers the identity of an asset for which one transaction had no room.
    pub(crate) fn register(&mut self, asset: &Address) -> Result<(), Error> {
        let uri = self.pending.meta.registration(&self.pending.executive.public().to_string()).data_url();
        let life = self.latest()?;
        let checked = self.built(Meaning::Register { asset: *asset, uri }, life, 1)?;
        self.send(Step::Register, &asset.to_string(), checked, life)
    }

    /// Lets payments spend up to the cap.
    pub(crate) fn delegate(&mut self, asset: &Address, amount: u64) -> Result<(), Error> {
        let token = &Token::all(self.pending.network)[0];
        let account = token.account_of(&treasury(asset));
        let there = self.host.connector().ask_chain(&self.rpc, self.rpc.account(&account))?;
        let life = self.latest()?;
        let meaning = Meaning::Approve { asset: *asset, token, amount, create_account: there.is_none() };
        let checked = self.built(meaning, life, 1)?;
        self.send(Step::Delegate, &asset.to_string(), checked, life)
    }

    fn latest(&self) -> Result<Lifetime, Error> {
        self.host.connector().ask_chain(&self.rpc, self.rpc.lifetime())
    }

    fn built(&self, meaning: Meaning, life: Lifetime, signatures: u64) -> Result<Checked, Error> {
        let wrong = |error: &dyn std::fmt::Display| Error::failure("refused_transaction", error.to_string());
        let me = self.pending.executive.public();
        let intent = Intent::new(me, meaning, life.blockhash, signatures * SIGNATURE_LAMPORTS)
            .map_err(|error| too_long(&error))?;
        let built = intent.build().map_err(|error| too_long(&error))?;
        check(built, &intent).map_err(|refusal| wrong(&refusal))
    }
}

fn refused(origin: &str, why: &str) -> Error {
    let message = format!(
        "the mint API `{origin}` wants something else signed than the agent; nothing was signed: {why}"
    );
    Error::new(Kind::Refused, "refused_transaction", message)
        .hint("don't use that mint API: name another one (LEASH_MINT_URL), or do without: `--direct`")
}

fn too_long(error: &leash_intent::IntentError) -> Error {
    Error::usage(format!("{error}"))
        .hint("shorten `--name`, `--description` and the services: all of it must fit a transaction")
}
