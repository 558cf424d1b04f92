//! One `leash pay`, from the command line to the end.

use leash_chain::Address;
use leash_command::Host;
use leash_output::{Error, Kind, escape};
use leash_policy::Usd;
use serde_json::json;

use crate::{
    Args, KIND,
    account::Account,
    ask::lines,
    buy::{buy, judge},
    deliver::{self, Output},
    desk::Desk,
    entry::Asked,
    nested,
    plan::{self, Plan},
    purse::Own,
    refuse,
    request::Request,
    resume::look_after_others,
};

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let request = Request::typed(args)?;
    let most = args.max.as_deref().map(price).transpose()?;
    if let Some(signer) = host.signer_of_plugin()? {
        return nested::run(host, args, &request, most, &signer);
    }
    let identity = host.identity()?;
    let mut desk = Desk::new(host, Account::of(&identity))?;
    if let Some(authority) = &args.fee_authority {
        desk.terms.fee_authority = address(authority)?;
    }
    let max = desk.limit(most);
    if args.dry_run {
        return dry_run(&desk, &request, max.binds);
    }
    // What can be known to fail fails before anything is paid.
    let output = Output::open(args.out.as_deref())?;
    let mut purse = Own { identity, told: args.yes || most.is_some() };
    let bought = buy(&desk, &mut purse, &request, max, output)
        .map_err(|error| host.out.report(error.of_document(KIND)));
    // The output is out, or it was said why there is none.
    look_after_others(&desk);
    bought
}

fn dry_run(desk: &Desk<'_>, request: &Request, max_binds: bool) -> Result<(), Error> {
    let asked = Asked::new(request);
    let (_, price) = match plan::make(desk, request, true)? {
        Plan::Free(answer) => {
            let document = json!({
                "kind": KIND, "status": "dry_run", "url": asked.url, "method": asked.method,
                "agent_mint": desk.account.mint, "network": desk.account.network.as_str(), "free": true,
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
        let (code, hint) = refuse::why(&denial, max_binds);
        return Err(Error::new(Kind::Refused, code, format!("would not be paid: {}", denial.detail))
            .hint(hint)
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
