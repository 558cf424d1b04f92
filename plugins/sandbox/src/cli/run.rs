//! `run`: the server itself.

use std::{io, sync::Arc, time::Duration};

use leash_output::{Error, Out, count};
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::{DOCUMENT, ServerArgs, database_error};
use crate::{
    api::{Sandbox, Settings},
    clock,
    instance::{DataDir, State},
    serve::{log, serve},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) server: ServerArgs,
    /// Leave the terminal's session (what `up` asks for)
    #[arg(long, hide = true)]
    pub(super) detached: bool,
}

pub(super) fn run(dir: &DataDir, args: &Args, out: Out) -> Result<(), Error> {
    if args.detached {
        // Fails only where this process leads a session already, which is as good.
        let _ = rustix::process::setsid();
    }
    dir.create()?;
    let Some(_lock) = dir.lock()? else {
        let place = dir.path().display();
        return Err(Error::failure(
            "already_running",
            format!("a server runs already with the data in `{place}`"),
        )
        .hint("`leash sandbox status` says where; `--data DIR` runs another one beside it"));
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(64)
        // Deeply nested JSON is read and printed by recursion.
        .thread_stack_size(8 * 1024 * 1024)
        .build()
        .map_err(|error| Error::failure("runtime", format!("cannot start: {error}")))?;
    let result = runtime.block_on(run_locked(dir, &args.server, out));
    runtime.shutdown_timeout(Duration::from_secs(3));
    result
}

async fn run_locked(dir: &DataDir, args: &ServerArgs, out: Out) -> Result<(), Error> {
    let failed = |error: &io::Error| Error::failure("server", format!("the server failed: {error}"));
    // Before anyone can know that there is something to signal.
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| failed(&error))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| failed(&error))?;
    let wanted = args.port.or(dir.state()?.map(|state| state.port)).unwrap_or(0);
    let (listener, port, subscriptions) = listen_for_both(wanted).await?;
    if subscriptions.is_none() {
        out.warn(&format!(
            "the port after `{port}` is in use, where web3.js expects the websocket; it is on `/rpc` only"
        ));
    }
    let state =
        State { pid: std::process::id(), port, strict: args.strict, started_at: clock::iso(clock::now()) };
    let settings = Settings { origin: state.url(), strict: args.strict, rate_limit: args.rate_limit };
    let sandbox = Sandbox::open(&dir.database(), settings).map_err(|error| database_error(dir, &error))?;
    match sandbox.recover() {
        Ok(0) => {}
        Ok(number) => log(&format!("accounted for what was interrupted: {}", count(number, "payment"))),
        Err(error) => return Err(database_error(dir, &error)),
    }
    dir.write_state(&state)?;
    let document = json!({
        "kind": DOCUMENT, "status": "ok", "url": state.url(), "pid": state.pid, "data_dir": dir.path(), "strict": state.strict,
    });
    out.result(&document, || format!("sandbox listens on {}", state.url()))?;
    log("started");
    let stop = async {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    };
    serve(listener, subscriptions, Arc::new(sandbox), stop).await.map_err(|error| failed(&error))?;
    log("stopped");
    Ok(())
}

/// Listens for requests, and on the next port for subscriptions, where that port is free. Where any port will do, one is
/// looked for whose next one is free.
async fn listen_for_both(wanted: u16) -> Result<(TcpListener, u16, Option<TcpListener>), Error> {
    const TRIES: u32 = 8;
    let mut tries = 0;
    loop {
        tries += 1;
        let listener = listen(wanted).await?;
        let port = listener
            .local_addr()
            .map_err(|error| Error::failure("port", format!("cannot find the port that was taken: {error}")))?
            .port();
        let next = match port.checked_add(1) {
            Some(next) => listen(next).await.ok(),
            None => None,
        };
        if next.is_some() || wanted != 0 || tries == TRIES {
            return Ok((listener, port, next));
        }
    }
}

/// Never anything but loopback: whoever reaches this server may do as they please.
async fn listen(port: u16) -> Result<TcpListener, Error> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        let (code, message) = match error.kind() {
            io::ErrorKind::AddrInUse => {
                ("port_in_use", format!("port `{port}` is in use by another program"))
            }
            _ => ("port", format!("cannot listen on port `{port}`: {error}")),
        };
        Error::failure(code, message).hint("choose another with `--port N`")
    })
}
