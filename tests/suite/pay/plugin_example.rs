//! The example that pays, on the sandbox, as its users have it.

use std::{fs, path::Path};

use serde_json::json;

use super::market::{GROSS, Market};

#[test]
fn the_example_buys_a_quote() {
    let market = Market::new();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/examples/sh");
    let manifest = fs::read_to_string(examples.join("leash-buy-quote.toml")).unwrap();
    // The sandbox is elsewhere than the shops that it is made for.
    let manifest = manifest.replace("api.leash.market", "127.0.0.1");
    market.home().write_private("bin/leash-buy-quote.toml", &manifest);
    let script = fs::read_to_string(examples.join("leash-buy-quote")).unwrap();
    let _ = market.home().write_script("bin/leash-buy-quote", &script);
    let url = market.link("x402", "GET", &json!("A penny saved is a penny earned."));
    market.inside(&["buy-quote", &url]).fails(125).assert_says("leash plugin trust buy-quote");
    let _ = market.inside(&["plugin", "trust", "buy-quote", "--yes"]).ok();
    let outcome = market.inside(&["buy-quote", &url]).ok();
    assert_eq!(outcome.stdout, "quote: A penny saved is a penny earned.\n");
    outcome.assert_says("paid 0.0101 USDC");
    assert_eq!(market.spent(), GROSS);
    // Too dear for it, and so left alone.
    let dear = market.home().leash(["pay", &url, "--dry-run", "--json"]).ok().json();
    assert_eq!(dear["gross"], "0.0101");
    let _ = market.inside(&["plugin", "trust", "buy-quote", "--yes", "--max-per-call", "0.01"]).ok();
    market.inside(&["buy-quote", &url]).fails(125).assert_says("--max-per-call");
    assert_eq!(market.spent(), GROSS);
}
