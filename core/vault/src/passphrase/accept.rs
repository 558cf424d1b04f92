//! What may be a passphrase, and what is a poor one.

use leash_output::{Error, Kind};
use leash_signature::Secret;
use zeroize::{Zeroize as _, Zeroizing};

/// The most bytes of a passphrase. A terminal's line has four times as many.
pub(super) const MAX: usize = 1024;
/// Fewer characters than this can be tried one after the other, should someone get hold of the file.
const FEW: usize = 12;

/// Takes what a descriptor or a file held: all of it, but for one line break at the end.
pub(super) fn input(mut bytes: Zeroizing<Vec<u8>>, new: bool) -> Result<Secret<String>, Error> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    typed(bytes, new)
}

/// Takes what was typed.
pub(super) fn typed(mut bytes: Zeroizing<Vec<u8>>, new: bool) -> Result<Secret<String>, Error> {
    if bytes.is_empty() {
        return Err(refused("empty_passphrase", "the passphrase is empty"));
    }
    if bytes.len() > MAX {
        return Err(refused("long_passphrase", "the passphrase is longer than 1 KiB"));
    }
    let text = match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Secret::new(text),
        Err(error) => {
            error.into_bytes().zeroize();
            return Err(refused("bad_passphrase", "the passphrase is not UTF-8"));
        }
    };
    if new && text.expose().chars().any(char::is_control) {
        return Err(refused(
            "bad_passphrase",
            "the passphrase holds a line break or a control character, which nobody can type",
        ));
    }
    if new && text.expose().trim().is_empty() {
        return Err(refused("empty_passphrase", "the passphrase is blank"));
    }
    Ok(text)
}

/// Takes another secret that was typed.
pub(super) fn secret(bytes: Zeroizing<Vec<u8>>) -> Result<Secret<String>, Error> {
    typed(bytes, false).map_err(|error| {
        let message = error.message().replace("passphrase", "secret");
        Error::new(Kind::Identity, "bad_secret", message).hint("run the command again")
    })
}

/// What to say of a passphrase that is easy to guess.
pub(super) fn warning(passphrase: &Secret<String>) -> Option<&'static str> {
    let text = passphrase.expose();
    let repeats = text.chars().next().is_some_and(|first| text.chars().all(|char| char == first));
    (repeats || text.chars().take(FEW).count() < FEW).then_some(
        "this passphrase is short: who gets a copy of the file can find it by trying; five or six random words hold",
    )
}

fn refused(code: &'static str, message: &str) -> Error {
    Error::new(Kind::Identity, code, message).hint("run the command again with another one")
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn taken(text: &str, new: bool) -> Result<String, String> {
        input(Zeroizing::new(text.as_bytes().to_vec()), new)
            .map(|secret| secret.expose().clone())
            .map_err(|error| error.code().to_owned())
    }

    #[test]
    fn one_line_break_at_the_end_is_not_part_of_it() {
        for (text, passphrase) in [
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\n\n", "a\n"),
            ("a\r", "a\r"),
            ("\na", "\na"),
            (" a ", " a "),
            ("a", "a"),
        ] {
            assert_eq!(taken(text, false).as_deref(), Ok(passphrase), "{text:?}");
        }
    }

    #[test]
    fn nothing_is_no_passphrase_and_blanks_are_no_new_one() {
        for text in ["", "\n", "\r\n"] {
            assert_eq!(taken(text, false), Err("empty_passphrase".to_owned()), "{text:?}");
        }
        assert_eq!(taken("  \n", true), Err("empty_passphrase".to_owned()));
        assert_eq!(taken("  \n", false).as_deref(), Ok("  "));
    }

    #[test]
    fn a_new_one_can_be_typed() {
        for text in ["one\ntwo", "tab\there", "\u{1b}[A", "nul\0", "\u{85}"] {
            assert_eq!(taken(text, true), Err("bad_passphrase".to_owned()), "{text:?}");
            assert!(taken(text, false).is_ok(), "{text:?}");
        }
        assert_eq!(taken("naïve ⚓ 密码\n", true).as_deref(), Ok("naïve ⚓ 密码"));
    }

    #[test]
    fn length_has_a_limit() {
        assert!(taken(&"x".repeat(MAX), false).is_ok());
        assert_eq!(taken(&"x".repeat(MAX + 1), false), Err("long_passphrase".to_owned()));
    }

    #[test]
    fn short_ones_are_warned_of() {
        for (text, poor) in
            [("hunter2", true), ("aaaaaaaaaaaaaaaaaaaa", true), ("correct horse battery", false)]
        {
            assert_eq!(warning(&Secret::new(text.to_owned())).is_some(), poor, "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_error_never_quotes_it(bytes in vec(any::<u8>(), 0..40), new: bool) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Err(error) = input(Zeroizing::new(bytes.clone()), new) {
                let quotes = format!("{error:?}").contains(text.trim());
                prop_assert!(text.trim().chars().count() < 12 || !quotes);
            }
        }
    }
}
