//! The executive key in all its spellings, good and bad; nothing of a bad one is ever shown.

use leash_tests::{AGENT_1, AGENT_2, Home, Outcome};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{URL, show};

/// The first agent's key as an array of bytes.
pub(super) const ARRAY: &str = "[204,203,48,190,209,73,237,50,208,246,189,77,148,70,134,3,208,34,204,113,45,154,242,56,\
    244,238,248,216,225,31,229,131,2,109,240,252,147,253,43,20,178,69,77,159,160,188,151,147,233,96,242,251,51,61,171,\
    150,5,170,117,60,103,144,118,182]";

fn home_with_key(key: &Value) -> Home {
    let home = Home::new();
    let mut file = AGENT_1.file(URL);
    file["executive_keypair"] = key.clone();
    let _ = home.write_private(".config/leash/agent.json", &file.to_string());
    home
}

/// That no six characters of a key's text, and no three numbers of it in a row, are anywhere.
pub(super) fn assert_no_part_of(outcome: &Outcome, secret: &str) {
    let secret: Vec<char> = secret.chars().collect();
    for part in secret.windows(6) {
        outcome.assert_silent_about(&part.iter().collect::<String>());
    }
}

#[test]
fn every_spelling_is_the_same_key() {
    let array: Value = serde_json::from_str(ARRAY).unwrap();
    let spellings = [
        json!(AGENT_1.key),
        json!(format!("  {}\n", AGENT_1.key)),
        json!(ARRAY),
        json!(format!(" {array:#} ")),
        array,
    ];
    for key in spellings {
        let shown = show(&home_with_key(&key)).ok().json();
        assert_eq!(shown["executive_pubkey"], AGENT_1.executive, "{key}");
    }
    let home = Home::new();
    for key in [AGENT_1.key, ARRAY, &ARRAY.replace(',', ", ")] {
        let run = show(&home).env("LEASH_AGENT_MINT", AGENT_1.mint).env("LEASH_EXECUTIVE_KEY", key);
        assert_eq!(run.ok().json()["executive_pubkey"], AGENT_1.executive, "{key}");
    }
}

#[test]
fn a_key_that_is_none_is_refused_without_a_word_of_it() {
    let key = AGENT_1.key;
    let mut bytes: Vec<u8> = serde_json::from_str(ARRAY).unwrap();
    bytes[40] ^= 1;
    let mismatch = format!("{bytes:?}");
    let bad = [
        (json!(format!("{}!{}", &key[..20], &key[20..])), "neither base58 nor"),
        (json!(format!("{}0{}", &key[..20], &key[21..])), "neither base58 nor"),
        (json!(format!("{key}\u{e9}")), "neither base58 nor"),
        (json!(key[..80]), "does not hold 64 bytes"),
        (json!(format!("{key}{key}")), "does not hold 64 bytes"),
        (json!(format!("{}x{}", &key[..20], &key[21..])), "public half does not belong"),
        (json!(mismatch), "public half does not belong"),
        (json!(bytes), "public half does not belong"),
        (json!(bytes[..63]), "does not hold 64 bytes"),
        (json!(ARRAY.replace("209", "2o9")), "neither base58 nor"),
        (json!(ARRAY.replace("209", "309")), "neither base58 nor"),
        (json!(ARRAY.replace("209", "-9")), "neither base58 nor"),
        (json!(format!("\"{key}\"")), "neither base58 nor"),
        (json!(format!("{{\"key\":\"{key}\"}}")), "neither base58 nor"),
    ];
    for (spelling, why) in bad {
        let home = home_with_key(&spelling);
        let before = home.read(".config/leash/agent.json");
        let runs = [
            show(&home),
            home.leash(["agent", "show", "--verbose", "--verbose"]),
            home.leash(["api-key", "list", "--json"]),
            home.leash(["agent", "export", "--out", "copy.json"]),
        ];
        for run in runs {
            let outcome = run.fails(4);
            outcome.assert_says("executive_keypair in ~/.config/leash/agent.json:1: ");
            outcome.assert_says(why);
            assert_no_part_of(&outcome, key);
            assert_no_part_of(&outcome, ARRAY);
        }
        let _ = home.leash(["agent", "list", "--json"]).ok();
        assert_no_part_of(&home.leash(["doctor", "--json", "--timeout", "1"]).outcome(), key);
        assert_eq!(home.read(".config/leash/agent.json"), before);

        let Some(text) = spelling.as_str() else { continue };
        let home = Home::new();
        let run = show(&home).env("LEASH_AGENT_MINT", AGENT_1.mint).env("LEASH_EXECUTIVE_KEY", text);
        let outcome = run.fails(4);
        outcome.assert_says("LEASH_EXECUTIVE_KEY");
        assert_no_part_of(&outcome, key);
        assert_no_part_of(&outcome, ARRAY);
    }
}

#[test]
fn a_public_half_that_is_stated_must_be_the_keys() {
    let home = Home::new();
    let mut file = AGENT_1.file(URL);
    file["executive_pubkey"] = AGENT_1.executive.into();
    let _ = home.write_private(".config/leash/agent.json", &file.to_string());
    let _ = show(&home).ok();
    file["executive_pubkey"] = AGENT_2.executive.into();
    let _ = home.write_private(".config/leash/agent.json", &file.to_string());
    show(&home).fails(4).assert_says("not the public half of the key");
}

#[test]
fn a_mint_that_is_none_is_refused() {
    for mint in ["x", "0xB5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj", &"1".repeat(33), "mint with blanks"] {
        let outcome = show(&Home::with_agent(&AGENT_1, URL)).env("LEASH_AGENT_MINT", mint).fails(4);
        outcome.assert_says(&format!("LEASH_AGENT_MINT: `{mint}` is no mint"));
    }
}

proptest! {
    // Each case is a process.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_damage_to_a_key_is_found_and_kept_quiet(at in 0..AGENT_1.key.len(), with in any::<char>()) {
        prop_assume!(with != AGENT_1.key.as_bytes()[at] as char && with != '\0');
        let mut damaged: Vec<char> = AGENT_1.key.chars().collect();
        damaged[at] = with;
        let damaged: String = damaged.into_iter().collect();
        prop_assume!(damaged.trim().len() == damaged.len());
        let outcome = show(&home_with_key(&json!(damaged))).fails(4);
        assert_no_part_of(&outcome, AGENT_1.key);
    }
}
