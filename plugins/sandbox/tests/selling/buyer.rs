//! A buyer: builds payments as the client does, and bends them where a test wants that.

use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{
    Address, Blockhash, Instruction, Network, Order, Signature, Token, Transaction, Version, compile, ix,
};
use serde_json::{Value, json};

use crate::{
    common::{Request, Response},
    shop::{Shop, pack, unpack},
};

pub struct Buyer {
    pub key: SigningKey,
    /// Whose tokens are spent.
    pub owner: Address,
}

/// What is to be paid.
#[derive(Clone)]
pub struct Bill {
    pub token: Token,
    pub amount: u64,
    pub seller: Address,
    pub fee_payer: Address,
    pub fee: Option<(u64, Address)>,
    pub memo: String,
}

fn address(value: &Value) -> Address {
    value.as_str().unwrap().parse().unwrap()
}

impl Bill {
    fn token(asset: &Value) -> Token {
        let on = |network| Token::by_mint(network, &address(asset));
        *on(Network::Devnet).or_else(|| on(Network::Mainnet)).unwrap()
    }

    /// What x402 demands. The memo makes each payment another one.
    pub fn x402(demanded: &Value, memo: &str) -> Self {
        let amount: u64 = demanded["amount"].as_str().unwrap().parse().unwrap();
        let fee = &demanded["extra"]["leash.fee"];
        let bps = fee["bps"].as_u64().unwrap();
        Self {
            token: Self::token(&demanded["asset"]),
            amount,
            seller: address(&demanded["payTo"]),
            fee_payer: address(&demanded["extra"]["feePayer"]),
            fee: Some(((amount * bps).div_ceil(10_000), address(&fee["feeAuthority"]))),
            memo: memo.to_owned(),
        }
    }

    /// What MPP demands.
    pub fn mpp(challenge: &Value) -> Self {
        let request = &challenge["request"];
        Self {
            token: Self::token(&request["asset"]),
            amount: request["amount"].as_str().unwrap().parse().unwrap(),
            seller: address(&request["recipient"]),
            fee_payer: address(&request["feePayer"]),
            fee: None,
            memo: format!("mpp:{}", challenge["challengeId"].as_str().unwrap()),
        }
    }
}

impl Buyer {
    pub fn new(number: u8) -> Self {
        let key = SigningKey::from_bytes(&[number; 32]);
        let owner = Address::new(key.verifying_key().to_bytes());
        Self { key, owner }
    }

    pub fn address(&self) -> Address {
        Address::new(self.key.verifying_key().to_bytes())
    }

    /// The instructions of a payment.
    pub fn steps(&self, bill: &Bill) -> Vec<Instruction> {
        let source = bill.token.account_of(&self.owner);
        let legs: Vec<_> = [Some((bill.amount, bill.seller)), bill.fee].into_iter().flatten().collect();
        let mut steps = vec![ix::compute_limit(200_000), ix::compute_price(10_000)];
        for (_, to) in &legs {
            steps.push(ix::create_token_account(&bill.fee_payer, to, &bill.token));
        }
        for (amount, to) in &legs {
            let to = bill.token.account_of(to);
            steps.push(ix::transfer_checked(&bill.token, &source, &to, &self.address(), *amount));
        }
        steps.push(ix::memo(&bill.memo));
        steps
    }

    /// Signs instructions, and gives base64.
    pub fn sign(&self, fee_payer: &Address, steps: &[Instruction], blockhash: Blockhash) -> String {
        let message = compile(Version::V0, Order::Text, fee_payer, steps, blockhash).unwrap();
        let bytes = message.to_bytes().unwrap();
        let mut transaction = Transaction::unsigned(message).unwrap();
        transaction.put(&self.address(), Signature::new(self.key.sign(&bytes).to_bytes()));
        transaction.to_base64().unwrap()
    }

    pub fn wire(&self, shop: &Shop, bill: &Bill) -> String {
        self.sign(&bill.fee_payer, &self.steps(bill), blockhash(shop))
    }

    /// Pays for a request to an x402 link, and gives the request that pays.
    pub fn x402(&self, shop: &Shop, request: &Request, memo: &str) -> Request {
        self.bent(shop, request, memo, |_| {})
    }

    /// The same with a payment that was bent.
    pub fn bent(
        &self,
        shop: &Shop,
        request: &Request,
        memo: &str,
        bend: impl FnOnce(&mut Vec<Instruction>),
    ) -> Request {
        let required = unpack(&shop.server.send(request), "payment-required");
        let bill = Bill::x402(&required["accepts"][0], memo);
        let mut steps = self.steps(&bill);
        bend(&mut steps);
        let wire = self.sign(&bill.fee_payer, &steps, blockhash(shop));
        present(request, &required, 0, &wire)
    }

    /// Pays for a request to an MPP link.
    pub fn mpp(&self, shop: &Shop, request: &Request) -> Request {
        let challenge = shop.server.send(request).json();
        credential(request, &challenge, &self.wire(shop, &Bill::mpp(&challenge)))
    }
}

pub fn blockhash(shop: &Shop) -> Blockhash {
    let latest = shop.rpc("getLatestBlockhash", &json!([]));
    latest["value"]["blockhash"].as_str().unwrap().parse().unwrap()
}

/// A request with its payment by x402.
pub fn present(request: &Request, required: &Value, option: usize, wire: &str) -> Request {
    let payload = json!({
        "x402Version": 2, "payload": { "transaction": wire }, "resource": required["resource"],
        "accepted": required["accepts"][option],
    });
    request.clone().header("payment-signature", &pack(&payload))
}

/// A request with its payment by MPP.
pub fn credential(request: &Request, challenge: &Value, wire: &str) -> Request {
    let credential = json!({ "v": "1", "challengeId": challenge["challengeId"], "signedTx": wire });
    request.clone().header("authorization", &format!("PaymentScheme {}", pack(&credential)))
}

pub fn paid(response: &Response) -> &str {
    assert_eq!(response.status, 200, "{response:?}");
    response.header("x-leash-tx-sig").unwrap()
}
