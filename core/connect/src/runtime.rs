//! The runtime in which a command waits for servers.

use std::cell::OnceCell;

use leash_output::Error;

/// A runtime of tokio's, made at the first use.
#[derive(Default)]
pub struct Runtime(OnceCell<Waiting>);

impl Runtime {
    /// Runs a future to its end.
    ///
    /// # Errors
    /// Where the system has no resources for a runtime.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        if self.0.get().is_none() {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| Error::failure("runtime", format!("cannot start: {error}")))?;
            let _ = self.0.set(Waiting(Some(runtime)));
        }
        match self.0.get() {
            Some(Waiting(Some(runtime))) => Ok(runtime.block_on(future)),
            _ => Err(Error::failure("internal", "no runtime")),
        }
    }
}

struct Waiting(Option<tokio::runtime::Runtime>);

impl Drop for Waiting {
    /// Looking up a name may hang in the system's resolver, out of reach of any timeout; it isn't waited for.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
