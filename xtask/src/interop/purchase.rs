//! One purchase, and whether all of it was as it should be: the answer, and the money on the chain.

use std::{path::Path, process::Output};

use serde_json::{Value, json};

use super::{
    market::{Key, Market, NETWORK, USDC},
    process,
    sellers::{AMOUNT, Family, Seller, split},
};

/// What a `POST` sends.
pub(super) const BODY: &str = "what the buyer sends";
/// Of what type it is.
pub(super) const BODY_TYPE: &str = "text/plain";

/// A request for the goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
}

impl Method {
    pub(super) const ALL: [Self; 2] = [Self::Get, Self::Post];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }

    pub(super) const fn body(self) -> Option<&'static str> {
        match self {
            Self::Get => None,
            Self::Post => Some(BODY),
        }
    }
}

/// A seller that listens, as its buyers see it.
pub(super) struct Shop<'a> {
    pub(super) market: &'a Market,
    pub(super) seller: &'static Seller,
    pub(super) url: String,
    /// Whose account is paid.
    pub(super) recipient: String,
    /// Who gets a part, where the price is split.
    pub(super) other: String,
}

/// What a stranger's buyer sent, and what it was answered.
pub(super) struct Bought {
    /// The payment's header and its value.
    pub(super) payment: Value,
    pub(super) answer: Value,
    /// Why this isn't a purchase.
    pub(super) fault: Option<String>,
}

impl Shop<'_> {
    /// A purchase by a stranger's software.
    pub(super) fn control(
        &self,
        family: &Family,
        installed: &Path,
        buyer: &Key,
        method: Method,
    ) -> Result<Bought, String> {
        let setup = json!({
            "url": self.url, "method": method.name(), "body": method.body(), "rpc": self.market.rpc_url(),
            "mint": USDC, "network": NETWORK, "key": buyer.bytes().as_slice(),
            "key58": bs58::encode(buyer.bytes()).into_string(),
        });
        let before = self.books(&buyer.address())?;
        let mut command = family.program(installed, self.seller.buyer_program);
        let output = process::finish(command.env("INTEROP", setup.to_string()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let events: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let of_kind = |member: &str| events.iter().find(|event| event.get(member).is_some()).cloned();
        let payment = of_kind("payment").map_or(Value::Null, |event| event["payment"].clone());
        let answer = of_kind("status").unwrap_or_default();
        let fault = match answer["status"].as_u64() {
            Some(200) => self.check_goods(answer["body"].as_str().unwrap_or_default(), method).err(),
            Some(status) => Some(format!("status {status}: {}", answer["body"])),
            None => Some(last_line(&output)),
        };
        let fault = self.with_money(fault, &buyer.address(), &before)?;
        Ok(Bought { payment, answer, fault })
    }

    /// A purchase by `leash pay`; what is wrong with it.
    pub(super) fn leash(&self, method: Method, options: &[&str]) -> Result<Option<String>, String> {
        let mut command = self.market.leash();
        command.args(["--quiet", "pay", "--yes", &self.url]).args(options);
        if let Some(body) = method.body() {
            command.args(["--method", method.name(), "--body", body]);
            command.args(["--header", &format!("content-type: {BODY_TYPE}")]);
        }
        let before = self.books(&self.market.treasury)?;
        let output = process::finish(&mut command)?;
        let fault = match output.status.code() {
            Some(0) => self.check_goods(&String::from_utf8_lossy(&output.stdout), method).err(),
            _ => Some(format!("{}: {}", output.status, last_line(&output))),
        };
        self.with_money(fault, &self.market.treasury, &before)
    }

    fn check_goods(&self, body: &str, method: Method) -> Result<(), String> {
        let expected =
            json!({ "goods": self.seller.name, "method": method.name(), "received": method.body() });
        let received = serde_json::from_str::<Value>(body).unwrap_or_default();
        if received == expected { Ok(()) } else { Err(format!("the goods are `{body}`")) }
    }

    /// What buyer, seller and the third have, and how often the seller's account was touched.
    fn books(&self, buyer: &str) -> Result<Books, String> {
        let (seller, landed) = self.market.usdc(&self.recipient)?;
        Ok(Books {
            buyer: self.market.usdc(buyer)?.0,
            seller,
            other: self.market.usdc(&self.other)?.0,
            landed,
        })
    }

    /// The fault, with what happened to the money where that isn't what it should be: moved once for a purchase, and not
    /// at all without one.
    fn with_money(
        &self,
        fault: Option<String>,
        buyer: &str,
        before: &Books,
    ) -> Result<Option<String>, String> {
        let after = self.books(buyer)?;
        let paid = Books {
            buyer: before.buyer.saturating_sub(AMOUNT),
            seller: before.seller + AMOUNT - split(self.seller.name),
            other: before.other + split(self.seller.name),
            landed: before.landed + 1,
        };
        Ok(match fault {
            None if after == paid => None,
            None => Some(format!("delivered, but the money is {after:?} and should be {paid:?}")),
            Some(fault) if after == *before => Some(fault),
            Some(fault) => Some(format!("{fault}; and money moved: {before:?} became {after:?}")),
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Books {
    buyer: u64,
    seller: u64,
    other: u64,
    landed: usize,
}

/// What a program said at its end, which is usually why.
fn last_line(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let error = said.lines().find(|line| line.starts_with("error: ") || line.contains("Error: "));
    let line = error.or_else(|| said.lines().rev().find(|line| !line.trim().is_empty()));
    line.map_or_else(|| format!("{} without a word", output.status), |line| line.trim().to_owned())
}
