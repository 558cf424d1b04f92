//! Looking for the key. All that can be read is put into a directory, where the test looks through it: who doesn't
//! know the key can't have it in its own memory by mistake.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::{
        ffi::OsStringExt as _,
        fs::{FileExt as _, OpenOptionsExt as _},
    },
    path::Path,
    process,
};

use super::Got;

/// No mapping of interest is longer.
const MOST: u64 = 128 * 1024 * 1024;

pub(super) fn environment(out: &Path) -> Got {
    let text: Vec<u8> = env::vars_os()
        .flat_map(|(name, value)| [name.into_vec(), b"=".to_vec(), value.into_vec(), b"\n".to_vec()].concat())
        .collect();
    put(out, "vars", &text)?;
    put(out, "environ", &fs::read("/proc/self/environ")?)?;
    // A secret's name would do, too.
    let told = env::vars_os().find(|(name, _)| {
        let name = name.to_string_lossy();
        name.starts_with("LEASH_PASSPHRASE") || name == "LEASH_EXECUTIVE_KEY" || name == "LEASH_API_KEY"
    });
    Ok(told.map(|(name, _)| format!("there is a variable {}", name.display())))
}

pub(super) fn arguments(out: &Path) -> Got {
    put(out, "cmdline", &fs::read("/proc/self/cmdline")?)?;
    put(out, "auxv", &fs::read("/proc/self/auxv")?)?;
    Ok(None)
}

pub(super) fn stdin(out: &Path) -> Got {
    let mut text = Vec::new();
    io::stdin().take(MOST).read_to_end(&mut text)?;
    put(out, "stdin", &text)?;
    Ok(None)
}

/// Every descriptor, read from its start; and whether there is one that nobody told of.
pub(super) fn descriptors(out: &Path) -> Got {
    let told: Vec<String> = ["LEASH_SIGNER", "LEASH_CONTEXT_FD"]
        .into_iter()
        .filter_map(|name| Some(env::var(name).ok()?.trim_start_matches("fd:").to_owned()))
        .chain(["0", "1", "2"].map(str::to_owned))
        .collect();
    let mut stray = None;
    let mut numbers: Vec<_> =
        fs::read_dir("/proc/self/fd")?.flatten().map(|entry| entry.file_name()).collect();
    // The last is the one that the list was read with.
    numbers.sort();
    for number in numbers {
        let path = Path::new("/proc/self/fd").join(&number);
        let Ok(target) = fs::read_link(&path) else { continue };
        put(out, "links", target.as_os_str().as_encoded_bytes())?;
        let _ = read_into(out, "descriptor", &path);
        if !told.iter().any(|told| number.to_str() == Some(told)) {
            stray = Some(format!("descriptor {} leads to {}", number.display(), target.display()));
        }
    }
    Ok(stray)
}

pub(super) fn memory(out: &Path) -> Got {
    dump(out, "self")?;
    Ok(None)
}

/// All that `/proc` tells of the processes above this one, up to the test, but for the test.
pub(super) fn relatives(out: &Path, test: &str) -> Got {
    let mut pid = parent(process::id()).unwrap_or(1);
    let mut seen = 0;
    while pid > 1 && pid.to_string() != test {
        seen += 1;
        let pid_text = pid.to_string();
        let _ = dump(out, &pid_text);
        let _ = open_files(out, &pid_text);
        pid = parent(pid).unwrap_or(1);
    }
    put(out, "count", seen.to_string().as_bytes())?;
    Ok(None)
}

/// Likewise of every signer that runs as this user: none of it may open.
pub(super) fn signers(out: &Path) -> Got {
    let all = super::signers();
    if all.is_empty() {
        return Err(io::Error::other("there is no signer"));
    }
    for pid in all {
        // What opens of one that has just ended is empty.
        if let Some(what) = opens(pid).filter(|_| super::is_signer(pid)) {
            return Ok(Some(what));
        }
        dump(out, &pid.to_string()).ok();
    }
    Ok(None)
}

/// What opens of a process.
fn opens(pid: u32) -> Option<String> {
    for name in ["environ", "mem", "maps", "smaps", "pagemap", "auxv", "io", "stack", "syscall"] {
        let path = format!("/proc/{pid}/{name}");
        if File::open(&path).is_ok_and(|file| file.read_at(&mut [0; 1], 0).is_ok()) {
            return Some(format!("{path} opens"));
        }
    }
    for name in ["cwd", "exe", "root", "fd/0", "fd/3"] {
        let path = format!("/proc/{pid}/{name}");
        if fs::read_link(&path).is_ok() {
            return Some(format!("{path} leads somewhere"));
        }
    }
    let listed = fs::read_dir(format!("/proc/{pid}/fd")).is_ok_and(|mut entries| entries.next().is_some());
    listed.then(|| format!("the descriptors of {pid} can be listed"))
}

/// Environment, arguments and memory of a process.
fn dump(out: &Path, pid: &str) -> io::Result<()> {
    for name in ["environ", "cmdline", "auxv"] {
        let _ = read_into(out, name, Path::new(&format!("/proc/{pid}/{name}")));
    }
    let maps = fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let memory = File::open(format!("/proc/{pid}/mem"))?;
    copy_memory(out, &maps, &memory)
}

/// What is mapped, but for what is as it is in a file.
pub(super) fn copy_memory(out: &Path, maps: &str, memory: &File) -> io::Result<()> {
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (Some(range), Some(rights)) = (fields.next(), fields.next()) else { continue };
        if !rights.starts_with("rw") {
            continue;
        }
        let address = |text: &str| u64::from_str_radix(text, 16).ok();
        let Some((from, to)) = range.split_once('-').and_then(|(a, b)| Some((address(a)?, address(b)?)))
        else {
            continue;
        };
        let mut bytes = vec![0; usize::try_from((to - from).min(MOST)).unwrap_or(0)];
        if let Ok(count) = memory.read_at(&mut bytes, from) {
            put(out, "memory", &bytes[..count])?;
        }
    }
    Ok(())
}

fn open_files(out: &Path, pid: &str) -> io::Result<()> {
    for entry in fs::read_dir(format!("/proc/{pid}/fd"))?.flatten() {
        let _ = read_into(out, "open", &entry.path());
    }
    Ok(())
}

fn read_into(out: &Path, name: &str, path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    // A terminal or a pipe holds nothing, and may keep us waiting.
    if !file.metadata()?.is_file() {
        return Ok(());
    }
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    put(out, name, &bytes)
}

pub(super) fn put(out: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let put = OpenOptions::new().create(true).append(true).open(out.join(name));
    let done = put.and_then(|mut file| file.write_all(bytes));
    if let Err(error) = &done {
        // What can't be shown to the test was not stopped.
        println!("BROKEN: {error}");
    }
    done
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
}
