//! Labels of keys and links.

use leash_output::Error;

/// Checks a label as the API would, and a little closer: a label that is blank, or holds control
/// characters, is of no use in a list.
///
/// # Errors
/// A usage error that says what is wrong.
pub(crate) fn check(label: &str, hint: &'static str) -> Result<(), Error> {
    let problem = if label.trim().is_empty() {
        "it is blank".to_owned()
    } else if label.encode_utf16().count() > 120 {
        format!("it has {} characters (as UTF-16 units), and 120 is the most", label.encode_utf16().count())
    } else if label.chars().any(char::is_control) {
        "it holds control characters".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::usage(format!("the label can't be used: {problem}")).hint(hint))
}
