//! After the key itself: where a process may leave one, and in the process that has it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
};

use libtest_mimic::Failed;

use crate::{
    table::{Attack, Met},
    world::{Level, SECRET, World, me},
};

pub(crate) fn all() -> Vec<Attack> {
    let looks = [
        ("looks for the key in its environment", "environment"),
        ("looks for the key in its arguments", "arguments"),
        ("looks for the key in its stdin", "stdin"),
        ("looks for the key in every open descriptor, and for stray ones", "descriptors"),
        ("looks for the key in its own memory", "memory"),
    ];
    let mut all: Vec<Attack> = looks
        .into_iter()
        .map(|(name, what)| Attack::stopped_twice(name, move |level| look(level, &["look", what])))
        .collect();
    all.push(Attack::stopped_twice("looks through the processes above it, in /proc", |level| {
        // The shell in between has no key, and is one that can be looked into.
        let world = World::trusted_evil(level);
        let line = format!("leash evil look relatives {} {}; exit $?", world.out(), std::process::id());
        met(world.got(&world.shell(&line).outcome()))
    }));
    let on_signer = [
        ("opens environ, mem, maps, fd of its signer, in /proc", ["look", "signers"]),
        ("traces its signer (PTRACE_SEIZE)", ["kernel", "seize"]),
        ("traces its signer (PTRACE_ATTACH)", ["kernel", "attach"]),
        ("reads its signer's memory (process_vm_readv)", ["kernel", "memory"]),
        ("writes its signer's memory (process_vm_writev)", ["kernel", "write"]),
        ("takes its signer's descriptors (pidfd_getfd)", ["kernel", "descriptor"]),
        ("compares its signer with itself (kcmp)", ["kernel", "compare"]),
    ];
    all.extend(on_signer.map(|(name, words)| {
        // Which one is its own nobody says; so there is no other.
        Attack::stopped_twice(name, move |level| look(level, &words)).alone()
    }));
    all.push(
        Attack::stopped_twice("has its signer crash, and looks for a core", |level| {
            look(level, &["kernel", "core"])
        })
        .alone(),
    );
    // Then nothing is signed any more.
    all.push(Attack::strict("ends its signer", |level| look(level, &["kernel", "end"])).alone());
    all.push(Attack::stopped("watches for a signer that isn't shut in yet", |_| early_memory()));
    for (name, variable) in [
        ("reads a passphrase descriptor that nobody consumed", ["7", " 6"].as_slice()),
        ("reads a passphrase from stdin that nobody consumed", &["0"]),
    ] {
        all.push(Attack::stopped_twice(name, move |level| passphrase(level, variable)));
    }
    all.push(Attack::strict("reads the key in the environment of the shell that has it", shell_with_key));
    all
}

fn met(got: Result<Option<String>, Failed>) -> Result<Met, Failed> {
    got.map(|got| got.map_or(Met::Stopped, Met::Got))
}

fn look(level: Level, words: &[&str]) -> Result<Met, Failed> {
    let world = World::trusted_evil(level);
    let out = world.out();
    let words: Vec<&str> = words.iter().copied().chain([out.as_str()]).collect();
    let run = world.leash(&[&["evil"], words.as_slice()].concat());
    let run = run.env("LEASH_API_KEY", SECRET).env("LEASH_PASSPHRASE", SECRET).input("typed");
    let outcome = run.outcome();
    control(&words)?;
    met(world.got(&outcome))
}

/// The same program without leash, and the key in every one of these places: then it must find it.
fn control(words: &[&str]) -> Result<(), Failed> {
    if words[0] != "look" || words[1] == "signers" {
        return Ok(());
    }
    let world = World::new();
    let program = world.evil("");
    let key = world.home.write_private("tmp/key", &world.key);
    let run =
        world.home.run(program, words[..2].iter().copied().chain([world.out().as_str(), world.key.as_str()]));
    let program = run.env("LEASH_EXECUTIVE_KEY", &world.key).command;
    let mut program = program;
    let output = program.stdin(fs::File::open(key)?).output()?;
    let outcome = String::from_utf8_lossy(&output.stdout).into_owned();
    match world.found() {
        Some(_) => Ok(()),
        None => Err(format!("without leash it doesn't find a key either: {outcome:?}").into()),
    }
}

/// A process that was there before: it opens the memory of each new process, as long as it may.
fn early_memory() -> Result<Met, Failed> {
    let world = World::trusted_evil(Level::Free);
    let mut watcher = Command::new(world.evil(crate::world::SIGN));
    let mut watcher = watcher
        .args(["race", "memory", &world.out()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut said = BufReader::new(watcher.stdout.take().unwrap());
    let mut tell = watcher.stdin.take().unwrap();
    let mut line = String::new();
    said.read_line(&mut line)?;
    let mut found = None;
    for _ in 0..10 {
        let mut run = world.leash(&["evil", "stay", "wait"]);
        let mut plugin: Child = run.command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        // When the plugin runs, its signer has the key.
        let mut screen = BufReader::new(plugin.stdout.take().unwrap());
        screen.read_line(&mut line)?;
        tell.write_all(b"read\n")?;
        said.read_line(&mut line)?;
        drop(plugin.stdin.take());
        plugin.wait()?;
        found = world.found();
        if found.is_some() {
            break;
        }
    }
    drop(tell);
    watcher.wait()?;
    Ok(found.map_or(Met::Stopped, Met::Got))
}

/// The user hands leash a passphrase for a key that needs none.
fn passphrase(level: Level, numbers: &[&str]) -> Result<Met, Failed> {
    for number in numbers {
        let world = World::trusted_evil(level);
        let file = world.home.join("keys/passphrase").display().to_string();
        let redirect = number.trim().trim_start_matches(['+', '0']);
        let redirect = if redirect.is_empty() { "0" } else { redirect };
        let line = format!(
            "LEASH_PASSPHRASE_FD='{number}' leash evil look stdin {0} {redirect}<{file}; \
             LEASH_PASSPHRASE_FD='{number}' leash evil look descriptors {0} {redirect}<{file}",
            world.out()
        );
        let outcome = world.shell(&line).outcome();
        let _ = world.got(&outcome)?;
        for file in fs::read_dir(world.home.join("out"))?.flatten() {
            if crate::syscall::holds(&fs::read(file.path())?, SECRET.as_bytes()) {
                return Ok(Met::Got(format!(
                    "the passphrase of descriptor `{number}`, in {:?}",
                    file.file_name()
                )));
            }
        }
    }
    Ok(Met::Stopped)
}

/// Without strict a process can look into every other one of its user's.
fn shell_with_key(level: Level) -> Result<Met, Failed> {
    let world = World::trusted_evil(level);
    let line = format!("leash evil look relatives {} {}; exit $?", world.out(), std::process::id());
    let outcome = world.shell(&line).env("MY_COPY_OF_THE_KEY", &world.key).outcome();
    met(world.got(&outcome))
}

/// Nothing separates root from root.
pub(crate) fn root_reads_a_signer() -> Result<(), Failed> {
    let world = World::trusted_evil(Level::Free);
    let mut run = world.leash(&["evil", "stay", "wait"]);
    let mut plugin = run.command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut screen = BufReader::new(plugin.stdout.take().unwrap());
    screen.read_line(&mut String::new())?;
    let mut reader = Command::new(world.evil(crate::world::SIGN));
    let outcome = reader.args(["look", "signers", &world.out()]).output()?;
    drop(plugin.stdin.take());
    plugin.wait()?;
    let said = String::from_utf8_lossy(&outcome.stdout).into_owned();
    if said.contains("GOT:") { Ok(()) } else { Err(format!("{} {said}", me().display()).into()) }
}
