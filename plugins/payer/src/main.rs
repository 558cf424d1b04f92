//! `leash-payer`: pays for one plugin once, and has its signer sign. It is started by that signer and by nobody else.

mod errand;
mod goods;
mod link;
mod purse;
mod shut;

use std::process::ExitCode;

use leash_output::{Error, Out};

use crate::link::Link;

fn main() -> ExitCode {
    // Before anything is heard that is nobody else's business.
    let result = shut::shut_in().and_then(|socket| errand::run(&Link::new(socket)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // To nobody, unless a person started it.
            Out::default().failure(&error);
            ExitCode::from(error.kind().exit_status())
        }
    }
}

/// That whoever started this is no signer.
fn not_a_signer(why: &str) -> Error {
    Error::usage(format!("this pays for plugins of leash, and is started by their signers: {why}"))
        .hint("to pay something yourself: `leash pay URL`")
}
