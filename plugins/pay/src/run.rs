//! One `leash pay`, from the command line to the end.

use leash_buyer::{Account, Desk, KIND, Output, Request, buy, dry_run, look_after_others};
use leash_chain::Address;
use leash_chain::Network;
use leash_command::Host;
use leash_identity::{AgentFile, Identity, store};
use leash_output::{Error, command, escape, quoted};
use leash_policy::{Stop, Usd};

use crate::{Args, nested, own::Own};

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let request = args.request.read()?;
    let selector = args.offers.read()?;
    let most = args.max.as_deref().map(price).transpose()?;
    if let Some(signer) = host.signer_of_plugin()? {
        // The signer checks the environment that it was started with, not this one.
        Stop::of(host.paths()?).check_killed()?;
        return nested::run(host, args, &request, most, &signer);
    }
    let identity = host.identity()?;
    let mut desk =
        Desk::new(host.connector(), account_of(&identity))?.with_selector(selector).pushing(args.push);
    if let Some(authority) = &args.fee_authority {
        desk = desk.with_fee_authority(address(authority)?);
    }
    let max = desk.limit(most);
    if args.dry_run {
        return dry_run(&desk, &request, max).map_err(|error| name_agents(host, &request, error));
    }
    // What can be known to fail fails before anything is paid.
    let output = Output::open(args.out.as_deref())?;
    let mut purse = Own { host, identity, told: args.yes || most.is_some() };
    let bought = buy(&desk, &mut purse, &request, max, output)
        .map_err(|error| host.out.report(name_agents(host, &request, error).of_document(KIND)));
    // The output is out, or it was said why there is none.
    look_after_others(&desk);
    bought
}

fn price(text: &str) -> Result<Usd, Error> {
    text.parse().map_err(|why| {
        Error::usage(format!("`{}` is no price: {why}", escape(text)))
            .hint("for example `--max 0.05`, in dollars")
    })
}

fn address(text: &str) -> Result<Address, Error> {
    text.parse().map_err(|error| {
        Error::usage(format!("`{}` is no address: {error}", escape(text)))
            .hint("an address has 32 to 44 characters of base58")
    })
}

/// What pays for an agent, but its key.
pub(crate) fn account_of(identity: &Identity) -> Account {
    Account {
        mint: identity.mint,
        executive: identity.executive.public(),
        network: identity.network,
        api_url: identity.api_url.clone(),
        rpc_url: identity.rpc_url.clone(),
        explorer_url: identity.explorer_url.clone(),
        api_key: identity.api_key.clone(),
    }
}

/// Names the user's agents of the network that a paywall wants to be paid on, where none of this agent's will do.
fn name_agents(host: &Host, request: &Request, error: Error) -> Error {
    let wanted = error.fields().find(|(name, _)| *name == leash_buyer::OTHER_NETWORK);
    let wanted = wanted.and_then(|(_, value)| Network::parse(value.as_str()?));
    let (Some(wanted), Ok(paths)) = (wanted, host.paths()) else { return error };
    let lives_there = |name: &String| {
        let file = AgentFile::read(&paths.agent_file(name)).ok().flatten();
        file.and_then(|file| Network::parse(file.network.as_deref()?)) == Some(wanted)
    };
    let names = store::names(paths).unwrap_or_default();
    match names.iter().find(|name| lives_there(name)) {
        Some(name) => {
            let pay = command(&format!("--agent {name} pay {}", quoted(&request.url)));
            error.hint(format!("your agent `{name}` is on that network: `{pay}`"))
        }
        None => {
            // Without a name it would be that of an agent that is there.
            let short = wanted.as_str().trim_start_matches("solana-");
            let name = if names.iter().any(|name| name == short) { "NAME" } else { short };
            error.hint(format!(
                "an agent on {wanted} could pay it: `leash agent create {name} --network {short}`"
            ))
        }
    }
}
