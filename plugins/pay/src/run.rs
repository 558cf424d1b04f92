//! One `leash pay`, from the command line to the end.

use leash_chain::Address;
use leash_identity::Identity;
use leash_output::{Error, Kind, escape};
use leash_pay::{Offer, Terms};
use leash_plugin::Host;
use leash_policy::{Request as Spend, Usd, evaluate};
use serde_json::json;

use crate::{
    Args, KIND,
    ask::{agree, lines},
    deliver::{self, Output},
    desk::Desk,
    entry::{Asked, Price},
    funds,
    plan::{self, Plan},
    refuse,
    request::Request,
    resume, send,
};

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let request = Request::new(args)?;
    let max = args.max.as_deref().map(price).transpose()?;
    let mut identity = host.identity()?;
    let mut terms = Terms::new(identity.mint, identity.executive.public(), identity.network);
    if let Some(authority) = &args.fee_authority {
        terms.fee_authority = address(authority)?;
    }
    let mut desk = Desk::new(host, &identity, terms)?;
    let max_binds = max.is_some_and(|max| max < desk.effective.rules.per_call);
    if let Some(max) = max.filter(|_| max_binds) {
        desk.effective.rules.per_call = max;
    }
    if args.dry_run {
        return dry_run(&desk, &request, max_binds);
    }
    // What can be known to fail fails before anything is paid.
    let output = Output::open(args.out.as_deref())?;
    if let Some(held) = resume::take(&desk, &request.key())? {
        return resume::go_on(&desk, &request, held, output, max);
    }
    match plan::make(&desk, &request, false)? {
        Plan::Free(answer) => deliver::free(&desk, &Asked::new(&request), &answer, output),
        Plan::Pay(plan) => {
            let (offer, price) = *plan;
            agree(&desk, &request.url, &price, args.yes || max.is_some())?;
            pay(&desk, &mut identity, &request, &offer, &price, output, max_binds)
        }
    }
}

fn pay(
    desk: &Desk<'_>,
    identity: &mut Identity,
    request: &Request,
    offer: &Offer,
    price: &Price,
    output: Output,
    max_binds: bool,
) -> Result<(), Error> {
    let asked = Asked::new(request);
    // Before the treasury is looked at: what may not be paid needs no money.
    if let Err(denial) = judge(desk, &asked, price, "")? {
        return Err(refuse::deny(desk, &asked, Some(price), &denial, max_binds)?);
    }
    if let Err((code, error)) = funds::check(desk, offer, price)? {
        return Err(refuse::reject(desk, &asked, Some(price), code, error)?);
    }
    // May ask for a passphrase, so before anything is under way.
    desk.host.unlock(identity)?;
    let held = match send::prepare(desk, identity, offer, asked.clone(), price.clone())? {
        Ok(held) => held,
        Err(denial) => return Err(refuse::deny(desk, &asked, Some(price), &denial, max_binds)?),
    };
    send::send(desk, request, held, output, true)
}

/// What the policy says at this moment.
fn judge(
    desk: &Desk<'_>,
    asked: &Asked,
    price: &Price,
    id: &str,
) -> Result<Result<(), leash_policy::Denial>, Error> {
    let key = price.replay_key(id);
    let state = desk.ledger.state(jiff::Timestamp::now(), Some(&key))?;
    let gross = Usd::from_atomic(price.gross).to_string();
    Ok(evaluate(&desk.effective.rules, &Spend { url: &asked.url, price: Some(&gross) }, &state))
}

fn dry_run(desk: &Desk<'_>, request: &Request, max_binds: bool) -> Result<(), Error> {
    let asked = Asked::new(request);
    let (_, price) = match plan::make(desk, request, true)? {
        Plan::Free(answer) => {
            let document = json!({
                "kind": KIND, "status": "dry_run", "url": asked.url, "method": asked.method,
                "agent_mint": desk.mint, "network": desk.network.as_str(), "free": true,
                "paid_amount_atomic": "0", "response_status": answer.status,
            });
            return desk.host.out.result(&document, || "it costs nothing".to_owned());
        }
        Plan::Pay(plan) => *plan,
    };
    let mut fields = refuse::fields(desk, &asked, Some(&price));
    deliver::price_fields(&mut fields, &price);
    if let Err(denial) = judge(desk, &asked, &price, "")? {
        fields.insert("decision".into(), json!("deny"));
        fields.insert("reason".into(), json!(denial.reason.as_str()));
        let code = if max_binds { "above_max" } else { denial.reason.as_str() };
        return Err(Error::new(Kind::Refused, code, format!("would not be paid: {}", denial.detail))
            .hint("`leash policy explain` shows what may be paid")
            .with_fields(fields));
    }
    fields.insert("decision".into(), json!("allow"));
    let mut document = json!({ "kind": KIND, "status": "dry_run" });
    if let Some(members) = document.as_object_mut() {
        members.extend(fields);
    }
    desk.host.out.result(&document, || {
        let lines: Vec<_> = lines(&asked.url, &price).iter().map(|line| escape(line).into_owned()).collect();
        format!("would {}\nnothing was signed or paid", lines.join("\n      "))
    })
}

fn price(text: &str) -> Result<Usd, Error> {
    text.parse().map_err(|why| {
        Error::usage(format!("`{}` is no price: {why}", escape(text)))
            .hint("for example `--max 0.05`, in dollars")
    })
}

fn address(text: &str) -> Result<Address, Error> {
    text.parse().map_err(|error| {
        Error::usage(format!("`{}` is no address: {error}", escape(text)))
            .hint("an address has 32 to 44 characters of base58")
    })
}
