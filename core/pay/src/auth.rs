//! `WWW-Authenticate`: a list of challenges, each a scheme with parameters or a token (RFC 9110, 11.6.1). A comma separates
//! challenges and parameters alike, and servers merge challenges into one header, so the whole list is read at once.

/// No challenge has more parameters. Each is compared with those before it.
const MAX_PARAMS: usize = 64;

/// One challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuthChallenge {
    /// As it was written; schemes are compared without regard to case.
    pub(crate) scheme: String,
    /// Names in lower case, values unquoted, in order; or what is wrong with them.
    pub(crate) params: Result<Vec<(String, String)>, &'static str>,
}

impl AuthChallenge {
    fn add(&mut self, element: Element) {
        let Ok(params) = &mut self.params else { return };
        match element {
            Element::Param(name, _) if params.iter().any(|(known, _)| *known == name) => {
                self.params = Err("a parameter stands in it twice");
            }
            Element::Param(..) if params.len() == MAX_PARAMS => {
                self.params = Err("it has more than 64 parameters");
            }
            Element::Param(name, value) => params.push((name, value)),
            Element::Broken(what) => self.params = Err(what),
            Element::Token => {}
        }
    }
}

/// What stands between two commas, behind a scheme or without one.
enum Element {
    Param(String, String),
    /// The token of another scheme, as `Basic` and `Negotiate` have it.
    Token,
    Broken(&'static str),
}

/// Reads a header. A challenge that is broken doesn't take the others with it.
pub(crate) fn challenges(header: &str) -> Vec<AuthChallenge> {
    let mut all: Vec<AuthChallenge> = Vec::new();
    let mut reader = Reader { rest: header };
    loop {
        reader.skip(is_separator);
        if reader.rest.is_empty() {
            return all;
        }
        let before = reader.rest;
        let word = reader.word();
        if word.is_empty() {
            reader.skip_element();
            if let Some(last) = all.last_mut() {
                last.add(Element::Broken("something stands in it that is no parameter"));
            }
            continue;
        }
        // A word that ends here, or that white space and no `=` follow, begins another challenge.
        let spaces = reader.skip(is_space);
        if reader.rest.starts_with('=') {
            reader.rest = before;
            let element = reader.element();
            if let Some(last) = all.last_mut() {
                last.add(element);
            }
            continue;
        }
        let mut challenge = AuthChallenge { scheme: word.to_owned(), params: Ok(Vec::new()) };
        if spaces > 0 && !reader.rest.is_empty() && !reader.rest.starts_with(',') {
            challenge.add(reader.element());
        }
        all.push(challenge);
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip(&mut self, unwanted: fn(char) -> bool) -> usize {
        let rest = self.rest.trim_start_matches(unwanted);
        let skipped = self.rest.len() - rest.len();
        self.rest = rest;
        skipped
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|c| !is_token(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// Goes to the next comma outside quotes.
    fn skip_element(&mut self) {
        while let Some(at) = self.rest.find([',', '"']) {
            let is_quote = self.rest[at..].starts_with('"');
            self.rest = &self.rest[at..];
            if !is_quote {
                return;
            }
            if self.quoted().is_none() {
                break;
            }
        }
        self.rest = "";
    }

    /// A parameter, or the token of a scheme: base64, which may end in `=`.
    fn element(&mut self) -> Element {
        let start = self.rest;
        let name = self.word();
        self.skip(is_space);
        let value = self.rest.strip_prefix('=').filter(|_| !name.is_empty()).and_then(|rest| {
            self.rest = rest;
            self.skip(is_space);
            if self.rest.starts_with('"') { self.quoted() } else { self.plain() }
        });
        let is_whole = {
            self.skip(is_space);
            self.rest.is_empty() || self.rest.starts_with(',')
        };
        match value {
            Some(value) if is_whole => return Element::Param(name.to_ascii_lowercase(), value),
            Some(_) => {
                self.skip_element();
                return Element::Broken("something stands behind one of its parameters");
            }
            None => {}
        }
        self.rest = start;
        self.skip_element();
        let element = start[..start.len() - self.rest.len()].trim_end_matches(is_space);
        let token = element.trim_end_matches('=');
        if !token.is_empty() && token.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c)) {
            Element::Token
        } else {
            Element::Broken("one of its parameters can't be read")
        }
    }

    fn plain(&mut self) -> Option<String> {
        let end = self.rest.find(|c| c == ',' || is_space(c)).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        // `abc==` is a token, and no parameter `abc`.
        if value.is_empty() || value.chars().all(|c| c == '=') || value.contains('"') {
            return None;
        }
        self.rest = rest;
        Some(value.to_owned())
    }

    /// A text in quotes; none where the end is missing. Beside RFC 9110's `\x` for any `x`, four hexadecimal digits behind
    /// `\u` are a UTF-16 unit: so public servers write what no header may hold.
    fn quoted(&mut self) -> Option<String> {
        let mut units: Vec<u16> = Vec::new();
        let mut chars = self.rest.strip_prefix('"')?.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => match escaped_unit(chars.as_str()) {
                    Some(unit) => {
                        units.push(unit);
                        chars = chars.as_str()[5..].chars();
                    }
                    None => units.extend_from_slice(chars.next()?.encode_utf16(&mut [0; 2])),
                },
                plain => units.extend_from_slice(plain.encode_utf16(&mut [0; 2])),
            }
        }
        self.rest = chars.as_str();
        Some(String::from_utf16_lossy(&units))
    }
}

fn escaped_unit(text: &str) -> Option<u16> {
    let digits =
        text.strip_prefix('u')?.get(..4).filter(|four| four.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

const fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\t' | ',')
}

const fn is_token(c: char) -> bool {
    matches!(c, '0'..='9' | 'a'..='z' | 'A'..='Z' | '!' | '#' | '$' | '%' | '&' | '\'' | '*' | '+' | '-' | '.' | '^' | '_'
        | '`' | '|' | '~')
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
