//! Runs one plugin that is a dynamic library, and becomes what it returns.

mod abi;
mod call;
mod failure;
mod fatal;
mod invocation;
mod library;

use std::{env, process};

use leash_output::Out;
use leash_protocol::exit;

use crate::{abi::Bytes, call::Calls, invocation::Invocation, library::Plugin};

fn main() -> ! {
    // Rust's runtime ignores it; a library expects to be ended by it, as any program is, unless the user ignores it.
    if !leash_output::pipe_signal_was_ignored() {
        sigpipe::reset();
    }
    let mut out = Out::default();
    let status = run(&mut out).unwrap_or_else(|error| {
        out.failure(&error);
        error.kind().exit_status()
    });
    process::exit(status.into())
}

fn run(out: &mut Out) -> Result<u8, leash_output::Error> {
    let invocation = Invocation::read(env::args_os())?;
    let context = failure::context()?;
    *out = failure::voice(&context);
    let name = context.plugin.name.clone();
    fatal::watch(&name);
    let plugin = Plugin::load(&name, &invocation.library, invocation.shown())?;
    let document = context.document().to_string();
    let argv: Vec<Bytes> = invocation.argv.iter().map(Bytes::of_os).collect();
    let calls = Calls::new(&name, *out);
    let status = plugin.run(&calls, Bytes::of(document.as_bytes()), &argv);
    Ok(u8::try_from(status).unwrap_or_else(|_| {
        out.warn(&format!("plugin `{name}` returned {status}, which is no exit status; taken for 1"));
        exit::FAILURE
    }))
}
