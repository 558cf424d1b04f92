//! Challenges well and badly written, and the same ones read by somebody else's reader.

use proptest::prelude::*;

use super::*;

type Read = (String, Option<Vec<(String, String)>>);

fn read(header: &str) -> Vec<Read> {
    challenges(header).into_iter().map(|one| (one.scheme, one.params.ok())).collect()
}

fn known(scheme: &str, params: &[(&str, &str)]) -> Read {
    let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    (scheme.to_owned(), Some(params.collect()))
}

#[test]
fn challenges_are_told_apart() {
    for (header, expected) in [
        ("", vec![]),
        (" , ,", vec![]),
        ("Negotiate", vec![known("Negotiate", &[])]),
        ("Payment a=b", vec![known("Payment", &[("a", "b")])]),
        ("payment A = b ,c=\"d\"", vec![known("payment", &[("a", "b"), ("c", "d")])]),
        ("Basic dGVzdA==, Payment a=1", vec![known("Basic", &[]), known("Payment", &[("a", "1")])]),
        ("Negotiate abc=,Payment a=1", vec![known("Negotiate", &[]), known("Payment", &[("a", "1")])]),
        (
            "Payment a=1, b=2, Payment a=3,, Bearer realm=\"x, Payment y=1\", Payment\ta=4",
            vec![
                known("Payment", &[("a", "1"), ("b", "2")]),
                known("Payment", &[("a", "3")]),
                known("Bearer", &[("realm", "x, Payment y=1")]),
                known("Payment", &[("a", "4")]),
            ],
        ),
        (r#"Payment a="x\"y\\z""#, vec![known("Payment", &[("a", r#"x"y\z"#)])]),
        (
            r#"Payment a="\u2014 \ud83d\ude00 \\u2014 \user""#,
            vec![known("Payment", &[("a", r"— 😀 \u2014 user")])],
        ),
        ("Payment a=eyJ9-_.x==", vec![known("Payment", &[("a", "eyJ9-_.x==")])]),
        ("Payment a=\"\"", vec![known("Payment", &[("a", "")])]),
    ] {
        assert_eq!(read(header), expected, "{header}");
    }
}

#[test]
fn a_broken_challenge_leaves_the_others_alone() {
    for broken in [
        "Payment a=1, a=2",
        "Payment a=1, A=2",
        "Payment a=\"1\"b",
        "Payment a=1 b=2",
        "Payment a=1, \"b\"",
        "Payment a=1, @",
        "Payment (x)",
    ] {
        let header = format!("Bearer realm=x, {broken}, Payment c=3");
        let read = read(&header);
        assert_eq!(read.first(), Some(&known("Bearer", &[("realm", "x")])), "{header}");
        assert_eq!(read.get(1), Some(&("Payment".to_owned(), None)), "{header}");
        assert_eq!(read.last(), Some(&known("Payment", &[("c", "3")])), "{header}");
    }
    // Behind a quote that never ends, nothing can be told apart.
    assert_eq!(read("Payment a=1, b=\"x, Payment c=3"), [("Payment".to_owned(), None)]);
}

fn value() -> impl Strategy<Value = String> {
    // What a header may hold: no control characters.
    "[ -~]{0,20}"
}

fn quote(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_written_is_read(
        all in prop::collection::vec(
            ("[A-Z][a-z]{1,6}", prop::collection::btree_map("[a-z]{1,5}", value(), 1..4)), 0..5,
        ),
        joint in prop::sample::select(vec![",", ", ", " , ", ",,", "\t,\t"]),
    ) {
        let mut elements: Vec<String> = Vec::new();
        for (scheme, params) in &all {
            for (place, (name, value)) in params.iter().enumerate() {
                let scheme = if place == 0 { format!("{scheme} ") } else { String::new() };
                elements.push(format!("{scheme}{name}={}", quote(value)));
            }
        }
        let expected: Vec<_> = all
            .into_iter()
            .map(|(scheme, params)| (scheme, Some(params.into_iter().collect::<Vec<_>>())))
            .collect();
        prop_assert_eq!(read(&elements.join(joint)), expected);
    }

    #[test]
    fn any_text_is_read_to_its_end(header in "\\PC{0,60}") {
        let _ = challenges(&header);
    }

    #[test]
    fn any_text_of_these_characters_is_read_to_its_end(header in "[Pa=\",\\\\ u0-9\t~]{0,40}") {
        for challenge in challenges(&header) {
            prop_assert!(!challenge.scheme.is_empty());
        }
    }

    #[test]
    fn a_challenge_is_the_same_to_another_reader(
        id in "[!-~]{1,20}", realm in value(), description in "\\PC{0,20}", other in value(), merged: bool,
    ) {
        use mpp::protocol::core::{format_www_authenticate, parse_www_authenticate_all};
        let head = format!("Bearer realm={}, ", quote(&other));
        let plain = format!(
            "Payment id={}, realm={}, method=\"solana\", intent=\"charge\", request=\"e30\"",
            quote(&id), quote(&realm),
        );
        let mut theirs = mpp::parse_www_authenticate(&plain).expect("a challenge");
        theirs.description = Some(description);
        let Ok(header) = format_www_authenticate(&theirs) else { return Ok(()) };
        let header = if merged { format!("{head}{header}, {plain}") } else { header };
        let read: Vec<_> = challenges(&header).into_iter().filter(|one| one.scheme == "Payment").collect();
        let again: Vec<_> = parse_www_authenticate_all([header.as_str()]).into_iter().map(|one| one.expect("a challenge")).collect();
        prop_assert_eq!(read.len(), again.len());
        for (ours, theirs) in read.iter().zip(&again) {
            let params = ours.params.as_ref().expect("parameters");
            let get = |name: &str| params.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
            prop_assert_eq!(get("id"), Some(theirs.id.clone()));
            prop_assert_eq!(get("realm"), Some(theirs.realm.clone()));
            prop_assert_eq!(get("description"), theirs.description.clone());
        }
    }
}

#[test]
fn a_challenge_with_too_many_parameters_takes_no_time_and_no_other_with_it() {
    let many: String = (0..30_000).map(|number| format!(",p{number}=1")).collect();
    let read = challenges(&format!("Payment a=b{many}, Payment a=1"));
    assert_eq!(read[0].params, Err("it has more than 64 parameters"));
    assert_eq!(read[1].params, Ok(vec![("a".to_owned(), "1".to_owned())]));
    let most: String = (1..64).map(|number| format!(",p{number}=1")).collect();
    assert_eq!(challenges(&format!("Payment a=b{most}"))[0].params.as_ref().map(Vec::len), Ok(64));
}
