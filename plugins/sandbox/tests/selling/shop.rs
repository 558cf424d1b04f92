//! A seller with a sandbox of its own.

use base64ct::{Base64, Encoding as _};
use leash_chain::{Address, Network, Token, treasury};
use serde_json::{Value, json};

use crate::{
    buyer::Buyer,
    common::{Home, MINT, Request, Response, Server},
};

pub const FEE_AUTHORITY: &str = "3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W";

pub struct Shop {
    pub home: Home,
    pub server: Server,
    pub key: String,
}

impl Shop {
    pub fn new() -> Self {
        let home = Home::new();
        let server = home.serve(&["--rate-limit", "100000"]);
        let key = server.create_key("shop");
        Self { home, server, key }
    }

    /// The server dies, and another one takes its place.
    pub fn again(&mut self) {
        self.server.kill();
        self.server = Server::start(&self.home, &["--rate-limit", "100000"]);
    }

    /// The books once the server is there again.
    pub fn books_after_restart(&mut self, buyer: &Buyer) -> [u64; 3] {
        self.again();
        self.books(buyer)
    }

    pub fn rpc(&self, method: &str, params: &Value) -> Value {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let answer = Request::new("POST", "/rpc").json(&body).send(self.server.port).json();
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].clone()
    }

    /// A buyer with a key of this number, and money.
    pub fn buyer(&self, number: u8) -> Buyer {
        let buyer = Buyer::new(number);
        for token in Token::all(Network::Devnet) {
            let (owner, mint) = (buyer.address().to_string(), token.mint.to_string());
            self.rpc("leashFund", &json!([owner, mint, "5000000"]));
        }
        buyer
    }

    pub fn authed(&self, method: &str, path: &str, body: &Value) -> Response {
        let request = Request::new(method, path).bearer(&self.key);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.server.send(&request.json(&body))
    }

    /// Makes a link, and gives its path with the network.
    pub fn link(&self, fields: &Value) -> String {
        let mut body = json!({
            "label": "Quote", "owner_agent": MINT, "price": "0.01 USDC",
            "response": { "status": 200, "mimeType": "application/json", "body": { "ok": true } },
        });
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        let made = self.authed("POST", "/v1/payment-links", &body);
        assert_eq!(made.status, 200, "{}", made.body);
        format!("/x/{}?network=solana-devnet", made.json()["id"].as_str().unwrap())
    }

    pub fn counters(&self, path: &str) -> Value {
        let id = path.strip_prefix("/x/").unwrap().split('?').next().unwrap();
        self.authed("GET", &format!("/v1/payment-links/{id}"), &Value::Null).json()["counters"].clone()
    }

    /// The receipts of what the seller earned, oldest first.
    pub fn earned(&self) -> Vec<Value> {
        let page = self.authed("GET", &format!("/v1/receipts/{MINT}?kind=earn&limit=200"), &Value::Null);
        let mut items: Vec<_> =
            page.json()["items"].as_array().unwrap().iter().map(|item| item["raw"].clone()).collect();
        items.reverse();
        items
    }

    /// What an owner has of a token, in its smallest unit.
    pub fn held(&self, owner: &Address, symbol: &str) -> u64 {
        let token = Token::by_symbol(Network::Devnet, symbol).unwrap();
        let body = json!({
            "jsonrpc": "2.0", "id": 1, "method": "getTokenAccountBalance",
            "params": [token.account_of(owner).to_string()],
        });
        let answer = Request::new("POST", "/rpc").json(&body.to_string()).send(self.server.port).json();
        answer["result"]["value"]["amount"].as_str().map_or(0, |amount| amount.parse().unwrap())
    }

    /// What buyer, seller and fee authority have of USDC.
    pub fn books(&self, buyer: &Buyer) -> [u64; 3] {
        let seller = treasury(&MINT.parse().unwrap());
        [buyer.address(), seller, FEE_AUTHORITY.parse().unwrap()].map(|owner| self.held(&owner, "USDC"))
    }

    pub fn get(&self, path: &str) -> Response {
        self.server.send(&Request::new("GET", path))
    }
}

/// The JSON in a header's base64.
pub fn unpack(response: &Response, header: &str) -> Value {
    let text = response.header(header).unwrap_or_else(|| panic!("no `{header}`: {response:?}"));
    serde_json::from_slice(&Base64::decode_vec(text).unwrap()).unwrap()
}

pub fn pack(value: &Value) -> String {
    Base64::encode_string(value.to_string().as_bytes())
}

/// Why an x402 paywall refuses.
pub fn error(response: &Response) -> String {
    assert_eq!(response.status, 402, "{response:?}");
    unpack(response, "payment-required")["error"].as_str().unwrap().to_owned()
}
