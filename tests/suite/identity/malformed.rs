//! Files that can't be understood: the place is named, nothing is quoted, nothing is changed.

use leash_tests::{AGENT_1, Home};

use super::{
    URL,
    keys::{ARRAY, assert_no_part_of},
    show,
};

const FILE: &str = ".config/leash/agent.json";

/// A file of the original's, each field on a line of its own.
fn lines() -> String {
    format!("{:#}\n", AGENT_1.file(URL))
}

fn assert_refused(text: &[u8], place: &str, what: &str) {
    let home = Home::new();
    let _ = home.write(FILE, text, 0o600);
    for run in [show(&home), home.leash(["api-key", "list"]), home.leash(["agent", "use", "default"])] {
        let outcome = run.fails(4);
        outcome.assert_says(&format!("~/{FILE}{place}"));
        outcome.assert_says(what);
        outcome.assert_says("leash never overwrites it");
        assert_no_part_of(&outcome, AGENT_1.key);
        assert_no_part_of(&outcome, ARRAY);
    }
    // What would put another in its place finds it there.
    let source = home.write_private("other.json", &AGENT_1.file(URL).to_string());
    home.leash(["agent", "import", source.to_str().unwrap()]).fails(1).assert_says("is there already");
    assert_eq!(std::fs::read(home.join(FILE)).unwrap(), text);
    assert_eq!(home.leash(["agent", "list", "--json"]).ok().json()["count"], 1);
}

#[test]
fn what_is_not_json_is_refused_with_line_and_column() {
    let text = lines();
    let line = |needle: &str| text.lines().position(|line| line.contains(needle)).unwrap() + 1;
    let key = line("executive_keypair");
    assert_refused(
        text.replace("\"network\":", "\"network\"").as_bytes(),
        &format!(":{}:", line("network")),
        "not JSON",
    );
    // The damage is in the line of the key itself.
    assert_refused(
        text.replace(&format!("{}\"", AGENT_1.key), AGENT_1.key).as_bytes(),
        &format!(":{key}:"),
        "not JSON",
    );
    assert_refused(
        text.replace(AGENT_1.key, &format!("{}\\x", AGENT_1.key)).as_bytes(),
        &format!(":{key}:"),
        "not JSON",
    );
    let unquoted = text.replace(&format!("\"{}\"", AGENT_1.key), AGENT_1.key);
    assert_refused(unquoted.as_bytes(), &format!(":{key}:"), "`executive_keypair` is neither a text");
    assert_refused(text.trim_end().trim_end_matches('}').as_bytes(), ":", "ends too early");
    assert_refused(
        &text.as_bytes()[..text.find("56Uq").unwrap() + 40],
        &format!(":{key}:"),
        "ends too early",
    );
    assert_refused(format!("{text}}}").as_bytes(), ":", "not JSON");
    assert_refused(AGENT_1.key.as_bytes(), ":1:", "not a JSON object");
    assert_refused(&[text.as_bytes(), b"\xff"].concat(), ":", "not JSON");
    assert_refused(&text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), ":1:", "not JSON");
}

#[test]
fn json_of_another_shape_is_refused() {
    let text = lines();
    assert_refused(b"", "", "it is empty");
    assert_refused(b" \n\n", "", "it is empty");
    for other in ["[]", "null", "7", ARRAY] {
        assert_refused(other.as_bytes(), ":1:", "it is not a JSON object");
    }
    assert_refused(format!("\"{}\"", AGENT_1.key).as_bytes(), ":1:", "it is not a JSON object");
    let with = |field: &str, value: &str| {
        let mut file = AGENT_1.file(URL);
        file[field] = serde_json::from_str(value).unwrap();
        format!("{file:#}").into_bytes()
    };
    assert_refused(&with("network", "5"), ":", "`network` is not a text");
    assert_refused(&with("agent_mint", "{}"), ":", "`agent_mint` is not a text");
    assert_refused(&with("api_key", &format!("[\"{}\"]", AGENT_1.key)), ":", "`api_key` is not a text");
    let key = "`executive_keypair` is neither a text nor an array of 64 bytes";
    assert_refused(&with("executive_keypair", &format!("{{\"k\":\"{}\"}}", AGENT_1.key)), ":", key);
    assert_refused(&with("executive_keypair", &ARRAY.replace("204", "2040")), ":", key);
    assert_refused(&with("executive_keypair", &ARRAY.replace("204", "\"204\"")), ":", key);
    assert_refused(&with("executive_keypair", &ARRAY.replace("204", "1,204")), ":", key);
    assert_refused(&with("executive_keypair", "7"), ":", key);
    let twice = text.replacen("{\n", &format!("{{\n  \"executive_keypair\": \"{}\",\n", AGENT_1.key), 1);
    assert_refused(twice.as_bytes(), ":", "`executive_keypair` is there twice");
    let twice = text.replacen("{\n", "{\n  \"note\": 1,\n  \"note\": 2,\n", 1);
    assert_refused(twice.as_bytes(), ":", "a field is there twice");
}

#[test]
fn a_later_version_is_refused() {
    let text = lines();
    for version in ["2", "18446744073709551615"] {
        let later = text.replace("\"version\": 1", &format!("\"version\": {version}"));
        assert_refused(later.as_bytes(), ":", "of a later version than this leash knows");
    }
    for version in ["\"1\"", "-1", "[]"] {
        let odd = text.replace("\"version\": 1", &format!("\"version\": {version}"));
        assert_refused(odd.as_bytes(), ":", "`version` is not a number");
    }
    let home = Home::new();
    let _ = home.write_private(FILE, &text.replace("  \"version\": 1,\n", ""));
    let _ = show(&home).ok();
}

#[test]
fn a_byte_order_mark_and_blank_fields_do_no_harm() {
    let home = Home::new();
    let mut file = AGENT_1.file(URL);
    file["rpc_url"] = "  ".into();
    file["api_key"] = serde_json::Value::Null;
    file["note"] = serde_json::json!({ "deep": [1, { "agent_mint": 5 }] });
    let _ = home.write_private(FILE, &format!("\u{feff}{file}"));
    let shown = show(&home).ok().json();
    assert_eq!(shown["agent_mint"], AGENT_1.mint);
    assert_eq!(shown["rpc_url"], "https://api.devnet.solana.com");
    assert_eq!(shown["api_key"], "unset");
}
