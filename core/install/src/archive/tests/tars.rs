//! Tar archives.

use std::fs;

use super::{gzip, mode, refuses, takes};

/// One header and its data.
fn entry(name: &[u8], kind: u8, mode: u32, link: &[u8], data: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name);
    header[100..108].copy_from_slice(format!("{mode:07o}\0").as_bytes());
    header[108..116].copy_from_slice(b"0000000\0");
    header[116..124].copy_from_slice(b"0000000\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", data.len()).as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[156] = kind;
    header[157..157 + link.len()].copy_from_slice(link);
    header[257..265].copy_from_slice(b"ustar\x0000");
    mend_checksum(&mut header);
    header.extend_from_slice(data);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

pub(super) fn mend_checksum(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn file(name: &str, data: &[u8]) -> Vec<u8> {
    entry(name.as_bytes(), b'0', 0o644, b"", data)
}

fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    let mut data = String::new();
    for (key, value) in records {
        let rest = format!(" {key}={value}\n");
        let mut length = rest.len() + 1;
        while format!("{length}{rest}").len() != length {
            length += 1;
        }
        data.push_str(&format!("{length}{rest}"));
    }
    entry(b"pax", kind, 0o644, b"", data.as_bytes())
}

fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = entries.concat();
    bytes.resize(bytes.len() + 1024, 0);
    gzip(&bytes)
}

pub(super) fn plain_sample() -> Vec<u8> {
    let mut bytes =
        [file("a", b"data"), entry(b"d/", b'5', 0o755, b"", b""), entry(b"d/l", b'2', 0o777, b"../a", b"")]
            .concat();
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

pub(super) fn sample() -> Vec<u8> {
    gzip(&plain_sample())
}

#[test]
fn what_is_taken() {
    let outcome = takes(&tar(&[
        pax(b'g', &[("comment", "0123456789abcdef")]),
        entry(b"./", b'5', 0o777, b"", b""),
        entry(b"./bin/leash-x", b'0', 0o755, b"", b"#!/bin/sh\n"),
        entry(b"bin/", b'5', 0o2775, b"", b""),
        pax(b'x', &[("mtime", "1.5"), ("SCHILY.xattr.user.x", "y"), ("path", "long/name")]),
        entry(b"short", b'0', 0o666, b"", b"data"),
        entry(b"././@LongLink", b'L', 0o644, b"", b"also/long\0"),
        entry(b"also", b'\0', 0o600, b"", b""),
        entry(b"bin/link", b'2', 0o777, b"../long/name", b""),
    ]));
    assert_eq!(mode(&outcome.path("bin/leash-x")), 0o700);
    assert_eq!(mode(&outcome.path("bin")), 0o700);
    assert_eq!(mode(&outcome.path("long/name")), 0o600);
    assert_eq!(fs::read(outcome.path("bin/link")).unwrap(), b"data");
    assert!(outcome.path("also/long").exists() && !outcome.path("short").exists());
}

#[test]
fn names_that_lead_elsewhere() {
    for (name, why) in [
        ("../victim", "leads out"),
        ("a/../../../victim", "leads out"),
        ("/etc/x", "absolute"),
        ("a\\b", "backslash"),
        ("a\x1b[2Jb", "printable"),
        ("a\nb", "printable"),
        ("\u{202e}b", "printable"),
    ] {
        refuses(&tar(&[file(name, b"x")]), why);
        refuses(&tar(&[entry(name.as_bytes(), b'5', 0o755, b"", b"")]), why);
        refuses(
            &tar(&[pax(b'x', &[("path", name)]), file("fine", b"x")]),
            if name.contains('\n') { "malformed" } else { why },
        );
        let long = [name.as_bytes(), b"\0"].concat();
        refuses(&tar(&[entry(b"long", b'L', 0o644, b"", &long), file("fine", b"x")]), why);
    }
    // A prefix field is a part of the name.
    let mut prefixed = file("victim", b"x");
    prefixed[345..347].copy_from_slice(b"..");
    mend_checksum(&mut prefixed[..512]);
    refuses(&tar(&[prefixed]), "leads out");
    refuses(&tar(&[file("", b"x")]), "no name");
    refuses(&tar(&[file("a/", b"x")]), "name of a directory");
}

#[test]
fn links_and_what_else_is_no_file() {
    for target in ["../victim", "/etc/passwd", "a/../../x", "..", ""] {
        refuses(&tar(&[entry(b"l", b'2', 0o777, target.as_bytes(), b"")]), "out of it");
    }
    refuses(&tar(&[file("a", b""), entry(b"h", b'1', 0o644, b"a", b"")]), "hard link");
    for kind in [b'3', b'4', b'6', b'7', b'K', b'V', b'M', b'D'] {
        refuses(&tar(&[entry(b"x", kind, 0o644, b"", b"")]), "");
    }
    refuses(&tar(&[entry(b"x", b'S', 0o644, b"", b"")]), "sparse");
    // Nothing is written through a link, before it or after it.
    refuses(&tar(&[entry(b"d", b'2', 0o777, b".", b""), file("d/x", b"")]), "out of it");
    refuses(&tar(&[file("e/y", b""), entry(b"d", b'2', 0o777, b"e", b""), file("d/x", b"")]), "two things");
    refuses(&tar(&[file("d/x", b""), entry(b"d", b'2', 0o777, b"e", b"")]), "two things");
    refuses(&tar(&[entry(b".", b'2', 0o777, b"e", b"")]), "link");
    refuses(&tar(&[entry(b"l", b'2', 0o777, b"a", b"data")]), "kind");
    refuses(&tar(&[entry(b"d/", b'5', 0o755, b"", b"data")]), "kind");
}

#[test]
fn names_that_collide_and_modes() {
    refuses(&tar(&[file("a", b"1"), file("a", b"2")]), "twice");
    refuses(&tar(&[file("a", b"1"), file("./a", b"2")]), "twice");
    refuses(&tar(&[file("a", b"1"), file("A", b"2")]), "case");
    refuses(&tar(&[file("a", b"1"), file("a/b", b"2")]), "two things");
    refuses(&tar(&[file("D/a", b"1"), file("d/b", b"2")]), "case");
    for bad in [0o4755, 0o2755, 0o6755] {
        refuses(&tar(&[entry(b"a", b'0', bad, b"", b"")]), "set-user-id");
    }
}

#[test]
fn extended_headers() {
    for key in
        ["size", "linkpath", "GNU.sparse.major", "GNU.sparse.name", "hdrcharset", "charset", "realtime.x"]
    {
        refuses(&tar(&[pax(b'x', &[(key, "1")]), file("a", b"1")]), "sets");
    }
    for key in ["path", "size", "linkpath"] {
        refuses(&tar(&[pax(b'g', &[(key, "x")]), file("a", b"1")]), "sets");
    }
    refuses(&tar(&[pax(b'x', &[("path", "a"), ("path", "b")]), file("c", b"")]), "twice");
    refuses(&tar(&[pax(b'x', &[("path", "a")]), pax(b'x', &[("path", "b")]), file("c", b"")]), "two names");
    refuses(
        &tar(&[pax(b'x', &[("path", "a")]), entry(b"l", b'L', 0o644, b"", b"b\0"), file("c", b"")]),
        "two names",
    );
    refuses(&tar(&[pax(b'x', &[("path", "a")])]), "nothing that has it");
    for data in [&b"8 path=a\n"[..], b"path=a\n", b"10 path=a", b"99999999999999999999 a=b\n", b"8 path=\n"] {
        refuses(&tar(&[entry(b"p", b'x', 0o644, b"", data), file("c", b"")]), "");
    }
    refuses(&tar(&[entry(b"p", b'x', 0o644, b"", &vec![b'a'; 70_000]), file("c", b"")]), "64 KiB");
    refuses(&tar(&[entry(b"p", b'L', 0o644, b"", &vec![b'a'; 70_000]), file("c", b"")]), "64 KiB");
    refuses(&tar(&[entry(b"l", b'L', 0o644, b"", b"a\0b\0"), file("c", b"")]), "printable");
}

#[test]
fn what_is_cut_and_what_follows() {
    let whole = sample();
    refuses(&whole[..whole.len() - 4], "read to its end");
    refuses(&[whole.as_slice(), b"x"].concat(), "after its end");
    refuses(&[whole.as_slice(), &whole].concat(), "after its end");
    refuses(&[whole.as_slice(), &[0; 512]].concat(), "after its end");
    let mut plain = plain_sample();
    plain.extend_from_slice(&file("hidden", b"x"));
    refuses(&gzip(&plain), "after its end");
    // The gzip stream is whole, and the tar in it isn't.
    refuses(&gzip(&plain_sample()[..515]), "middle");
    refuses(&gzip(&plain_sample()[..300]), "read to its end");
    // Any bit of the gzip trailer.
    for at in 1..=8 {
        let mut bytes = whole.clone();
        let last = bytes.len() - at;
        bytes[last] ^= 1;
        refuses(&bytes, "read to its end");
    }
    let mut wrong_sum = plain_sample();
    wrong_sum[150] ^= 1;
    refuses(&gzip(&wrong_sum), "read to its end");
}

#[test]
fn bombs() {
    let zeros = vec![0; 20 << 20];
    let bomb = tar(&[file("zeros", &zeros)]);
    assert!(bomb.len() < 200_000);
    refuses(&bomb, "unpacks to more");
    // The same in many small pieces.
    let pieces: Vec<_> = (0..17).map(|at| file(&format!("f{at}"), &zeros[..1 << 20])).collect();
    refuses(&tar(&pieces), "unpacks to more");
    // After the end of the archive.
    let mut after = plain_sample();
    after.resize(80 << 20, 0);
    refuses(&gzip(&after), "unpacks to more");
    let many: Vec<_> = (0..10_001).map(|at| file(&format!("f{at}"), b"")).collect();
    refuses(&tar(&many), "more than 10000");
    // A size that the data doesn't have.
    let mut huge = file("a", b"");
    huge[124..136].copy_from_slice(b"77777777777\0");
    mend_checksum(&mut huge[..512]);
    refuses(&tar(&[huge]), "unpacks to more");
    let mut binary = file("a", b"");
    binary[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    mend_checksum(&mut binary[..512]);
    refuses(&tar(&[binary]), "");
}
