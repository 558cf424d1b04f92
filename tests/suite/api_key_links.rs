//! `leash api-key revoke` and `rotate` of a key that payment links belong to: what becomes of them is said, and asked.

use leash_tests::{AGENT_1, Api, Home, Keys, Reply, Request, Sandbox, Terminal};
use serde_json::{Value, json};

/// A key, and links of its and another one's.
struct Shop {
    keys: Keys,
    key: String,
    other: String,
    plaintext: String,
    links: Vec<String>,
    api: Api,
    home: Home,
}

impl Shop {
    fn open() -> Self {
        Self::open_but(|_, _, _| None)
    }

    fn open_but(instead: impl Fn(&Keys, &Request, usize) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let keys = Keys::of(AGENT_1);
        let (key, other) = (keys.add("shop", 100), keys.add("other", 50));
        let links = vec![keys.links.add(&key, "Quote", 1), keys.links.add(&key, "a\u{1b}[2J", 2)];
        let _ = keys.links.add(&other, "theirs", 3);
        let state = keys.clone();
        let api = keys.serve_but(move |request, before| instead(&state, request, before));
        let home = Home::with_agent(&AGENT_1, &api.url);
        let plaintext = keys.plaintext(&key);
        Self { keys, key, other, plaintext, links, api, home }
    }

    fn run(&self, words: &[&str]) -> leash_tests::Run {
        self.home.leash(["api-key"].iter().chain(words)).env("LEASH_API_KEY", &self.plaintext)
    }

    fn is_untouched(&self) {
        assert_eq!(self.keys.active(), [self.key.as_str(), &self.other]);
        assert_eq!(self.keys.links.live().len(), 3);
    }
}

fn ids(document: &Value) -> Vec<&str> {
    document["links"].as_array().unwrap().iter().map(|link| link["id"].as_str().unwrap()).collect()
}

#[test]
fn the_links_of_a_key_are_named_before_it_is_revoked_or_replaced() {
    for words in [&["revoke"][..], &["rotate", "--out", "key"]] {
        let shop = Shop::open();
        let outcome = shop.run(&[words, &[&*shop.key, "--json"]].concat()).ok();
        for link in &shop.links {
            outcome.assert_says(&format!("`{link}`"));
        }
        outcome.assert_says(&format!("warning: 2 live payment links belong to key {}", shop.key));
        outcome.assert_says("buyers can still pay, but nobody can list, change or disable them");
        outcome.assert_says("--disable-links");
        outcome.assert_says(r"(a\u{1b}[2J)");
        outcome.assert_silent_about("theirs");
        outcome.assert_silent_about(&shop.plaintext);
        let document = outcome.json();
        assert_eq!(ids(&document), [shop.links[1].as_str(), &shop.links[0]]);
        assert_eq!(document["links_complete"], true);
        let first = &document["links"][1];
        assert_eq!((&first["label"], &first["price"]), (&json!("Quote"), &json!("0.01 USDC")));
        assert_eq!((&first["key_id"], &first["disabled"]), (&json!(shop.key), &json!(false)));
        assert!(first["url"].as_str().unwrap().starts_with("https://api.example/x/"), "{first}");
        assert!(!shop.keys.active().contains(&shop.key));
        assert_eq!(shop.keys.links.live().len(), 3);
        let calls = shop.api.calls();
        let listed = calls.iter().position(|call| call.starts_with("GET /v1/payment-links?limit=200"));
        let revoked = calls.iter().position(|call| call.ends_with("/disable"));
        assert!(listed.is_some() && listed < revoked, "{calls:?}");
    }
}

#[test]
fn the_key_in_the_agents_file_counts_too() {
    let shop = Shop::open();
    let mut file = AGENT_1.file(&shop.api.url);
    file["api_key"] = json!(shop.plaintext);
    shop.home.write_private(".config/leash/agent.json", &file.to_string());
    let other = shop.keys.plaintext(&shop.other);
    let outcome = shop.run(&["revoke", &shop.key, &shop.other, "--json"]).env("LEASH_API_KEY", other).ok();
    assert_eq!(outcome.json()["links"].as_array().unwrap().len(), 3);
    assert_eq!(outcome.json()["links_complete"], true);
}

#[test]
fn where_the_plaintext_is_not_known_that_is_said_in_one_line() {
    for words in [&["revoke"][..], &["rotate", "--out", "key"]] {
        let shop = Shop::open();
        let run = shop.run(&[words, &[&*shop.key, "--json"]].concat()).env_remove("LEASH_API_KEY");
        let outcome = run.ok();
        let line = format!(
            "note: payment links made with key {}, if any, stay live and can't be listed: leash doesn't have the plaintext\n",
            shop.key
        );
        outcome.assert_says(&line);
        assert_eq!(outcome.json()["links"], Value::Null);
        assert_eq!(outcome.json()["links_complete"], false);
        assert!(!shop.api.calls().iter().any(|call| call.contains("payment-links")));

        let shop = Shop::open();
        let run = shop.run(&[words, &[&*shop.key, "--disable-links"]].concat());
        let outcome = run.env_remove("LEASH_API_KEY").fails(1);
        outcome.assert_says(&format!("`--disable-links` needs the plaintext of key `{}`", shop.key));
        shop.is_untouched();
    }
}

#[test]
fn two_keys_that_look_alike_are_not_taken_for_each_other() {
    let keys = Keys::of(AGENT_1);
    let (key, other) = (keys.add("shop", 100), keys.add("other", 50));
    let _ = keys.links.add(&key, "Quote", 1);
    let state = keys.clone();
    let api = keys.serve_but(move |request, _| {
        let Reply::Json(status, mut body) = state.answer(request) else { panic!("no JSON") };
        for item in body["items"].as_array_mut().into_iter().flatten() {
            if item["last4"].is_string() {
                item["last4"] = json!("k001");
            }
        }
        Some(Reply::Json(status, body))
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let outcome = home.leash(["api-key", "revoke", &other]).env("LEASH_API_KEY", keys.plaintext(&key)).ok();
    outcome.assert_says("can't be listed");
    outcome.assert_silent_about("Quote");
}

#[test]
fn a_key_without_links_goes_without_a_word() {
    let shop = Shop::open();
    for link in &shop.links {
        shop.keys.links.change(link, &json!({ "disabled_at": "2026-11-24T00:00:00.000Z" }));
    }
    let outcome = shop.run(&["revoke", &shop.key, "--json"]).ok();
    assert_eq!(outcome.stderr, "");
    assert_eq!((ids(&outcome.json()), &outcome.json()["links_complete"]), (vec![], &json!(true)));
}

#[test]
fn links_are_disabled_before_their_key_is_revoked() {
    for words in [&["revoke"][..], &["rotate", "--out", "key"]] {
        let shop = Shop::open();
        let outcome = shop.run(&[words, &[&*shop.key, "--disable-links", "--json"]].concat()).ok();
        outcome.assert_says(&format!("note: disabled 2 payment links of key {}", shop.key));
        outcome.assert_silent_about("buyers can still pay");
        let document = outcome.json();
        assert_eq!(ids(&document).len(), 2);
        assert_eq!(
            (&document["links"][0]["disabled"], &document["links_complete"]),
            (&json!(true), &json!(true))
        );
        assert_eq!(shop.keys.links.live().len(), 1);
        assert!(!shop.keys.active().contains(&shop.key));
    }
}

#[test]
fn a_link_that_stays_live_keeps_its_key() {
    for words in [&["revoke"][..], &["rotate", "--out", "key"]] {
        let shop = Shop::open_but(|keys, request, _| {
            let first = keys.links.ids()[0].clone();
            let refused = json!({ "error": "internal", "message": "not now" });
            (request.method == "PATCH" && request.path.ends_with(&first)).then_some(Reply::Json(422, refused))
        });
        let outcome = shop.run(&[words, &[&*shop.key, "--disable-links"]].concat()).fails(1);
        outcome.assert_says(&format!(
            "payment link `{}` was not disabled (1 link disabled before it)",
            shop.links[0]
        ));
        outcome.assert_says("run the same command again");
        assert_eq!(shop.keys.active(), [shop.key.as_str(), &shop.other], "{outcome:?}");
        assert!(!shop.home.join("key").exists());
    }
}

#[test]
fn an_answer_that_disabled_nothing_does_not_go_on_for_ever() {
    let shop = Shop::open_but(|keys, request, _| {
        (request.method == "PATCH").then(|| {
            let get = Request { method: "GET".to_owned(), ..request.clone() };
            keys.answer(&get)
        })
    });
    let outcome = shop.run(&["revoke", &shop.key, "--disable-links"]).fails(1);
    outcome.assert_says("the link is still live");
    shop.is_untouched();
}

#[test]
fn links_that_cannot_be_listed_stop_nothing_but_their_disabling() {
    let refused = json!({ "error": "invalid_request", "message": "no lists today" });
    for (reply, reason) in [(Reply::Json(422, refused), "no lists today"), (Reply::Silence, "no answer from")]
    {
        for words in [&["revoke"][..], &["rotate", "--out", "key"]] {
            let reply = reply.clone();
            let shop = Shop::open_but(move |_, request, _| {
                request.path.starts_with("/v1/payment-links").then(|| reply.clone())
            });
            let words = [words, &[&*shop.key, "--json", "--timeout", "2s"]].concat();
            let _ = shop.run(&[&words[..], &["--disable-links"]].concat()).fails(1);
            shop.is_untouched();
            let outcome = shop.run(&words).ok();
            outcome
                .assert_says(&format!("warning: the payment links of key {} could not be listed", shop.key));
            outcome.assert_says(reason);
            assert_eq!(outcome.json()["links"], Value::Null);
            assert!(!shop.keys.active().contains(&shop.key));
        }
    }
}

#[test]
fn a_list_of_links_that_was_cut_short_says_so() {
    let keys = Keys::of(AGENT_1);
    let key = keys.add("shop", 100);
    for _ in 0..250 {
        let _ = keys.links.add(&key, "Quote", 7);
    }
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    let revoke = |more: &[&str]| {
        let words = ["api-key", "revoke", &key, "--json"];
        home.leash(words.iter().chain(more)).env("LEASH_API_KEY", keys.plaintext(&key))
    };
    let outcome = revoke(&[]).ok();
    outcome.assert_says("200 live payment links or more (the list was cut short)");
    outcome.assert_says("and 190 more, which `--json` lists");
    assert_eq!((ids(&outcome.json()).len(), &outcome.json()["links_complete"]), (200, &json!(false)));
}

#[test]
fn all_links_are_disabled_however_many_there_are() {
    let keys = Keys::of(AGENT_1);
    let key = keys.add("shop", 100);
    for _ in 0..250 {
        let _ = keys.links.add(&key, "Quote", 7);
    }
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    let words = ["api-key", "revoke", &key, "--json", "--disable-links"];
    let outcome = home.leash(words).env("LEASH_API_KEY", keys.plaintext(&key)).ok();
    assert_eq!((ids(&outcome.json()).len(), &outcome.json()["links_complete"]), (250, &json!(true)));
    assert_eq!(keys.links.live(), Vec::<String>::new());
}

#[test]
fn a_person_is_asked_before_a_key_with_links_is_replaced() {
    for (answer, replaced) in [("n\n", false), ("y\n", true)] {
        let shop = Shop::open();
        let mut terminal = Terminal::start(shop.run(&["rotate", &shop.key, "--out", "key"]));
        terminal.wait_for("Replace this key, and leave its 2 live payment links to the buyers?");
        terminal.type_in(answer);
        let (status, screen) = terminal.end();
        assert_eq!(status, Some(i32::from(!replaced)), "{screen}");
        assert!(screen.contains(&shop.links[0]), "{screen}");
        assert_eq!(shop.keys.active().contains(&shop.key), !replaced, "{screen}");
        assert_eq!(screen.contains("no key was replaced"), !replaced, "{screen}");
        assert_eq!(shop.home.join("key").exists(), replaced);
    }
    // Nobody is asked where there is nothing to ask, or the answer was typed already.
    for words in [&["rotate", "--label", "shop", "--yes"][..], &["rotate", "-l", "shop", "--disable-links"]] {
        let shop = Shop::open();
        let (status, screen) = Terminal::start(shop.run(&[words, &["--out", "key"]].concat())).end();
        assert_eq!((status, shop.keys.active().contains(&shop.key)), (Some(0), false), "{screen}");
    }
    let shop = Shop::open();
    let run = shop.run(&["rotate", &shop.key, "--out", "key"]).env_remove("LEASH_API_KEY");
    assert_eq!(Terminal::start(run).end().0, Some(0));
}

#[test]
fn a_person_sees_the_links_before_a_key_is_revoked() {
    for (option, question) in [
        ("--network=devnet", "Revoke 1 key? What uses them"),
        ("--disable-links", "Revoke 1 key and disable 2 payment links?"),
    ] {
        let shop = Shop::open();
        let mut terminal = Terminal::start(shop.run(&["revoke", &shop.key, option]));
        terminal.wait_for(question);
        terminal.type_in("n\n");
        let (status, screen) = terminal.end();
        assert_eq!(status, Some(1), "{screen}");
        assert_eq!(
            screen.contains("2 live payment links belong to key"),
            option != "--disable-links",
            "{screen}"
        );
        shop.is_untouched();
    }
}

#[test]
fn on_the_sandbox_links_outlive_their_key_unless_they_are_disabled() {
    let sandbox = Sandbox::up();
    for (disable, status) in [(false, "402"), (true, "410")] {
        let key = sandbox.api_key();
        let sell = ["sell", "create-link", "--label", "Quote", "--amount", "0.01", "--json"];
        let link = sandbox.home.leash(sell).env("LEASH_API_KEY", &key).ok().json();
        let mut words = vec!["api-key", "revoke", "--label", "test", "--yes", "--json"];
        words.extend(disable.then_some("--disable-links"));
        let document = sandbox.home.leash(words).env("LEASH_API_KEY", &key).ok().json();
        assert_eq!(ids(&document), [link["id"].as_str().unwrap()]);
        assert_eq!(document["links"][0]["disabled"], disable);
        let path = link["url"].as_str().unwrap().strip_prefix(&sandbox.url).unwrap().to_owned();
        let paywall = sandbox.home.leash(["api", "GET", &path, "--json"]).outcome();
        assert_ne!(paywall.status, 0, "{paywall:?}");
        paywall.assert_says(&format!("the API answered {status}"));
    }
}
