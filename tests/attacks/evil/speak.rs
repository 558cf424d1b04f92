//! Asking the signer for what it must not give.

use std::{
    env,
    ffi::OsString,
    io::{self, Read as _, Write as _},
    os::unix::net::UnixStream,
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::Got;
use crate::syscall::inherit;

/// Far beyond what any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);
const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The plugin's stream.
pub(super) struct Speaker(pub(super) UnixStream);

impl Speaker {
    pub(super) fn new() -> io::Result<Self> {
        let address = env::var("LEASH_SIGNER").map_err(|_| io::Error::other("there is no signer"))?;
        let stream = match address.strip_prefix("unix:") {
            Some(path) => UnixStream::connect(path)?,
            None => {
                let number = address.strip_prefix("fd:").and_then(|number| number.parse().ok());
                inherit(number.ok_or_else(|| io::Error::other("no descriptor"))?).into()
            }
        };
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut speaker = Self(stream);
        speaker.hello()?;
        Ok(speaker)
    }

    pub(super) fn hello(&mut self) -> io::Result<Value> {
        self.ask(&json!({ "id": 0, "op": "hello", "v": [1] }))
    }

    pub(super) fn ask(&mut self, request: &Value) -> io::Result<Value> {
        self.raw(request.to_string().as_bytes())
    }

    pub(super) fn raw(&mut self, frame: &[u8]) -> io::Result<Value> {
        self.0.write_all(&frame_of(frame))?;
        self.answer()
    }

    pub(super) fn answer(&mut self) -> io::Result<Value> {
        let mut head = [0; 4];
        self.0.read_exact(&mut head)?;
        let mut text = vec![0; u32::from_be_bytes(head) as usize];
        self.0.read_exact(&mut text)?;
        serde_json::from_slice(&text).map_err(io::Error::other)
    }

    /// That it still does what it should: else it would be no wonder that nothing else is signed.
    pub(super) fn still_signs(&mut self) -> io::Result<()> {
        let answer = self.ask(&good(7))?;
        if answer["ok"]["headers"].is_object() {
            Ok(())
        } else {
            broken(&format!("it signs nothing: {answer}"))
        }
    }
}

/// An end that no attack has: the test takes it for a fault of its own.
fn broken(why: &str) -> io::Result<()> {
    println!("BROKEN: {why}");
    Ok(())
}

pub(super) fn frame_of(text: &[u8]) -> Vec<u8> {
    [&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes(), text].concat()
}

fn mint() -> String {
    env::var("LEASH_AGENT_MINT").unwrap_or_default()
}

/// What was granted.
pub(super) fn good(id: u64) -> Value {
    sign(id, "GET", &format!("/v1/agents/{}/api-keys", mint()), "")
}

fn sign(id: u64, method: &str, path: &str, query: &str) -> Value {
    json!({ "id": id, "op": "sign_http", "method": method, "path": path, "query": query, "body_sha256": HASH })
}

pub(super) fn attack(what: &str, words: &[OsString]) -> Got {
    let mut speaker = Speaker::new()?;
    let word = words.first().and_then(|word| word.to_str()).unwrap_or_default();
    match what {
        "good" => {
            return Ok(speaker.ask(&good(1))?["ok"]["headers"]["x-leash-sig"].as_str().map(str::to_owned));
        }
        "requests" => return speaker.each(&requests(word)),
        "frames" => return speaker.each_raw(frames(word)),
        "many" => return speaker.many(),
        "length" => return speaker.length(),
        "half" => {
            // And then it ends: nobody may wait for the rest.
            speaker.0.write_all(&frame_of(good(1).to_string().as_bytes())[..40])?;
        }
        "typed" => return speaker.typed(),
        "quota" => {
            let answers: io::Result<Vec<Value>> = (1..=60).map(|id| speaker.ask(&good(id))).collect();
            let signed = answers?.iter().filter(|answer| answer["ok"].is_object()).count();
            return Ok((signed > 20).then(|| format!("{signed} signatures")));
        }
        other => return Err(io::Error::other(format!("no attack {other}"))),
    }
    Ok(None)
}

impl Speaker {
    /// None of these requests may be signed.
    fn each(&mut self, requests: &[Value]) -> Got {
        let frames = requests.iter().map(|request| request.to_string().into_bytes()).collect();
        self.each_raw(frames)
    }

    fn each_raw(&mut self, frames: Vec<Vec<u8>>) -> Got {
        for frame in frames {
            let answer = self.raw(&frame)?;
            if answer["ok"]["headers"].is_object() {
                return Ok(Some(format!("a signature for {}", String::from_utf8_lossy(&frame))));
            }
            if answer["err"]["code"].as_str().is_none() {
                broken(&format!("no refusal: {answer}"))?;
            }
        }
        self.still_signs()?;
        Ok(None)
    }

    /// 100,000 frames, without waiting for an answer.
    fn many(&mut self) -> Got {
        let mut writer = self.0.try_clone()?;
        let frame = frame_of(br#"{"id":5,"op":"moon"}"#);
        let sent = thread::spawn(move || -> io::Result<()> {
            let block = frame.repeat(1000);
            (0..100).try_for_each(|_| writer.write_all(&block))
        });
        for _ in 0..100_000 {
            let answer = self.answer()?;
            if answer["err"]["code"] != "unsupported" {
                return Ok(Some(answer.to_string()));
            }
        }
        sent.join().map_err(|_| io::Error::other("it broke"))??;
        self.still_signs()?;
        Ok(None)
    }

    /// Asks, and answers in the place of the user, by putting an answer into the terminal's input.
    fn typed(&mut self) -> Got {
        thread::spawn(|| {
            loop {
                for letter in ["y", "\n"] {
                    let _ = crate::syscall::call(libc::SYS_ioctl, &[0, 0x5412, letter.as_ptr() as usize]);
                }
                thread::sleep(Duration::from_millis(10));
            }
        });
        let answer = self.ask(&good(1))?;
        Ok(answer["ok"]["headers"]["x-leash-sig"].as_str().map(str::to_owned))
    }

    /// 4 GiB are announced, and the beginning sent.
    fn length(&mut self) -> Got {
        self.0.write_all(&u32::MAX.to_be_bytes())?;
        let _ = self.0.write_all(good(1).to_string().as_bytes());
        let answer = self.answer()?;
        if answer["err"]["code"] != "bad_request" {
            return Ok(Some(answer.to_string()));
        }
        let ended = self.answer();
        Ok(ended.ok().map(|answer| format!("an answer after the end: {answer}")))
    }
}

/// Requests that lie outside of the grant, by what is wrong with them.
fn requests(kind: &str) -> Vec<Value> {
    let own = format!("/v1/agents/{}/api-keys", mint());
    let paths =
        |paths: &[&str]| paths.iter().map(|path| sign(1, "GET", &path.replace("OWN", &own), "")).collect();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut request = good(1);
        change(&mut request);
        request
    };
    match kind {
        "outside" => paths(&[
            "/",
            "/v1",
            "/v1/agents",
            "OWN/x",
            "OWN/01X/disable",
            "/v2OWN",
            "OWNx",
            "/v1/payment-links",
            "v1",
        ]),
        "dots" => paths(&[
            "OWN/.",
            "OWN/..",
            "OWN/../api-keys",
            "/v1/../v1/agents",
            "/./v1",
            "OWN/x/..",
            "/v1/agents/../..",
        ]),
        "slashes" => paths(&[
            "/OWN",
            "OWN/",
            "OWN//",
            "/v1//agents",
            "OWN%2f",
            "OWN%2F..",
            "/v1%2Fagents",
            "OWN\\",
            "\\v1",
        ]),
        "escapes" => paths(&[
            "%4FWN",
            "/v1/agents%2Fx",
            "/%76%31",
            "/v1/%61gents",
            "/v1/%2e%2e/x",
            "/v1/%2E%2E",
            "OWN%00",
            "OWN%",
        ]),
        "controls" => paths(&[
            "OWN\n",
            "OWN\r\nGET /x",
            "\tOWN",
            "OWN\u{7f}",
            "OWN\u{80}",
            "OWN\u{2028}",
            "OWN\u{fe0f}",
            " OWN",
            "OWN ",
        ]),
        "nul" => paths(&["OWN\u{0}", "\u{0}", "OWN\u{0}/x", "/v1\u{0}"]),
        "fragment" => paths(&["OWN#", "OWN#x", "#OWN", "OWN?", "OWN?x=1", "OWN;\"", "OWN'", "OWN|"]),
        "agent" => {
            let other = "GHjjFsdf4QxBprWCvW8e9KkJQL6ENspe4XrYqZRE4zrr";
            let mut all: Vec<Value> = paths(&[
                &format!("/v1/agents/{other}/api-keys"),
                "/v1/agents/{mint}/api-keys",
                "/v1/agents/*/api-keys",
                "/v1/agents/**",
                &own.to_uppercase(),
                &own.to_lowercase(),
            ]);
            all.push(with(&|request| {
                request["path"] = json!(format!("/v1/agents/{other}/api-keys"));
                request["agent"] = json!(other);
                request["mint"] = json!(other);
            }));
            all
        }
        "method" => [
            "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "get", "Get", "GET ", " GET", "GET\n", "",
            "GET,POST", "*",
        ]
        .map(|method| sign(1, method, &own, ""))
        .to_vec(),
        "query" => ["a'b", "#", "a b", "\n", "%", "%2", "%GG", "\u{e9}", "a\u{0}", "?a#b", "\""]
            .map(|query| sign(1, "GET", &own, query))
            .to_vec(),
        "body" => [
            "",
            "00",
            "zz",
            &HASH.to_uppercase(),
            &HASH[1..],
            &format!("{HASH}00"),
            &format!(" {}", &HASH[1..]),
        ]
        .map(|hash| with(&|request| request["body_sha256"] = json!(hash)))
        .to_vec(),
        "bytes" => [
            "sign",
            "sign_bytes",
            "sign_message",
            "sign_transaction",
            "export",
            "key",
            "SIGN_HTTP",
            "sign_http ",
            "",
        ]
        .map(|op| with(&|request| request["op"] = json!(op)))
        .to_vec(),
        _ => Vec::new(),
    }
}

/// Frames that are no requests, or not clearly one, by what is wrong with them.
fn frames(kind: &str) -> Vec<Vec<u8>> {
    let good = good(1).to_string();
    let own = format!("/v1/agents/{}/api-keys", mint());
    let with = |from: &str, to: &str| good.replacen(from, to, 1).into_bytes();
    match kind {
        "duplicates" => vec![
            with("\"method\"", "\"method\":\"POST\",\"method\""),
            with("\"path\"", "\"path\":\"/v1/other\",\"path\""),
            with("\"path\"", "\"path\":\"/v1/other\",\"p\\u0061th\""),
            with("\"id\"", "\"id\":2,\"id\""),
            with("\"op\"", "\"op\":\"hello\",\"op\""),
            with("\"body_sha256\"", &format!("\"body_sha256\":\"{}\",\"body_sha256\"", "0".repeat(64))),
            with("\"query\"", "\"x\":{\"a\":1,\"a\":2},\"query\""),
        ],
        "nesting" => [17, 64, 1000, 30_000]
            .iter()
            .map(|depth| {
                with("\"query\"", &format!("\"x\":{}{},\"query\"", "[".repeat(*depth), "]".repeat(*depth)))
            })
            .chain([b"[".repeat(60_000), b"{\"a\":".repeat(10_000)])
            .collect(),
        "ids" => [
            "-1",
            "-0",
            "1.0",
            "1e3",
            "0.5",
            "9007199254740992",
            "18446744073709551616",
            "1e400",
            "\"1\"",
            "null",
            "true",
            "[1]",
            "{}",
            "01",
            "0x1",
            "NaN",
            "",
        ]
        .iter()
        .map(|id| with("\"id\":1", &format!("\"id\":{id}")))
        .chain([with("\"id\":1,", "")])
        .collect(),
        "garbage" => vec![
            Vec::new(),
            b"\0".to_vec(),
            b"\xff\xfe".to_vec(),
            b"null".to_vec(),
            [good.as_bytes(), b"x"].concat(),
            [b"\xef\xbb\xbf", good.as_bytes()].concat(),
            [good.as_bytes(), good.as_bytes()].concat(),
            good.replace("GET", "G\\ud800ET").into_bytes(),
            good.replace(&own, "\u{1}").into_bytes(),
            good.bytes().flat_map(|byte| [byte, 0]).collect(),
        ],
        _ => Vec::new(),
    }
}
