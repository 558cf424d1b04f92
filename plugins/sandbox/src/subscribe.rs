//! Solana's subscriptions by websocket: on `/rpc`, and on the next port, where web3.js looks for them.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{
        FromRequestParts as _, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, Method, StatusCode, header::UPGRADE, request::Parts},
    response::{IntoResponse as _, Response},
};
use leash_ledger::{Ledger, Subscriptions};
use serde_json::Value;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::MissedTickBehavior,
};

use crate::{api::Sandbox, log::log};

/// How many websockets may be open at the same time.
const MAX_CONNECTIONS: usize = 256;
/// The longest message that is read, in bytes. A request to subscribe has about 200.
const MAX_MESSAGE: usize = 64 * 1024;
/// How often a client that waits for slots is told the newest one.
const SLOT: Duration = Duration::from_millis(400);
/// How long a client may take to read what it is sent.
const SEND_PATIENCE: Duration = Duration::from_secs(10);

/// What requests are answered with.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) sandbox: Arc<Sandbox>,
    connections: Arc<Semaphore>,
}

impl Server {
    pub(crate) fn new(sandbox: Arc<Sandbox>) -> Self {
        Self { sandbox, connections: Arc::new(Semaphore::new(MAX_CONNECTIONS)) }
    }
}

/// Whether a request asks for a websocket with Solana's subscriptions.
pub(crate) fn is_asked_for(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let upgrade = headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    *method == Method::GET
        && path == "/rpc"
        && upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// Answers any request on the next port.
pub(crate) async fn handle(State(server): State<Server>, request: axum::extract::Request) -> Response {
    let (mut parts, _) = request.into_parts();
    upgrade(&server, &mut parts).await
}

/// Opens a websocket, or says why it isn't opened.
pub(crate) async fn upgrade(server: &Server, parts: &mut Parts) -> Response {
    let response = match WebSocketUpgrade::from_request_parts(parts, &()).await {
        Ok(upgrade) => match server.connections.clone().try_acquire_owned() {
            Ok(place) => {
                let sandbox = server.sandbox.clone();
                upgrade
                    .max_message_size(MAX_MESSAGE)
                    .max_frame_size(MAX_MESSAGE)
                    .on_upgrade(move |socket| serve(socket, sandbox, place))
            }
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "too many websockets are open\n").into_response(),
        },
        Err(refusal) => refusal.into_response(),
    };
    log(&format!("{} {} {} websocket", parts.method, parts.uri.path(), response.status().as_u16()));
    response
}

/// Serves one client until it leaves, breaks the protocol or stops reading.
async fn serve(mut socket: WebSocket, sandbox: Arc<Sandbox>, _place: OwnedSemaphorePermit) {
    let mut landings = sandbox.landings();
    let mut slots = tokio::time::interval(SLOT);
    slots.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut subscriptions = Subscriptions::default();
    loop {
        let said = tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    with_ledger(&sandbox, &mut subscriptions, move |subscriptions, ledger| {
                        subscriptions.answer(ledger, text.as_bytes())
                    })
                    .await
                }
                // Pings are answered by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                _ => return,
            },
            changed = landings.changed(), if subscriptions.wait_for_landings() => match changed {
                Ok(()) => with_ledger(&sandbox, &mut subscriptions, Subscriptions::notifications).await,
                Err(_) => return,
            },
            _ = slots.tick(), if subscriptions.wait_for_slots() => {
                with_ledger(&sandbox, &mut subscriptions, Subscriptions::notifications).await
            }
        };
        let Some(said) = said else { return };
        for message in said {
            let sending = socket.send(Message::Text(message.to_string().into()));
            if !matches!(tokio::time::timeout(SEND_PATIENCE, sending).await, Ok(Ok(()))) {
                return;
            }
        }
    }
}

/// Does something with the subscriptions and the ledger, which waits for the disk; `None` where the ledger can't be
/// opened.
async fn with_ledger(
    sandbox: &Arc<Sandbox>,
    subscriptions: &mut Subscriptions,
    work: impl FnOnce(&mut Subscriptions, &mut Ledger) -> Vec<Value> + Send + 'static,
) -> Option<Vec<Value>> {
    let sandbox = sandbox.clone();
    let mut lent = std::mem::take(subscriptions);
    let worked = tokio::task::spawn_blocking(move || {
        let said = sandbox.with_ledger(|ledger| work(&mut lent, ledger)).ok()?;
        Some((lent, said))
    });
    let (returned, said) = worked.await.ok().flatten()?;
    *subscriptions = returned;
    Some(said)
}
