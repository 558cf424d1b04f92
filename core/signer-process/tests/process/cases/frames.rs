//! What can be wrong with frames.

use std::io::{Read as _, Write as _};

use serde_json::Value;

use crate::{
    case::Case,
    client::{Client, EMPTY, frame, keys},
    play::INVOCATION,
};

pub const CASES: &[Case] = &[
    Case::new("hello_tells_what_was_granted", hello),
    Case::new("hello_comes_first", hello_first),
    Case::new("an_id_of_every_json_type", ids),
    Case::new("frames_that_cannot_be_read", unreadable),
    Case::new("what_is_unknown_is_unsupported_and_on_it_goes", unknown),
    Case::new("no_common_version_ends_it", versions),
    Case::new("a_length_of_4_gib_is_not_waited_for", four_gib),
    Case::new("a_frame_of_64_kib_is_read_and_one_more_byte_is_not", longest),
    Case::new("half_a_frame_and_an_end", half),
    Case::new("a_frame_in_single_bytes", single_bytes),
    Case::new("answers_come_after_the_other_half_is_closed", half_closed),
    Case::new("100_000_frames_at_once", many),
    Case::new("random_frames", random),
];

fn bad(client: &mut Client, json: &[u8]) {
    client.frame(json);
    let answer = client.answer().unwrap();
    assert_eq!(answer["err"]["code"], "bad_request", "{answer} to {:?}", String::from_utf8_lossy(json));
    assert_eq!(answer["id"], Value::Null);
}

fn hello(client: &mut Client) {
    let answer = client.hello();
    let ok = &answer["ok"];
    assert_eq!((&ok["v"], &ok["invocation"]), (&1.into(), &INVOCATION.into()));
    assert_eq!(ok["features"], serde_json::json!(["sign_http"]));
    assert_eq!(ok["grant"]["max_signatures"], 20);
    assert_eq!(ok["grant"]["scopes"][0]["path"], "/v1/agents/{mint}/api-keys");
    client.sign_keys();
}

fn hello_first(client: &mut Client) {
    client.refused("GET", &keys(), "", "bad_request");
    let answer = client.say(r#"{"id":9,"op":"moon"}"#);
    assert_eq!((&answer["err"]["code"], &answer["id"]), (&"bad_request".into(), &9.into()));
    bad(client, b"{}");
    client.hello();
    client.sign_keys();
}

fn ids(client: &mut Client) {
    client.hello();
    let request = |id: &str| format!(r#"{{"id":{id},"op":"hello","v":[1]}}"#);
    for id in ["0", "1", "9007199254740991"] {
        assert_eq!(client.say(&request(id))["id"].to_string(), id);
    }
    for id in
        ["1.0", "\"1\"", "-1", "null", "9007199254740992", "1e3", "true", "[1]", "{}", "-0", "0.5", "1e400"]
    {
        bad(client, request(id).as_bytes());
    }
    bad(client, br#"{"op":"hello","v":[1]}"#);
    client.sign_keys();
}

fn unreadable(client: &mut Client) {
    client.hello();
    let path = keys();
    let twice = format!(
        r#"{{"id":1,"op":"sign_http","method":"GET","path":"/v1/x","path":"{path}","body_sha256":"{EMPTY}"}}"#
    );
    let escaped = twice.replacen("\"path\"", "\"\\u0070ath\"", 1);
    let deep =
        |levels: usize| format!(r#"{{"id":1,"op":"x","y":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    let frames: [&[u8]; 14] = [
        twice.as_bytes(),
        escaped.as_bytes(),
        br#"{"id":1,"op":"x","y":{"z":[{"a":1,"a":1}]}}"#,
        &deep(16).into_bytes(),
        &deep(30_000).into_bytes(),
        b"",
        b"null",
        b"[]",
        b"{",
        b"{} {}",
        b"{\"id\":1,\"op\":\"\xff\"}",
        b"\xff\xfe{\0}\0",
        br#"{"id":1,"op":"hello","v":[1]}x"#,
        br#"{"id":1,"id":1,"op":"hello","v":[1]}"#,
    ];
    for json in frames {
        bad(client, json);
    }
    assert_eq!(client.say(&deep(15))["err"]["code"], "unsupported");
    for wrong in [r#""op":7"#, r#""op":null"#, r#""v":[1]"#, r#""op":"hello""#, r#""op":"hello","v":[1.0]"#] {
        let answer = client.say(&format!("{{\"id\":5,{wrong}}}"));
        assert_eq!((&answer["err"]["code"], &answer["id"]), (&"bad_request".into(), &5.into()), "{wrong}");
    }
    client.sign_keys();
}

fn unknown(client: &mut Client) {
    client.hello();
    for op in ["sign_bytes", "", "HELLO", "export", "sign_transaction"] {
        let answer = client.say(&format!(r#"{{"id":3,"op":"{op}","bytes":"00"}}"#));
        assert_eq!((&answer["err"]["code"], &answer["id"]), (&"unsupported".into(), &3.into()));
    }
    assert!(client.say(r#"{"id":4,"op":"hello","v":[9,1],"later":{"x":[1]}}"#).get("ok").is_some());
    client.sign_keys();
}

fn versions(client: &mut Client) {
    let answer = client.say(r#"{"id":0,"op":"hello","v":[2,3]}"#);
    assert_eq!((&answer["err"]["code"], &answer["id"]), (&"unsupported".into(), &0.into()));
    assert_eq!(client.answer(), None);
    crate::home::ends(Client::signer());
}

fn four_gib(client: &mut Client) {
    client.hello();
    client.raw(&[&[0xff; 4][..], &[b' '; 1000]].concat());
    let answer = client.answer().unwrap();
    assert_eq!((&answer["err"]["code"], &answer["id"]), (&"bad_request".into(), &Value::Null));
    assert_eq!(client.answer(), None);
    crate::home::ends(Client::signer());
}

fn longest(client: &mut Client) {
    client.hello();
    let padded = |length: usize| {
        let text = r#"{"id":6,"op":"hello","v":[1]}"#;
        format!("{text}{}", " ".repeat(length - text.len()))
    };
    assert_eq!(client.say(&padded(65536))["id"], 6);
    assert_eq!(client.say(&padded(65536))["id"], 6);
    client.frame(padded(65537).as_bytes());
    assert_eq!(client.answer().unwrap()["err"]["code"], "bad_request");
    assert_eq!(client.answer(), None);
}

fn half(client: &mut Client) {
    client.hello();
    client.raw(&100_u32.to_be_bytes());
    client.raw(b"{\"id\":1,");
    client.stream().shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(client.answer(), None);
    crate::home::ends(Client::signer());
}

fn single_bytes(client: &mut Client) {
    for byte in frame(br#"{"id":1,"op":"hello","v":[1]}"#) {
        client.raw(&[byte]);
    }
    assert!(client.answer().unwrap().get("ok").is_some());
}

fn half_closed(client: &mut Client) {
    for _ in 0..50 {
        client.frame(br#"{"id":1,"op":"hello","v":[1]}"#);
    }
    client.stream().shutdown(std::net::Shutdown::Write).unwrap();
    for _ in 0..50 {
        assert!(client.answer().unwrap().get("ok").is_some());
    }
    assert_eq!(client.answer(), None);
}

/// Without reading a single answer before all is said.
fn many(client: &mut Client) {
    client.hello();
    let frames = frame(br#"{"id":1,"op":"moon"}"#).repeat(100_000);
    client.stream().write_all(&frames).unwrap();
    for n in 0..100_000 {
        let answer = client.answer().unwrap();
        assert_eq!(answer["err"]["code"], "unsupported", "{n}");
    }
    client.sign_keys();
}

/// As many answers as frames, and none of them a signature.
fn random(client: &mut Client) {
    const PIECES: [&str; 20] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"id\"",
        "\"op\"",
        "\"sign_http\"",
        "\"hello\"",
        "\"v\"",
        "1",
        "0",
        "-",
        "\"",
        "\\u0000",
        "\u{fe}",
        "null",
        "\"path\"",
        "\"/v1/open/x\"",
    ];
    client.hello();
    let mut seed = 42_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let mut stream = client.stream().try_clone().unwrap();
    let frames: Vec<Vec<u8>> = (0..20_000)
        .map(|n| match n % 2 {
            0 => (0..random(40)).map(|_| u8::try_from(random(256)).unwrap()).collect(),
            _ => (0..random(12)).flat_map(|_| PIECES[random(20)].bytes().collect::<Vec<u8>>()).collect(),
        })
        .collect();
    for json in &frames {
        stream.write_all(&frame(json)).unwrap();
        let mut head = [0; 4];
        stream.read_exact(&mut head).unwrap();
        let mut answer = vec![0; u32::from_be_bytes(head) as usize];
        stream.read_exact(&mut answer).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(answer["ok"].get("headers").is_none(), "{answer}");
        assert!(answer.get("err").is_some() || answer["ok"].get("v").is_some(), "{answer}");
    }
    client.sign_keys();
}
