//! The table of instructions that can be put into words.

use crate::Address;
use crate::programs::{
    AGENT_IDENTITY, AGENT_TOOLS, ASSOCIATED_TOKEN, COMPUTE_BUDGET, MEMO, MPL_CORE, SYSTEM, TOKEN, TOKEN_2022,
};

/// How the data behind the first bytes is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    U8(&'static str),
    U32(&'static str),
    U64(&'static str),
    Text(&'static str),
    /// A list of plugins that may be left out, and must be empty where it is there.
    NoPlugins,
}

/// An instruction: what its data begins with, its accounts by their parts, and its data's fields.
pub(super) struct Known {
    pub(super) does: &'static str,
    pub(super) begins: &'static [u8],
    /// A part that ends in `?` may be left out by naming the program in its place.
    pub(super) parts: &'static [&'static str],
    pub(super) fields: &'static [Field],
    /// Whether more accounts and data follow: those of an instruction inside.
    pub(super) carries: bool,
}

const fn known(
    does: &'static str,
    begins: &'static [u8],
    parts: &'static [&'static str],
    fields: &'static [Field],
) -> Known {
    Known { does, begins, parts, fields, carries: false }
}

use Field::{NoPlugins, Text, U8, U32, U64};

const COMPUTE: [Known; 2] = [
    known("compute_limit", &[2], &[], &[U32("units")]),
    known("compute_price", &[3], &[], &[U64("micro_lamports")]),
];

const SYSTEM_ONES: [Known; 1] = [known("transfer", &[2, 0, 0, 0], &["from", "to"], &[U64("lamports")])];

const ACCOUNT_PARTS: &[&str] = &["payer", "account", "owner", "mint", "system", "token_program"];

/// The empty data means the same, but fails where the account is there; it is told apart by its length.
const ASSOCIATED: [Known; 1] = [known("create_token_account", &[1], ACCOUNT_PARTS, &[])];

const TOKENS: [Known; 4] = [
    known("approve", &[4], &["account", "delegate", "owner"], &[U64("amount")]),
    known("revoke", &[5], &["account", "owner"], &[]),
    known("transfer_checked", &[12], &["from", "mint", "to", "authority"], &[U64("amount"), U8("decimals")]),
    known("transfer_unchecked", &[3], &["from", "to", "authority"], &[U64("amount")]),
];

const MEMOS: [Known; 1] = [known("memo", &[], &[], &[Text("text")])];

const CORE: [Known; 3] = [
    known(
        "create_asset",
        &[20, 0],
        &[
            "asset",
            "collection?",
            "authority?",
            "payer",
            "owner?",
            "update_authority?",
            "system",
            "log_wrapper?",
        ],
        &[Text("name"), Text("uri"), NoPlugins, NoPlugins],
    ),
    known(
        "create_collection",
        &[21],
        &["collection", "update_authority?", "payer", "system"],
        &[Text("name"), Text("uri"), NoPlugins, NoPlugins],
    ),
    Known {
        does: "execute",
        begins: &[31],
        parts: &["asset", "collection?", "treasury", "payer", "authority?", "system", "program"],
        fields: &[],
        carries: true,
    },
];

const ZEROS: &[u8] = &[0; 8];

const IDENTITY: [Known; 1] = [known(
    "register_identity",
    ZEROS,
    &["identity", "asset", "collection?", "payer", "authority?", "core", "system"],
    &[Text("uri")],
)];

const TOOLS: [Known; 2] = [
    known("register_executive", ZEROS, &["profile", "payer", "authority?", "system"], &[]),
    known(
        "delegate_execution",
        &[1, 0, 0, 0, 0, 0, 0, 0],
        &["profile", "asset", "identity", "record", "payer", "authority?", "system"],
        &[],
    ),
];

/// The instructions of a program.
pub(super) const fn of(program: &Address) -> &'static [Known] {
    match *program {
        COMPUTE_BUDGET => &COMPUTE,
        SYSTEM => &SYSTEM_ONES,
        ASSOCIATED_TOKEN => &ASSOCIATED,
        TOKEN | TOKEN_2022 => &TOKENS,
        MEMO => &MEMOS,
        MPL_CORE => &CORE,
        AGENT_IDENTITY => &IDENTITY,
        AGENT_TOOLS => &TOOLS,
        _ => &[],
    }
}
