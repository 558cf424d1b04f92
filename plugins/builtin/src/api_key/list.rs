//! `leash api-key list`: the keys, newest first.

use jiff::Timestamp;
use leash_api::ListKeys;
use leash_command::{Acting, Host};
use leash_output::{Error, with_commands};
use serde_json::{Value, json};

use super::{
    active::{MAX_LISTED, is_cut},
    age_seconds, check_network, line,
    work::within,
};

/// How many the API lists where no limit is named.
const PAGE: usize = 100;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Show keys that were revoked, too
    #[arg(long)]
    include_disabled: bool,
    /// Show at most N keys, 1 to 200
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=200))]
    limit: Option<u8>,
    /// The agent's network, as a check
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let Acting { mint, network, client, .. } = host.acting(false)?;
    check_network(network, args.network.as_deref())?;
    let query = ListKeys { include_disabled: args.include_disabled.then_some(true), limit: args.limit };
    let progress = host.out.progress("listing the keys");
    let page = host.block_on(within(host, &client, async {
        let page = client.list_api_keys(&query).await?;
        if args.limit.is_none() && page.items.len() == PAGE {
            // There may be more, and the API has no cursor here; only a larger page.
            return client.list_api_keys(&ListKeys { limit: Some(MAX_LISTED), ..query }).await;
        }
        Ok(page)
    }))??;
    drop(progress);
    let truncated = is_cut(&page) || args.limit.is_some_and(|limit| page.items.len() >= usize::from(limit));
    if is_cut(&page) {
        host.out.warn(cut(args.include_disabled));
    }
    let now = page.server_time.unwrap_or_else(Timestamp::now);
    let items: Vec<Value> = page
        .items
        .iter()
        .map(|key| {
            let mut item = json!(key);
            item["age_seconds"] = json!(age_seconds(key, now));
            item
        })
        .collect();
    let document = json!({
        "kind": "agent_api_keys",
        "status": "ok",
        "agent_mint": mint.to_string(),
        "network": network.as_str(),
        "count": items.len(),
        "items": items,
        "truncated": truncated,
    });
    if items.is_empty() && !host.out.json {
        host.out.note(&with_commands("`leash api-key create --label NAME` makes one"));
    }
    host.out.result(&document, || {
        if page.items.is_empty() {
            return "no agent API keys found".to_owned();
        }
        let mut text = format!("{} agent API key(s):\n", page.items.len());
        for key in &page.items {
            text.push_str(&format!("  {}\n", line(key, now)));
        }
        text
    })
}

/// That older keys may be missing, and what shows more of them.
fn cut(include_disabled: bool) -> &'static str {
    if include_disabled {
        "there are 200 keys or more; the API shows only the newest 200, and more of the active ones without \
         `--include-disabled`"
    } else {
        "there are 200 keys or more; the API shows only the newest 200"
    }
}
