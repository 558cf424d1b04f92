//! What leash writes: a file that the original client reads, with nothing lost that it didn't understand.

use leash_tests::{AGENT_1, Home, Keys};
use serde_json::{Value, json};

use super::{URL, keys::ARRAY};

const FILE: &str = ".config/leash/agent.json";

/// The fields of the original's, each with the type that it reads; it calls `trim` on the texts.
fn assert_the_originals_shape(file: &Value) {
    for (name, value) in file.as_object().unwrap() {
        let right = match name.as_str() {
            "version" => *value == json!(1),
            "agent_mint" | "executive_keypair" | "network" | "api_url" | "rpc_url" | "explorer_url"
            | "api_key" | "created_at" => value.is_string(),
            "pending_register" => value.is_object(),
            _ => false,
        };
        assert!(right, "{name}");
    }
}

fn import(home: &Home, file: &Value) -> Value {
    let source = home.write_private("source.json", &file.to_string());
    let _ = home.leash(["agent", "import", source.to_str().unwrap()]).ok();
    home.read_json(FILE)
}

#[test]
fn an_import_has_the_originals_fields_and_types() {
    let mut file = AGENT_1.file(URL);
    file["explorer_url"] = "https://explorer.leash.market".into();
    file["api_key"] = "lsh_test_0123456789abcdefgh".into();
    let home = Home::new();
    let written = import(&home, &file);
    assert_the_originals_shape(&written);
    assert_eq!(written, file);
    // As the original lays it out: two blanks, a newline at the end, these fields in this order.
    let text = home.read(FILE);
    assert!(
        text.starts_with("{\n  \"version\": 1,\n  \"agent_mint\": \"") && text.ends_with("\"\n}\n"),
        "{text}"
    );
    let names: Vec<_> = written.as_object().unwrap().keys().map(String::as_str).collect();
    let originals =
        "version agent_mint executive_keypair network api_url rpc_url explorer_url api_key created_at";
    assert_eq!(names.join(" "), originals);
}

#[test]
fn an_array_of_numbers_becomes_the_text_that_the_original_reads() {
    let mut file = AGENT_1.file(URL);
    file["executive_keypair"] = serde_json::from_str(ARRAY).unwrap();
    file["network"] = "devnet".into();
    let written = import(&Home::new(), &file);
    assert_the_originals_shape(&written);
    assert_eq!(written["executive_keypair"], ARRAY);
    assert_eq!(written["network"], "solana-devnet");
}

#[test]
fn an_export_is_a_file_of_the_originals_but_for_its_date() {
    let home = Home::with_agent(&AGENT_1, URL);
    let _ = home.leash(["agent", "export", "--out", "copy.json"]).ok();
    let mut copy = home.read_json("copy.json");
    assert!(copy.as_object_mut().unwrap().remove("exported_at").is_some_and(|at| at.is_string()));
    assert_the_originals_shape(&copy);
    assert_eq!(copy["executive_keypair"], AGENT_1.key);
    assert_eq!(home.mode("copy.json"), 0o600);
}

#[test]
fn what_leash_does_not_know_outlives_a_rewrite() {
    let keys = Keys::of(AGENT_1);
    let api = keys.serve();
    let home = Home::new();
    let pending: Value = serde_json::from_str(include_str!("../../fixtures/pending.json")).unwrap();
    let mut file = AGENT_1.file(&api.url);
    file["pending_register"] = pending["pending_register"].clone();
    file["policy"] = json!({ "per_call": "1.50", "nested": [1, -2, 18_446_744_073_709_551_615_u64, null, true, "\u{1b}"] });
    file["ключ \"quoted\""] = json!("☃");
    let _ = home.write_private(FILE, &format!("\u{feff}{file:#}"));
    // This puts the new API key into the agent's own file.
    let _ = home.leash(["api-key", "create", "--label", "saved", "--save"]).ok();
    file["api_key"] = keys.plaintext(&keys.newest()).into();
    assert_eq!(home.read_json(FILE), file);
    assert_eq!(home.mode(FILE), 0o600);
}
