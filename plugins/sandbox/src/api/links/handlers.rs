//! What can be done with payment links.

use leash_identity::Network;
use rusqlite::Connection;

use super::super::{
    Caller,
    answer::{Answer, Reply, document},
    request::fitting,
    shapes::limit,
};
use super::{
    price::{Price, STABLES},
    shape::{CREATE, PATCH, PATH, QUERY},
    wire,
};
use crate::{
    js::{Text, Value, object},
    store::{
        Write,
        counters::Counters,
        links::{self, Filter, Link},
        stored,
    },
    strict,
    target::parameter,
};

/// How many links a page has where the client doesn't say.
const DEFAULT_LIMIT: u32 = 50;

/// Creates a link.
pub(in crate::api) fn create(caller: &Caller<'_>) -> Reply {
    caller.answer_again()?;
    let body = caller.request.json(&CREATE)?;
    check_label(caller, &body)?;
    if text(&body, "owner_agent") != caller.key.agent_mint {
        return Err(Answer::unauthorized("agent-scoped api keys can only create links for their own agent"));
    }
    check_price(&body, None, caller.key.network)?;
    caller.write_once(|write| {
        let link = draft(&body, caller, write)?;
        if !links::add(write, &caller.key.id, &link)? {
            let message = format!("payment link \"{}\" already exists on {}", link.id, link.network);
            return Err(Answer::conflict(message));
        }
        wire::answer(&link, &caller.sandbox.origin)
    })
}

/// Shows what a link would offer, without keeping it.
pub(in crate::api) fn preview(caller: &Caller<'_>) -> Reply {
    caller.answer_again()?;
    let body = caller.request.json(&CREATE)?;
    check_label(caller, &body)?;
    check_price(&body, None, caller.key.network)?;
    caller.write_once(|write| {
        let link = draft(&body, caller, write)?;
        Ok(Answer::json(200, &wire::offer(&link, &caller.sandbox.origin)?.document()))
    })
}

/// Lists links of this key's, newest first.
pub(in crate::api) fn list(caller: &Caller<'_>) -> Reply {
    let query = caller.request.query(&QUERY)?;
    let filter = Filter {
        owner_agent: optional(&query, "owner_agent"),
        include_disabled: text(&query, "include_disabled") == "true",
        before: optional(&query, "cursor").filter(|cursor| !cursor.is_empty()),
        limit: limit(&query, DEFAULT_LIMIT),
    };
    let links =
        caller.sandbox.store.read(|db| links::list(db, caller.key.network, &caller.key.id, &filter))?;
    let is_full = u32::try_from(links.len()).is_ok_and(|count| count == filter.limit);
    let cursor = links.last().filter(|_| is_full).map(|link| link.created_at.as_str());
    let items =
        links.iter().map(|link| wire::link(link, &caller.sandbox.origin)).collect::<Result<_, _>>()?;
    Ok(Answer::json(
        200,
        &object([("items", Value::List(items)), ("next_cursor", Value::text_or_null(cursor))]),
    ))
}

/// One link of this key's.
pub(in crate::api) fn get(caller: &Caller<'_>, id: &str) -> Reply {
    let id = checked_id(id)?;
    let link = caller.sandbox.store.read(|database| find(database, caller, &id))?;
    wire::answer(&link, &caller.sandbox.origin)
}

/// Changes some of a link.
pub(in crate::api) fn patch(caller: &Caller<'_>, id: &str) -> Reply {
    let id = checked_id(id)?;
    let patch = caller.request.json(&PATCH)?;
    check_label(caller, &patch)?;
    let link = caller.sandbox.store.write(|write| {
        let mut link = find(write, caller, &id)?;
        if ["price", "currency", "accepts_currencies"].into_iter().any(|field| patch.get(field).is_some()) {
            check_price(&patch, Some(&link), caller.key.network)?;
        }
        if apply(&patch, &mut link, &write.iso()) {
            links::update(write, &link)?;
        }
        Ok::<_, Answer>(link)
    })?;
    wire::answer(&link, &caller.sandbox.origin)
}

/// Removes a link.
pub(in crate::api) fn delete(caller: &Caller<'_>, id: &str) -> Reply {
    let id = checked_id(id)?;
    caller.sandbox.store.write(|write| {
        find(write, caller, &id)?;
        links::remove(write, caller.key.network, &caller.key.id, &id).map_err(Answer::from)
    })?;
    Ok(Answer::json(200, &document("ok", Value::Bool(true))))
}

fn checked_id(id: &str) -> Result<String, Answer> {
    let id = parameter(id);
    fitting(&PATH, &document("id", Value::text(id.as_str())))?;
    Ok(id)
}

fn find(database: &Connection, caller: &Caller<'_>, id: &str) -> Result<Link, Answer> {
    let network = caller.key.network;
    links::get(database, network, &caller.key.id, id)?
        .ok_or_else(|| Answer::not_found(format!("payment link \"{id}\" not found on {network}")))
}

fn check_label(caller: &Caller<'_>, body: &Value) -> Result<(), Answer> {
    match body.get("label").and_then(Value::as_text) {
        Some(label) if caller.sandbox.strict => strict::check_label(label),
        _ => Ok(()),
    }
}

/// Refuses a price that can't be read in every currency that is taken. What a patch leaves alone comes from
/// the link.
fn check_price(body: &Value, link: Option<&Link>, network: Network) -> Result<(), Answer> {
    let price = match body.get("price").and_then(Value::as_text) {
        Some(price) => price.clone(),
        None => Text::from(link.map_or("", |link| &link.price)),
    };
    let currency = optional(body, "currency").or_else(|| link.map(|link| link.currency.clone()));
    let others = match body.get("accepts_currencies") {
        Some(Value::List(others)) => others.iter().filter_map(Value::as_text).map(Text::to_lossy).collect(),
        _ => link.map(wire::other_currencies).unwrap_or_default(),
    };
    for currency in currency.into_iter().chain(others) {
        if Price::parse(&price, &currency, network).is_none() {
            let cluster = if network == Network::Devnet { "devnet" } else { "mainnet" };
            let after =
                format!("\" for currency {currency} on {cluster} (supported tokens: {})", STABLES.join(", "));
            let message = [Text::from("unparseable price \""), price, Text::from(after)];
            return Err(Answer::invalid(message.into_iter().collect::<Text>(), None));
        }
    }
    Ok(())
}

fn draft(body: &Value, caller: &Caller<'_>, write: &Write<'_>) -> Result<Link, Answer> {
    let json = |name, default: &str| body.get(name).map_or(default.to_owned(), Value::to_json);
    Ok(Link {
        id: optional(body, "id").map_or_else(|| write.id().map(|id| id.to_lowercase()), Ok)?,
        network: caller.key.network,
        label: text(body, "label"),
        description: optional(body, "description"),
        owner_agent: text(body, "owner_agent"),
        owner_wallet: optional(body, "owner_wallet"),
        method: text(body, "method"),
        price: text(body, "price"),
        currency: text(body, "currency"),
        accepts_currencies: json("accepts_currencies", "[]"),
        response: json("response", "{}"),
        webhook_url: optional(body, "webhook_url"),
        wrap_receipt: body.get("wrap_receipt") == Some(&Value::Bool(true)),
        metadata: json("metadata", "{}"),
        protocol: text(body, "protocol"),
        disabled_at: None,
        created_at: write.iso(),
        updated_at: write.iso(),
        counters: Counters::default(),
    })
}

/// Writes a patch over a link; false where the patch is empty.
fn apply(patch: &Value, link: &mut Link, now: &str) -> bool {
    let Value::Object(fields) = patch else { return false };
    for (name, value) in fields {
        match name.to_lossy().as_str() {
            "label" => link.label = text(patch, "label"),
            "description" => link.description = optional(patch, "description"),
            "price" => link.price = text(patch, "price"),
            "currency" => link.currency = text(patch, "currency"),
            "accepts_currencies" => link.accepts_currencies = value.to_json(),
            "response" => link.response = value.to_json(),
            "webhook_url" => link.webhook_url = optional(patch, "webhook_url"),
            "wrap_receipt" => link.wrap_receipt = *value == Value::Bool(true),
            "metadata" => link.metadata = value.to_json(),
            "disabled" => link.disabled_at = (*value == Value::Bool(true)).then(|| now.to_owned()),
            "protocol" => link.protocol = text(patch, "protocol"),
            _ => continue,
        }
        link.updated_at = now.to_owned();
    }
    !fields.is_empty()
}

fn optional(body: &Value, name: &str) -> Option<String> {
    body.get(name).and_then(Value::as_text).map(stored)
}

fn text(body: &Value, name: &str) -> String {
    optional(body, name).unwrap_or_default()
}
