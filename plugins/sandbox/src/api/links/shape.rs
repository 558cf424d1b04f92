//! What a client may send about a payment link.

use super::{
    super::shapes::{LABEL, LIMIT, PUBKEY, SLUG, SWITCH, TEXT},
    price::STABLES,
};
use crate::{
    js::Value,
    zod::{NumberCheck, Schema, TextCheck},
};

const STABLE: Schema = Schema::Choice(STABLES);
const METHOD: Schema = Schema::Choice(&["GET", "POST"]);
const PROTOCOL: Schema = Schema::Choice(&["x402", "mpp"]);
const DESCRIPTION: Schema = Schema::Text(&[TextCheck::Max(500)]);
const PRICE: Schema = Schema::Text(&[TextCheck::Min(1)]);
const URL: Schema = Schema::Text(&[TextCheck::Url]);
const CURRENCIES: Schema = Schema::List { item: &STABLE, max: Some(3) };
const STATUS: Schema = Schema::Number {
    coerce: false,
    checks: &[NumberCheck::Int, NumberCheck::Min(100), NumberCheck::Max(599)],
};
const RESPONSE: Schema = Schema::Object(&[
    ("status", Schema::Default(&STATUS, || Value::integer(200))),
    ("mimeType", Schema::Default(&TEXT, || Value::text("application/json"))),
    ("body", Schema::Union(&[TEXT, Schema::Record])),
]);
/// A new link.
pub(super) const CREATE: Schema = Schema::Object(&[
    ("id", Schema::Optional(&SLUG)),
    ("label", LABEL),
    ("description", Schema::Optional(&DESCRIPTION)),
    ("owner_agent", PUBKEY),
    ("owner_wallet", Schema::Optional(&PUBKEY)),
    ("method", Schema::Default(&METHOD, || Value::text("GET"))),
    ("protocol", Schema::Default(&PROTOCOL, || Value::text("x402"))),
    ("price", PRICE),
    ("currency", Schema::Default(&STABLE, || Value::text("USDC"))),
    ("accepts_currencies", Schema::Default(&CURRENCIES, || Value::List(Vec::new()))),
    ("response", RESPONSE),
    ("webhook_url", Schema::Optional(&URL)),
    ("wrap_receipt", Schema::Default(&Schema::Bool, || Value::Bool(false))),
    ("metadata", Schema::Optional(&Schema::Record)),
]);
/// A change to one.
pub(super) const PATCH: Schema = Schema::Object(&[
    ("label", Schema::Optional(&LABEL)),
    ("description", Schema::Optional(&Schema::Nullable(&DESCRIPTION))),
    ("price", Schema::Optional(&PRICE)),
    ("currency", Schema::Optional(&STABLE)),
    ("accepts_currencies", Schema::Optional(&CURRENCIES)),
    ("response", Schema::Optional(&RESPONSE)),
    ("webhook_url", Schema::Optional(&Schema::Nullable(&URL))),
    ("wrap_receipt", Schema::Optional(&Schema::Bool)),
    ("metadata", Schema::Optional(&Schema::Record)),
    ("disabled", Schema::Optional(&Schema::Bool)),
    ("protocol", Schema::Optional(&PROTOCOL)),
]);
/// Which to list.
pub(super) const QUERY: Schema = Schema::Object(&[
    ("owner_agent", Schema::Optional(&PUBKEY)),
    ("include_disabled", Schema::Optional(&SWITCH)),
    ("cursor", Schema::Optional(&TEXT)),
    ("limit", Schema::Optional(&LIMIT)),
]);
/// Which one.
pub(super) const PATH: Schema = Schema::Object(&[("id", SLUG)]);
