//! Asking the kernel for what belongs to others.

use std::{
    ffi::{CString, OsString},
    fs::{self, File},
    io::{self, Write as _},
    os::{
        fd::{AsRawFd as _, RawFd},
        unix::{ffi::OsStrExt as _, process::ExitStatusExt as _},
    },
    process::Command,
};

use super::{Got, own_signer};
use crate::syscall::call;

pub(super) fn attack(what: &str, words: &[OsString]) -> Got {
    let word = |index: usize| words.get(index).map(|word| word.as_bytes().to_vec()).unwrap_or_default();
    let number = |index: usize| String::from_utf8_lossy(&word(index)).parse::<usize>().unwrap_or_default();
    let done = match what {
        // On the signer.
        "seize" => call(libc::SYS_ptrace, &[libc::PTRACE_SEIZE as usize, own_signer()? as usize, 0, 0]),
        "attach" => call(libc::SYS_ptrace, &[libc::PTRACE_ATTACH as usize, own_signer()? as usize, 0, 0]),
        "memory" => return memory(own_signer()? as usize),
        "write" => return scribble(own_signer()? as usize),
        "descriptor" => return descriptor(own_signer()? as usize),
        "compare" => call(libc::SYS_kcmp, &[own_signer()? as usize, std::process::id() as usize, 1, 0, 0]),
        "core" => return core(),
        "end" => call(libc::SYS_kill, &[own_signer()? as usize, libc::SIGKILL as usize]),
        "limits" => {
            let limits = [u64::MAX, u64::MAX];
            let core = libc::RLIMIT_CORE as usize;
            call(libc::SYS_prlimit64, &[own_signer()? as usize, core, limits.as_ptr() as usize, 0])
        }
        // On the one who is named.
        "seize-of" => call(libc::SYS_ptrace, &[libc::PTRACE_SEIZE as usize, number(0), 0, 0]),
        "memory-of" => return memory(number(0)),
        "descriptor-of" => return descriptor(number(0)),
        "limits-of" => {
            let limits = [0_u64, 0];
            let cpu = libc::RLIMIT_CPU as usize;
            call(libc::SYS_prlimit64, &[number(0), cpu, limits.as_ptr() as usize, 0])
        }
        "pidfd-kill" => {
            let fd = call(libc::SYS_pidfd_open, &[number(0), 0])?;
            call(libc::SYS_pidfd_send_signal, &[fd as usize, 9, 0, 0])
        }
        // On nobody but itself.
        "users" => call(libc::SYS_unshare, &[(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) as usize]),
        "ring" => call(libc::SYS_io_uring_setup, &[1, [0_u8; 120].as_mut_ptr() as usize]),
        "faults" => call(libc::SYS_userfaultfd, &[1]),
        "tiocsti" => call(libc::SYS_ioctl, &[0, 0x5412, b"x".as_ptr() as usize]),
        "connect" => return connect(&word(0)),
        "abstract" => return connect(&[b"\0".to_vec(), word(0)].concat()),
        "datagram" => return datagram(&word(0)),
        "exchange" => {
            let (from, to) = (path(&word(0))?, path(&word(1))?);
            let here = libc::AT_FDCWD as usize;
            let flag = libc::RENAME_EXCHANGE as usize;
            call(libc::SYS_renameat2, &[here, from.as_ptr() as usize, here, to.as_ptr() as usize, flag])
        }
        "from-memory" => return from_memory(words),
        other => return Err(io::Error::other(format!("no attack {other}"))),
    };
    done.map(|_| Some(what.to_owned()))
}

fn path(bytes: &[u8]) -> io::Result<CString> {
    CString::new(bytes).map_err(io::Error::other)
}

/// Reads where another process's code begins, which is the same as ours where it was split off from us, and else where
/// its stack begins.
fn memory(pid: usize) -> Got {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<usize> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .map(|field| field.parse().unwrap_or_default())
        .collect();
    let mut last = io::Error::other("it has no memory");
    // Where the program begins and where the stack does: 0 where this is kept from us.
    for address in
        [fields[23], fields[25]].into_iter().map(|known| if known < 4096 { 0x40_0000 } else { known })
    {
        let mut byte = [0_u8; 8];
        let local = [byte.as_mut_ptr() as usize, 8];
        let remote = [address, 8];
        let (local, remote) = (local.as_ptr() as usize, remote.as_ptr() as usize);
        match call(libc::SYS_process_vm_readv, &[pid, local, 1, remote, 1, 0]) {
            Ok(_) => return Ok(Some(format!("memory of {pid}"))),
            // An address that isn't there is no refusal.
            Err(error) if error.raw_os_error() == Some(libc::EFAULT) => {
                return Ok(Some(format!("leave to read the memory of {pid}")));
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn scribble(pid: usize) -> Got {
    let byte = [0_u8; 8];
    let local = [byte.as_ptr() as usize, 8];
    let remote = [0x40_0000_usize, 8];
    let (local, remote) = (local.as_ptr() as usize, remote.as_ptr() as usize);
    match call(libc::SYS_process_vm_writev, &[pid, local, 1, remote, 1, 0]) {
        Err(error) if error.raw_os_error() != Some(libc::EFAULT) => Err(error),
        _ => Ok(Some(format!("leave to write into the memory of {pid}"))),
    }
}

fn descriptor(pid: usize) -> Got {
    let process = call(libc::SYS_pidfd_open, &[pid, 0])?;
    let mut last = io::Error::other("it has none");
    for number in 0..16 {
        match call(libc::SYS_pidfd_getfd, &[process as usize, number, 0]) {
            Ok(_) => return Ok(Some(format!("descriptor {number} of {pid}"))),
            Err(error) => last = error,
        }
    }
    // Not that there is none: that we may not look.
    if last.raw_os_error() == Some(libc::EBADF) {
        return Ok(Some(format!("leave to take descriptors of {pid}")));
    }
    Err(last)
}

/// Has the signer crash, and looks for what it leaves. First with a process of our own: does one leave anything here?
fn core() -> Got {
    let unlimited = [u64::MAX, u64::MAX];
    let _ = call(libc::SYS_prlimit64, &[0, libc::RLIMIT_CORE as usize, unlimited.as_ptr() as usize, 0]);
    let crash = Command::new("/bin/sh").args(["-c", "kill -SEGV $$"]).status()?;
    let ours = crash.core_dumped();
    let signer = own_signer()?;
    call(libc::SYS_kill, &[signer as usize, libc::SIGSEGV as usize])?;
    // Nobody's child of ours: it is gone when it has no more memory. A runtime's handler may want to see it twice.
    while super::is_signer(signer) {
        let _ = call(libc::SYS_kill, &[signer as usize, libc::SIGSEGV as usize]);
        std::thread::yield_now();
    }
    let pid = signer.to_string();
    for dir in ["/", ".", "/tmp", "/var/crash", "/var/lib/systemd/coredump"] {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("core") && (name.contains(&pid) || dir == "/") && entry.metadata()?.is_file()
            {
                return Ok(Some(format!("{dir}/{name}")));
            }
        }
    }
    Err(io::Error::other(format!("no core was left (by a process of our own: {ours})")))
}

/// The address of a socket.
fn unix(name: &[u8]) -> Vec<u8> {
    let mut address = (libc::AF_UNIX as u16).to_ne_bytes().to_vec();
    address.extend_from_slice(name);
    // A path ends with a NUL; an abstract name begins with one, and ends where it ends.
    if name.first() != Some(&0) {
        address.push(0);
    }
    address
}

fn connect(name: &[u8]) -> Got {
    let address = unix(name);
    let socket = call(libc::SYS_socket, &[libc::AF_UNIX as usize, libc::SOCK_STREAM as usize, 0])?;
    call(libc::SYS_connect, &[socket as usize, address.as_ptr() as usize, address.len()])?;
    Ok(Some("a connection".to_owned()))
}

/// One end of a pair of datagram sockets can be sent to anyone, too.
fn datagram(name: &[u8]) -> Got {
    let address = unix(name);
    let mut pair: [RawFd; 2] = [-1; 2];
    let kind = libc::SOCK_DGRAM as usize;
    call(libc::SYS_socketpair, &[libc::AF_UNIX as usize, kind, 0, pair.as_mut_ptr() as usize])?;
    let text = b"x".as_ptr() as usize;
    call(libc::SYS_sendto, &[pair[0] as usize, text, 1, 0, address.as_ptr() as usize, address.len()])?;
    Ok(Some("a datagram sent".to_owned()))
}

/// Runs a program from memory, past every rule on files: `PROGRAM ARGUMENTS…`.
fn from_memory(words: &[OsString]) -> Got {
    let program = fs::read(words.first().ok_or_else(|| io::Error::other("no program"))?)?;
    let fd = call(libc::SYS_memfd_create, &[c"evil".as_ptr() as usize, 0])?;
    let mut file: File = crate::syscall::inherit(i32::try_from(fd).unwrap_or(-1)).into();
    file.write_all(&program)?;
    let readable = File::open(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    drop(file);
    let arguments: Vec<CString> =
        words.iter().map(|word| path(word.as_bytes())).collect::<io::Result<_>>()?;
    let mut pointers: Vec<usize> = arguments.iter().map(|word| word.as_ptr() as usize).collect();
    pointers.push(0);
    let none = [0_usize];
    call(
        libc::SYS_execveat,
        &[
            readable.as_raw_fd() as usize,
            c"".as_ptr() as usize,
            pointers.as_ptr() as usize,
            none.as_ptr() as usize,
            libc::AT_EMPTY_PATH as usize,
        ],
    )?;
    Ok(None)
}
