//! Staying after the plugin's end, and being many.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read as _, Write as _},
    os::fd::AsRawFd as _,
    process::{Command, Stdio},
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    process::{Pid, PidfdFlags, pidfd_open, wait},
};

use super::{
    Got,
    speak::{Speaker, frame_of, good},
};
use crate::syscall::call;

pub(super) fn attack(what: &str, words: &[OsString]) -> Got {
    match what {
        "keep" => leave(false),
        "daemon" => leave(true),
        "after" => after(words),
        "thousand" => thousand(),
        "wait" => {
            println!("ready");
            io::stdout().flush()?;
            io::stdin().read_to_end(&mut Vec::new())?;
            Ok(None)
        }
        other => Err(io::Error::other(format!("no attack {other}"))),
    }
}

/// Leaves a process behind that has the socket, and ends once that one watches.
fn leave(daemon: bool) -> Got {
    let own = std::process::id().to_string();
    // What runs may lie in memory, and its name would not be one that attacks.
    let program = broken(self_path())?;
    let mut command = Command::new(if daemon { "setsid".into() } else { program.clone() });
    if daemon {
        command.arg("--fork").arg(program);
    }
    let mut child =
        command.args(["stay", "after", &own]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // It says when it watches.
    let mut line = [0; 1];
    if let Some(stderr) = child.stderr.as_mut() {
        broken(stderr.read_exact(&mut line))?;
    }
    Ok(None)
}

/// What the attack needs and didn't get is nothing that stopped it.
fn broken<T>(result: io::Result<T>) -> io::Result<T> {
    result.inspect_err(|error| println!("BROKEN: {error}"))
}

/// A copy of this program under the name that makes it attack.
fn self_path() -> io::Result<std::path::PathBuf> {
    let path = std::env::temp_dir().join("leash-evil-daemon");
    io::copy(&mut File::open("/proc/self/exe")?, &mut File::create(&path)?)?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&path, mode)?;
    Ok(path)
}

/// Waits for the plugin's end, and asks then.
fn after(words: &[OsString]) -> Got {
    let pid = words.first().and_then(|word| word.to_str()?.parse().ok()).and_then(Pid::from_raw);
    let plugin = pidfd_open(pid.ok_or_else(|| io::Error::other("no pid"))?, PidfdFlags::empty())?;
    let mut speaker = Speaker::new()?;
    let request = frame_of(good(3).to_string().as_bytes());
    io::stderr().write_all(b"!")?;
    poll(&mut [PollFd::new(&plugin, PollFlags::IN)], None)?;
    speaker.0.write_all(&request)?;
    let answer = speaker.answer()?;
    Ok(answer["ok"]["headers"].is_object().then(|| "a signature after the plugin's end".to_owned()))
}

/// A thousand children, each of which asks for one signature.
fn thousand() -> Got {
    let mut speaker = Speaker::new()?;
    let frame = frame_of(good(4).to_string().as_bytes());
    let stream = speaker.0.as_raw_fd() as usize;
    for _ in 0..1000 {
        let child = call(libc::SYS_clone, &[libc::SIGCHLD as usize, 0, 0, 0, 0])?;
        if child == 0 {
            let _ = call(libc::SYS_write, &[stream, frame.as_ptr() as usize, frame.len()]);
            let _ = call(libc::SYS_exit_group, &[0]);
        }
        let _ = wait(rustix::process::WaitOptions::empty());
    }
    let mut signed = 0;
    for _ in 0..1000 {
        if speaker.answer()?["ok"].is_object() {
            signed += 1;
        }
    }
    Ok((signed != 20).then(|| format!("{signed} signatures, where 20 were granted")))
}
