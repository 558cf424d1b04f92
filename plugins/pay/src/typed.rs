//! A request and a choice of offers, from the command line.

use std::{
    fs,
    io::{self, Read as _},
};

use leash_buyer::{ProtocolFamily, Request, Selector};
use leash_chain::Network;
use leash_output::{Error, escape};

use crate::{OfferArgs, RequestArgs};

/// The largest body that is sent, in bytes.
const MAX_BODY: u64 = 16 * 1024 * 1024;

impl RequestArgs {
    pub(crate) fn read(&self) -> Result<Request, Error> {
        let body = self.body.as_deref().map(read).transpose()?;
        Request::new(&self.url, self.method.as_deref(), &self.header, body)
    }
}

impl OfferArgs {
    pub(crate) fn read(&self) -> Result<Selector, Error> {
        let network = self.network.as_deref().map(network).transpose()?;
        let protocol = self.protocol.as_deref().map(protocol).transpose()?;
        Ok(Selector { network, token: self.token.clone(), protocol })
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.network.is_none() && self.token.is_none() && self.protocol.is_none()
    }
}

fn network(text: &str) -> Result<Network, Error> {
    Network::parse(text).ok_or_else(|| {
        Error::usage(format!("`{}` is no network", escape(text)))
            .hint("networks are devnet, mainnet, solana-devnet and solana-mainnet")
    })
}

fn protocol(text: &str) -> Result<ProtocolFamily, Error> {
    match text.to_ascii_lowercase().as_str() {
        "x402" => Ok(ProtocolFamily::X402),
        "mpp" => Ok(ProtocolFamily::Mpp),
        _ => Err(Error::usage(format!("`{}` is no protocol that leash pays by", escape(text)))
            .hint("`--protocol x402` or `--protocol mpp`")),
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
