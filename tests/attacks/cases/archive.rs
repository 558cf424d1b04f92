//! After what lies around the place where a plugin is installed: archives that lie.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    process::{Command, Stdio},
};

use libtest_mimic::Failed;

use crate::{
    table::{Attack, Met},
    world::{World, manifest},
};

const FILE: u8 = b'0';
const HARD_LINK: u8 = b'1';
const LINK: u8 = b'2';
const PIPE: u8 = b'6';

pub(crate) fn all() -> Vec<Attack> {
    vec![Attack::stopped("ships a lying archive", |_| lies())]
}

/// One thing in an archive.
struct Entry {
    name: String,
    kind: u8,
    link: String,
    bytes: Vec<u8>,
    mode: u32,
}

fn entry(name: impl Into<String>, kind: u8, content: impl Into<Vec<u8>>) -> Entry {
    let content = content.into();
    let is_file = kind == FILE;
    let link = if is_file { String::new() } else { String::from_utf8_lossy(&content).into_owned() };
    Entry { name: name.into(), kind, link, bytes: if is_file { content } else { Vec::new() }, mode: 0o755 }
}

/// A plugin that nothing is wrong with.
fn honest(name: &str) -> Vec<Entry> {
    vec![
        entry("leash-plugin.toml", FILE, manifest(name, "")),
        entry(format!("leash-{name}"), FILE, "#!/bin/sh\necho installed\n"),
    ]
}

fn lies() -> Result<Met, Failed> {
    let world = World::new();
    let help = world.leash(&["plugin", "install", "--help"]).outcome();
    if help.status != 0 {
        return Ok(Met::NotChecked("needs a leash that installs archives".to_owned()));
    }
    let control = install(&world, honest("sound"))?;
    if control.status != 0 {
        return Err(format!("not even an honest one is installed: {control:?}").into());
    }
    let out = world.out();
    let key = world.home.join(".config/leash/agent.json").display().to_string();
    let up = "../".repeat(12);
    let lies: [(&str, Vec<Entry>); 11] = [
        ("a path with dots", vec![entry(format!("{up}{out}/taken"), FILE, "x")]),
        ("a path with dots in it", vec![entry(format!("sub/{up}{out}/taken"), FILE, "x")]),
        ("an absolute path", vec![entry(format!("{out}/taken"), FILE, "x")]),
        (
            "a link out of it, and a file behind",
            vec![entry("sub", LINK, out.as_str()), entry("sub/taken", FILE, "x")],
        ),
        ("a link out of it", vec![entry("sub", LINK, key.as_str())]),
        ("a link out of it, upwards", vec![entry("sub", LINK, format!("{up}{key}"))]),
        ("a hard link out of it", vec![entry("sub", HARD_LINK, key.as_str())]),
        ("a pipe", vec![entry("sub", PIPE, "")]),
        ("the same file twice", vec![entry("leash-liar", FILE, "#!/bin/sh\necho other\n")]),
        ("a name with an escape", vec![entry("su\u{1b}[31mb", FILE, "x"), entry("../x", FILE, "x")]),
        (
            "a program for its user alone to be",
            vec![Entry { mode: 0o4755, ..entry("sub", FILE, "#!/bin/sh\n") }],
        ),
    ];
    for (lie, more) in lies {
        let outcome = install(&world, honest("liar").into_iter().chain(more).collect())?;
        if fs::read_dir(world.home.join("out"))?.next().is_some() || fs::metadata(&key)?.nlink() != 1 {
            return Ok(Met::Got(format!("a file outside, by {lie}")));
        }
        // A mode may as well be dropped.
        let dropped =
            || lie.starts_with("a program") && world.home.mode(format!("{INSTALLED}/liar/sub")) & 0o6000 == 0;
        if outcome.status == 0 && !dropped() {
            return Ok(Met::Got(format!("installed with {lie}: {outcome:?}")));
        }
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        if said.contains('\u{1b}') {
            return Ok(Met::Got(format!("the terminal, by {lie}")));
        }
    }
    // Names that aren't its own.
    for name in ["agent", "plugin", "key", "Sound", "..", "loader", "payer"] {
        if install(&world, honest(name))?.status == 0 {
            return Ok(Met::Got(format!("the name {name}")));
        }
    }
    Ok(Met::Stopped)
}

const INSTALLED: &str = ".local/share/leash/plugins";

fn install(world: &World, entries: Vec<Entry>) -> Result<leash_tests::Outcome, Failed> {
    let path = world.home.join("tmp/plugin.tar.gz");
    let file = fs::File::create(&path)?;
    let mut gzip = Command::new("gzip").arg("-c").stdin(Stdio::piped()).stdout(file).spawn()?;
    let mut pipe = gzip.stdin.take().ok_or("no pipe")?;
    for entry in entries {
        pipe.write_all(&tar(&entry))?;
    }
    pipe.write_all(&[0; 1024])?;
    drop(pipe);
    gzip.wait()?;
    Ok(world.leash(&["plugin", "install", &path.display().to_string(), "--unsigned"]).outcome())
}

/// An entry as `tar` writes it, whatever its name.
fn tar(entry: &Entry) -> Vec<u8> {
    let mut head = [0_u8; 512];
    let mut put = |at: usize, text: &[u8], most: usize| {
        let text = &text[..text.len().min(most)];
        head[at..at + text.len()].copy_from_slice(text);
    };
    // A long name is parted at a slash.
    let name = entry.name.as_bytes();
    let cut = name.len().checked_sub(100).map_or(0, |least| {
        name.iter().enumerate().position(|(at, byte)| at >= least && *byte == b'/').map_or(0, |at| at + 1)
    });
    put(0, &name[cut..], 100);
    put(345, &name[..cut.saturating_sub(1)], 155);
    put(100, format!("{:07o}", entry.mode).as_bytes(), 8);
    put(108, b"0000000", 8);
    put(116, b"0000000", 8);
    put(124, format!("{:011o}", entry.bytes.len()).as_bytes(), 12);
    put(136, b"00000000000", 12);
    put(148, b"        ", 8);
    put(156, &[entry.kind], 1);
    put(157, entry.link.as_bytes(), 100);
    put(257, b"ustar\x0000", 8);
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut bytes = [head.as_slice(), &entry.bytes].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}
