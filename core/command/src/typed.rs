//! Arguments that several commands take, as they are typed.

use std::{
    fs,
    io::{self, Read as _},
};

use leash_chain::Network;
use leash_output::{Error, escape};

/// The largest body of a request, in bytes.
const MAX_BODY: u64 = 16 * 1024 * 1024;

/// The body of a request: text, `@` and the name of a file, or `@-` for stdin.
///
/// # Errors
/// Where it can't be read, or is larger than 16 MiB.
pub fn typed_body(text: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    match text.strip_prefix('@') {
        None => bytes.extend_from_slice(text.as_bytes()),
        Some(file) => {
            let read = if file == "-" {
                io::stdin().take(MAX_BODY + 1).read_to_end(&mut bytes)
            } else {
                fs::File::open(file).and_then(|file| file.take(MAX_BODY + 1).read_to_end(&mut bytes))
            };
            read.map_err(|error| {
                Error::failure("io", format!("cannot read the body from `{}`: {error}", escape(file)))
                    .hint("name a file, or `@-` for stdin")
            })?;
        }
    }
    if bytes.len() as u64 > MAX_BODY {
        return Err(Error::usage("the body is larger than 16 MiB").hint("send less at a time"));
    }
    Ok(bytes)
}

/// A network, by any of its names.
///
/// # Errors
/// [`leash_output::Kind::Usage`] where it is none.
pub fn typed_network(text: &str) -> Result<Network, Error> {
    Network::parse(text).ok_or_else(|| {
        Error::usage(format!("`{}` is no network", escape(text)))
            .hint("networks are devnet, mainnet, solana-devnet and solana-mainnet")
    })
}
