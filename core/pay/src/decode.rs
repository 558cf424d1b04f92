//! Reading what paywalls write: base64 of either alphabet, JSON, and the members in it.

use std::borrow::Cow;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use leash_js::{Text, Value, json, number};

const ANY: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY);

/// No header is longer, and no challenge.
pub(crate) const MAX: usize = 256 * 1024;

/// The most atomic units that are paid: what a signed 64-bit number holds, as databases keep amounts.
pub(crate) const MAX_AMOUNT: u64 = i64::MAX as u64;

/// JSON in base64; none where it isn't that.
pub(crate) fn base64_json(text: &str) -> Option<Value> {
    if text.len() > MAX {
        return None;
    }
    let text = text.trim().replace('-', "+").replace('_', "/");
    json(&STANDARD.decode(text).ok()?)
}

/// JSON; none where it isn't that.
pub(crate) fn json(bytes: &[u8]) -> Option<Value> {
    (bytes.len() <= MAX).then(|| json::parse(bytes).ok()).flatten()
}

/// A member that is a text.
pub(crate) fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_text().map(Text::to_lossy)
}

/// A text that is the same in UTF-8: what is noted on the chain must be what the paywall wrote.
pub(crate) fn exact(text: &Text) -> Option<String> {
    String::from_utf16(text.units()).ok()
}

/// A member that is a whole number, zero or more, as JavaScript prints it.
pub(crate) fn whole(value: &Value, name: &str) -> Option<u64> {
    number::print(value.get(name)?.as_number()?).parse().ok()
}

/// A member that is there and not `null`.
pub(crate) fn present<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|value| **value != Value::Null)
}

/// An amount in atomic units: digits alone, no zero in front.
pub(crate) fn amount(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|amount| plain && *amount <= MAX_AMOUNT)
}

/// A value as text for a person: a text as it is, anything else as JSON, and no more than one line of it.
pub(crate) fn shown(value: &Value) -> String {
    cut(&value.as_text().map_or_else(|| value.to_json(), Text::to_lossy)).into_owned()
}

/// The beginning of a text, where it is longer than a person needs to recognise it.
pub(crate) fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(120) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
