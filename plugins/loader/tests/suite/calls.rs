//! `call`: a request to the signer, and its answer.

use leash_sdk::mock::{Mock, Reply};
use serde_json::{Value, json};

use crate::run::{Ended, asked, end, launch, library, run, signer};

fn lines(ended: &Ended) -> Vec<Vec<&str>> {
    ended.stdout.lines().map(|line| line.splitn(4, ' ').collect()).collect()
}

#[test]
fn a_request_gets_its_answer() {
    let (mock, socket) = signer(20);
    let ended = end(launch(&library("probe.c").path, ["sign", "7:4096"]).signer(socket));
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    let lines = lines(&ended);
    let answer: Value = serde_json::from_str(lines[0][3]).unwrap();
    assert_eq!((&answer["id"], lines[0][0]), (&json!(7), "0"));
    assert_eq!(lines[0][1], answer.to_string().len().to_string());
    assert_eq!(answer["ok"]["headers"].as_object().unwrap().len(), 3);
    assert_eq!(asked(&mock), 1);
}

#[test]
fn an_answer_that_does_not_fit_is_kept_and_counted_once() {
    let (mock, socket) = signer(20);
    let words = ["sign", "1:0", "1:10", "1:4096", "1:4096", "2:0", "3:4096", "2:4096"];
    let ended = end(launch(&library("probe.c").path, words).signer(socket));
    let lines = lines(&ended);
    let need: usize = lines[0][1].parse().unwrap();
    assert!(need > 100, "{ended:?}");
    let statuses: Vec<_> = lines.iter().map(|line| line[0]).collect();
    assert_eq!(statuses, ["1", "1", "0", "0", "1", "0", "0"]);
    assert!(lines.iter().all(|line| line[1] == need.to_string() && line[2] == "1"), "{ended:?}");
    // Twice the first, once the third, and twice the second: its answer was thrown away for the third's.
    assert_eq!(asked(&mock), 5);
    // Exactly as long as it must be.
    let (_mock, socket) = signer(20);
    let fits = end(launch(&library("probe.c").path, ["sign", &format!("1:{need}")]).signer(socket));
    assert!(fits.stdout.starts_with(&format!("0 {need} 1 ")), "{fits:?}");
}

#[test]
fn a_refusal_is_an_answer() {
    let (_mock, socket) = signer(0);
    let ended = end(launch(&library("probe.c").path, ["sign", "1:4096"]).signer(socket));
    let lines = lines(&ended);
    let answer: Value = serde_json::from_str(lines[0][3]).unwrap();
    assert_eq!((lines[0][0], &answer["err"]["code"]), ("0", &json!("quota")));
}

#[test]
fn without_a_grant_there_is_no_signer() {
    let ended = run("probe.c", &["sign", "1:4096", "2:4096"]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("-1 0 1 \n-1 0 1 \n", ""));
}

#[test]
fn a_signer_that_goes_away_is_no_answer() {
    let (mock, socket) = Mock::start(|_| Reply::Close(Vec::new())).unwrap();
    drop(mock);
    let ended = end(launch(&library("probe.c").path, ["sign", "1:4096", "1:4096"]).signer(socket));
    assert_eq!(ended.stdout, "-2 0 1 \n-2 0 1 \n");
    assert_eq!(ended.stderr, "warning: plugin `test` got no answer: the signer went away\n");
    // After hello.
    let mut honest = leash_sdk::mock::Honest::granting(&["GET /v1/x"]);
    let (_mock, socket) = Mock::start(move |request| match request["op"].as_str() {
        Some("hello") => honest.answer(request),
        _ => Reply::Close(vec![0, 0, 1, 0, b'{']),
    })
    .unwrap();
    let ended = end(launch(&library("probe.c").path, ["sign", "1:4096"]).signer(socket));
    assert_eq!(ended.stdout, "-2 0 1 \n", "{ended:?}");
}

#[test]
fn threads_take_turns() {
    let (mock, socket) = signer(1000);
    let ended = end(launch(&library("probe.c").path, ["threads"]).signer(socket));
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert_eq!(asked(&mock), 100);
}

#[test]
fn claims_that_cant_be_are_refused() {
    let (mock, socket) = signer(20);
    let ended = end(launch(&library("lying_request.c").path, [""; 0]).signer(socket));
    assert_eq!(ended.stdout, "-3 -3 -3 -3 -3 0\n", "{ended:?}");
    assert_eq!(asked(&mock), 0);
}
