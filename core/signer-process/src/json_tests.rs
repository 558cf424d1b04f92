//! What the strict reader takes and refuses.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn nested(depth: usize, open: &str, close: &str) -> Vec<u8> {
    format!("{{\"a\":{}1{}}}", open.repeat(depth - 1), close.repeat(depth - 1)).into_bytes()
}

#[test]
fn depth_is_counted_exactly() {
    assert!(object(&nested(MAX_DEPTH, "[", "]")).is_ok());
    assert!(object(&nested(MAX_DEPTH + 1, "[", "]")).is_err());
    assert!(object(&nested(MAX_DEPTH, "{\"b\":", "}")).is_ok());
    assert!(object(&nested(MAX_DEPTH + 1, "{\"b\":", "}")).is_err());
    assert!(object(&[b'['; 65536]).is_err());
    assert!(object("{\"a\":".repeat(10_000).as_bytes()).is_err());
}

#[test]
fn no_key_is_twice_there() {
    for twice in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"{"x":{"a":1,"b":2,"a":3}}"#,
        r#"{"x":[{"":1,"":1}]}"#,
        r#"{"é":1,"\u00e9":1}"#,
    ] {
        assert!(object(twice.as_bytes()).expect_err(twice).contains("twice"), "{twice}");
    }
    assert!(object(r#"{"a":{"a":{"a":1}},"A":1,"b":[{"a":1},{"a":1}]}"#.as_bytes()).is_ok());
}

#[test]
fn what_is_no_object_of_utf8_is_refused() {
    for bad in [
        &b""[..],
        b" ",
        b"null",
        b"[]",
        b"1",
        b"\"a\"",
        b"{",
        b"{}x",
        b"{}{}",
        b"{} ,",
        b"{\"a\":1,}",
        b"{'a':1}",
        b"{a:1}",
        b"\xef\xbb\xbf{}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\xed\xa0\x80\"}",
        b"{\"a\":\"\\ud800\"}",
        b"{\"a\":\"\n\"}",
        b"{\"a\":\"\0\"}",
        b"{\"a\":01}",
        b"{\"a\":+1}",
        b"{\"a\":1e999}",
        b"{\"a\":NaN}",
        b"{\"a\":.5}",
        b"{}\0",
        b"{/**/}",
    ] {
        assert!(object(bad).is_err(), "{:?}", String::from_utf8_lossy(bad));
    }
    assert_eq!(
        object(b" {\"a\" : [1, -1, 1.5, true, null]}\r\n\t").expect("json")["a"],
        json!([1, -1, 1.5, true, null])
    );
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

proptest! {
    #[test]
    fn what_is_fine_is_read_as_it_is_meant(value in value()) {
        let text = json!({ "x": value }).to_string();
        let read = object(text.as_bytes());
        prop_assert_eq!(depth(&value) < MAX_DEPTH, read.is_ok());
        if let Ok(read) = read {
            prop_assert_eq!(&read["x"], &value);
        }
    }

    #[test]
    fn a_key_put_in_twice_is_found(value in value(), key in any::<String>()) {
        let key = Value::from(key);
        let text = format!("{{\"x\":[{{{key}:{value},\"-{}\":1,{key}:{value}}}]}}", "k");
        prop_assert!(object(text.as_bytes()).is_err());
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let strict = object(&bytes);
        let lax: Result<Map<String, Value>, _> = serde_json::from_slice(&bytes);
        prop_assert!(strict.is_err() || lax.is_ok());
    }

    #[test]
    fn bytes_that_look_like_json_do_no_harm(text in "[\\[\\]{}\",:0-9a\\\\ue. -]{0,60}") {
        let strict = object(text.as_bytes());
        let lax: Result<Map<String, Value>, _> = serde_json::from_str(&text);
        match (strict, lax) {
            (Ok(strict), Ok(lax)) => prop_assert_eq!(strict, lax),
            (Ok(_), Err(_)) => prop_assert!(false, "stricter than serde in everything"),
            (Err(_), _) => {}
        }
    }
}
