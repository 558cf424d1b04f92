//! Shapes that several endpoints share.

use crate::{
    js::{Text, Value},
    zod::{NumberCheck, Schema, TextCheck},
};

/// A base58 address, by its looks.
pub(super) const PUBKEY: Schema = Schema::Text(&[
    TextCheck::Min(32),
    TextCheck::Max(44),
    TextCheck::Form(is_base58, "expected base58 pubkey"),
]);

/// A network's name.
pub(super) const NETWORK: Schema = Schema::Choice(&["solana-devnet", "solana-mainnet"]);

/// Any string.
pub(super) const TEXT: Schema = Schema::Text(&[]);

/// A label or name.
pub(super) const LABEL: Schema = Schema::Text(&[TextCheck::Min(1), TextCheck::Max(120)]);

/// How many items a list may have, in a query.
pub(super) const LIMIT: Schema =
    Schema::Number { coerce: true, checks: &[NumberCheck::Int, NumberCheck::Min(1), NumberCheck::Max(200)] };

/// A switch in a query.
pub(super) const SWITCH: Schema = Schema::Choice(&["true", "false"]);

/// A payment link's identifier.
pub(super) const SLUG: Schema = Schema::Text(&[
    TextCheck::Min(4),
    TextCheck::Max(64),
    TextCheck::Form(is_slug, "lowercase alphanumerics and dashes only"),
]);

fn is_base58(text: &Text) -> bool {
    const LEFT_OUT: &[u8] = b"0OIl";
    text.ascii().is_some_and(|text| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() && !LEFT_OUT.contains(&byte))
    })
}

fn is_slug(text: &Text) -> bool {
    let is_end = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.ascii().is_some_and(|text| match text.as_bytes() {
        [first, middle @ .., last] => {
            is_end(*first) && is_end(*last) && middle.iter().all(|&byte| is_end(byte) || byte == b'-')
        }
        _ => false,
    })
}

/// The [`LIMIT`] in a query that was checked.
pub(super) fn limit(query: &Value, default: u32) -> u32 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 1 to 200"
    )]
    query.get("limit").and_then(Value::as_number).map_or(default, |limit| limit as u32)
}
