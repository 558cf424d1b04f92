//! A log, and what can happen to it: honest trouble and tampering.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::{fs, os::unix::fs::PermissionsExt as _, thread};

use leash_audit::{AuditKey, MAX_LINE};
use leash_signature::Secret;
use support::{Place, entry};

#[test]
fn what_is_written_verifies_and_reads_back() {
    let place = Place::new();
    assert_eq!(place.verify().count, 0, "no log is an empty log");
    for n in 0..5 {
        place.append(n);
    }
    let report = place.verify();
    assert_eq!((report.count, report.torn, report.torn_tail, &report.first_bad), (5, 0, false, &None));
    let lines: Vec<_> = place.log.read().unwrap().map(Result::unwrap).collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[3].entry, Some(entry(3)));
    assert_eq!(lines[3].number, 4);
    let text = place.text();
    assert!(text.lines().last().unwrap().contains(&report.head.unwrap()), "the head is the last line's code");
    assert!(text.starts_with(
        "{\"v\":1,\"time\":\"2026-01-01T00:00:00.000Z\",\"plugin\":\"p\",\"digest\":\"sha256:00\","
    ));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(place.log.path()), mode(place.log.path().parent().unwrap())), (0o600, 0o700));
}

#[test]
fn a_change_is_named_with_its_line() {
    let place = Place::new();
    for n in 0..6 {
        place.append(n);
    }
    let text = place.text();
    let lines: Vec<&str> = text.lines().collect();
    let bad = |lines: &[&str]| {
        place.put(&(lines.join("\n") + "\n"));
        let report = place.verify();
        let bad = report.first_bad.unwrap();
        assert_eq!(report.count + report.torn, bad.line - 1);
        (bad.line, bad.why.split(':').next().unwrap().to_owned())
    };
    let wrong = "its code is wrong".to_owned();
    let misplaced = "it doesn't follow the line before it".to_owned();
    let changed = lines[2].replace("signed", "denied_scope");
    assert_eq!(bad(&[lines[0], lines[1], &changed, lines[3]]), (3, wrong.clone()));
    let garbled = lines[3].replace("\"prev\"", "\"PREV\"");
    assert_eq!(
        bad(&[lines[0], lines[1], lines[2], &garbled, lines[4]]),
        (5, misplaced.clone()),
        "as if torn"
    );
    assert_eq!(bad(&[lines[0], lines[2]]), (2, misplaced.clone()), "taken out");
    assert_eq!(bad(&lines[1..]), (1, misplaced.clone()), "the first taken out");
    assert_eq!(bad(&[lines[0], lines[2], lines[1]]), (2, misplaced.clone()), "moved");
    assert_eq!(bad(&[lines[0], lines[1], lines[0]]), (3, misplaced), "added");
    let other = AuditKey::new(Secret::new([9; 32]));
    place.put(&text);
    let report = place.log.verify(&other).unwrap();
    assert_eq!((report.count, report.first_bad.unwrap().line), (0, 1), "another key");
}

#[test]
fn what_follows_a_forged_line_is_still_written() {
    let place = Place::new();
    place.append(0);
    place.append(1);
    let text = place.text();
    let forged = text.lines().next_back().unwrap().replace("signed", "quota");
    place.put(&format!("{text}{forged}\n"));
    place.fresh().append(2);
    let bad = place.verify().first_bad.unwrap();
    assert_eq!(bad.line, 3);
    // Without the forgery the rest is in order.
    place.put(&place.text().replace(&format!("{forged}\n"), ""));
    assert_eq!(place.verify().count, 3);
}

#[test]
fn a_tail_that_was_cut_off_shows_in_count_and_head_alone() {
    let place = Place::new();
    for n in 0..3 {
        place.append(n);
    }
    let before = place.verify();
    let text = place.text();
    place.put(&text[..text.trim_end().rfind('\n').unwrap() + 1]);
    let after = place.verify();
    assert_eq!((after.first_bad, after.count, before.count), (None, 2, 3));
    assert_ne!(after.head, before.head);
}

#[test]
fn torn_at_any_byte_it_goes_on() {
    let place = Place::new();
    place.append(0);
    place.append(1);
    let text = place.text();
    let start = text.trim_end().rfind('\n').unwrap() + 1;
    for cut in start..text.len() {
        place.put(&text[..cut]);
        let torn = place.verify();
        // All but the newline is all that matters.
        let whole = cut == text.len() - 1;
        assert_eq!((torn.count, torn.torn_tail), (if whole { 2 } else { 1 }, cut > start && !whole), "{cut}");
        let place = place.fresh();
        place.append(2);
        place.append(3);
        let report = place.verify();
        assert_eq!(report.first_bad, None, "{cut}");
        assert_eq!(report.count, if whole { 4 } else { 3 }, "{cut}");
        assert_eq!((report.torn, report.torn_tail), (u64::from(cut > start && !whole), false), "{cut}");
        let entries = place.log.read().unwrap().filter(|line| line.as_ref().unwrap().entry.is_some()).count();
        assert_eq!(entries as u64, report.count);
    }
}

#[test]
fn many_writers_at_once_make_one_chain() {
    let place = Place::new();
    thread::scope(|scope| {
        for writer in 0..8 {
            let place = &place;
            scope.spawn(move || {
                // A lock belongs to an open file, so each has one of its own, as processes have.
                let place = place.fresh();
                for n in 0..100 {
                    place.append(writer * 100 + n);
                }
            });
        }
        for _ in 0..20 {
            let report = place.verify();
            assert_eq!((report.first_bad, report.torn), (None, 0), "while they write");
        }
    });
    let report = place.verify();
    assert_eq!((report.count, report.first_bad, report.torn), (800, None, 0));
}

#[test]
fn hostile_fields_fit_into_a_line_and_move_no_cursor() {
    let place = Place::new();
    let wild = "\u{1b}[2J\"\\\n\0\u{9b}\u{202e}é".repeat(10_000);
    let mut hostile = entry(0);
    hostile.method.clone_from(&wild);
    hostile.path.clone_from(&wild);
    hostile.body_sha256.clone_from(&wild);
    hostile.plugin = wild;
    place.log.append(&place.key, &hostile).unwrap();
    let mut longest = entry(1);
    longest.path = format!("/{}?{}", "a".repeat(9 * 1024), "b".repeat(9 * 1024));
    place.log.append(&place.key, &longest).unwrap();
    let text = place.text();
    assert!(text.lines().all(|line| line.len() <= MAX_LINE));
    assert!(!text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')));
    let lines: Vec<_> = place.log.read().unwrap().map(Result::unwrap).collect();
    assert_eq!(lines[1].entry.as_ref(), Some(&longest), "what can be signed stays as it is");
    assert_eq!(place.verify().count, 2);
}
