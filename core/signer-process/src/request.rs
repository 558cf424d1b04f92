//! From the bytes of a frame to what is asked.

use leash_protocol::{
    PROTOCOL,
    frame::{MAX_ID, Purchase, Refusal},
};
use serde_json::{Map, Value};

use crate::{json, refusal::bad_request};

/// A request whose id could be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) id: u64,
    pub(crate) op: Op,
}

/// What is asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Hello {
        /// Whether it speaks our version.
        ours: bool,
    },
    SignHttp(SignHttp),
    Pay(Pay),
    PayBody {
        answer: String,
        offset: u64,
    },
    PayDone {
        answer: String,
    },
    /// Nothing that this signer knows.
    Unknown,
    /// An operation it knows, with parts that make no sense.
    Bad(&'static str),
}

/// A signature that is asked for, as far as it could be read: the log wants to know even what makes no sense.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SignHttp {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body_sha256: String,
    /// Why it can't be answered.
    pub(crate) fault: Option<&'static str>,
}

/// A payment that is asked for, as far as it could be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pay {
    pub(crate) purchase: Purchase,
    /// Why it can't be answered.
    pub(crate) fault: Option<&'static str>,
}

/// Reads a frame.
///
/// # Errors
/// Where it has no id that can be answered to.
pub(crate) fn read(frame: &[u8]) -> Result<Request, Refusal> {
    let object = json::object(frame).map_err(|message| bad_request(&message))?;
    let id = object.get("id").and_then(Value::as_u64).filter(|id| *id <= MAX_ID);
    let id = id.ok_or_else(|| bad_request("the id is no integer from 0 to 2^53-1"))?;
    let op = match object.get("op").and_then(Value::as_str) {
        Some("hello") => match versions(&object) {
            Some(ours) => Op::Hello { ours },
            None => Op::Bad("`v` is no array of versions"),
        },
        Some("sign_http") => Op::SignHttp(sign_http(&object)),
        Some("pay") => Op::Pay(pay(&object)),
        Some(op @ ("pay_body" | "pay_done")) => {
            let answer = object.get("answer").and_then(Value::as_str).map(str::to_owned);
            match (op, answer, object.get("offset").and_then(Value::as_u64)) {
                (_, None, _) => Op::Bad("`answer` is no text"),
                ("pay_done", Some(answer), _) => Op::PayDone { answer },
                (_, Some(answer), Some(offset)) => Op::PayBody { answer, offset },
                _ => Op::Bad("`offset` is no whole number"),
            }
        }
        Some(_) => Op::Unknown,
        None => Op::Bad("`op` is no text"),
    };
    Ok(Request { id, op })
}

/// The hash of a body, as 64 lower-case hex digits have it.
pub(crate) fn body_hash(hex: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut hash = [0; 32];
    if hex.len() != 2 * hash.len() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(hash)
}

fn versions(object: &Map<String, Value>) -> Option<bool> {
    let versions = object.get("v")?.as_array()?;
    let versions: Option<Vec<u64>> = versions.iter().map(Value::as_u64).collect();
    Some(versions?.contains(&u64::from(PROTOCOL)))
}

fn sign_http(object: &Map<String, Value>) -> SignHttp {
    let mut fault = None;
    let mut text = |name: &str, missing: Option<&'static str>| match (object.get(name), missing) {
        (Some(Value::String(text)), _) => text.clone(),
        (None, None) => String::new(),
        (_, problem) => {
            fault = fault.or(problem).or(Some("`query` is no text"));
            String::new()
        }
    };
    let (method, path) =
        (text("method", Some("`method` is no text")), text("path", Some("`path` is no text")));
    let (query, body_sha256) = (text("query", None), text("body_sha256", Some("`body_sha256` is no text")));
    SignHttp { method, path, query, body_sha256, fault }
}

fn pay(object: &Map<String, Value>) -> Pay {
    let mut fault = None;
    let mut text = |name: &str, problem: &'static str| match object.get(name) {
        Some(Value::String(text)) => text.clone(),
        _ => {
            fault = fault.or(Some(problem));
            String::new()
        }
    };
    let (url, method) = (text("url", "`url` is no text"), text("method", "`method` is no text"));
    let body_sha256 = text("body_sha256", "`body_sha256` is no text");
    let max = text("max", "`max` is no text: dollars, such as `\"0.05\"`");
    let mut purchase = Purchase { url, method, body_sha256, max, ..Purchase::default() };
    match object.get("body") {
        None => {}
        Some(Value::String(body)) => purchase.body = Some(body.clone()),
        Some(_) => fault = fault.or(Some("`body` is no text")),
    }
    match object.get("hold") {
        None => {}
        Some(Value::Bool(hold)) => purchase.hold = *hold,
        Some(_) => fault = fault.or(Some("`hold` is neither true nor false")),
    }
    match object.get("headers") {
        None => {}
        Some(Value::Object(headers)) => {
            for (name, value) in headers {
                match value.as_str() {
                    Some(value) => drop(purchase.headers.insert(name.clone(), value.to_owned())),
                    None => fault = fault.or(Some("a header is no text")),
                }
            }
        }
        Some(_) => fault = fault.or(Some("`headers` is no object")),
    }
    Pay { purchase, fault }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id_of(id: &str) -> Option<u64> {
        read(format!("{{\"id\":{id},\"op\":\"x\"}}").as_bytes()).ok().map(|request| request.id)
    }

    #[test]
    fn an_id_is_an_integer_that_every_language_has() {
        for (text, id) in [("0", 0), ("7", 7), ("9007199254740991", MAX_ID)] {
            assert_eq!(id_of(text), Some(id));
        }
        for bad in [
            "9007199254740992",
            "-1",
            "-0",
            "1.0",
            "1e3",
            "1E0",
            "0.5",
            "\"1\"",
            "null",
            "true",
            "false",
            "[]",
            "[1]",
            "{}",
            "18446744073709551616",
            "1e400",
            "01",
        ] {
            assert_eq!(id_of(bad), None, "{bad}");
        }
        assert!(read(b"{\"op\":\"hello\",\"v\":[1]}").is_err());
    }

    #[test]
    fn hello_names_versions() {
        let op = |v: &str| read(format!("{{\"id\":0,\"op\":\"hello\",\"v\":{v}}}").as_bytes()).expect(v).op;
        assert_eq!(op("[1]"), Op::Hello { ours: true });
        assert_eq!(op("[3,2,1]"), Op::Hello { ours: true });
        assert_eq!(op("[2]"), Op::Hello { ours: false });
        assert_eq!(op("[]"), Op::Hello { ours: false });
        for bad in ["1", "\"1\"", "[1.0]", "[\"1\"]", "[-1]", "null", "[[1]]", "{\"1\":1}"] {
            assert!(matches!(op(bad), Op::Bad(_)), "{bad}");
        }
    }

    #[test]
    fn what_is_no_text_is_a_fault_and_the_rest_is_kept_for_the_log() {
        let op = |rest: &str| match read(format!("{{\"id\":0,\"op\":\"sign_http\"{rest}}}").as_bytes())
            .expect(rest)
            .op
        {
            Op::SignHttp(ask) => ask,
            other => panic!("{other:?}"),
        };
        let fine = op(r#","method":"GET","path":"/v1/x","body_sha256":"00","later":[1]"#);
        assert_eq!((fine.fault, fine.path.as_str(), fine.query.as_str()), (None, "/v1/x", ""));
        for bad in [
            "",
            r#","method":1,"path":"/","body_sha256":"""#,
            r#","method":"GET","path":null,"body_sha256":"""#,
            r#","method":"GET","path":"/","body_sha256":["#,
            r#","method":"GET","path":"/","query":null,"body_sha256":"""#,
            r#","method":"GET","path":"/","query":7,"body_sha256":"""#,
            r#","method":"GET","path":"/""#,
        ] {
            let bad = bad.replace("\"body_sha256\":[", "\"body_sha256\":[]");
            assert!(op(&bad).fault.is_some(), "{bad}");
        }
        assert_eq!(op(r#","method":"DELETE","path":7"#).method, "DELETE");
    }

    #[test]
    fn a_payment_is_read_strictly() {
        let read_pay = |rest: &str| match read(format!("{{\"id\":0,\"op\":\"pay\"{rest}}}").as_bytes())
            .expect(rest)
            .op
        {
            Op::Pay(ask) => ask,
            other => panic!("{other:?}"),
        };
        let whole = r#","url":"https://a.example/","method":"GET","body_sha256":"00","max":"1""#;
        let fine = read_pay(&format!(
            r#"{whole},"body":"AA==","headers":{{"accept":"x"}},"hold":true,"to":"me","later":1"#
        ));
        assert_eq!((fine.fault, fine.purchase.hold, fine.purchase.headers.len()), (None, true, 1));
        assert_eq!((fine.purchase.url.as_str(), fine.purchase.max.as_str()), ("https://a.example/", "1"));
        for (from, to) in [
            (r#""max":"1""#, r#""max":1"#),
            (r#""max":"1""#, r#""most":"1""#),
            (r#""url":"https://a.example/""#, r#""url":["https://a.example/"]"#),
            (r#""method":"GET""#, r#""method":null"#),
            (r#""body_sha256":"00""#, r#""body_sha256":0"#),
            (r#""max":"1""#, r#""max":"1","body":null"#),
            (r#""max":"1""#, r#""max":"1","hold":"true""#),
            (r#""max":"1""#, r#""max":"1","headers":[]"#),
            (r#""max":"1""#, r#""max":"1","headers":{"a":1}"#),
        ] {
            let bad = read_pay(&whole.replacen(from, to, 1));
            assert!(bad.fault.is_some(), "{to}");
        }
        assert!(read(format!("{{\"id\":0,\"op\":\"pay\"{whole},\"max\":\"2\"}}").as_bytes()).is_err());
        for bad in [
            r#""op":"pay_body","answer":"a""#,
            r#""op":"pay_body","offset":1"#,
            r#""op":"pay_done","answer":1"#,
        ] {
            assert!(
                matches!(read(format!("{{\"id\":0,{bad}}}").as_bytes()), Ok(Request { op: Op::Bad(_), .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_hash_is_64_lower_case_digits() {
        let good = "00ff".repeat(16);
        assert_eq!(body_hash(&good).map(|hash| (hash[0], hash[1])), Some((0, 0xff)));
        let upper = good.to_uppercase();
        let longer = format!("{good}00");
        let space = format!(" {}", &good[1..]);
        for bad in ["", "00", &upper, &longer, &good[1..], &space, &"é".repeat(32), &"g".repeat(64)] {
            assert_eq!(body_hash(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_unknown_has_an_id() {
        assert_eq!(read(b"{\"id\":5,\"op\":\"moon\"}"), Ok(Request { id: 5, op: Op::Unknown }));
        assert!(matches!(read(b"{\"id\":5,\"op\":5}"), Ok(Request { id: 5, op: Op::Bad(_) })));
        assert!(matches!(read(b"{\"id\":5}"), Ok(Request { id: 5, op: Op::Bad(_) })));
    }

    proptest! {
        #[test]
        fn no_frame_does_harm(frame in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&frame);
        }

        #[test]
        fn frames_that_are_nearly_right_do_no_harm(
            id in "[0-9.eE+-]{0,20}", op in "hello|sign_http|pay|pay_body|pay_done|[a-z]{0,4}", rest in "[\\[\\]{}\",:a-z0-9_]{0,40}",
        ) {
            if let Ok(request) = read(format!("{{\"id\":{id},\"op\":\"{op}\"{rest}}}").as_bytes()) {
                prop_assert!(id.bytes().all(|byte| byte.is_ascii_digit()) && request.id <= MAX_ID);
            }
        }
    }
}
