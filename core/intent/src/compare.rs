//! Two messages held against each other, whatever the order of their accounts.

use leash_chain::{Address, Instruction, Message, Meta, Step};

use crate::Difference;

/// The parts that are compared.
pub(crate) struct Side<'a> {
    pub(crate) message: &'a Message,
    pub(crate) instructions: &'a [Instruction],
    pub(crate) steps: &'a [Step],
}

pub(crate) fn differences(expected: &Side<'_>, got: &Side<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut differ = |what: String, expected: Option<String>, got: Option<String>| {
        if expected != got {
            found.push(Difference { what, expected, got });
        }
    };
    let (theirs, ours) = (got.message, expected.message);
    differ("fee payer".into(), text(&ours.fee_payer()), text(&theirs.fee_payer()));
    differ("blockhash".into(), text(&ours.blockhash()), text(&theirs.blockhash()));
    for index in 0..expected.instructions.len().max(got.instructions.len()) {
        let (meant, there) = (expected.instructions.get(index), got.instructions.get(index));
        if meant.zip(there).is_some_and(|(meant, there)| same(meant, there)) {
            continue;
        }
        let line = |side: &Side<'_>| side.steps.get(index).map(ToString::to_string);
        let (mut meant, mut there) = (line(expected), line(got));
        if meant == there {
            // Words hide what differs; the data doesn't.
            meant = Some(format!("{:?}", expected.instructions.get(index)));
            there = Some(format!("{:?}", got.instructions.get(index)));
        }
        differ(format!("instruction {}", index + 1), meant, there);
    }
    let (meant, there) = (ours.metas(), theirs.metas());
    for meta in meant.iter().chain(there.iter().filter(|meta| find(&meant, &meta.address).is_none())) {
        let rights = |metas: &[Meta]| find(metas, &meta.address).map(rights);
        differ(format!("account {}", meta.address), rights(&meant), rights(&there));
    }
    found
}

/// Whether two instructions do the same. What may be done with the accounts is the message's business.
fn same(one: &Instruction, other: &Instruction) -> bool {
    let addresses = |i: &Instruction| i.accounts.iter().map(|meta| meta.address).collect::<Vec<_>>();
    one.program == other.program && one.data == other.data && addresses(one) == addresses(other)
}

fn find<'a>(metas: &'a [Meta], address: &Address) -> Option<&'a Meta> {
    metas.iter().find(|meta| meta.address == *address)
}

fn rights(meta: &Meta) -> String {
    let signs = if meta.signer { "signs" } else { "doesn't sign" };
    let writable = if meta.writable { "may be changed" } else { "is only read" };
    format!("{signs}, {writable}")
}

fn text(value: &impl ToString) -> Option<String> {
    Some(value.to_string())
}
