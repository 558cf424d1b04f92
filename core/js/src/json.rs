//! `JSON.parse`.

use std::collections::HashMap;

use crate::{Text, Value};

/// How deep arrays and objects may nest. A JavaScript engine too gives up somewhere, when it prints them.
const MAX_DEPTH: usize = 2000;

/// Why a text has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// It is not JSON.
    Malformed,
    /// It nests deeper than 2000 arrays and objects.
    TooDeep,
}

/// Reads JSON from a body's bytes, decoded as `fetch` decodes them: a byte order mark is dropped, what is not
/// UTF-8 becomes U+FFFD.
///
/// An object's names come in JavaScript's order: those that look like array indices first, ascending, then
/// the others as they first appeared. The last of several equal names decides the value.
pub fn parse(bytes: &[u8]) -> Result<Value, Error> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut parser = Parser { rest: text };
    parser.skip_space();
    let value = parser.value(0)?;
    parser.skip_space();
    if parser.rest.is_empty() { Ok(value) } else { Err(Error::Malformed) }
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn skip(&mut self, token: &str) -> bool {
        self.rest.strip_prefix(token).map(|rest| self.rest = rest).is_some()
    }

    fn expect(&mut self, token: &str) -> Result<(), Error> {
        if self.skip(token) { Ok(()) } else { Err(Error::Malformed) }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        match self.rest.as_bytes().first() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Value::Text(self.text()?)),
            Some(b'n') => self.expect("null").map(|()| Value::Null),
            Some(b't') => self.expect("true").map(|()| Value::Bool(true)),
            Some(b'f') => self.expect("false").map(|()| Value::Bool(false)),
            _ => self.number(),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Error> {
        self.expect("[")?;
        self.skip_space();
        let mut items = Vec::new();
        if self.skip("]") {
            return Ok(Value::List(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.skip("]") {
                return Ok(Value::List(items));
            }
            self.expect(",")?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Error> {
        self.expect("{")?;
        self.skip_space();
        let mut members: Vec<(Text, Value)> = Vec::new();
        let mut places: HashMap<Text, usize> = HashMap::new();
        if self.skip("}") {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            let name = self.text()?;
            self.skip_space();
            self.expect(":")?;
            self.skip_space();
            let value = self.value(depth + 1)?;
            match places.get(&name) {
                Some(&place) => members[place].1 = value,
                None => {
                    places.insert(name.clone(), members.len());
                    members.push((name, value));
                }
            }
            self.skip_space();
            if self.skip("}") {
                members.sort_by_key(|(name, _)| index(name).unwrap_or(u32::MAX));
                return Ok(Value::Object(members));
            }
            self.expect(",")?;
        }
    }

    fn text(&mut self) -> Result<Text, Error> {
        self.expect("\"")?;
        let mut units = Vec::new();
        loop {
            let end = self.rest.find(['"', '\\']).ok_or(Error::Malformed)?;
            let (plain, rest) = self.rest.split_at(end);
            if plain.bytes().any(|byte| byte < b' ') {
                return Err(Error::Malformed);
            }
            units.extend(plain.encode_utf16());
            self.rest = rest;
            if self.skip("\"") {
                return Ok(Text::from_units(units));
            }
            units.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<u16, Error> {
        self.expect("\\")?;
        let mut chars = self.rest.chars();
        let unit = match chars.next() {
            Some('b') => 0x8,
            Some('f') => 0xc,
            Some('n') => 0xa,
            Some('r') => 0xd,
            Some('t') => 0x9,
            Some('u') => {
                let digits =
                    chars.as_str().get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
                let digits = digits.ok_or(Error::Malformed)?;
                self.rest = &chars.as_str()[4..];
                return u16::from_str_radix(digits, 16).map_err(|_| Error::Malformed);
            }
            Some(char @ ('"' | '\\' | '/')) => {
                u16::try_from(u32::from(char)).map_err(|_| Error::Malformed)?
            }
            _ => return Err(Error::Malformed),
        };
        self.rest = chars.as_str();
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, Error> {
        let start = self.rest;
        self.skip("-");
        if !self.skip("0") && self.digits() == 0 {
            return Err(Error::Malformed);
        }
        if self.skip(".") && self.digits() == 0 {
            return Err(Error::Malformed);
        }
        if self.skip("e") || self.skip("E") {
            let _ = self.skip("+") || self.skip("-");
            if self.digits() == 0 {
                return Err(Error::Malformed);
            }
        }
        let number = &start[..start.len() - self.rest.len()];
        number.parse().map(Value::Number).map_err(|_| Error::Malformed)
    }

    fn digits(&mut self) -> usize {
        let before = self.rest.len();
        self.rest = self.rest.trim_start_matches(|char: char| char.is_ascii_digit());
        before - self.rest.len()
    }
}

/// The array index that a name is: `0`, or digits without a leading zero, below 2^32 - 1.
#[must_use]
pub fn index(name: &Text) -> Option<u32> {
    let digits = name.ascii().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))?;
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    digits.parse().ok().filter(|&index| index < u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> String {
        parse(text.as_bytes()).expect("JSON").to_json()
    }

    #[test]
    fn prints_what_javascript_prints() {
        for (text, expected) in [
            (" [1, 2.50,-0, 1e400,1E2 ]\n", "[1,2.5,0,null,100]"),
            (r#"{"b":1,"10":2,"a":3,"2":4,"b":5}"#, r#"{"2":4,"10":2,"b":5,"a":3}"#),
            (
                r#"{"4294967294":1,"4294967295":2,"a":0,"01":1,"1":1}"#,
                r#"{"1":1,"4294967294":1,"4294967295":2,"a":0,"01":1}"#,
            ),
            (r#""\ud83d\ude00\ud800\/\u0041\u001f\u007f\b""#, "\"😀\\ud800/A\\u001f\u{7f}\\b\""),
            ("\u{feff}null", "null"),
            ("12345678901234567890", "12345678901234567000"),
            (r#"{"":{"__proto__":1}}"#, r#"{"":{"__proto__":1}}"#),
        ] {
            assert_eq!(again(text), expected);
        }
        assert_eq!(
            parse(b"\"\xff\xf0\x9f\x98\"").map(|value| value.to_json()),
            Ok("\"\u{fffd}\u{fffd}\"".to_owned())
        );
    }

    #[test]
    fn refuses_what_javascript_refuses() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "'a'",
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "NaN",
            "Infinity",
            "nul",
            "\"a",
            "\"\n\"",
            "\"\\x41\"",
            "\"\\u12g4\"",
            "\"\\u123\"",
            "1 2",
            "\u{a0}1",
            "//\n1",
            "[1 2]",
            "{\"a\" 1}",
            "tru",
            "\"\\\"",
        ] {
            assert_eq!(parse(text.as_bytes()), Err(Error::Malformed), "{text:?}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(parse("[".repeat(1000).as_bytes()) == Err(Error::Malformed));
        assert_eq!(parse("[".repeat(1_000_000).as_bytes()), Err(Error::TooDeep));
    }
}
