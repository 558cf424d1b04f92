//! Nothing is refused.

use leash_output::Error;
use leash_protocol::frame::MAX_ID;
use leash_sdk::mock::{Honest, Reply, Shop};

use crate::conform::{
    bench::Bench,
    judge::{
        Verdict, payments as payments_of, said, same, signatures as asked, status, trace, unfit, unsigned,
    },
    signer::Mood,
    trial::{End, Ran},
    world::World,
};

pub(super) fn run(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    if let Some(verdict) = unfit(bench, normal) {
        return Ok(verdict);
    }
    let hint =
        "run it so: `leash plugin test PATH -- ARGUMENTS`; what the API answers, `--answers FILE` says";
    if let Some(kind) = trace(normal) {
        return Ok(Verdict::fail(format!("it ends with a {kind}{}", said(normal)), hint));
    }
    Ok(match normal.end {
        End::Exited(0) => Verdict::pass(format!("exit 0, signatures: {}", asked(normal))),
        End::Exited(3) => Verdict::pass(format!("exit 3, a verdict of no; signatures: {}", asked(normal))),
        _ => Verdict::fail(format!("it exits {}{}", status(normal), said(normal)), hint),
    })
}

pub(super) fn hello(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    if !bench.has_signer() || normal.asked.is_empty() {
        return Ok(Verdict::skip("it says nothing to a signer"));
    }
    if normal.asked[0]["op"] != "hello" {
        return Ok(Verdict::fail(
            format!("its first request is {}", normal.asked[0]),
            "say hello first: {\"id\":0,\"op\":\"hello\",\"v\":[1]}",
        ));
    }
    let fine = |id: &serde_json::Value| id.as_u64().is_some_and(|id| id <= MAX_ID);
    if let Some(bad) = normal.asked.iter().find(|request| !fine(&request["id"])) {
        return Ok(Verdict::fail(
            format!("`{bad}` has no id that a signer takes"),
            "number the requests: integers from 0 to 2^53-1",
        ));
    }
    let unknown = |op: &str| !matches!(op, "hello" | "sign_http" | "pay" | "pay_body" | "pay_done");
    let op = normal.asked.iter().find_map(|request| request["op"].as_str().filter(|op| unknown(op)));
    Ok(match op {
        Some(op) => Verdict::warn(
            format!("it asks for `{op}`, which no signer of this version knows"),
            "look at `features` in the answer to `hello` first",
        ),
        None => Verdict::pass(format!("requests: {}", normal.asked.len())),
    })
}

pub(super) fn scopes(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    if let Some(verdict) = unsigned(bench, normal) {
        return Ok(verdict);
    }
    let mut honest = Honest::granting(&[]);
    honest.scopes = bench.scopes.clone();
    honest.max_signatures = u32::MAX;
    for request in normal.asked.iter().filter(|request| request["op"] == "sign_http") {
        let Reply::Json(answer) = honest.answer(request) else { continue };
        if let Some(message) = answer.pointer("/err/message").and_then(|message| message.as_str()) {
            return Ok(Verdict::fail(
                format!("refused: {message}"),
                "ask for it in the manifest's `scopes`, or don't ask the signer",
            ));
        }
    }
    let sign = bench.manifest.as_ref().and_then(|manifest| manifest.sign.as_ref());
    let (count, most) =
        (asked(normal) - payments_of(normal), sign.map_or(u32::MAX, |sign| sign.max_signatures));
    if count > usize::try_from(most).unwrap_or(usize::MAX) {
        return Ok(Verdict::fail(
            format!(
                "it asks for {}, and `max_signatures` is {most}",
                leash_output::count(count, "signature")
            ),
            "raise `max_signatures`, or ask less often",
        ));
    }
    Ok(Verdict::pass(format!("signatures: {count}")))
}

pub(super) fn payments(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    let count = payments_of(normal);
    if count == 0 {
        return Ok(Verdict::skip("it pays nothing with these arguments (see `-- ARGS`)"));
    }
    let mut honest = Honest::granting(&[]);
    honest.shop = bench.pay().cloned().map(Shop::new);
    honest.max_signatures = u32::MAX;
    for request in normal.asked.iter().filter(|request| request["op"] == "pay") {
        let Reply::Json(answer) = honest.answer(request) else { continue };
        if let Some(message) = answer.pointer("/err/message").and_then(|message| message.as_str()) {
            return Ok(Verdict::fail(
                format!("refused: {message}"),
                "ask for it in the manifest's `[pay]`, or pay less, and less often",
            ));
        }
    }
    Ok(Verdict::pass(format!("payments: {count}")))
}

pub(super) fn signatures(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    if let Some(verdict) = unsigned(bench, normal) {
        return Ok(verdict);
    }
    if let Some(verdict) = unfit(bench, normal) {
        return Ok(verdict);
    }
    let signed = normal.presented.iter().filter(|one| one.signed).count();
    let bare = normal.presented.iter().find(|one| !one.signed);
    Ok(match (signed, bare) {
        (0, Some(bare)) => Verdict::fail(
            format!("it sent `{}` without the headers that it was given", bare.line),
            "send the signer's headers as they are",
        ),
        (0, None) => Verdict::skip("it sends nothing to the API"),
        (count, _) => Verdict::pass(format!("signed requests: {count}")),
    })
}

pub(super) fn visible(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    if let Some(verdict) = unsigned(bench, normal) {
        return Ok(verdict);
    }
    if let Some(name) = normal.presented.iter().find_map(|one| one.shown_by.as_ref()) {
        return Ok(Verdict::fail(
            format!("the signature stood in the arguments of `{name}`, which every user can list"),
            "hand it over by stdin or a file (curl: `--header @-`)",
        ));
    }
    let output = [normal.stdout.as_slice(), &normal.stderr].concat();
    let output = String::from_utf8_lossy(&output);
    // The mock's signatures begin so, and nothing else does.
    if output.contains(&"4x".repeat(40)) {
        return Ok(Verdict::warn(
            "it prints a signature, which works for five minutes wherever its output ends up",
            "don't print it",
        ));
    }
    Ok(Verdict::pass("nowhere"))
}

pub(super) fn left_behind(_: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    Ok(match normal.left.as_slice() {
        [] => Verdict::pass("none"),
        names => Verdict::warn(
            format!("still there, with the context: {}", names.join(", ")),
            "wait for what it starts; what it leaves behind has no signer any more",
        ),
    })
}

pub(super) fn json(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    let ran = bench.try_it(&World { json: true, ..World::default() })?;
    let verdict = same(bench, normal, &ran);
    let one = serde_json::from_slice::<serde_json::Value>(&ran.stdout).is_ok();
    if verdict.hint.is_some() || one {
        return Ok(verdict);
    }
    if ran.stdout == normal.stdout {
        return Ok(Verdict::skip("its output is the same: it makes nothing of `global.json`"));
    }
    Ok(Verdict::fail(
        "its output is no JSON document, or more than one",
        "print one document, and everything else on stderr",
    ))
}

pub(super) fn later(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    let world = World { later: true, signer: Mood::Later, ..World::default() };
    Ok(same(bench, normal, &bench.try_it(&world)?))
}

pub(super) fn big(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    let mut verdict = same(bench, normal, &bench.try_it(&World { big: true, ..World::default() })?);
    if let Some(hint) = &mut verdict.hint {
        "read it from the descriptor LEASH_CONTEXT_FD, which is always there".clone_into(hint);
    }
    Ok(verdict)
}

pub(super) fn slow(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    signing(bench, normal, Mood::Slow)
}

pub(super) fn trickle(bench: &Bench, normal: &Ran) -> Result<Verdict, Error> {
    let mut verdict = signing(bench, normal, Mood::Trickles)?;
    if let Some(hint) = &mut verdict.hint {
        "read until all of a frame is there: one call may give less".clone_into(hint);
    }
    Ok(verdict)
}

fn signing(bench: &Bench, normal: &Ran, signer: Mood) -> Result<Verdict, Error> {
    if let Some(verdict) = unsigned(bench, normal) {
        return Ok(verdict);
    }
    Ok(same(bench, normal, &bench.try_it(&World { signer, ..World::default() })?))
}
