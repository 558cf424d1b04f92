//! `leash sell create-link` where the answer is lost: the server, which reads no `Idempotency-Key`, has one link in the
//! end, and it is the one that is reported.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use leash_tests::{AGENT_1, Api, Home, Keys, Outcome, Reply, Request, Run, Running, Sandbox};
use rustix::process::Signal;
use serde_json::{Value, json};

const SELL: [&str; 6] = ["sell", "create-link", "--label", "Quote", "--amount", "0.01"];

fn is_create(request: &Request) -> bool {
    request.method == "POST" && request.path == "/v1/payment-links"
}

/// A server with one API key, and a seller who has it.
struct Seller {
    keys: Keys,
    plaintext: String,
    api: Api,
    home: Home,
}

impl Seller {
    /// Where `instead` has another answer than the server's own, given how many requests came before.
    fn of(instead: impl Fn(&Keys, &Request, usize) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let keys = Keys::of(AGENT_1);
        let plaintext = keys.plaintext(&keys.add("ci", 100));
        let state = keys.clone();
        let api = keys.serve_but(move |request, before| instead(&state, request, before));
        let home = Home::with_agent(&AGENT_1, &api.url);
        Self { keys, plaintext, api, home }
    }

    /// Where the first request to create a link is carried out and answered by `lose`.
    fn losing(lose: impl Fn(Reply) -> Reply + Send + Sync + 'static) -> Self {
        Self::of(move |keys, request, before| (before == 0).then(|| lose(keys.answer(request))))
    }

    fn sell(&self, more: &[&str]) -> Run {
        self.home.leash(SELL.iter().chain(more)).env("LEASH_API_KEY", &self.plaintext)
    }

    /// The id that each request to create a link named.
    fn asked_ids(&self) -> Vec<String> {
        let requests = self.api.requests();
        let bodies = requests.iter().filter(|request| is_create(request)).map(|request| &request.body);
        bodies
            .map(|body| serde_json::from_slice::<Value>(body).unwrap()["id"].as_str().unwrap().to_owned())
            .collect()
    }

    fn notes(&self) -> Vec<String> {
        let dir = self.home.join(format!(".local/share/leash/links/{}", AGENT_1.mint));
        let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".json")).collect()
    }

    /// That there is one link, and this run reported it.
    fn has_one(&self, outcome: &Outcome) {
        let links = self.keys.links.ids();
        assert_eq!(links.len(), 1, "{links:?} {:?} {outcome:?}", self.api.calls());
        assert_eq!(outcome.json()["id"], links[0], "{outcome:?}");
        assert_eq!(self.notes(), Vec::<String>::new(), "{outcome:?}");
    }
}

fn half(reply: Reply) -> Reply {
    let Reply::Json(_, body) = reply else { panic!("no link") };
    let body = body.to_string();
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    Reply::Raw(format!("{head}{}", &body[..length - 20]).into_bytes())
}

fn broken() -> Reply {
    Reply::Json(500, json!({ "error": "internal", "message": "unexpected error" }))
}

#[test]
fn one_link_is_made_and_reported() {
    let lose: [fn(Reply) -> Reply; 6] = [
        |_| Reply::Close,
        half,
        |_| Reply::Silence,
        |_| broken(),
        |_| Reply::Json(200, json!({ "id": 7 })),
        |_| Reply::Raw(b"\xff\xfe hello\r\n\r\n".to_vec()),
    ];
    for lose in lose {
        let seller = Seller::losing(lose);
        seller.has_one(&seller.sell(&["--json", "--timeout", "3s"]).ok());
    }
}

#[test]
fn a_link_that_was_not_made_is_made_once() {
    for reply in [Reply::Close, Reply::Silence, broken()] {
        let seller = Seller::of(move |_, _, before| (before == 0).then(|| reply.clone()));
        seller.has_one(&seller.sell(&["--json", "--timeout", "3s"]).ok());
    }
}

#[test]
fn every_link_has_an_id_of_its_own() {
    let seller = Seller::of(|_, _, _| None);
    for _ in 0..2 {
        let _ = seller.sell(&[]).ok();
    }
    let ids = seller.asked_ids();
    assert_ne!(ids[0], ids[1]);
    for id in &ids {
        assert_eq!(id.len(), 26, "{id}");
        assert!(id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()), "{id}");
    }
    assert_eq!(seller.keys.links.ids(), ids);
}

#[test]
fn a_conflict_at_the_first_try_is_with_somebody_elses_link() {
    let seller = Seller::of(|keys, request, _| {
        is_create(request).then(|| {
            let asked: Value = serde_json::from_slice(&request.body).unwrap();
            let mut theirs = request.clone();
            theirs.body = json!({ "id": asked["id"], "label": "theirs" }).to_string().into_bytes();
            let _ = keys.links.answer(&theirs, "somebody");
            keys.answer(request)
        })
    });
    let outcome = seller.sell(&["--json"]).fails(1);
    let id = seller.keys.links.ids()[0].clone();
    assert_eq!(outcome.json()["code"], "idempotency_conflict");
    outcome.assert_says(&format!("another link has the id `{id}`"));
    outcome.assert_silent_about("api.example");
    assert_eq!(seller.api.calls(), ["POST /v1/payment-links"]);
    assert_eq!(seller.notes(), Vec::<String>::new());
}

#[test]
fn after_a_lost_answer_a_link_of_another_key_is_not_taken_for_the_own_one() {
    let seller = Seller::of(|keys, request, before| {
        (before == 0).then(|| {
            let _ = keys.links.answer(request, "somebody");
            Reply::Close
        })
    });
    let outcome = seller.sell(&[]).fails(1);
    outcome.assert_says(&format!("another link has the id `{}`", seller.keys.links.ids()[0]));
    outcome.assert_silent_about("api.example");
}

#[test]
fn a_link_that_differs_from_what_was_asked_for_is_named() {
    let seller = Seller::of(|keys, request, before| {
        (before == 0).then(|| {
            let Reply::Json(_, link) = keys.answer(request) else { panic!("no link") };
            keys.links.change(link["id"].as_str().unwrap(), &json!({ "price": "9 USDC" }));
            Reply::Close
        })
    });
    let outcome = seller.sell(&["--json"]).fails(1);
    let id = seller.keys.links.ids()[0].clone();
    assert_eq!(outcome.json()["code"], "link_differs");
    outcome.assert_says("`price`");
    outcome.assert_says(&format!("leash api GET /v1/payment-links/{id} --bearer"));
}

#[test]
fn what_cannot_be_found_out_is_named_and_settled_by_the_same_command() {
    let seller = Seller::of(|keys, request, before| {
        if before == 0 {
            let _ = keys.answer(request);
        }
        Some(Reply::Close)
    });
    let outcome = seller.sell(&["--timeout", "2s", "--json"]).fails(1);
    let id = seller.keys.links.ids()[0].clone();
    outcome.assert_says(&format!("whether link `{id}` was made could not be found out"));
    outcome.assert_says(&format!("leash api GET /v1/payment-links/{id} --bearer"));
    assert_eq!(outcome.json()["id"], id);
    assert_eq!(seller.notes(), [format!("{id}.json")]);
    let note = format!(".local/share/leash/links/{}/{id}.json", AGENT_1.mint);
    assert_eq!(seller.home.mode(&note), 0o600);
    assert!(!seller.home.read(&note).contains(&seller.plaintext[9..]), "{}", seller.home.read(&note));

    // The server is back.
    let back = seller.keys.serve();
    let text = seller.home.read(&note).replace(&seller.api.url, &back.url);
    seller.home.write_private(".config/leash/agent.json", &AGENT_1.file(&back.url).to_string());
    seller.home.write_private(&note, &text);
    let outcome = seller.sell(&["--json"]).ok();
    outcome.assert_says(&format!("an earlier command was cut off while it made link `{id}`"));
    seller.has_one(&outcome);
}

#[test]
fn a_command_that_was_killed_is_typed_again() {
    for done in [true, false] {
        let seller = Seller::of(move |keys, request, before| {
            (before == 0).then(|| {
                if done {
                    let _ = keys.answer(request);
                }
                Reply::Silence
            })
        });
        let running = Running::start(seller.sell(&[]));
        seller.api.wait_for(1);
        running.kill();
        // Another command makes a link of its own, and leaves the first one's alone.
        let other = seller.sell(&["--method", "POST", "--json"]).ok();
        let outcome = seller.sell(&["--json"]).ok();
        let ids = seller.asked_ids();
        assert_eq!(outcome.json()["id"], ids[0], "{outcome:?}");
        assert_ne!(other.json()["id"], ids[0]);
        assert_eq!(seller.keys.links.live().len(), 2);
        assert_eq!(seller.notes(), Vec::<String>::new());
        // It is over: the same words now mean a second link.
        let again = seller.sell(&["--json"]).ok();
        assert_ne!(again.json()["id"], ids[0]);
        assert_eq!(seller.keys.links.live().len(), 3);
    }
}

#[test]
fn a_link_that_was_disabled_or_changed_since_is_not_reported_again() {
    for change in [json!({ "disabled_at": "2026-11-24T00:00:00.000Z" }), json!({ "price": "2 USDC" })] {
        let seller = Seller::losing(|_| Reply::Silence);
        let running = Running::start(seller.sell(&[]));
        seller.api.wait_for(1);
        running.kill();
        let first = seller.keys.links.ids()[0].clone();
        seller.keys.links.change(&first, &change);
        let outcome = seller.sell(&["--json"]).ok();
        outcome.assert_says(&format!("link `{first}`"));
        assert_ne!(outcome.json()["id"], first);
        assert_eq!(seller.notes(), Vec::<String>::new());
    }
}

#[test]
fn a_link_that_an_earlier_command_made_with_another_key_is_told_of_once() {
    let seller = Seller::losing(|_| Reply::Silence);
    let running = Running::start(seller.sell(&[]));
    seller.api.wait_for(1);
    running.kill();
    let first = seller.keys.links.ids()[0].clone();
    let other = seller.keys.plaintext(&seller.keys.add("other", 5));
    let outcome = seller.sell(&["--json"]).env("LEASH_API_KEY", &other).fails(1);
    assert_eq!(outcome.json()["code"], "unfinished_link");
    outcome.assert_says(&format!("link `{first}`"));
    outcome.assert_says("lsh_test_…k001");
    assert_eq!(seller.keys.links.ids(), [first.as_str()]);
    let outcome = seller.sell(&["--json"]).env("LEASH_API_KEY", &other).ok();
    assert_ne!(outcome.json()["id"], first);
}

#[test]
fn two_at_once_make_a_link_each() {
    let seller =
        Seller::of(|_, request, before| (is_create(request) && before == 0).then_some(Reply::Silence));
    let first = Running::start(seller.sell(&[]));
    seller.api.wait_for(1);
    let second = seller.sell(&["--json"]).ok();
    let ids = seller.asked_ids();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(second.json()["id"], ids[1]);
    assert_eq!(seller.notes(), [format!("{}.json", ids[0])]);
    first.kill();
}

#[test]
fn a_signal_finds_out_what_became_of_it() {
    for done in [true, false] {
        let seller = Seller::of(move |keys, request, before| {
            (before == 0).then(|| {
                if done {
                    let _ = keys.answer(request);
                }
                Reply::Silence
            })
        });
        let running = Running::start(seller.sell(&[]));
        seller.api.wait_for(1);
        running.signal(Signal::INT);
        let outcome = running.end();
        outcome.assert_failure(130);
        let id = seller.asked_ids()[0].clone();
        let unknown = if done { "" } else { " could not be found out" };
        outcome.assert_says(&format!("link `{id}` was made{unknown}\n"));
        // The same command brings it to an end.
        seller.has_one(&seller.sell(&["--json"]).ok());
    }
}

#[test]
fn without_a_place_for_notes_a_link_is_made_all_the_same() {
    let seller = Seller::of(|_, _, _| None);
    let outcome = seller.sell(&["--json"]).env("XDG_DATA_HOME", "/proc/leash").ok();
    let id = outcome.json()["id"].as_str().unwrap().to_owned();
    outcome.assert_says("warning: cannot create `/proc/leash");
    outcome.assert_says(&format!("leash api GET /v1/payment-links/{id} --bearer"));
}

#[test]
fn the_command_that_finds_out_is_for_the_same_agent() {
    let seller = Seller::of(|_, _, _| Some(Reply::Close));
    let mut file = AGENT_1.file(&seller.api.url);
    file["api_key"] = json!(seller.plaintext);
    seller.home.write_private(".config/leash/agents/shop.json", &file.to_string());
    let words = ["--agent", "shop", "--timeout", "1s"].iter().chain(&SELL);
    let outcome = seller.home.leash(words).fails(1);
    let id = seller.asked_ids()[0].clone();
    outcome.assert_says(&format!("leash --agent shop api GET /v1/payment-links/{id} --bearer"));
}

/// What the server at `url` answers to a request.
fn forwarded(url: &str, request: &Request) -> Vec<u8> {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let mut head =
        format!("{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", request.method, request.path);
    for name in ["authorization", "content-type", "content-length"] {
        if let Some(value) = request.header(name) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream.write_all(&request.body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn on_the_sandbox_one_link_is_made_and_its_paywall_asks_for_payment() {
    let sandbox = Sandbox::up();
    let key = sandbox.api_key();
    let url = sandbox.url.clone();
    let between = Api::start(move |request, before| {
        let answer = forwarded(&url, request);
        if before == 0 { Reply::Close } else { Reply::Raw(answer) }
    });
    let sell = sandbox.home.leash(SELL.iter().chain(&["--json"]));
    let link = sell.env("LEASH_API_KEY", &key).env("LEASH_API_URL", &between.url).ok().json();
    let list = ["api", "GET", "/v1/payment-links", "--bearer"];
    let listed = sandbox.home.leash(list).env("LEASH_API_KEY", &key).ok().json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["items"][0]["id"], link["id"]);
    let id = link["id"].as_str().unwrap();
    assert_eq!(
        between.calls(),
        ["POST /v1/payment-links", "POST /v1/payment-links", &format!("GET /v1/payment-links/{id}")]
    );
    let path = format!("/x/{id}?network=solana-devnet");
    let paywall = Request { method: "GET".to_owned(), path, headers: Vec::new(), body: Vec::new() };
    assert!(forwarded(&sandbox.url, &paywall).starts_with(b"HTTP/1.1 402"));
}
