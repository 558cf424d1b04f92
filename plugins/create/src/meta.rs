//! What the new agent says of itself, as it is typed, kept and published.

use leash_intent::{Registration, Service};
use leash_output::{Error, escape};
use serde::{Deserialize, Serialize};

/// As the pending registration of the TypeScript client holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) image_url: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) services: Vec<Service>,
}

impl Meta {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes in what was typed now, over what was typed before.
    pub(crate) fn adopt(&mut self, newer: &Self) {
        let pick = |old: &mut Option<String>, new: &Option<String>| {
            if new.is_some() {
                old.clone_from(new);
            }
        };
        pick(&mut self.name, &newer.name);
        pick(&mut self.description, &newer.description);
        pick(&mut self.image_url, &newer.image_url);
        if !newer.services.is_empty() {
            self.services.clone_from(&newer.services);
        }
    }

    /// Whether the API will take it.
    pub(crate) fn check(&self) -> Result<(), Error> {
        text("--name", self.name.as_deref(), 1, 120)?;
        text("--description", self.description.as_deref(), 0, 2048)?;
        text("--image", self.image_url.as_deref(), 1, 500)?;
        self.image_url.as_deref().map_or(Ok(()), |image| url("--image", image))?;
        for service in &self.services {
            text("the name of a `--service`", Some(&service.name), 1, 64)?;
            text("the URL of a `--service`", Some(&service.endpoint), 1, 500)?;
            url("--service", &service.endpoint)?;
        }
        Ok(())
    }

    /// With what stands for things that weren't said.
    pub(crate) fn registration(&self, executive: &str) -> Registration {
        let name = || format!("Agent {}", executive.get(..8).unwrap_or(executive));
        Registration {
            name: self.name.clone().unwrap_or_else(name),
            description: self.description.clone().unwrap_or_else(|| "An agent made with leash".to_owned()),
            image: self.image_url.clone().unwrap_or_default(),
            services: self.services.clone(),
        }
    }
}

/// The service that the API adds to every agent by itself, at an address of its own.
const RESERVED_SERVICE: &str = "receipts";

/// `NAME=URL`.
pub(crate) fn service(text: &str) -> Result<Service, Error> {
    match text.split_once('=') {
        Some((name, endpoint)) if name.trim() == RESERVED_SERVICE => Err(Error::usage(format!(
            "the service name `{RESERVED_SERVICE}` is reserved: the API adds that service itself"
        ))
        .hint(format!(
            "leave it out, or choose another name: `--service 'my-receipts={}'`",
            escape(endpoint).replace('\'', r"'\''")
        ))),
        Some((name, endpoint)) if !name.trim().is_empty() && !endpoint.is_empty() => {
            Ok(Service { name: name.trim().to_owned(), endpoint: endpoint.to_owned() })
        }
        _ => Err(Error::usage(format!("`{}` is no service", escape(text)))
            .hint("a service is a name and a URL: `--service web=https://example.com`")),
    }
}

fn text(what: &str, value: Option<&str>, least: usize, most: usize) -> Result<(), Error> {
    let Some(value) = value else { return Ok(()) };
    let length = value.encode_utf16().count();
    if length < least || value.trim().len() < least.min(1) || length > most {
        return Err(Error::usage(format!("{what} has {length} characters; {least} to {most} are possible"))
            .hint("shorten it, or leave it out"));
    }
    Ok(())
}

fn url(what: &str, value: &str) -> Result<(), Error> {
    match url::Url::parse(value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
        _ => Err(Error::usage(format!("`{}` of {what} is no http or https URL", escape(value)))
            .hint("for example `https://example.com/agent`")),
    }
}
