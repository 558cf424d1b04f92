//! Having the API make one link, however many answers are lost: the link is known by the id that leash chose.

use leash_api::{Client, NewPaymentLink, PaymentLink};
use leash_output::{Error, Kind, command, quoted};
use serde_json::{Map, json};

use crate::api_key::work::{Missed, Work};

/// What became of a link.
pub(super) enum Made {
    /// It is there, as it was asked for.
    Link(Box<PaymentLink>),
    /// An earlier command made it, and somebody has changed or disabled it since.
    Changed,
    /// Nothing is left to find out: the error says all that is to be known.
    Not(Error),
    /// It may be there; the error names it.
    Unknown(Error),
}

/// A link to be made.
pub(super) struct Making<'a> {
    pub(super) client: &'a Client,
    pub(super) link: &'a NewPaymentLink,
    /// Its id.
    pub(super) id: &'a str,
    /// The API key, as the API shows it, with which an earlier command may have made it.
    pub(super) earlier: Option<&'a str>,
    /// Whether the same command, typed again, will know of it.
    pub(super) is_noted: bool,
}

impl Making<'_> {
    /// Makes the link, or finds the one that was made.
    pub(super) async fn run(&self, work: &mut Work) -> Made {
        if self.earlier.is_some() {
            match work.act(self.client.payment_link(self.id)).await {
                Ok(Some(link)) => return self.found(link),
                // The earlier request may still be under way, but of two that name one id the API carries out one.
                Ok(None) => {}
                Err(missed) => return self.unknown(missed),
            }
        }
        match work.act(self.client.create_payment_link(self.link)).await {
            Ok(link) => Made::Link(Box::new(link)),
            Err(Missed::Failed(leash_api::Error::LinkDiffers { fields, .. })) => self.differs(&fields),
            Err(missed) if missed.maybe_sent() => self.find_out(work, missed).await,
            Err(missed) if self.earlier.is_none() => self.refused(missed),
            Err(missed) if is_conflict(&missed) => self.look(work, missed).await,
            Err(missed) => self.unknown(missed),
        }
    }

    /// After a lost answer: the link is there, or is asked for once more by the same id.
    async fn find_out(&self, work: &mut Work, missed: Missed) -> Made {
        match work.settle_first(self.client.payment_link(self.id)).await {
            Ok(Some(_)) if matches!(missed, Missed::Interrupted) => Made::Unknown(self.interrupted()),
            Ok(Some(link)) => self.found(link),
            Ok(None) if !matches!(missed, Missed::Interrupted) => {
                match work.settle(self.client.create_payment_link(self.link)).await {
                    Ok(link) => Made::Link(Box::new(link)),
                    Err(Missed::Failed(leash_api::Error::LinkDiffers { fields, .. })) => {
                        self.differs(&fields)
                    }
                    Err(again) if is_conflict(&again) => self.look(work, again).await,
                    Err(_) => self.unknown(missed),
                }
            }
            _ => self.unknown(missed),
        }
    }

    /// After a conflict with a link that an earlier request may have made.
    async fn look(&self, work: &mut Work, conflict: Missed) -> Made {
        match (work.settle(self.client.payment_link(self.id)).await, self.earlier) {
            (Ok(Some(link)), _) => self.found(link),
            (Ok(None), Some(key)) => Made::Not(self.of_another_key(key)),
            (Ok(None), None) => self.refused(conflict),
            (Err(_), _) => self.unknown(conflict),
        }
    }

    /// Judges a link of this id that the configured API key can read.
    fn found(&self, link: PaymentLink) -> Made {
        let mut fields = self.link.differences(&link);
        if !link.is_live() {
            fields.push("disabled_at");
        }
        match self.earlier {
            _ if fields.is_empty() => Made::Link(Box::new(link)),
            Some(_) => Made::Changed,
            None => self.differs(&fields),
        }
    }

    fn refused(&self, missed: Missed) -> Made {
        let is_conflict = is_conflict(&missed);
        let error = Error::from(missed);
        Made::Not(if is_conflict {
            let message = format!("another link has the id `{}`: {}", self.id, error.message());
            Error::new(error.kind(), error.code().to_owned(), message)
                .hint("run the same command again: it chooses another id")
        } else {
            error
        })
    }

    fn differs(&self, fields: &[&str]) -> Made {
        let message = format!(
            "the answer was lost, and link `{}`, which is there now, differs from what was asked for in `{}`",
            self.id,
            fields.join("`, `")
        );
        Made::Not(
            self.about(Error::failure("link_differs", message)).hint(format!("look at it: {}", self.get())),
        )
    }

    fn of_another_key(&self, key: &str) -> Error {
        let message = format!(
            "an earlier command was cut off, and its link `{}` is there; it belongs to the API key {key}, not to the \
             configured one",
            self.id
        );
        self.about(Error::failure("unfinished_link", message))
            .hint(format!("with that key as LEASH_API_KEY, {} shows it", self.get()))
            .hint("run the same command again to make another one")
    }

    fn interrupted(&self) -> Error {
        let message = format!("interrupted; link `{}` was made", self.id);
        self.about(Error::new(Kind::Interrupted, "interrupted", message)).hint(self.find_it())
    }

    fn unknown(&self, missed: Missed) -> Made {
        let error = Error::from(missed);
        let message =
            format!("{}; whether link `{}` was made could not be found out", error.message(), self.id);
        let error = Error::new(error.kind(), error.code().to_owned(), message);
        Made::Unknown(self.about(error).hint(self.find_it()))
    }

    fn find_it(&self) -> String {
        if self.is_noted {
            format!("run the same command again, which makes no second link, or find out: {}", self.get())
        } else {
            format!("find out before you run the same command again: {}", self.get())
        }
    }

    /// The command that shows the link.
    pub(super) fn get(&self) -> String {
        show(self.id)
    }

    fn about(&self, error: Error) -> Error {
        error.with_fields(Map::from_iter([("id".to_owned(), json!(self.id))]))
    }
}

/// The command that shows a link.
pub(super) fn show(id: &str) -> String {
    format!("`{}`", command(&format!("api GET {} --bearer", quoted(&format!("/v1/payment-links/{id}")))))
}

fn is_conflict(missed: &Missed) -> bool {
    matches!(missed, Missed::Failed(error) if error.status() == Some(409))
}
