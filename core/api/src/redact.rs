//! Takes credentials out of what a server sent back.

const MARK: &[u8] = b"[redacted]";
/// How a key of the API begins; so much of it is no secret.
const PREFIXES: [&[u8]; 2] = [b"lsh_test_", b"lsh_live_"];

/// `text` without `keys`, without their beginnings (servers like to echo those), and without anything
/// that looks like a key of the API.
pub(crate) fn bytes(text: &[u8], keys: &[&str]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let echoed = keys.iter().map(|key| echo(rest, key.as_bytes())).max().unwrap_or(0);
        let alike = look_alike(rest);
        let length = echoed.max(alike);
        if length == 0 {
            out.push(rest[0]);
            at += 1;
            continue;
        }
        if let Some(prefix) = public_prefix(rest) {
            out.extend_from_slice(prefix);
        }
        out.extend_from_slice(MARK);
        at += length;
    }
    out
}

/// The same for text.
pub(crate) fn text(text: &str, keys: &[&str]) -> String {
    String::from_utf8_lossy(&bytes(text.as_bytes(), keys)).into_owned()
}

fn public_prefix(text: &[u8]) -> Option<&'static [u8]> {
    PREFIXES.into_iter().find(|prefix| text.starts_with(prefix))
}

/// How much of the start of `text` repeats the start of `key`, where that is enough to matter.
fn echo(text: &[u8], key: &[u8]) -> usize {
    let public = public_prefix(key).map_or(0, <[u8]>::len);
    let enough = key.len().min(if public > 0 { public + 4 } else { 6 });
    let same = text.iter().zip(key).take_while(|(a, b)| a == b).count();
    // A key of one or two letters is no secret, and taking them out would garble any sentence.
    if same >= enough && enough >= 3 { same } else { 0 }
}

/// The length of a whole key of the API at the start of `text`; 0 where there is none.
fn look_alike(text: &[u8]) -> usize {
    let Some(prefix) = public_prefix(text) else { return 0 };
    let tail = text[prefix.len()..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    if tail >= 8 { prefix.len() + tail } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_go_and_sentences_stay() {
        let key = "lsh_test_0123456789abcdefgh";
        for (given, kept) in [
            ("bad key lsh_test_0123456789abcdefgh!", "bad key lsh_test_[redacted]!"),
            ("bad key lsh_test_01234…", "bad key lsh_test_[redacted]…"),
            ("another lsh_live_zzzzzzzzzzzzzzzzzz", "another lsh_live_[redacted]"),
            (
                "expected lsh_test_* (devnet) or lsh_live_* (mainnet)",
                "expected lsh_test_* (devnet) or lsh_live_* (mainnet)",
            ),
        ] {
            assert_eq!(text(given, &[key]), kept);
        }
        assert_eq!(text("got \"garbage…\"", &["garbage"]), "got \"[redacted]…\"");
        assert_eq!(text("got \"hunter2-and-\"", &["hunter2-and-more"]), "got \"[redacted]\"");
        assert_eq!(text("a message", &["a", ""]), "a message");
    }

    proptest! {
        #[test]
        fn no_key_survives(key in "[!-~]{6,40}", before in ".{0,20}", after in ".{0,20}") {
            let shown = bytes(format!("{before}{key}{after}").as_bytes(), &[&key]);
            prop_assert!(!shown.windows(key.len()).any(|w| w == key.as_bytes()) || MARK.starts_with(key.as_bytes())
                || key.contains("[redacted]"));
        }
    }
}
