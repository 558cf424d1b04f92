//! A request and a choice of offers, from the command line.

use leash_buyer::{ProtocolFamily, Request, Selector};
use leash_command::{typed_body, typed_network};
use leash_output::{Error, escape};

use crate::{OfferArgs, RequestArgs};

impl RequestArgs {
    pub(crate) fn read(&self) -> Result<Request, Error> {
        let body = self.body.as_deref().map(typed_body).transpose()?;
        Request::new(&self.url, self.method.as_deref(), &self.header, body)
    }
}

impl OfferArgs {
    pub(crate) fn read(&self) -> Result<Selector, Error> {
        let network = self.network.as_deref().map(typed_network).transpose()?;
        let protocol = self.protocol.as_deref().map(protocol).transpose()?;
        Ok(Selector { network, token: self.token.clone(), protocol })
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.network.is_none() && self.token.is_none() && self.protocol.is_none()
    }
}

fn protocol(text: &str) -> Result<ProtocolFamily, Error> {
    match text.to_ascii_lowercase().as_str() {
        "x402" => Ok(ProtocolFamily::X402),
        "mpp" => Ok(ProtocolFamily::Mpp),
        _ => Err(Error::usage(format!("`{}` is no protocol that leash pays by", escape(text)))
            .hint("`--protocol x402` or `--protocol mpp`")),
    }
}
