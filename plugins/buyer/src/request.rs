//! The request that is to be paid for, as it was typed, or as a plugin asked for it.

use leash_api::WebRequest;
use leash_output::{Error, escape};
use leash_receipts::request_hash;
use sha2::{Digest as _, Sha256};
use url::Url;

/// Headers that are leash's or the connection's own.
const OWN: [&str; 7] =
    ["host", "content-length", "transfer-encoding", "connection", "payment-signature", "x-payment", "expect"];

/// A request.
pub struct Request {
    /// The method, in upper case.
    pub method: String,
    /// Where it goes.
    pub url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    /// The plugin that makes it: what one has paid for is no other one's.
    plugin: Option<String>,
}

impl Request {
    /// A request of the user's. Headers are written `Name: value`.
    ///
    /// # Errors
    /// [`leash_output::Kind::Usage`] where it makes no sense.
    pub fn new(
        url: &str,
        method: Option<&str>,
        headers: &[String],
        body: Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        let headers = headers.iter().map(|text| header(text)).collect::<Result<Vec<_>, _>>()?;
        Self::of_parts(url, method, headers, body)
    }

    /// A request of a plugin's.
    ///
    /// # Errors
    /// [`leash_output::Kind::Usage`] where it makes no sense.
    pub fn of_plugin<'a>(
        plugin: &str,
        url: &str,
        method: &str,
        headers: impl IntoIterator<Item = (&'a String, &'a String)>,
        body: Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        let headers = headers.into_iter().map(|(name, value)| header(&format!("{name}: {value}")));
        let request = Self::of_parts(url, Some(method), headers.collect::<Result<_, _>>()?, body)?;
        Ok(Self { plugin: Some(plugin.to_owned()), ..request })
    }

    fn of_parts(
        typed: &str,
        method: Option<&str>,
        mut headers: Vec<(String, String)>,
        body: Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        let url = Url::parse(typed).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| {
            Error::usage(format!("`{}` is no http or https URL", escape(typed)))
                .hint("for example `leash pay https://api.example.com/quote`")
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::usage("the URL holds a user name or a password")
                .hint("send them as a header: `--header 'Authorization: …'`"));
        }
        let has_type = headers.iter().any(|(name, _)| name == "content-type");
        if let Some(body) = body.as_ref().filter(|_| !has_type) {
            let json = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
            let kind = if json { "application/json" } else { "application/octet-stream" };
            headers.push(("content-type".to_owned(), kind.to_owned()));
        }
        let default = if body.is_some() { "POST" } else { "GET" };
        let method = method.unwrap_or(default).to_ascii_uppercase();
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') {
            return Err(Error::usage(format!("`{}` is no method", escape(&method)))
                .hint("for example `--method POST`"));
        }
        Ok(Self { method, url: typed.to_owned(), headers, body, plugin: None })
    }

    /// What makes a request the same as another one.
    pub(crate) fn key(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        if let Some(plugin) = &self.plugin {
            part(b"plugin");
            part(plugin.as_bytes());
        }
        part(self.method.as_bytes());
        part(self.url.as_bytes());
        part(self.body.as_deref().unwrap_or_default());
        for (name, value) in &self.headers {
            part(name.as_bytes());
            part(value.as_bytes());
        }
        base16ct::lower::encode_string(&hash.finalize())
    }

    /// The hash that a receipt carries, where there is a body.
    pub(crate) fn body_hash(&self) -> Option<String> {
        let body = self.body.as_ref().filter(|body| !body.is_empty())?;
        Some(request_hash(&self.method, &self.url, Some(&String::from_utf8_lossy(body)), &[]))
    }

    /// Its headers, names in lower case.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Its body.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    pub(crate) fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }

    /// As it is sent, with a header more.
    pub(crate) fn with(&self, more: Option<(&str, &str)>) -> WebRequest {
        let more = more.map(|(name, value)| (name.to_owned(), value.to_owned()));
        WebRequest {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.iter().cloned().chain(more).collect(),
            body: self.body.clone(),
        }
    }
}

fn header(text: &str) -> Result<(String, String), Error> {
    let refuse =
        |what: String| Err(Error::usage(what).hint("a header looks like `--header 'Accept: text/plain'`"));
    let Some((name, value)) = text.split_once(':') else {
        return refuse(format!("`{}` is no header: it has no colon", escape(text)));
    };
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
    if OWN.contains(&name.as_str()) {
        return refuse(format!("the header `{name}` is leash's own to send"));
    }
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) || value.chars().any(char::is_control) {
        return refuse(format!("`{}` is no header", escape(text)));
    }
    Ok((name, value))
}
