//! Payment links: made once, read and disabled with an API key.

use leash_signature::Secret;
use percent_encoding::utf8_percent_encode;
use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use crate::base::Target;
use crate::call::{self, Call, Credential};
use crate::{Client, Error, NewPaymentLink, PaymentLink, keys};

impl Client {
    /// Makes a payment link, with the client's API key.
    ///
    /// The request names the link's id, by which the API refuses a second one (409), so it is repeated after a fault or a lost
    /// answer. A 409 that follows a lost answer leads to the link that is there: it is the result where it is what was asked for.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::NoApiKey`] where the client has none; status 409 where another link has the id;
    /// [`Error::LinkDiffers`] where an answer was lost and the link that is there isn't the one that was asked for. Where
    /// [`Error::maybe_sent`] is true the link may be there: [`Client::payment_link`] finds out.
    pub async fn create_payment_link(&self, link: &NewPaymentLink) -> Result<PaymentLink, Error> {
        let id = link.id.clone().map_or_else(NewPaymentLink::random_id, Ok)?;
        let link = NewPaymentLink { id: Some(id.clone()), ..link.clone() };
        let deadline = Instant::now() + self.inner.timeout;
        let mut call = Call::new(Method::POST, self.inner.base.target("/v1/payment-links")?, self.own_key()?);
        call.body = Some(keys::json(&link)?);
        call.repeatable = true;
        let mut lost = None;
        let failed = match call::run_noting_loss(&self.inner, &call, &mut lost).await {
            Ok(answer) => return answer.json(),
            Err(failed) => failed,
        };
        let Some(lost) = lost else { return Err(failed) };
        if failed.status() != Some(409) {
            // Whatever the last try met, an earlier one may have made the link.
            return Err(if failed.maybe_sent() { failed } else { lost });
        }
        match timeout_at(deadline, self.payment_link(&id)).await {
            Ok(Ok(Some(there))) => match link.differences(&there) {
                fields if fields.is_empty() => Ok(there),
                fields => Err(Error::LinkDiffers { id, fields }),
            },
            // It is there, and another API key made it.
            Ok(Ok(None)) => Err(failed),
            Ok(Err(_)) | Err(_) => Err(lost),
        }
    }

    /// The link of this id, where the client's API key made it.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::NoApiKey`] where the client has none.
    pub async fn payment_link(&self, id: &str) -> Result<Option<PaymentLink>, Error> {
        let call = Call::new(Method::GET, self.link_target(id)?, self.own_key()?);
        match call::run(&self.inner, &call).await {
            Ok(answer) => answer.json().map(Some),
            Err(error) if is_unknown(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Disables a link that `key` made: its paywall answers 410 from now on. A link that is disabled already stays so.
    ///
    /// # Errors
    /// Any [`Error`]; `not_found` where the key made no such link.
    pub async fn disable_payment_link(&self, key: &Secret<String>, id: &str) -> Result<PaymentLink, Error> {
        let mut call = Call::new(Method::PATCH, self.link_target(id)?, Credential::Key(key));
        call.body = Some(keys::json(&json!({ "disabled": true }))?);
        call.repeatable = true;
        call::run(&self.inner, &call).await?.json()
    }

    fn own_key(&self) -> Result<Credential<'_>, Error> {
        self.inner.api_key.as_ref().map(Credential::Key).ok_or(Error::NoApiKey)
    }

    fn link_target(&self, id: &str) -> Result<Target, Error> {
        // As parts of a path these would mean another path, escaped or not.
        if matches!(id, "" | "." | "..") {
            return Err(Error::InvalidRequest { reason: format!("`{id}` is not the id of a link") });
        }
        let id = utf8_percent_encode(id, keys::COMPONENT);
        self.inner.base.target(&format!("/v1/payment-links/{id}"))
    }
}

/// Whether the API itself says that there is no such link, and not something in front of it.
fn is_unknown(error: &Error) -> bool {
    error.api().is_some_and(|api| api.status == 404 && api.body.first() == Some(&b'{'))
}
