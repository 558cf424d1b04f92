//! What the API and the RPC endpoint say.

use std::{borrow::Cow, time::Duration};

use jiff::{SignedDuration, Timestamp};
use leash_api::{Auth, Client, ListKeys, RawRequest};
use leash_command::Host;
use leash_connect::{api_error, is_local_and_down};
use leash_identity::Identity;
use leash_output::Error;
use serde_json::Value;
use url::Url;

use super::{Check, Verdict, bearer::Bearer};

/// The API refuses a request whose time is off by more; half of it is time to say something.
const DRIFT_ALLOWED: SignedDuration = SignedDuration::from_secs(300);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const DRIFT_NOTED: SignedDuration = SignedDuration::from_secs(30);

/// Where a request can't be signed, `unsigned` says why.
pub(super) fn checks(host: &Host, identity: Identity, unsigned: Option<Check>) -> Result<Vec<Check>, Error> {
    // Settings that can't be read are a finding of their own, and no reason to stop looking.
    let timeout = host.timeout().unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    let allow_http = host.globals().allow_http || host.settings().is_ok_and(|settings| settings.allow_http);
    let rpc = rpc_client(&identity.rpc_url, timeout, allow_http);
    let api_url = identity.api_url.clone();
    let bearer = Bearer::of(&identity);
    let client = match client(host, identity, unsigned.is_some(), timeout, allow_http) {
        Ok(client) => client,
        Err(error) => {
            let mut checks = vec![Check::from_error("api", &error)];
            checks.extend(bearer.map(|bearer| bearer.untried()));
            return Ok(checks);
        }
    };
    let _progress = host.out.progress("asking the API and the RPC endpoint");
    host.block_on(async {
        let (mut checks, rpc) = tokio::join!(api(&client, &api_url, timeout, unsigned), ask_rpc(rpc));
        if let Some(bearer) = bearer {
            let answers = checks.first().is_some_and(|check| check.verdict == Verdict::Ok);
            checks.push(if answers { bearer.ask(timeout, allow_http).await } else { bearer.untried() });
        }
        checks.push(rpc);
        checks
    })
}

/// A client that signs, where there is a key to sign with.
fn client(
    host: &Host,
    identity: Identity,
    unsigned: bool,
    timeout: Duration,
    allow_http: bool,
) -> Result<Client, Error> {
    if !unsigned {
        return host.client(identity, false);
    }
    let builder = Client::builder(&identity.api_url).map_err(api_error)?;
    Ok(builder.timeout(timeout).allow_http(allow_http).build())
}

async fn api(client: &Client, url: &str, timeout: Duration, unsigned: Option<Check>) -> Vec<Check> {
    let asked = tokio::time::timeout(timeout, client.health()).await;
    let health = match asked {
        Err(_) => {
            return vec![Check::fail(
                "api",
                format!("{url} gave no answer within {} s", timeout.as_secs()),
                "check the network, and `api_url` with `leash agent show`",
            )];
        }
        Ok(Err(error)) => {
            let unknown = Cow::Borrowed("check `api_url` with `leash agent show`");
            let fix = error.hint().map_or(unknown, Cow::Owned);
            let fix = if is_local_and_down(&error) { "start it: `leash sandbox up`".into() } else { fix };
            return vec![Check::fail("api", error.to_string(), fix)];
        }
        Ok(Ok(health)) => health,
    };
    let mut checks = vec![if health.ok {
        Check::ok("api", format!("{url} answers in {} ms", health.round_trip.as_millis()))
    } else {
        Check::fail("api", format!("{url} says that it isn't well"), "try again later")
    }];
    if let Some(time) = health.server_time {
        checks.push(clock(Timestamp::now().duration_since(time)));
    }
    if let Some(unsigned) = unsigned {
        checks.push(unsigned);
        return checks;
    }
    let query = ListKeys { limit: Some(1), ..ListKeys::default() };
    let signed = client.list_api_keys(&query);
    checks.push(match tokio::time::timeout(timeout, signed).await {
        Ok(Ok(_)) => Check::ok("signature", "the API knows the agent and its key"),
        Ok(Err(error)) => Check::fail(
            "signature",
            error.to_string(),
            error.hint().map_or(Cow::Borrowed("check agent and network with `leash agent show`"), Cow::Owned),
        ),
        Err(_) => {
            Check::fail("signature", "no answer to a signed request", "try again with a longer `--timeout`")
        }
    });
    checks
}

fn clock(ahead: SignedDuration) -> Check {
    let off = ahead.abs();
    let way = if ahead.is_negative() { "behind" } else { "ahead of" };
    let detail = format!("this machine is {} s {way} the API", off.as_secs());
    if off > DRIFT_ALLOWED {
        Check::fail("clock", detail, "set the clock, for example with `timedatectl set-ntp true`")
    } else if off > DRIFT_NOTED {
        Check::warn("clock", detail, "set the clock before it is off by 5 minutes")
    } else {
        Check::ok("clock", "in step with the API")
    }
}

/// The API's client also speaks to an RPC endpoint; what follows the host in its URL may hold a secret, so
/// only the host is ever shown.
fn rpc_client(url: &str, timeout: Duration, allow_http: bool) -> Result<(Client, String, String), Check> {
    let bad = |what: String| Check::fail("rpc", what, "set LEASH_RPC_URL, or `rpc_url` in the agent's file");
    let parsed = Url::parse(url).map_err(|error| bad(format!("its URL can't be used: {error}")))?;
    let origin = parsed.origin().ascii_serialization();
    let mut path = parsed.path().to_owned();
    if let Some(query) = parsed.query() {
        path = format!("{path}?{query}");
    }
    let client = Client::builder(&origin)
        .map_err(|error| bad(error.to_string()))?
        .timeout(timeout)
        .allow_http(allow_http)
        .build();
    Ok((client, origin, path))
}

async fn ask_rpc(rpc: Result<(Client, String, String), Check>) -> Check {
    let (client, origin, path_and_query) = match rpc {
        Ok(rpc) => rpc,
        Err(check) => return check,
    };
    let fix = "set LEASH_RPC_URL, or `rpc_url` in the agent's file, to an endpoint that answers";
    let body = br#"{"jsonrpc":"2.0","id":1,"method":"getVersion"}"#.to_vec();
    let request =
        RawRequest { method: "POST".to_owned(), path_and_query, body: Some(body), auth: Auth::None };
    match client.request(request).await {
        Err(error) => match error.api() {
            // The client takes whoever answers for the API.
            Some(said) => {
                Check::fail("rpc", format!("{origin} answered {}: {}", said.status, said.message), fix)
            }
            None => Check::fail("rpc", error.to_string(), fix),
        },
        Ok(answer) => {
            let answer = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
            match answer.pointer("/result/solana-core").and_then(Value::as_str) {
                Some(version) => Check::ok("rpc", format!("{origin} runs solana-core {version}")),
                None => {
                    Check::fail("rpc", format!("{origin} answers, but not as a Solana RPC endpoint"), fix)
                }
            }
        }
    }
}
