//! The API behind a listener.

use std::{
    future::Future,
    io::{self, Write as _},
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderName, HeaderValue, Method, StatusCode},
    response::Response,
};
use tokio::net::TcpListener;

use crate::{
    api::{Answer, Request, Sandbox},
    clock, subscribe,
    subscribe::Server,
};

/// The largest body that is read.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// How long a client may take to send its body.
const BODY_PATIENCE: Duration = Duration::from_secs(60);
/// How long requests that are under way may take once the server was told to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(3);

/// Serves until `stop` is done, then lets requests finish that are under way. Where there is a listener for
/// subscriptions, it takes websockets with Solana's subscriptions and nothing else.
///
/// # Errors
/// As the listener says.
pub async fn serve(
    listener: TcpListener,
    subscriptions: Option<TcpListener>,
    sandbox: Arc<Sandbox>,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (stopped, mut stopping) = tokio::sync::watch::channel(false);
    let state = Server::new(sandbox);
    if let Some(listener) = subscriptions {
        let app = Router::new().fallback(subscribe::handle).with_state(state.clone());
        // It ends with the runtime: no request on it changes anything.
        tokio::spawn(axum::serve(listener, app).into_future());
    }
    let app = Router::new().fallback(handle).with_state(state);
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
        let _ = stopping.wait_for(|stopping| *stopping).await;
    });
    let mut server = pin!(server.into_future());
    tokio::select! {
        result = &mut server => return result,
        () = stop => {}
    }
    let _ = stopped.send(true);
    // A client that never finishes must not keep the server from ending.
    tokio::time::timeout(STOP_PATIENCE, server).await.unwrap_or(Ok(()))
}

async fn handle(State(server): State<Server>, request: axum::extract::Request) -> Response {
    let begun = Instant::now();
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    if subscribe::is_asked_for(&parts.method, &path, &parts.headers) {
        return subscribe::upgrade(&server, &mut parts).await;
    }
    let answer = match read(&parts.method, body).await {
        Ok(body) => {
            let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
            match Request::new(parts.method.as_str(), target.as_bytes(), parts.headers, body) {
                Some(request) => guarded(move || server.sandbox.answer(&request)).await,
                None => Answer::internal("Invalid URL"),
            }
        }
        Err(refusal) => refusal,
    };
    log(&format!("{} {path} {} {} ms", parts.method, answer.status, begun.elapsed().as_millis()));
    respond(answer)
}

async fn read(method: &Method, body: Body) -> Result<Vec<u8>, Answer> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(Vec::new());
    }
    match tokio::time::timeout(BODY_PATIENCE, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(body)) => Ok(body.into()),
        // A client that went away doesn't read this; one that sent too much does.
        Ok(Err(_)) => Err(Answer::too_large("request body exceeds 16 MiB")),
        Err(_) => Err(Answer::too_slow("request body did not arrive within 60 seconds")),
    }
}

/// Does something on a thread of its own, since it waits for the disk. A panic there is an answer too.
async fn guarded(work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Answer::internal("the handler panicked"))
}

fn respond(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let named = answer.headers.iter().map(|(name, value)| (&**name, value.as_str()));
    for (name, value) in std::iter::once(("content-type", &*answer.content_type)).chain(named) {
        // What a seller wrote may be no header's value.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value))
            && !value.is_empty()
        {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A line of the server's log. Queries, headers and bodies, which hold secrets, are no part of it.
#[allow(clippy::disallowed_methods, reason = "the log of a server goes to stderr")]
pub(crate) fn log(line: &str) {
    // Where the log can't be written, the server goes on.
    let _ = io::stderr().write_all(format!("{} {line}\n", clock::iso(clock::now())).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let answer = runtime.block_on(guarded(|| panic!("on purpose")));
        assert_eq!(answer.status, 500);
        assert_eq!(
            String::from_utf8_lossy(&answer.body),
            r#"{"error":"internal","message":"unexpected error","detail":"the handler panicked"}"#
        );
    }
}
