//! An agent's life on the ledger, as the original puts it there, and what each step costs.

use leash_chain::Address;

use crate::play::{Play, USDC, asset, bytes, executive, flows, text};

#[test]
fn every_flow_lands_and_costs_what_it_costs_on_the_real_chain() {
    let (mut play, flows) = (Play::new(), flows());
    let payer = executive();
    play.airdrop(&text(&payer), 1_000_000_000);
    let one = std::slice::from_ref(&payer);
    let flow = |name: &str| &flows.flows[name];
    let cost = play.cost(flow("core_create_v2_owner_self"), &[payer.clone(), asset()]);
    // The rent of 110 bytes, 1,500,000 for the program, and two signatures.
    assert_eq!(cost, 3_166_480);
    let account = play.ledger.account(&Address::new(bytes(&flows.keys["asset"]))).unwrap();
    assert_eq!(account.owner.to_string(), "CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d");
    assert_eq!(account.data.len(), 110);
    assert_eq!(account.data[1..33], bytes(&text(&payer)));
    assert_eq!(play.cost(flow("register_identity_v1_no_collection"), one), 2_169_560);
    assert_eq!(play.cost(flow("register_executive_v1"), one), 1_174_280);
    assert_eq!(play.cost(flow("delegate_execution_v1"), one), 1_619_720);
    assert_eq!(play.cost(flow("set_spend_delegation_unlimited_ata_missing"), one), 2_093_000);
    let held = play.holding(&flows.treasury_usdc);
    assert_eq!(held.owner.to_string(), flows.treasury);
    let allowed = |play: &Play| {
        let allowance = play.holding(&flows.treasury_usdc).allowance?;
        assert_eq!(allowance.delegate.to_string(), text(&payer));
        Some(allowance.amount)
    };
    assert_eq!(allowed(&play), Some(u64::MAX));
    assert_eq!(play.cost(flow("set_spend_delegation_5usdc_ata_exists"), one), 53_720);
    assert_eq!(allowed(&play), Some(5_000_000));
    assert_eq!(play.cost(flow("revoke_spend_delegation"), one), 53_720);
    assert_eq!(allowed(&play), None);
    play.fund(&flows.treasury, USDC, 6_000_000);
    assert_eq!(play.cost(flow("withdraw_usdc_dest_ata_missing"), one), 53_720 + 2_039_280);
    assert_eq!(play.holding(&flows.destination_usdc).amount, 1_000_000);
    assert_eq!(play.cost(flow("withdraw_all_usdc"), one), 53_720);
    assert_eq!(play.holding(&flows.destination_usdc).amount, 6_000_000);
    assert_eq!(play.holding(&flows.treasury_usdc).amount, 0);
    play.airdrop(&flows.treasury, 5_000_000);
    assert_eq!(play.cost(flow("withdraw_sol"), one), 53_720);
    assert_eq!(play.lamports(&flows.treasury), 4_000_000);
}

#[test]
fn what_is_there_is_not_made_again() {
    let (mut play, flows) = (Play::new(), flows());
    let payer = executive();
    play.airdrop(&text(&payer), 1_000_000_000);
    let one = std::slice::from_ref(&payer);
    let codes = [
        // The system program: an account is there.
        ("core_create_v2_owner_self", vec![payer.clone(), asset()], 0),
        ("register_identity_v1_no_collection", one.to_vec(), 9),
        ("register_executive_v1", one.to_vec(), 5),
        ("delegate_execution_v1", one.to_vec(), 7),
    ];
    for (name, signers, _) in &codes {
        play.cost(&flows.flows[*name], signers);
    }
    for (name, signers, code) in &codes {
        // Another blockhash, so that it is another transaction.
        play.ledger.skip(1).unwrap();
        let answer = play.send(&flows.flows[*name], signers);
        assert_eq!(answer["error"]["code"], -32002, "{name} {answer:#}");
        assert_eq!(
            answer["error"]["data"]["err"]["InstructionError"][1]["Custom"], *code,
            "{name} {answer:#}"
        );
    }
}

#[test]
fn only_the_owner_executes() {
    let (mut play, flows) = (Play::new(), flows());
    let (payer, thief) = (executive(), crate::play::party(9));
    play.airdrop(&text(&payer), 1_000_000_000);
    play.airdrop(&text(&thief), 1_000_000_000);
    play.cost(&flows.flows["core_create_v2_owner_self"], &[payer.clone(), asset()]);
    play.fund(&flows.treasury, USDC, 6_000_000);
    let (from, to) = (text(&payer), text(&thief));
    let mut steps = flows.flows["withdraw_usdc_dest_ata_missing"].clone();
    for key in steps.iter_mut().flat_map(|step| step.keys.iter_mut()) {
        if key.pubkey == from {
            key.pubkey.clone_from(&to);
        }
    }
    let answer = play.send(&steps, &[thief]);
    assert_eq!(answer["error"]["data"]["err"]["InstructionError"][1]["Custom"], 26, "{answer:#}");
    assert_eq!(play.holding(&flows.treasury_usdc).amount, 6_000_000);
}
