//! The plugin that attacks: this very program, under the name `leash-evil`. It ends with 0 where it succeeded, and says
//! what it got; with 1 where it was stopped, and says by what.

mod kernel;
mod look;
mod pay;
mod race;
mod speak;
mod stay;

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::Path,
    process::{self, ExitCode},
};

/// What an attack got, if it got anything; or what stopped it.
pub(crate) type Got = io::Result<Option<String>>;

/// Ends an attack that could not even be tried.
const BROKEN: u8 = 42;

/// Whether this process was started to attack.
pub(crate) fn is_meant() -> bool {
    let name = env::args_os().next().unwrap_or_default();
    Path::new(&name).file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"leash-evil"))
}

pub(crate) fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let word = |index: usize| words.get(index).and_then(|word| word.to_str()).unwrap_or_default();
    let path = Path::new(word(2));
    let got = match (word(0), word(1)) {
        ("look", "environment") => look::environment(path),
        ("look", "arguments") => look::arguments(path),
        ("look", "stdin") => look::stdin(path),
        ("look", "descriptors") => look::descriptors(path),
        ("look", "memory") => look::memory(path),
        ("look", "relatives") => look::relatives(path, word(3)),
        ("look", "signers") => look::signers(path),
        ("kernel", what) => kernel::attack(what, &words[2..]),
        ("lack", _) => Err(crate::cases::lack(&words[1..])),
        ("speak", "self") => return tell(),
        ("speak", what) => speak::attack(what, &words[2..]),
        ("pay", what) => pay::attack(what, &words[2..]),
        ("stay", what) => stay::attack(what, &words[2..]),
        ("race", what) => race::attack(what, &words[2..]),
        _ => {
            eprintln!("no such attack: {words:?}");
            return ExitCode::from(BROKEN);
        }
    };
    match got {
        Ok(Some(what)) => {
            println!("GOT: {what}");
            ExitCode::SUCCESS
        }
        Ok(None) => {
            println!("got nothing");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Says which of several programs this is, by what stands at its end, and whether it has a signer.
fn tell() -> ExitCode {
    let bytes = fs::read("/proc/self/exe").unwrap_or_default();
    let end = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(5)..]).into_owned();
    println!("{} [{}]", end.trim(), env::var("LEASH_SIGNER").unwrap_or_default());
    ExitCode::SUCCESS
}

/// The signer of the plugin in whose process this runs: it was started right after it.
fn own_signer() -> io::Result<u32> {
    let own = process::id();
    let later = signers().into_iter().filter(|pid| *pid > own).min();
    later.or_else(|| signers().into_iter().min()).ok_or_else(|| io::Error::other("there is no signer"))
}

/// The signers of this user's plugins.
fn signers() -> Vec<u32> {
    let names = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = names.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| is_signer(*pid)).collect()
}

fn is_signer(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // One that ends holds nothing any more, and the kernel lets anybody look at that.
    let memory = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    stat.contains("(leash-signer)")
        && !stat.contains(") Z ")
        && !memory.is_empty()
        && !memory.starts_with("0 ")
}
