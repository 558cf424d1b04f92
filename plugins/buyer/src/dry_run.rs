//! `leash pay --dry-run`: what would be paid, and whether it may be.

use leash_output::{Error, Kind, escape};
use serde_json::json;

use crate::{
    KIND, Max,
    buy::judge,
    deliver,
    desk::Desk,
    entry::Asked,
    plan::{self, Plan},
    refuse,
    request::Request,
};

/// Says what would be paid, and pays nothing.
///
/// # Errors
/// Why it would not be paid.
pub fn dry_run(desk: &Desk<'_>, request: &Request, max: Max) -> Result<(), Error> {
    desk.stop.check()?;
    let asked = Asked::new(request);
    let (_, price) = match plan::make(desk, request, true)? {
        Plan::Free(answer) => {
            let document = json!({
                "kind": KIND, "status": "dry_run", "url": asked.url, "method": asked.method,
                "agent_mint": desk.account.mint, "network": desk.account.network.as_str(), "free": true,
                "paid_amount_atomic": "0", "response_status": answer.status,
            });
            return desk.connector.out.result(&document, || "it costs nothing".to_owned());
        }
        Plan::Pay(plan) => *plan,
    };
    let mut fields = refuse::fields(desk, &asked, Some(&price));
    deliver::price_fields(&mut fields, &price);
    if let Err(denial) = judge(desk, &asked, &price, "")? {
        fields.insert("decision".into(), json!("deny"));
        fields.insert("reason".into(), json!(denial.reason.as_str()));
        let (code, hint) = refuse::why(&denial, max.binds);
        return Err(Error::new(Kind::Refused, code, format!("would not be paid: {}", denial.detail))
            .hint(hint)
            .with_fields(fields));
    }
    fields.insert("decision".into(), json!("allow"));
    let mut document = json!({ "kind": KIND, "status": "dry_run" });
    if let Some(members) = document.as_object_mut() {
        members.extend(fields);
    }
    desk.connector.out.result(&document, || {
        let lines: Vec<_> = price.lines(&asked.url).iter().map(|line| escape(line).into_owned()).collect();
        format!("would {}\nnothing was signed or paid", lines.join("\n      "))
    })
}
