//! What the API says of itself.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;

use crate::attempt::Answer;
use crate::call::{self, Call, Credential};
use crate::{Client, Error};

/// How the API is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Health {
    /// Whether it says that it is well.
    pub ok: bool,
    /// Its clock, to the second.
    pub server_time: Option<Timestamp>,
    /// How long question and answer took, connecting included.
    pub round_trip: Duration,
    /// All that it says.
    pub raw: Value,
}

impl Client {
    /// Asks the API how it is. No credential.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn health(&self) -> Result<Health, Error> {
        let answer = self.ask("/v1/health").await?;
        let raw: Value = answer.json()?;
        Ok(Health { ok: raw["ok"] == true, server_time: answer.server_time, round_trip: answer.took, raw })
    }

    /// Asks for the API's version. No credential.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn version(&self) -> Result<Value, Error> {
        self.ask("/v1/version").await?.json()
    }

    async fn ask(&self, path: &str) -> Result<Answer, Error> {
        let call = Call::new(Method::GET, self.inner.base.target(path)?, Credential::None);
        call::run(&self.inner, &call).await
    }
}
