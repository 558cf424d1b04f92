//! What holds for every file, key and address, good or bad.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends here")]

use leash_chain::Address;
use leash_files::is_agent_name;
use leash_identity::{AgentFile, Network};
use leash_signature::Secret;
use leash_signer::Executive;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A text as the original writes one: blank ones count as absent, so there are none.
fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.trim().to_owned()).prop_filter("not blank", |text| !text.is_empty())
}

/// Any JSON with whole numbers; others would have to be compared as JavaScript compares them.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

const TEXTS: [&str; 10] = [
    "agent_mint",
    "executive_keypair",
    "executive_pubkey",
    "executive_sealed",
    "network",
    "api_url",
    "rpc_url",
    "explorer_url",
    "api_key",
    "created_at",
];

/// Any file that leash accepts.
fn file() -> impl Strategy<Value = Value> {
    let known = prop::collection::vec(prop::option::of(text()), TEXTS.len());
    let pending = prop::option::of(value().prop_filter("null is none", |value| !value.is_null()));
    let extra = prop::collection::vec((any::<String>(), value()), 0..4);
    (known, pending, extra).prop_map(|(known, pending, extra)| {
        let mut file = Map::new();
        file.extend(extra);
        file.insert("version".to_owned(), json!(1));
        for (name, text) in TEXTS.into_iter().zip(known) {
            file.remove(name);
            file.extend(text.map(|text| (name.to_owned(), Value::from(text))));
        }
        file.remove("pending_register");
        file.extend(pending.map(|value| ("pending_register".to_owned(), value)));
        Value::Object(file)
    })
}

fn key(bytes: &[u8]) -> Secret<String> {
    Secret::new(bs58::encode(bytes).into_string())
}

proptest! {
    #[test]
    fn what_is_read_is_written_again(file in file(), indented in any::<bool>()) {
        let text = if indented { format!("{file:#}") } else { file.to_string() };
        let read = AgentFile::parse(text.as_bytes(), "f").unwrap();
        let written = read.to_bytes();
        prop_assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), file);
        // And a second time, byte for byte.
        prop_assert_eq!(&*AgentFile::parse(&written, "f").unwrap().to_bytes(), &*written);
    }

    #[test]
    fn no_bytes_are_too_bad(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = AgentFile::parse(&bytes, "f");
    }

    #[test]
    fn a_file_that_was_cut_or_damaged_is_never_quoted(
        file in file(), secret in "[1-9A-HJ-NP-Za-km-z]{40,88}", at in any::<prop::sample::Index>(), with in any::<u8>(), cut: bool,
    ) {
        let mut file = file;
        file["executive_keypair"] = secret.as_str().into();
        file["api_key"] = secret.as_str().into();
        let mut bytes = file.to_string().into_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = with }
        if let Err(error) = AgentFile::parse(&bytes, "f") {
            let said = format!("{} {} {error:?}", error.message(), error.hints());
            for part in secret.as_bytes().windows(6) {
                prop_assert!(!said.contains(std::str::from_utf8(part).unwrap()), "{}", said);
            }
        }
    }

    #[test]
    fn an_array_of_bytes_is_the_same_key(seed in any::<[u8; 32]>()) {
        // The public half is what the signer says it is.
        let Some(bytes) = keypair(&seed) else { return Err(TestCaseError::fail("no key")) };
        let of_base58 = Executive::parse(&key(&bytes)).unwrap();
        let file = json!({ "executive_keypair": bytes.to_vec() }).to_string();
        let file = AgentFile::parse(file.as_bytes(), "f").unwrap();
        let of_array = Executive::parse(file.executive_keypair.as_ref().unwrap()).unwrap();
        prop_assert_eq!(of_base58.public(), of_array.public());
        let (exported, other) = (of_base58.export(), of_array.export());
        prop_assert_eq!(exported.expose(), other.expose());
        let again = Executive::parse(&exported).unwrap();
        prop_assert_eq!(again.public(), of_base58.public());
    }

    #[test]
    fn one_wrong_bit_is_found(seed in any::<[u8; 32]>(), bit in 0..512_usize) {
        let Some(mut bytes) = keypair(&seed) else { return Err(TestCaseError::fail("no key")) };
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Executive::parse(&key(&bytes)).is_err());
    }

    #[test]
    fn no_text_is_too_bad_for_a_key(text in ".{0,120}", array in prop::collection::vec(any::<i16>(), 0..70)) {
        let _ = Executive::parse(&Secret::new(text));
        let array = Secret::new(format!("{array:?}"));
        prop_assert!(Executive::parse(&array).is_err());
    }

    #[test]
    fn an_address_reads_what_it_writes(bytes in any::<[u8; 32]>()) {
        let address = Address::new(bytes);
        prop_assert_eq!(address.to_string().parse(), Ok(address));
        prop_assert!((32..=44).contains(&address.to_string().len()));
    }

    #[test]
    fn what_an_address_reads_it_writes(text in "[1-9A-Za-z]{0,46}|.{0,46}") {
        if let Ok(address) = text.parse::<Address>() {
            prop_assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn a_network_is_one_of_two_names(text in "(solana-)?(dev|main|test)net|.{0,16}") {
        let short = text.trim().to_ascii_lowercase();
        let known = matches!(short.strip_prefix("solana-").unwrap_or(&short), "devnet" | "mainnet");
        prop_assert_eq!(Network::parse(&text).is_some(), known);
        if let Some(network) = Network::parse(&text) {
            prop_assert_eq!(Network::parse(network.as_str()), Some(network));
        }
    }

    #[test]
    fn an_agents_name_is_a_files_name(name in "[a-z0-9_-]{1,65}|.{0,8}") {
        if is_agent_name(&name) {
            prop_assert!(!name.contains(['/', '.', '\0', ' ']) && !name.starts_with(['-', '_']) && name.len() <= 64);
        }
    }
}

/// Both halves of the key of a seed.
fn keypair(seed: &[u8; 32]) -> Option<[u8; 64]> {
    let public = ed25519_dalek::SigningKey::from_bytes(seed).verifying_key().to_bytes();
    [&seed[..], &public[..]].concat().try_into().ok()
}
