//! What a mint API may do in its own way, brought into the one form that the rest is compared with.

use leash_chain::{Address, Instruction, Step, ix, programs};

use crate::build::create;

/// What is expected of the API's transaction, given what it has, and what it has, in the same form.
pub(crate) struct Minted {
    pub(crate) expected: Vec<Instruction>,
    pub(crate) got: Vec<Instruction>,
}

/// The end of a creation without plugins: two lists, each left out or empty.
const PLUGINS: [&[u8]; 4] =
    [&[0, 0], &[0, 1, 0, 0, 0, 0], &[1, 0, 0, 0, 0, 0], &[1, 0, 0, 0, 0, 1, 0, 0, 0, 0]];

pub(crate) fn normal(
    me: &Address,
    asset: &Address,
    name: &str,
    uri: &str,
    got: &[Instruction],
    steps: &[Step],
) -> Minted {
    let creation = create(asset, me, name, uri);
    let mut minted = Minted { expected: Vec::new(), got: Vec::new() };
    // The limit and the price of computing, once each, in front; the fee that they make is held against the
    // intent's elsewhere.
    let budget = steps.iter().take_while(|step| matches!(step.does, "compute_limit" | "compute_price"));
    let budget = budget.count();
    let twice = budget > 2 || (budget == 2 && steps[0].does == steps[1].does);
    for instruction in &got[..budget] {
        minted.got.push(instruction.clone());
        if !twice {
            minted.expected.push(instruction.clone());
        }
    }
    minted.expected.push(creation.clone());
    for (instruction, step) in got.iter().zip(steps).skip(budget) {
        match step.does {
            "create_asset" => minted.got.push(as_created(me, instruction, &creation)),
            "register_identity" => minted.got.push(defaulted(me, instruction, &[4])),
            _ => minted.got.push(instruction.clone()),
        }
    }
    // Only the second one may be a registration, and only at an address that somebody can look at.
    let second = steps.get(budget + 1).filter(|step| step.does == "register_identity");
    if let Some(uri) = second.and_then(described_at) {
        minted.expected.push(ix::register_identity(asset, me, uri));
    }
    minted
}

fn described_at(step: &Step) -> Option<&str> {
    let uri = step.values.iter().find(|(name, _)| name == "uri")?.1.as_str();
    let known = ["https://", "data:", "ipfs://", "ar://"].iter().any(|scheme| uri.starts_with(scheme));
    (known && uri.bytes().all(|byte| byte.is_ascii_graphic())).then_some(uri)
}

/// The creation with the executive in the places that mean the executive when they are left out, and with the
/// lists of plugins as leash writes them where they are empty.
fn as_created(me: &Address, got: &Instruction, expected: &Instruction) -> Instruction {
    let mut normal = defaulted(me, got, &[2, 5]);
    if let Some(owner) = normal.accounts.get_mut(4).filter(|owner| owner.address == programs::MPL_CORE) {
        owner.address = *me;
    }
    let texts = expected.data.strip_suffix(PLUGINS[3]).unwrap_or_default();
    if normal.data.strip_prefix(texts).is_some_and(|end| PLUGINS.contains(&end)) {
        normal.data.clone_from(&expected.data);
    }
    normal
}

/// The program in place of the executive, in places where leaving it out means the executive.
fn defaulted(me: &Address, got: &Instruction, places: &[usize]) -> Instruction {
    let mut normal = got.clone();
    for place in places {
        if let Some(meta) = normal.accounts.get_mut(*place).filter(|meta| meta.address == *me) {
            meta.address = got.program;
        }
    }
    normal
}
