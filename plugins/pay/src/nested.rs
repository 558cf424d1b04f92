//! `leash pay` inside a plugin: the plugin's signer has it paid, within what the plugin was granted. No key, no policy and no
//! ledger is read here.

use leash_buyer::{Output, Request};
use leash_command::Host;
use leash_output::{Error, Kind};
use leash_policy::Usd;
use leash_protocol::frame::{Code, FEATURE_PAY, Refusal};
use leash_sdk::{Bought, Order, Signer};

use crate::Args;

pub(crate) fn run(
    host: &Host,
    args: &Args,
    request: &Request,
    most: Option<Usd>,
    signer: &Signer,
) -> Result<(), Error> {
    let granted =
        signer.grant().pay.as_ref().filter(|_| signer.features().iter().any(|it| it == FEATURE_PAY));
    let Some(granted) = granted else { return Err(no_grant()) };
    if args.dry_run || args.fee_authority.is_some() || !args.offers.is_empty() || args.push {
        let message = "inside a plugin there is no `--dry-run`, `--fee-authority`, `--network`, `--token`, `--protocol` or `--push`";
        return Err(Error::usage(message).hint("`--max PRICE` says what it may cost at most"));
    }
    // It can only tighten what was granted.
    let granted: Option<Usd> = granted.max_per_call.parse().ok();
    let max = [most, granted].into_iter().flatten().min().unwrap_or_default();
    // What can be known to fail fails before anything is paid.
    let output = Output::open(args.out.as_deref())?;
    let mut order = Order::new(&request.method, &request.url, request.body(), &max.to_string());
    for (name, value) in request.headers() {
        order = order.header(name, value);
    }
    let progress = host.out.progress("paying");
    let bought = signer.pay_keeping(&order).map_err(|error| failed(error, most))?;
    drop(progress);
    let mut document = bought.document.clone();
    let written = output.put(host, &bought.body, &mut document);
    // What nobody wants to read has arrived as far as it ever will.
    if written.as_ref().err().is_none_or(|error| error.kind() == Kind::BrokenPipe) {
        signer.arrived(&bought).map_err(|error| failed(error, most))?;
    }
    written.map_err(|error| match error.kind() {
        Kind::BrokenPipe => error,
        _ => Error::failure(
            error.code().to_owned(),
            format!("paid, and the answer couldn't be written: {error}"),
        )
        .hint("it is kept: run the same command again within the hour, which pays nothing"),
    })?;
    if !host.out.json {
        summary(host, &bought);
    }
    verdict(host, &bought)
}

fn summary(host: &Host, bought: &Bought) {
    let Some(currency) = &bought.currency else {
        return host.out.note("it costs nothing, and nothing was paid");
    };
    // What the payer warned of went nowhere.
    if bought.document.get("paid_amount_atomic").is_some_and(|paid| paid == "0") {
        return host.out.warn("the seller answered, and the payment never took place: nothing was paid");
    }
    let earlier = if bought.resumed { ", by an earlier run" } else { "" };
    let Bought { gross, net, fee, .. } = bought;
    host.out.note(&format!("paid {gross} {currency} (net {net}, fee {fee}){earlier}"));
    host.out.note(&format!("transaction {}", bought.transaction.as_deref().unwrap_or("not known yet")));
    host.out
        .note(&format!("receipt {}", bought.receipt.as_deref().unwrap_or("follows once the chain shows it")));
}

fn verdict(host: &Host, bought: &Bought) -> Result<(), Error> {
    if bought.status < 400 {
        return Ok(());
    }
    if host.out.json {
        return Err(Error::reported());
    }
    Err(Error::failure("http_status", format!("it was paid, and it answered {}", bought.status))
        .hint("take it up with the seller, who is named by the transaction"))
}

fn failed(error: leash_sdk::Error, most: Option<Usd>) -> Error {
    let hint = error.hint();
    let error = match error {
        leash_sdk::Error::Refused(refusal) => return refused(refusal, most),
        leash_sdk::Error::TooLarge => {
            return Error::usage("the request is larger than a plugin can have paid for")
                .hint("send less than 40 KiB at a time");
        }
        other => Error::failure(
            format!("signer_{}", other.code()),
            format!("it isn't known whether it was paid: {other}"),
        ),
    };
    error.hint(hint.unwrap_or_else(|| "run the same command again: it pays nothing twice".to_owned()))
}

fn refused(refusal: Refusal, most: Option<Usd>) -> Error {
    let kind = match refusal.code {
        Code::DeniedScope | Code::DeniedConsent | Code::Quota | Code::Expired => Kind::Refused,
        Code::Locked => Kind::Identity,
        Code::BadRequest => Kind::Usage,
        _ => Kind::Failure,
    };
    let (code, fields) = match refusal.payment {
        Some(payment) => (payment.reason, payment.document),
        None => (format!("signer_{}", refusal.code.as_str()), serde_json::Map::new()),
    };
    let error = Error::new(kind, code, refusal.message).with_fields(fields);
    match (refusal.hint, most) {
        (Some(hint), _) => error.hint(hint),
        (None, Some(_)) if kind == Kind::Refused => error.hint("`--max` says what it may cost at most"),
        (None, _) => error,
    }
}

fn no_grant() -> Error {
    let plugin = leash_command::plugin_name().unwrap_or_else(|| "NAME".to_owned());
    Error::new(Kind::Refused, "no_grant", format!("plugin `{plugin}` was not granted any payments")).hint(
        format!(
            "a manifest asks for them by `[pay]` with `max_per_call`, `max_per_day` and `hosts`: `{}`",
            leash_output::command(&format!("plugin trust {plugin}"))
        ),
    )
}
