//! Transactions whose signature is known: what became of them, or that it isn't known.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use leash_submit::{OwnOutcome as Outcome, Signed, Submission, SystemClock, Unnoted};
use serde_json::{Value, json};

use crate::server::{Asked, Reply, Server, at};
use crate::{LAST, life, rpc, run, signed};

const LONG: Duration = Duration::from_secs(10);
/// The first height at which it is expired: the machines of an endpoint may be 32 blocks apart.
const OVER: u64 = LAST + 33;

fn noted() -> Signed {
    Signed::new(&signed(), &life(), jiff::Timestamp::now()).unwrap()
}

/// Notes it, sends it and follows it.
fn send(url: &str, within: Duration) -> Outcome {
    let submission = Unnoted::new(noted(), &SystemClock).unwrap().note(|_| Ok::<_, ()>(())).unwrap();
    run(submission.send(&rpc(url), within))
}

/// Takes up what an earlier run noted.
fn follow(url: &str, within: Duration) -> Outcome {
    run(Submission::resume(noted(), &SystemClock).unwrap().follow(&rpc(url), within))
}

#[test]
fn what_cannot_be_noted_is_not_sent() {
    assert_eq!(Unnoted::new(noted(), &SystemClock).unwrap().note(|_| Err("full")).unwrap_err(), "full");
}

#[test]
fn what_is_not_signed_is_not_sent() {
    let unsigned = Signed::new(&crate::unsigned(), &life(), jiff::Timestamp::now()).unwrap();
    assert!(Unnoted::new(unsigned, &SystemClock).is_err());
}

/// An endpoint at this height that says this of every transaction, and takes what it is sent.
fn chain(height: u64, status: impl Fn(usize) -> Value + Send + 'static) -> Server {
    let looks = Mutex::new(0);
    Server::new(move |_, asked| match asked.method.as_str() {
        "getBlockHeight" => Reply::Result(json!(height)),
        "getSignatureStatuses" => {
            let mut looks = looks.lock().unwrap();
            *looks += 1;
            Reply::Result(at(1_000, json!([status(*looks - 1)])))
        }
        _ => other(asked),
    })
}

fn other(asked: &Asked) -> Reply {
    match asked.method.as_str() {
        "sendTransaction" => Reply::Result(json!(signed().id().unwrap())),
        "getTransaction" => Reply::Result(json!({
            "slot": 5,
            "transaction": [signed().to_base64().unwrap(), "base64"],
            "meta": {"err": {"InstructionError": [0, {"Custom": 1}]}, "fee": 5_000, "logMessages": [
                "Program CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d invoke [1]",
                "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA invoke [2]",
                "Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA failed: custom program error: 0x1",
                "Program CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d failed: custom program error: 0x1",
            ]},
        })),
        method => panic!("{method}"),
    }
}

fn landed(commitment: &str) -> Value {
    json!({"slot": 5, "err": null, "confirmationStatus": commitment})
}

#[test]
fn it_lands_once_it_is_confirmed() {
    let server = chain(50, |look| match look {
        0 => Value::Null,
        1 => landed("processed"),
        _ => landed("confirmed"),
    });
    let outcome = send(&server.url(), LONG);
    assert_eq!(outcome, Outcome::Landed { slot: 5 });
    let sent: Vec<Value> =
        server.asked().into_iter().filter(|a| a.method == "sendTransaction").map(|a| a.params).collect();
    // First tried, then passed on as it is: the same bytes.
    assert_eq!((&sent[0][1]["skipPreflight"], &sent[1][1]["skipPreflight"]), (&json!(false), &json!(true)));
    assert_eq!(sent[0][0], sent[1][0]);
}

#[test]
fn a_failure_says_which_program_and_why() {
    let failed = json!({"slot": 5, "err": {"InstructionError": [0, {"Custom": 1}]}, "confirmationStatus": "confirmed"});
    let server = chain(50, move |_| failed.clone());
    let outcome = follow(&server.url(), LONG);
    let Outcome::Failed { slot: 5, error, log } = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        error.to_string(),
        "the token account doesn't hold, or isn't allowed to spend, that much (instruction 1, SPL Token, Custom 1)"
    );
    assert_eq!(log.len(), 4);
    assert_eq!(server.count("sendTransaction"), 0, "it is there already");
}

#[test]
fn what_the_endpoint_tries_and_refuses_is_not_followed() {
    let server = Server::new(|_, asked| match asked.method.as_str() {
        "sendTransaction" => Reply::Error(json!({"code": -32002, "message": "Transaction simulation failed",
            "data": {"err": "InsufficientFundsForFee", "logs": [], "unitsConsumed": 0}})),
        method => panic!("{method}"),
    });
    let outcome = send(&server.url(), LONG);
    let Outcome::Refused(refused) = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        refused.to_string(),
        "the transaction would fail: the fee payer doesn't hold enough SOL for the fee (InsufficientFundsForFee)"
    );
}

#[test]
fn what_may_have_landed_is_never_called_refused() {
    for err in ["AlreadyProcessed", "BlockhashNotFound"] {
        let server = Server::new(move |_, asked| match asked.method.as_str() {
            "sendTransaction" if asked.params[1]["skipPreflight"] == false => {
                Reply::Error(json!({"code": -32002, "message": "m", "data": {"err": err, "logs": null}}))
            }
            "getBlockHeight" => Reply::Result(json!(50)),
            "getSignatureStatuses" => Reply::Result(at(9, json!([landed("finalized")]))),
            _ => other(asked),
        });
        let outcome = send(&server.url(), LONG);
        assert_eq!(outcome, Outcome::Landed { slot: 5 }, "{err}");
    }
}

#[test]
fn a_lost_answer_to_sending_is_looked_into() {
    let server = Server::new(|_, asked| match asked.method.as_str() {
        "sendTransaction" => Reply::Nothing,
        "getBlockHeight" => Reply::Result(json!(50)),
        "getSignatureStatuses" => Reply::Result(at(9, json!([landed("confirmed")]))),
        method => panic!("{method}"),
    });
    let outcome = send(&server.url(), LONG);
    assert_eq!(outcome, Outcome::Landed { slot: 5 });
    assert_eq!(server.count("sendTransaction"), 1);
}

#[test]
fn it_expires_only_when_no_block_is_left_for_it() {
    let server = chain(OVER, |_| Value::Null);
    assert_eq!(follow(&server.url(), LONG), Outcome::Expired);
    assert_eq!(server.count("sendTransaction"), 0, "nobody would take it");
    assert_eq!(server.count("getSignatureStatuses"), 2, "looked at twice");
    assert_eq!(server.asked()[0].params, json!([{"commitment": "finalized"}]));
    // The height is read before the status, each time.
    let methods: Vec<String> = server.asked().into_iter().map(|asked| asked.method).collect();
    assert_eq!(methods[0], "getBlockHeight");

    let server = chain(OVER, |look| if look == 0 { Value::Null } else { landed("finalized") });
    let outcome = follow(&server.url(), LONG);
    assert_eq!(outcome, Outcome::Landed { slot: 5 }, "a machine that was behind");
}

#[test]
fn without_an_answer_nothing_is_claimed() {
    let within = Duration::from_millis(300);
    let begun = Instant::now();
    let server = chain(OVER - 1, |_| Value::Null);
    let outcome = follow(&server.url(), within);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert!(server.count("sendTransaction") >= 1);

    // The status can't be had, so that it is past its last block proves nothing.
    let server = Server::new(|_, asked| match asked.method.as_str() {
        "getBlockHeight" => Reply::Result(json!(LAST + 1_000)),
        _ => Reply::Error(json!({"code": -32603, "message": "Internal error"})),
    });
    let outcome = follow(&server.url(), within);
    let Outcome::Unknown { reason } = outcome else { panic!("{outcome:?}") };
    assert_eq!(reason, "the RPC endpoint refuses `getSignatureStatuses`: Internal error (-32603)");

    // Nobody there at all.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).unwrap();
    let outcome = send(&format!("http://{nobody}/"), within);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert!(begun.elapsed() < Duration::from_secs(30));
}
