//! A shop and a chain that suffice to have something paid, for plugins that want more than that.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_chain::{Address, Network, Token, Transaction, treasury};
use leash_tests::{AGENT_1, Api, Reply, Request};
use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::world::{Level, World};

/// Who sells, and is paid.
const SELLER: &str = "AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnNa";
const SETTLER: &str = "8SFqwqnq4whPhs8icwHA2hQg3hUoN1qrCLK1SBx3WKwe";
const TOKEN: &str = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
const SYSTEM: &str = "11111111111111111111111111111111";
/// What it costs, in atomic units: a thousandth of a dollar.
const PRICE: u64 = 1_000;

/// What is granted: five payments of that, one at a time.
pub(crate) const PAY: &str =
    "\n[pay]\nmax_per_call = \"0.001\"\nmax_per_day = \"0.005\"\nhosts = [\"127.0.0.1\"]\n";

/// A user whose plugin may pay at a shop.
pub(crate) struct Market {
    pub(crate) world: World,
    pub(crate) shop: Api,
    /// The transactions that came as payments.
    paid: Arc<Mutex<Vec<Transaction>>>,
}

impl Market {
    pub(crate) fn new(level: Level) -> Self {
        let world = World::new();
        let executive = world.executive();
        let paid = Arc::new(Mutex::new(Vec::new()));
        let till = Arc::clone(&paid);
        let shop = Api::start(move |request, _| match request.path.as_str() {
            "/rpc" => chain(request, &executive),
            _ => sell(request, &till),
        });
        let file = ".config/leash/agent.json";
        let mut agent = world.home.read_json(file);
        agent["rpc_url"] = json!(format!("{}/rpc", shop.url));
        world.home.write_private(file, &agent.to_string());
        world.evil(&format!("{}{PAY}", crate::world::SIGN));
        world.trust("evil", level);
        Self { world, shop, paid }
    }

    /// Runs an attack with the shop's URL; what it got by what it says, or by what was paid.
    pub(crate) fn attack(&self, what: &str) -> Result<Option<String>, Failed> {
        let url = format!("{}/x", self.shop.url);
        let got = self.world.attack(&["pay", what, &url, &self.world.out()])?;
        Ok(got.or_else(|| self.wrong()))
    }

    /// How many payments came.
    pub(crate) fn count(&self) -> usize {
        self.paid.lock().unwrap().len()
    }

    /// What was paid that is not what was sold.
    fn wrong(&self) -> Option<String> {
        let seller: Address = SELLER.parse().unwrap();
        let token = Token::by_symbol(Network::Devnet, "USDC").unwrap();
        let account = token.account_of(&seller).to_string();
        let paid = self.paid.lock().unwrap();
        let right = |transaction: &Transaction| {
            let steps: Vec<String> =
                transaction.message().describe().iter().map(ToString::to_string).collect();
            let transfers: Vec<&String> = steps.iter().filter(|step| step.contains("transfer")).collect();
            transfers.len() == 1 && transfers[0].contains(&account)
        };
        paid.iter().find(|transaction| !right(transaction)).map(|transaction| format!("{transaction:?}"))
    }
}

fn sell(request: &Request, till: &Mutex<Vec<Transaction>>) -> Reply {
    let Some(payment) = request.header("payment-signature") else {
        let asks = json!({
            "scheme": "exact", "network": "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1", "amount": PRICE.to_string(),
            "asset": "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", "payTo": SELLER, "maxTimeoutSeconds": 60,
            "extra": {"feePayer": SETTLER},
        });
        return Reply::Json(402, json!({"x402Version": 2, "error": "Payment required", "accepts": [asks]}));
    };
    let document = STANDARD.decode(payment).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let text = document.as_ref().and_then(|document| document["payload"]["transaction"].as_str());
    if let Some(transaction) = text.and_then(|text| Transaction::from_base64(text).ok()) {
        till.lock().unwrap().push(transaction);
    }
    Reply::Json(200, json!({"sold": true}))
}

/// A chain on which the treasury may pay, and nothing ever lands.
fn chain(request: &Request, executive: &str) -> Reply {
    let question: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let at = |value: Value| json!({"context": {"slot": 1_000}, "value": value});
    let result = match question["method"].as_str().unwrap_or_default() {
        "getLatestBlockhash" => {
            at(json!({"blockhash": bs58::encode([7; 32]).into_string(), "lastValidBlockHeight": 1_100}))
        }
        // The treasury's account, the mint, the executive, and the seller's account.
        "getMultipleAccounts" => at(json!([
            shown(TOKEN, &treasury_account(executive)),
            shown(TOKEN, &mint()),
            shown(SYSTEM, &[]),
            shown(TOKEN, &token_account(&SELLER.parse().unwrap(), None)),
        ])),
        "getBlockHeight" => json!(1_000),
        "getSignaturesForAddress" => json!([]),
        _ => Value::Null,
    };
    Reply::Json(200, json!({"jsonrpc": "2.0", "id": question["id"], "result": result}))
}

/// An account as the chain shows it.
fn shown(program: &str, data: &[u8]) -> Value {
    json!({
        "lamports": 2_039_280, "owner": program, "executable": false, "rentEpoch": 0,
        "data": [STANDARD.encode(data), "base64"],
    })
}

/// The treasury's account of USDC, out of which the executive may spend.
fn treasury_account(executive: &str) -> Vec<u8> {
    let mint: Address = AGENT_1.mint.parse().unwrap();
    token_account(&treasury(&mint), Some(executive))
}

/// USDC: nobody may make more of it, it has 6 decimals, and nobody may freeze accounts.
fn mint() -> Vec<u8> {
    [&[0; 36][..], &1_000_000_000_u64.to_le_bytes(), &[6, 1], &[0; 36]].concat()
}

fn token_account(owner: &Address, delegate: Option<&str>) -> Vec<u8> {
    let address = |text: &str| *text.parse::<Address>().unwrap().as_bytes();
    let much = 100_000_000_u64.to_le_bytes();
    let parts: [&[u8]; 10] = [
        &address("4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU"),
        owner.as_bytes(),
        &much,
        &u32::from(delegate.is_some()).to_le_bytes(),
        &delegate.map_or([0; 32], address),
        &[1],
        &[0; 12],
        &much,
        &[0; 4],
        &[0; 32],
    ];
    parts.concat()
}
