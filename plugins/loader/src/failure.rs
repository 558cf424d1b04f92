//! What the loader says where it fails, in the host's voice.

use std::path::Path;

use leash_output::{Color, Error, Kind, Out};
use leash_sdk::Context;

/// The context that the host passed.
pub(crate) fn context() -> Result<Context, Error> {
    Context::load().map_err(|error| match error {
        leash_sdk::Error::NotAPlugin => {
            Error::usage("this runs plugins for leash").hint("run the plugin as `leash NAME`")
        }
        other => Error::new(Kind::NotRunnable, "context", other.to_string())
            .hint("`leash doctor` checks the set-up"),
    })
}

/// How the user wants to be spoken to.
pub(crate) fn voice(context: &Context) -> Out {
    let global = &context.global;
    Out {
        json: global.json,
        quiet: global.quiet,
        verbose: global.verbose,
        color: Color::parse(&global.color).unwrap_or_default(),
    }
}

/// A library that can't be run: whose, which, and why.
pub(crate) fn not_runnable(plugin: &str, library: &Path, why: &str) -> Error {
    let message = format!("cannot run plugin `{plugin}`: its library `{}` {why}", library.display());
    Error::new(Kind::NotRunnable, "not_runnable", message)
}
