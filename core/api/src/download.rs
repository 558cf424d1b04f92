//! A plain GET of a file that isn't the API's: no credential, a bounded size, a bounded time, and redirects that lead no
//! further than was allowed.

use std::io;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderValue, LOCATION};
use reqwest::{Response, StatusCode};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use crate::base::BaseUrl;
use crate::{Error, failure, transport};

/// The most redirects that are followed.
const MOST_REDIRECTS: usize = 5;

/// How to get a file.
#[derive(Debug, Clone)]
pub struct Download<'a> {
    /// What to call oneself.
    pub user_agent: &'a str,
    /// The most bytes.
    pub limit: u64,
    /// How long to wait for a connection, for the head of an answer, and for each further piece of it.
    pub patience: Duration,
    /// How long all of it may take.
    pub whole: Duration,
    /// Whether a redirect may lead to another origin, which must be https. Within the origin it always may.
    pub other_origins: bool,
}

impl Download<'_> {
    /// Gets the file at an `https://` URL, or an `http://` one of this machine, and hands on its bytes as they come.
    /// `false` where the server says that there is none (404 or 410).
    ///
    /// Nothing is repeated. What was handed on before an error is a part of the file, and worth nothing.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Status`] for any other answer than a file, [`Error::Write`] where `take` fails.
    pub async fn get(&self, url: &str, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> Result<bool, Error> {
        let mut url = parse(url)?;
        let deadline = Instant::now() + self.whole;
        for _ in 0..=MOST_REDIRECTS {
            let origin = url.origin().ascii_serialization();
            let mut response = self.ask(&url, &origin, deadline).await?;
            let status = response.status();
            if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
                url = self.follow(&url, &response)?;
                continue;
            }
            if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) {
                return Ok(false);
            }
            if status != StatusCode::OK {
                return Err(Error::Status { origin, status: status.as_u16() });
            }
            self.read(&mut response, &origin, deadline, &mut take).await?;
            return Ok(true);
        }
        Err(Error::Malformed { reason: format!("it leads on and on, more than {MOST_REDIRECTS} times") })
    }

    async fn ask(&self, url: &Url, origin: &str, deadline: Instant) -> Result<Response, Error> {
        let base = BaseUrl::parse(origin)?;
        if !base.is_https() && !base.is_loopback() {
            return Err(Error::InsecureUrl { origin: origin.to_owned() });
        }
        let http = transport::build(&base, self.user_agent, self.patience, false)?;
        // A file is hashed as it lies there: nobody is to compress it on the way.
        let request = http
            .get(url.clone())
            .header(ACCEPT, HeaderValue::from_static("*/*"))
            .header("accept-encoding", HeaderValue::from_static("identity"));
        let until = deadline.min(Instant::now() + self.patience);
        match timeout_at(until, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(failure::judge(&error, origin, self.patience)),
            Err(_) => Err(Error::Timeout { origin: origin.to_owned(), after: self.patience }),
        }
    }

    fn follow(&self, url: &Url, response: &Response) -> Result<Url, Error> {
        let status = response.status().as_u16();
        let to =
            response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).and_then(|to| url.join(to).ok());
        let refused = |to: Option<&Url>| Error::Redirect {
            status,
            to: to.map(Url::origin).filter(url::Origin::is_tuple).map(|origin| origin.ascii_serialization()),
        };
        let Some(to) = to.filter(|to| to.username().is_empty() && to.password().is_none()) else {
            return Err(refused(None));
        };
        // To this machine leads no one but who is on it.
        let local = BaseUrl::parse(&to.origin().ascii_serialization()).is_ok_and(|base| base.is_loopback());
        if to.origin() == url.origin() || self.other_origins && to.scheme() == "https" && !local {
            Ok(to)
        } else {
            Err(refused(Some(&to)))
        }
    }

    async fn read(
        &self,
        response: &mut Response,
        origin: &str,
        deadline: Instant,
        take: &mut impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), Error> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let too_large = || Error::TooLarge { status: 200, limit };
        if response.content_length().is_some_and(|length| length > self.limit) {
            return Err(too_large());
        }
        let mut left = self.limit;
        loop {
            let until = deadline.saturating_duration_since(Instant::now()).min(self.patience);
            let chunk = match timeout(until, response.chunk()).await {
                Ok(chunk) => chunk.map_err(|error| failure::lost(&error, origin, Some(200)))?,
                Err(_) => return Err(Error::Timeout { origin: origin.to_owned(), after: until }),
            };
            let Some(chunk) = chunk else { return Ok(()) };
            left = left.checked_sub(chunk.len() as u64).ok_or_else(too_large)?;
            take(&chunk).map_err(|error| Error::Write { reason: error.to_string() })?;
        }
    }
}

fn parse(text: &str) -> Result<Url, Error> {
    let refuse = |reason: &str| Error::InvalidUrl { reason: reason.to_owned() };
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it holds a user name or a password"));
    }
    Ok(url)
}
