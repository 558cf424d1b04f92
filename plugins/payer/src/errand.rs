//! One errand, from what the signer says to what it is told.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_buyer::{Account, Desk, Hand, Output, Request, buy, look_after_others};
use leash_chain::Network;
use leash_connect::{Connector, Runtime};
use leash_output::{Error, Kind, Needs, Repeated, repeat_in_commands};
use leash_payer_protocol::{Errand, Word};
use leash_session::Session;
use leash_signature::Secret;

use crate::{goods, link::Link, purse::Remote};

pub(crate) fn run(link: &Link) -> Result<(), Error> {
    let errand: Errand = link.hear()?;
    match pay(link, &errand) {
        Ok(()) => Ok(()),
        Err(error) => {
            // After something was bought nobody listens any more.
            let _ = link.say(&failed(&error));
            Err(error)
        }
    }
}

fn pay(link: &Link, errand: &Errand) -> Result<(), Error> {
    let mut session = Session::default();
    session.out.quiet = true;
    session.timeout_option = errand.timeout.map(Duration::from_millis);
    session.allow_http_option = errand.allow_http;
    repeat_in_commands(Repeated {
        agent: errand.named_agent.clone(),
        allow_http: errand.allow_http,
        needs: Box::new(|_| Needs { agent: true, server: true }),
    });
    let runtime = Runtime::default();
    let connector = Connector::new(&session, &runtime);
    let purchase = &errand.purchase;
    let body = purchase.body.as_ref().map(|body| STANDARD.decode(body)).transpose();
    let body = body.map_err(|_| Error::usage("the body is no base64"))?;
    let request =
        Request::of_plugin(&errand.plugin, &purchase.url, &purchase.method, &purchase.headers, body)?;
    let most =
        purchase.max.parse().map_err(|why| Error::usage(format!("`max` is no amount of dollars: {why}")))?;
    let daily = errand.daily.parse().ok();
    let mut desk = Desk::new(connector, account(errand)?)?.for_plugin(&errand.plugin, daily);
    let max = desk.limit(Some(most));
    let hand: Hand<'_> = Box::new(|bought| goods::hand(link, bought));
    buy(&desk, &mut Remote(link), &request, max, Output::Hand(hand))?;
    look_after_others(&desk);
    Ok(())
}

fn account(errand: &Errand) -> Result<Account, Error> {
    let none = || Error::failure("internal", "the signer names no agent");
    Ok(Account {
        mint: errand.mint.parse().map_err(|_| none())?,
        executive: errand.executive.parse().map_err(|_| none())?,
        network: Network::parse(&errand.network).ok_or_else(none)?,
        api_url: errand.api_url.clone(),
        rpc_url: errand.rpc_url.clone(),
        explorer_url: errand.explorer_url.clone(),
        api_key: errand.api_key.as_ref().map(|key| Secret::new(key.0.clone())),
    })
}

fn failed(error: &Error) -> Word {
    let exit = match error.kind() {
        Kind::Reported => Kind::Failure.exit_status(),
        kind => kind.exit_status(),
    };
    let fields = error.fields().map(|(name, value)| (name.clone(), value.clone())).collect();
    Word::Failed {
        exit,
        code: error.code().to_owned(),
        message: error.message().chars().take(2048).collect(),
        hint: error.hints(),
        fields: goods::small(&fields),
    }
}
