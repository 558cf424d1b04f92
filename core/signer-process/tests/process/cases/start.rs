//! When there is no signer at all.

use leash_signer::Executive;

use crate::{
    case::{Case, refused},
    client::Client,
    home::{Home, Plan},
};

pub const CASES: &[Case] = &[
    Case::new("another_mint_is_refused", never)
        .plan(|_, plan| plan.mint = leash_chain::Address::new([4; 32]).to_string())
        .check(|_, output| refused(output, 125, "wrong_agent")),
    Case::new("another_network_is_refused", never)
        .plan(|_, plan| plan.network = "solana-mainnet".to_owned())
        .check(|_, output| refused(output, 125, "wrong_agent")),
    Case::new("another_key_is_refused", never)
        .plan(|home, _| home.write_agent(&Executive::generate().unwrap()))
        .check(|_, output| refused(output, 125, "wrong_agent")),
    Case::new("a_key_that_is_not_known_beforehand_is_told", |client| {
        client.hello();
        client.sign_keys();
    })
    .plan(|_, plan| plan.executive = None),
    Case::new("no_agent_no_signer", never)
        .plan(|home, _| std::fs::remove_file(home.path().join(".config/leash/agent.json")).unwrap())
        .check(|_, output| refused(output, 4, "no_agent")),
    Case::new("a_key_file_that_others_can_read_is_refused", never)
        .plan(|home, _| {
            use std::os::unix::fs::PermissionsExt as _;
            let file = home.path().join(".config/leash/agent.json");
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
        })
        .check(|_, output| refused(output, 4, "unsafe_file")),
    Case::new("a_host_with_two_threads_is_refused", never)
        .plan(|_, plan| plan.threads = true)
        .check(|_, output| refused(output, 1, "internal")),
    Case::new("a_base_path_that_is_none_is_refused", never)
        .plan(|_, plan| plan.base_path = "/x?y".to_owned())
        .check(|_, output| refused(output, 1, "internal")),
    Case::new("presigning_without_a_log_is_refused", never).plan(no_log).check(|_, output| {
        refused(output, 1, "signer");
    }),
];

fn never(_: &mut Client) {
    panic!("this plugin must not run");
}

fn no_log(home: &Home, plan: &mut Plan) {
    std::fs::write(home.path().join("audit"), "").unwrap();
    plan.presign = vec![leash_protocol::manifest::Presign {
        method: "GET".to_owned(),
        path: "/v1/open/x".to_owned(),
        body: None,
    }];
}
