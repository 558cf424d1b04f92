//! What a receipt looks like: version 0.1, and version 0.2 of either payment protocol.

use super::super::shapes::{LIMIT, PUBKEY, TEXT};
use crate::{
    js::Value,
    zod::{NumberCheck, Schema, TextCheck},
};

const KIND: Schema = Schema::Choice(&["spend", "earn"]);
const KIND_OR_SPEND: Schema = Schema::Default(&KIND, || Value::text("spend"));
const DECISION: Schema = Schema::Choice(&["allow", "deny", "rejected"]);
const NULLABLE: Schema = Schema::Nullable(&TEXT);
const OPTIONAL: Schema = Schema::Optional(&TEXT);
const EITHER: Schema = Schema::Optional(&Schema::Nullable(&TEXT));
const INT: Schema = Schema::Number { coerce: false, checks: &[NumberCheck::Int] };
const COUNT: Schema = Schema::Number { coerce: false, checks: &[NumberCheck::Int, NumberCheck::Min(0)] };

const PRICE: Schema = Schema::Object(&[
    ("amount", TEXT),
    ("currency", TEXT),
    ("network", OPTIONAL),
    ("asset", OPTIONAL),
    ("fee", EITHER),
    ("gross", EITHER),
    ("feeBps", Schema::Optional(&Schema::Nullable(&INT))),
    ("feeAuthority", EITHER),
]);
const REQUEST: Schema =
    Schema::Object(&[("method", TEXT), ("url", TEXT), ("body_hash", NULLABLE), ("headers_hash", EITHER)]);
const RESPONSE: Schema = Schema::Nullable(&Schema::Object(&[("status", INT), ("body_hash", EITHER)]));
const FACILITATOR: Schema = Schema::Nullable(&Schema::Union(&[
    Schema::Choice(&["payai", "corbits", "svmacc", "self", "local"]),
    Schema::Text(&[TextCheck::Url]),
]));

const V1: Schema = Schema::Object(&[
    ("v", Schema::Literal("0.1")),
    ("kind", KIND_OR_SPEND),
    ("agent", TEXT),
    ("nonce", COUNT),
    ("ts", TEXT),
    ("policy_v", TEXT),
    ("request", REQUEST),
    ("decision", DECISION),
    ("reason", NULLABLE),
    ("price", Schema::Nullable(&PRICE)),
    ("facilitator", FACILITATOR),
    ("tx_sig", NULLABLE),
    ("payment_requirements_hash", EITHER),
    ("response", RESPONSE),
    ("prev_receipt_hash", NULLABLE),
    ("receipt_hash", TEXT),
]);
const V2_X402: Schema = Schema::Object(&[
    ("v", Schema::Literal("0.2")),
    ("kind", KIND_OR_SPEND),
    ("agent", TEXT),
    ("nonce", COUNT),
    ("ts", TEXT),
    ("policy_v", TEXT),
    ("request", REQUEST),
    ("decision", DECISION),
    ("reason", NULLABLE),
    ("price", Schema::Nullable(&PRICE)),
    ("facilitator", FACILITATOR),
    ("response", RESPONSE),
    ("prev_receipt_hash", NULLABLE),
    ("receipt_hash", TEXT),
    ("protocol", Schema::Literal("x402")),
    ("tx_sig", NULLABLE),
    ("payment_requirements_hash", EITHER),
    ("payment_response", EITHER),
]);
const V2_MPP: Schema = Schema::Object(&[
    ("v", Schema::Literal("0.2")),
    ("kind", KIND_OR_SPEND),
    ("agent", TEXT),
    ("nonce", COUNT),
    ("ts", TEXT),
    ("policy_v", TEXT),
    ("request", REQUEST),
    ("decision", DECISION),
    ("reason", NULLABLE),
    ("price", Schema::Nullable(&PRICE)),
    ("facilitator", FACILITATOR),
    ("response", RESPONSE),
    ("prev_receipt_hash", NULLABLE),
    ("receipt_hash", TEXT),
    ("protocol", Schema::Literal("mpp")),
    ("mpp_challenge_id", TEXT),
    ("mpp_credential_type", Schema::Literal("crypto")),
    ("mpp_settlement_tx", TEXT),
    ("mpp_settlement_slot", Schema::Union(&[TEXT, INT])),
    ("tx_sig", EITHER),
    ("payment_requirements_hash", EITHER),
]);

/// A receipt.
pub(super) const BODY: Schema =
    Schema::Union(&[V1, Schema::Tagged { tag: "protocol", options: &[("x402", V2_X402), ("mpp", V2_MPP)] }]);
/// Which receipts to list.
pub(super) const QUERY: Schema = Schema::Object(&[
    ("cursor", OPTIONAL),
    ("limit", Schema::Optional(&LIMIT)),
    ("kind", Schema::Optional(&KIND)),
]);
/// Whose receipts.
pub(super) const PATH: Schema = Schema::Object(&[("agent", PUBKEY)]);
/// Which receipt.
pub(super) const PATH_OF_ONE: Schema =
    Schema::Object(&[("hash", Schema::Text(&[TextCheck::Min(8), TextCheck::Max(128)]))]);
