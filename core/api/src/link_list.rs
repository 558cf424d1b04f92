//! The payment links that an API key made, page by page.

use std::collections::HashSet;

use leash_signature::Secret;
use percent_encoding::utf8_percent_encode;
use reqwest::Method;
use serde::Deserialize;

use crate::call::{self, Call, Credential};
use crate::{Client, Error, PaymentLink, keys};

/// The most that the API gives at once.
const PAGE: usize = 200;
/// Nobody reads more pages, and a server that never ends isn't followed for ever.
const MAX_PAGES: usize = 50;

/// The links of one API key that buyers can pay, newest first.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LiveLinks {
    /// The links.
    pub items: Vec<PaymentLink>,
    /// Whether these are all.
    pub complete: bool,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<PaymentLink>,
    #[serde(default)]
    next_cursor: Option<String>,
}

impl Client {
    /// Lists all links that `key` made and that buyers can pay.
    ///
    /// The API's cursor is the time at which the last link of a page was created, and skips other links of that millisecond.
    /// So each page begins with that millisecond once more, and what was seen already is dropped.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::is_unauthorized`] where the API doesn't take the key.
    pub async fn live_payment_links(&self, key: &Secret<String>) -> Result<LiveLinks, Error> {
        let (mut items, mut seen) = (Vec::new(), HashSet::new());
        let mut cursor: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page = self.link_page(key, cursor.as_deref()).await?;
            let full = page.items.len() >= PAGE;
            let last = page.items.last().and_then(created).map(str::to_owned);
            let fresh: Vec<_> = page.items.into_iter().filter(|link| seen.insert(link.id.clone())).collect();
            let stuck = fresh.is_empty();
            items.extend(fresh.into_iter().filter(PaymentLink::is_live));
            let next = match page.next_cursor {
                // Just after that millisecond, as text is compared.
                Some(next) if last.as_ref() == Some(&next) => format!("{next}~"),
                Some(next) => next,
                None => return Ok(LiveLinks { items, complete: !full }),
            };
            if stuck || cursor.as_ref() == Some(&next) {
                break;
            }
            cursor = Some(next);
        }
        Ok(LiveLinks { items, complete: false })
    }

    async fn link_page(&self, key: &Secret<String>, cursor: Option<&str>) -> Result<Page, Error> {
        let mut path = format!("/v1/payment-links?limit={PAGE}");
        if let Some(cursor) = cursor {
            path.push_str(&format!("&cursor={}", utf8_percent_encode(cursor, keys::COMPONENT)));
        }
        let call = Call::new(Method::GET, self.inner.base.target(&path)?, Credential::Key(key));
        call::run(&self.inner, &call).await?.json()
    }
}

fn created(link: &PaymentLink) -> Option<&str> {
    link.extra.get("created_at")?.as_str()
}
