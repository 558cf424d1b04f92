//! API keys: created, listed, disabled (signed by the agent) and tried out.

use leash_signature::Secret;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::{self, Call, Credential};
use crate::{ApiKey, Client, CreatedKey, Error, KeyPage, ListKeys};

/// What JavaScript's `encodeURIComponent` escapes.
pub(crate) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

impl Client {
    /// Creates an API key for the agent. Signed; once sent it is never sent again, since every request
    /// that arrives makes a key.
    ///
    /// # Errors
    /// Any [`Error`]; where [`Error::maybe_sent`] is true there may be a new key whose plaintext nobody
    /// has: look for it with [`Client::list_api_keys`].
    pub async fn create_api_key(&self, label: &str) -> Result<CreatedKey, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            label: &'a str,
        }
        #[derive(Deserialize)]
        struct Created {
            key: ApiKey,
            plaintext: String,
        }
        let mut call = self.key_call(Method::POST, "")?;
        call.body = Some(json(&Body { label })?);
        let answer = call::run(&self.inner, &call).await?;
        let created: Created = answer.json()?;
        let plaintext = Secret::new(created.plaintext);
        if plaintext.expose().is_empty() || !plaintext.expose().bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::Malformed { reason: "the new key's plaintext is none".to_owned() });
        }
        Ok(CreatedKey { key: created.key, plaintext })
    }

    /// Lists the agent's API keys. Signed.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn list_api_keys(&self, query: &ListKeys) -> Result<KeyPage, Error> {
        #[derive(Deserialize)]
        struct Page {
            items: Vec<ApiKey>,
        }
        let mut pairs = Vec::new();
        if let Some(include) = query.include_disabled {
            pairs.push(format!("include_disabled={include}"));
        }
        if let Some(limit) = query.limit {
            pairs.push(format!("limit={limit}"));
        }
        let call = self.key_call(Method::GET, &format!("?{}", pairs.join("&")))?;
        let answer = call::run(&self.inner, &call).await?;
        let page: Page = answer.json()?;
        Ok(KeyPage { items: page.items, server_time: answer.server_time })
    }

    /// Disables one of the agent's API keys, at once. Signed; a key that is disabled already stays so.
    ///
    /// # Errors
    /// Any [`Error`]; `not_found` where the agent has no such key.
    pub async fn disable_api_key(&self, id: &str) -> Result<ApiKey, Error> {
        #[derive(Deserialize)]
        struct Disabled {
            key: ApiKey,
        }
        // As parts of a path these would mean another path, escaped or not.
        if matches!(id, "" | "." | "..") {
            return Err(Error::InvalidRequest { reason: format!("`{id}` is no key's id") });
        }
        let id = utf8_percent_encode(id, COMPONENT);
        let mut call = self.key_call(Method::POST, &format!("/{id}/disable"))?;
        call.repeatable = true;
        let disabled: Disabled = call::run(&self.inner, &call).await?.json()?;
        Ok(disabled.key)
    }

    /// Proves that `key` works, by reading at most one of the agent's receipts with it.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::is_unauthorized`] where the API doesn't take the key.
    pub async fn check_api_key(&self, key: &Secret<String>) -> Result<(), Error> {
        let target = self.inner.base.target(&format!("/v1/receipts/{}?limit=1", self.inner.mint()?))?;
        let call = Call::new(Method::GET, target, Credential::Key(key));
        call::run(&self.inner, &call).await?.json::<Map<String, Value>>()?;
        Ok(())
    }

    fn key_call(&self, method: Method, rest: &str) -> Result<Call<'static>, Error> {
        let target = self.inner.base.target(&format!("/v1/agents/{}/api-keys{rest}", self.inner.mint()?))?;
        Ok(Call::new(method, target, Credential::Agent))
    }
}

/// A body as `JSON.stringify` would write it.
pub(crate) fn json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|e| Error::InvalidRequest { reason: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_escaped_as_javascript_does() {
        let escaped = |id: &str| utf8_percent_encode(id, COMPONENT).to_string();
        assert_eq!(escaped("a/b ?x"), "a%2Fb%20%3Fx");
        assert_eq!(escaped("-_.!~*'()"), "-_.!~*'()");
        assert_eq!(
            escaped("ключ☃&=+$,:;@#%"),
            "%D0%BA%D0%BB%D1%8E%D1%87%E2%98%83%26%3D%2B%24%2C%3A%3B%40%23%25"
        );
    }
}
