//! Zip archives.

use std::{fs, io::Write as _};

use flate2::{Compression, Crc, write::DeflateEncoder};

use super::{mode, refuses, takes};

/// An entry, in its header and in the directory; a test makes the two differ.
#[derive(Clone)]
struct Entry {
    local: Half,
    central: Half,
    data: Vec<u8>,
    /// What comes behind the data.
    behind: Vec<u8>,
    unix_mode: u32,
}

#[derive(Clone)]
struct Half {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    extra: Vec<u8>,
}

fn entry(name: &str, data: &[u8]) -> Entry {
    let mut crc = Crc::new();
    crc.update(data);
    let size = u32::try_from(data.len()).unwrap();
    let half = Half {
        name: name.into(),
        flags: 0,
        method: 0,
        crc: crc.sum(),
        packed: size,
        size,
        extra: Vec::new(),
    };
    Entry {
        local: half.clone(),
        central: half,
        data: data.to_vec(),
        behind: Vec::new(),
        unix_mode: 0o100_644,
    }
}

fn deflated(name: &str, data: &[u8]) -> Entry {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    let packed = encoder.finish().unwrap();
    both(Entry { data: packed.clone(), ..entry(name, data) }, |half| {
        half.method = 8;
        half.packed = u32::try_from(packed.len()).unwrap();
    })
}

fn both(mut entry: Entry, change: impl Fn(&mut Half)) -> Entry {
    change(&mut entry.local);
    change(&mut entry.central);
    entry
}

fn half(half: &Half) -> Vec<u8> {
    let mut bytes = Vec::new();
    for short in [20, half.flags, half.method, 0, 0x21] {
        bytes.extend_from_slice(&short.to_le_bytes());
    }
    for long in [half.crc, half.packed, half.size] {
        bytes.extend_from_slice(&long.to_le_bytes());
    }
    for length in [half.name.len(), half.extra.len()] {
        bytes.extend_from_slice(&u16::try_from(length).unwrap().to_le_bytes());
    }
    bytes
}

/// Entries, then the directory, then the end.
fn zip(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let at = u32::try_from(bytes.len()).unwrap();
        bytes.extend_from_slice(b"PK\x03\x04");
        bytes.extend_from_slice(&half(&entry.local));
        bytes.extend_from_slice(&entry.local.name);
        bytes.extend_from_slice(&entry.local.extra);
        bytes.extend_from_slice(&entry.data);
        bytes.extend_from_slice(&entry.behind);
        directory.extend_from_slice(b"PK\x01\x02\x1e\x03");
        directory.extend_from_slice(&half(&entry.central));
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(entry.unix_mode << 16).to_le_bytes());
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(&entry.central.name);
        directory.extend_from_slice(&entry.central.extra);
    }
    end(&bytes, &directory, entries.len(), b"")
}

fn end(bytes: &[u8], directory: &[u8], count: usize, comment: &[u8]) -> Vec<u8> {
    let mut all = [bytes, directory, b"PK\x05\x06\0\0\0\0"].concat();
    for _ in 0..2 {
        all.extend_from_slice(&u16::try_from(count).unwrap().to_le_bytes());
    }
    for long in [directory.len(), bytes.len()] {
        all.extend_from_slice(&u32::try_from(long).unwrap().to_le_bytes());
    }
    all.extend_from_slice(&u16::try_from(comment.len()).unwrap().to_le_bytes());
    all.extend_from_slice(comment);
    all
}

pub(super) fn sample() -> Vec<u8> {
    let program = Entry { unix_mode: 0o100_755, ..deflated("d/x", &b"data ".repeat(100)) };
    zip(&[entry("d/", b""), program, entry("a", b"stored")])
}

#[test]
fn what_is_taken() {
    let outcome = takes(&sample());
    assert_eq!(fs::read(outcome.path("d/x")).unwrap(), b"data ".repeat(100));
    assert_eq!((mode(&outcome.path("d/x")), mode(&outcome.path("a"))), (0o700, 0o600));
    // As it is streamed: sizes come behind the data.
    let mut streamed = both(deflated("s", b"streamed"), |half| half.flags = 8);
    let (crc, packed, size) = (streamed.central.crc, streamed.central.packed, streamed.central.size);
    (streamed.local.crc, streamed.local.packed, streamed.local.size) = (0, 0, 0);
    streamed.behind =
        [b"PK\x07\x08".as_slice(), &crc.to_le_bytes(), &packed.to_le_bytes(), &size.to_le_bytes()].concat();
    let outcome = takes(&zip(&[streamed, entry("a", b"stored")]));
    assert_eq!(fs::read(outcome.path("s")).unwrap(), b"streamed");
    let mut written = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    written.start_file("leash-x", options.unix_permissions(0o755)).unwrap();
    written.write_all(&b"#!/bin/sh\n".repeat(50)).unwrap();
    let outcome = takes(&written.finish().unwrap().into_inner());
    assert_eq!(mode(&outcome.path("leash-x")), 0o700);
}

#[test]
fn names_links_and_modes() {
    for (name, why) in [
        ("../victim", ""),
        ("a/../../victim", ""),
        ("/etc/x", ""),
        ("a\\..\\b", ""),
        ("a\x1b[2Jb", "printable"),
        ("a\0b", ""),
        ("", ""),
    ] {
        refuses(&zip(&[entry(name, b"x")]), why);
    }
    refuses(&zip(&[entry("a", b"1"), entry("a", b"2")]), "");
    refuses(&zip(&[entry("a", b"1"), entry("A", b"2")]), "case");
    refuses(&zip(&[entry("a", b"1"), entry("a/b", b"2")]), "two things");
    for mode in [0o120_777, 0o010_644, 0o060_644, 0o020_644, 0o140_644] {
        refuses(&zip(&[Entry { unix_mode: mode, ..entry("x", b"/etc") }]), "");
    }
    refuses(&zip(&[Entry { unix_mode: 0o104_755, ..entry("x", b"") }]), "set-user-id");
    refuses(&zip(&[Entry { unix_mode: 0o120_777, ..entry("x", b"a") }]), "link");
}

#[test]
fn headers_that_say_something_else_than_the_directory() {
    let change = |change: &dyn Fn(&mut Half)| {
        let mut lying = deflated("name", b"data data data data");
        change(&mut lying.local);
        zip(&[lying, entry("after", b"")])
    };
    refuses(&change(&|local| local.name = b"eman".to_vec()), "");
    refuses(&change(&|local| local.name = b"longer-name".to_vec()), "");
    refuses(&change(&|local| local.size = 3), "");
    refuses(&change(&|local| local.packed -= 1), "");
    refuses(&change(&|local| local.crc ^= 1), "");
    refuses(&change(&|local| local.method = 0), "");
    refuses(&change(&|local| local.flags = 1), "");
    // Both lie.
    let lie = |change: &dyn Fn(&mut Half)| {
        zip(&[both(deflated("name", b"data data data data"), change), entry("after", b"")])
    };
    refuses(&lie(&|half| half.size -= 1), "");
    refuses(&lie(&|half| half.size += 1), "");
    refuses(&lie(&|half| half.crc ^= 1), "");
    refuses(&lie(&|half| half.packed += 1), "");
    refuses(&lie(&|half| half.flags = 1), "");
    for method in [1, 6, 9, 12, 14, 93, 95, 99] {
        refuses(&lie(&|half| half.method = method), "");
    }
}

#[test]
fn what_lies_between_before_and_behind() {
    let whole = sample();
    refuses(&[b"PK\x03\x04 before ".as_slice(), &whole].concat(), "");
    refuses(&[whole.as_slice(), b"x"].concat(), "doesn't end");
    refuses(&[whole.as_slice(), &whole].concat(), "");
    refuses(&whole[..whole.len() - 1], "");
    // An entry that the directory doesn't know.
    let hidden = Entry { behind: zip(&[entry("hidden", b"x")]), ..entry("a", b"1") };
    refuses(&zip(&[hidden]), "");
    refuses(&zip(&[Entry { behind: vec![0; 7], ..entry("a", b"1") }]), "between");
    refuses(&zip(&[Entry { behind: vec![0; 16], ..entry("a", b"1") }]), "between");
    // Comments, parts of several, numbers that are wrong.
    let (bytes, directory) = {
        let whole = zip(&[entry("a", b"1")]);
        let at = whole.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        (whole[..at].to_vec(), whole[at..whole.len() - 22].to_vec())
    };
    let _ = takes(&end(&bytes, &directory, 1, b""));
    refuses(&end(&bytes, &directory, 1, b"comment"), "comment");
    refuses(&end(&bytes, &directory, 2, b""), "");
    refuses(&end(&bytes, &directory, 0, b""), "");
    refuses(&end(&bytes, &[directory.as_slice(), b"gap"].concat(), 1, b""), "");
    // Two entries that share their data.
    let mut shared = zip(&[entry("a", b"1"), entry("b", b"1")]);
    let second = shared.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
    shared[second + 42..second + 46].fill(0);
    refuses(&shared, "");
}

#[test]
fn zip64_and_second_names() {
    let field = |id: u16, data: &[u8]| {
        [&id.to_le_bytes()[..], &u16::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
    };
    let sizes = [1_u64.to_le_bytes(), 1_u64.to_le_bytes()].concat();
    refuses(&zip(&[both(entry("a", b"1"), |half| half.extra = field(1, &sizes))]), "");
    refuses(
        &zip(&[both(entry("a", b"1"), |half| {
            half.extra = field(1, &sizes);
            half.size = u32::MAX;
            half.packed = u32::MAX;
        })]),
        "",
    );
    let second = [&[1, 0, 0, 0, 0][..], b"../victim"].concat();
    refuses(&zip(&[both(entry("a", b"1"), |half| half.extra = field(0x7075, &second))]), "");
    refuses(&zip(&[both(entry("a", b"1"), |half| half.extra = vec![1, 2, 3])]), "");
    refuses(&zip(&[both(entry("a", b"1"), |half| half.extra = vec![9, 9, 255, 0])]), "");
    // A zip64 end between the directory and the end.
    let whole = zip(&[entry("a", b"1")]);
    let (before, last) = whole.split_at(whole.len() - 22);
    let locator = [b"PK\x06\x07".as_slice(), &[0; 16]].concat();
    refuses(&[before, &locator, last].concat(), "");
}

#[test]
fn bombs() {
    let zeros = vec![0; 20 << 20];
    refuses(&zip(&[deflated("zeros", &zeros)]), "unpacks to more");
    let small = deflated("zeros", &zeros);
    // It says that it is small.
    refuses(&zip(&[both(small, |half| half.size = 10)]), "");
    let many: Vec<_> = (0..10_001).map(|at| entry(&format!("f{at}"), b"")).collect();
    refuses(&zip(&many), "more than 10000");
}
