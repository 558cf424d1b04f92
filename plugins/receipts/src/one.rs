//! `leash receipt`: one receipt, by its hash.

use leash_command::Host;
use leash_output::{Error, escape};
use leash_receipts::{payment_receipt, usd};
use serde_json::json;

use crate::{
    feed::{self, Row, Source},
    item, local, remote,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The receipt's hash
    #[arg(value_name = "HASH")]
    hash: String,
    /// What this machine wrote, and not what the API has
    #[arg(long)]
    local: bool,
}

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let hash = args.hash.to_ascii_lowercase();
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Error::usage(format!("`{}` is no receipt's hash", args.hash))
            .hint("a hash is 64 hex digits; `leash receipts --json` shows those of the newest receipts"));
    }
    let identity = feed::agent(host)?;
    let network = identity.network;
    let dir = leash_policy::dir(host.paths()?, &identity.mint);
    let explorer = identity.explorer_url.clone();
    let source = feed::source(host, &identity, args.local);
    let here = |receipt: leash_receipts::Receipt| {
        let time = receipt.time.clone();
        (Row::new(receipt, time), Source::Local)
    };
    let kept = local::by_hash(host, &identity, &hash)?;
    let there = if source == Source::Api { remote::by_hash(host, identity, &hash)? } else { None };
    // What the API says of it comes first, since it knows more; what it doesn't know may be here.
    let Some((row, source)) = there.map(|row| (row, Source::Api)).or_else(|| kept.map(here)) else {
        return Err(Error::failure("not_found", format!("there is no receipt `{hash}` on {network}"))
            .hint("a receipt of the other network is found with an agent of that network")
            .with_fields(
                [("receipt_hash".to_owned(), json!(hash)), ("network".to_owned(), json!(network.as_str()))]
                    .into_iter()
                    .collect(),
            ));
    };
    let receipt = &row.receipt;
    if receipt.hash != hash {
        return Err(Error::failure("malformed", "the API's answer can't be used: it is another receipt")
            .hint("read what is here with `--local`"));
    }
    if !receipt.is_true {
        host.out.warn("its hash is wrong: something in it was changed, or it was never a receipt");
    }
    let url = item::receipt_url(&explorer, &hash);
    // What the seller said of an MPP payment; it lies here only.
    let said = payment_receipt(&dir, &hash)?;
    let mut document = json!({
        "kind": "receipt",
        "status": "ok",
        "source": source.as_str(),
        "receipt_hash": hash,
        "hash_is_right": receipt.is_true,
        "agent": receipt.agent,
        "direction": receipt.kind.direction(),
        "decision": receipt.decision.as_str(),
        "reason": receipt.reason,
        "network": network.as_str(),
        "tx_signature": receipt.tx_sig,
        "ingested_at": (source == Source::Api).then_some(&row.time),
        "explorer_url": url,
        "tx_explorer_url": receipt.tx_sig.as_deref().map(|signature| item::transaction_url(signature, network)),
        "receipt": receipt.document,
    });
    if let Some(said) = said {
        document["payment_receipt"] = json!(said);
    }
    host.out.result(&document, || text(&row, network.as_str(), &url, source))
}

fn text(row: &Row, network: &str, url: &str, source: Source) -> String {
    let receipt = &row.receipt;
    let when = if source == Source::Api { "ingested_at" } else { "time" };
    let mut lines = vec![
        ("agent", receipt.agent.clone()),
        ("direction", receipt.kind.direction().to_owned()),
        ("decision", receipt.decision.as_str().to_owned()),
        ("network", network.to_owned()),
        (when, row.time.clone()),
        ("amount", receipt.amount_text()),
    ];
    if let (Some(net), Some(_)) = (receipt.net().filter(|_| receipt.is_usd()), &receipt.gross) {
        let fee = receipt.fee_atomic();
        lines.push(("fee", usd(i128::from(fee))));
        lines.push(("gross", usd(i128::from(net) + i128::from(fee))));
    }
    lines.extend(receipt.reason.clone().map(|reason| ("reason", reason)));
    lines.push(("request", format!("{} {}", receipt.method, receipt.url)));
    lines.push(("tx_signature", receipt.tx_sig.clone().unwrap_or_else(|| "(none)".to_owned())));
    lines.push(("explorer", url.to_owned()));
    let mut text = format!("receipt {}\n", receipt.hash);
    for (name, value) in lines {
        text.push_str(&format!("  {:<16} {}\n", format!("{name}:"), escape(&value)));
    }
    text
}
