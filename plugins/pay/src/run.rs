//! One `leash pay`, from the command line to the end.

use std::{
    fs,
    io::{self, Read as _},
};

use leash_buyer::{Account, Desk, KIND, Output, Request, buy, dry_run, look_after_others};
use leash_chain::Address;
use leash_command::Host;
use leash_identity::Identity;
use leash_output::{Error, escape};
use leash_policy::Usd;

use crate::{Args, nested, own::Own};

/// The largest body that is sent, in bytes.
const MAX_BODY: u64 = 16 * 1024 * 1024;

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let body = args.body.as_deref().map(read).transpose()?;
    let request = Request::new(&args.url, args.method.as_deref(), &args.header, body)?;
    let most = args.max.as_deref().map(price).transpose()?;
    if let Some(signer) = host.signer_of_plugin()? {
        return nested::run(host, args, &request, most, &signer);
    }
    let identity = host.identity()?;
    let mut desk = Desk::new(host.connector(), account_of(&identity))?;
    if let Some(authority) = &args.fee_authority {
        desk = desk.with_fee_authority(address(authority)?);
    }
    let max = desk.limit(most);
    if args.dry_run {
        return dry_run(&desk, &request, max);
    }
    // What can be known to fail fails before anything is paid.
    let output = Output::open(args.out.as_deref())?;
    let mut purse = Own { host, identity, told: args.yes || most.is_some() };
    let bought = buy(&desk, &mut purse, &request, max, output)
        .map_err(|error| host.out.report(error.of_document(KIND)));
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

/// A body as it was typed: text, or `@` and the name of a file.
fn read(text: &str) -> Result<Vec<u8>, Error> {
    let Some(file) = text.strip_prefix('@') else { return Ok(text.as_bytes().to_vec()) };
    let mut bytes = Vec::new();
    let read = if file == "-" {
        io::stdin().take(MAX_BODY + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(file).and_then(|file| file.take(MAX_BODY + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Error::failure("io", format!("cannot read the body from `{}`: {error}", escape(file)))
            .hint("name a file, or `@-` for stdin")
    })?;
    if bytes.len() as u64 > MAX_BODY {
        return Err(Error::usage("the body is larger than 16 MiB").hint("send less at a time"));
    }
    Ok(bytes)
}
