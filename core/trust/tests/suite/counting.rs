//! Several processes at once: grants that are put, and signatures that are counted.

use std::{
    io::{Read as _, Write as _},
    process::{Child, Stdio},
};

use jiff::{Timestamp, tz::TimeZone};
use leash_trust::{Grant, Store};

use crate::fixture::{Home, child};

const CHILDREN: u32 = 10;
const EACH: u32 = 20;
const LIMIT: u32 = 57;

/// Starts children that wait for each other at their stdin, lets them go, and returns what they say.
fn race(home: &Home, test: &str) -> Vec<String> {
    let mut children: Vec<Child> = (0..CHILDREN)
        .map(|number| {
            child(test)
                .env("LEASH_TEST_ROOT", home.root.path())
                .env("LEASH_TEST_NUMBER", number.to_string())
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .expect("a child")
        })
        .collect();
    let mut gates: Vec<_> = children.iter_mut().map(|child| child.stdin.take().expect("a gate")).collect();
    gates.iter_mut().for_each(|gate| gate.write_all(b"g").expect("open"));
    let said = children.into_iter().map(|child| {
        let output = child.wait_with_output().expect("a child");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    });
    said.collect()
}

fn in_child() -> (Store, u32) {
    let root = std::env::var("LEASH_TEST_ROOT").expect("a root");
    let base = std::path::Path::new(&root).join("data/leash");
    let paths = leash_files::Paths {
        config: base.clone(),
        data: base.clone(),
        cache: base.clone(),
        original_config: base,
    };
    std::io::stdin().read_exact(&mut [0]).expect("the gate");
    let number = std::env::var("LEASH_TEST_NUMBER").expect("a number").parse().expect("a number");
    (Store::open(&paths), number)
}

#[test]
#[ignore = "runs as a child"]
fn takes() {
    let (store, _) = in_child();
    for _ in 0..EACH {
        match store.count_today("foo", LIMIT).expect("a count") {
            Some(count) => eprintln!("took {count}"),
            None => eprintln!("none left"),
        }
    }
}

#[test]
fn the_days_limit_holds_among_processes() {
    let today = || TimeZone::UTC.to_datetime(Timestamp::now()).date();
    let (home, said) = loop {
        let home = Home::new();
        let day = today();
        let said = race(&home, "counting::takes").concat();
        // Over midnight they would rightly begin anew.
        if today() == day {
            break (home, said);
        }
    };
    let mut took: Vec<u32> =
        said.lines().filter_map(|line| line.strip_prefix("took ")?.parse().ok()).collect();
    took.sort_unstable();
    assert_eq!(took, (1..=LIMIT).collect::<Vec<_>>());
    let refused = said.lines().filter(|line| *line == "none left").count();
    assert_eq!(refused, (CHILDREN * EACH - LIMIT) as usize);
    assert_eq!(home.store().counted_today("foo").expect("a count"), LIMIT);
    assert_eq!(home.store().count_today("foo", LIMIT).expect("a count"), None);
    assert_eq!(home.store().counted_today("bar").expect("a count"), 0);
}

#[test]
#[ignore = "runs as a child"]
fn puts() {
    let (store, number) = in_child();
    let grant = store.get("foo").expect("the store").expect("a grant");
    for round in 0..EACH {
        store.put(&Grant { max_signatures: number * EACH + round, ..grant.clone() }).expect("put");
        let read = store.get("foo").expect("never torn").expect("never gone");
        assert_eq!(Grant { max_signatures: 0, ..read }, Grant { max_signatures: 0, ..grant.clone() });
    }
}

#[test]
fn grants_put_at_once_are_whole() {
    let home = Home::new();
    let grant = home.trust(&home.plugin("#!/bin/sh\n"));
    race(&home, "counting::puts");
    let last = home.store().get("foo").expect("the store").expect("a grant");
    // Somebody's last one.
    assert_eq!((last.max_signatures + 1) % EACH, 0);
    assert_eq!(Grant { max_signatures: 0, ..last }, Grant { max_signatures: 0, ..grant });
    let left: Vec<_> = std::fs::read_dir(home.store().dir())
        .expect("the store")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().ends_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn trusting_anew_does_not_count_anew() {
    let home = Home::new();
    let found = home.plugin("#!/bin/sh\n");
    home.trust(&found);
    assert_eq!(home.store().count_today("foo", 1).expect("a count"), Some(1));
    home.store().remove("foo").expect("removed");
    home.trust(&found);
    assert_eq!(home.store().count_today("foo", 1).expect("a count"), None);
}
