//! The program that attacks where a shell can't. It ends with 0 where it succeeded.

use std::{
    ffi::{CString, OsString},
    fs::File,
    io,
    os::{
        fd::{AsRawFd as _, RawFd},
        unix::{ffi::OsStrExt as _, fs::OpenOptionsExt as _},
    },
    process::ExitCode,
};

use super::syscall::call;

/// Does what `words` say, and says why it didn't work.
pub(crate) fn run(words: &[OsString]) -> ExitCode {
    let word = |index: usize| words.get(index).cloned().unwrap_or_default();
    let number =
        |index: usize| word(index).to_str().and_then(|text| text.parse::<usize>().ok()).unwrap_or_default();
    let path = |index: usize| CString::new(word(index).as_bytes()).unwrap();
    let result = match word(0).to_str().unwrap() {
        "openat" => openat(&path(1), &path(2)),
        "truncate" => call(libc::SYS_truncate, &[address(&path(1)), 0]).map(drop),
        "tmpfile" => tmpfile(&word(1), &path(2)),
        "exchange" => {
            let exchange = libc::RENAME_EXCHANGE as usize;
            call(libc::SYS_renameat2, &[HERE, address(&path(1)), HERE, address(&path(2)), exchange]).map(drop)
        }
        "connect" => connect(word(1).as_bytes()),
        "abstract" => connect(&[b"\0", word(1).as_bytes()].concat()),
        "datagram" => datagram(word(1).as_bytes()),
        "tiocsti" => call(libc::SYS_ioctl, &[0, 0x5412, b"x".as_ptr() as usize]).map(drop),
        // The kernel doesn't look at the upper half, and neither may the filter.
        "tiocsti-high" => call(libc::SYS_ioctl, &[0, 0x1_0000_5412, b"x".as_ptr() as usize]).map(drop),
        "tgkill" => call(libc::SYS_tgkill, &[number(1), number(1), 9]).map(drop),
        "tkill" => call(libc::SYS_tkill, &[number(1), 9]).map(drop),
        "sigqueue" => queue(number(1)),
        "pidfd" => {
            let descriptor = call(libc::SYS_pidfd_open, &[number(1), 0]).unwrap();
            call(libc::SYS_pidfd_send_signal, &[descriptor as usize, 9, 0, 0]).map(drop)
        }
        "sigio" => sigio(number(1)),
        "limits" => {
            call(libc::SYS_prlimit64, &[number(1), libc::RLIMIT_CPU as usize, [0u64, 0].as_ptr() as usize, 0])
                .map(drop)
        }
        "ptrace" => call(libc::SYS_ptrace, &[libc::PTRACE_SEIZE as usize, number(1), 0, 0]).map(drop),
        "memory" => memory(number(1)),
        "descriptor" => {
            let descriptor = call(libc::SYS_pidfd_open, &[number(1), 0]).unwrap();
            call(libc::SYS_pidfd_getfd, &[descriptor as usize, 1, 0]).map(drop)
        }
        "users" => call(libc::SYS_unshare, &[libc::CLONE_NEWUSER as usize]).map(drop),
        "users-by-clone" => {
            call(libc::SYS_clone, &[(libc::CLONE_NEWUSER | libc::SIGCHLD) as usize]).map(drop)
        }
        "users-by-clone3" => {
            let arguments = [libc::CLONE_NEWUSER as u64, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0];
            call(libc::SYS_clone3, &[arguments.as_ptr() as usize, size_of_val(&arguments)]).map(drop)
        }
        "ring" => call(libc::SYS_io_uring_setup, &[1, [0u8; 120].as_mut_ptr() as usize]).map(drop),
        "all-refused" => all_refused(),
        "x32" => call(0x4000_0000 | libc::SYS_getpid, &[]).map(drop),
        unknown => panic!("no attack {unknown}"),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", word(0).display());
            ExitCode::FAILURE
        }
    }
}

const HERE: usize = libc::AT_FDCWD as usize;

fn address(text: &CString) -> usize {
    text.as_ptr() as usize
}

fn openat(directory: &CString, name: &CString) -> io::Result<()> {
    let descriptor = call(libc::SYS_openat, &[HERE, address(directory), libc::O_PATH as usize]).unwrap();
    call(libc::SYS_openat, &[descriptor as usize, address(name), libc::O_RDONLY as usize]).map(drop)
}

/// An unnamed file, made where that is allowed and then named where it isn't.
fn tmpfile(directory: &OsString, name: &CString) -> io::Result<()> {
    let file = File::options().write(true).custom_flags(libc::O_TMPFILE).open(directory).unwrap();
    let old = CString::new(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap();
    call(libc::SYS_linkat, &[HERE, address(&old), HERE, address(name), libc::AT_SYMLINK_FOLLOW as usize])
        .map(drop)
}

/// The address of a socket, and its length.
fn unix(name: &[u8]) -> (Vec<u8>, usize) {
    let mut address = (libc::AF_UNIX as u16).to_ne_bytes().to_vec();
    address.extend_from_slice(name);
    // A path ends with a NUL; an abstract name begins with one, and ends where it ends.
    if name.first() != Some(&0) {
        address.push(0);
    }
    let length = address.len();
    (address, length)
}

fn connect(name: &[u8]) -> io::Result<()> {
    let (address, length) = unix(name);
    let socket = call(libc::SYS_socket, &[libc::AF_UNIX as usize, libc::SOCK_STREAM as usize, 0])?;
    call(libc::SYS_connect, &[socket as usize, address.as_ptr() as usize, length]).map(drop)
}

/// One end of a pair of datagram sockets can be sent to anyone, too.
fn datagram(name: &[u8]) -> io::Result<()> {
    let (address, length) = unix(name);
    let mut pair: [RawFd; 2] = [-1; 2];
    let kind = (libc::SOCK_DGRAM | libc::SOCK_CLOEXEC) as usize;
    call(libc::SYS_socketpair, &[libc::AF_UNIX as usize, kind, 0, pair.as_mut_ptr() as usize])?;
    call(
        libc::SYS_sendto,
        &[pair[0] as usize, b"x".as_ptr() as usize, 1, 0, address.as_ptr() as usize, length],
    )
    .map(drop)
}

fn queue(process: usize) -> io::Result<()> {
    let mut information = [0i32; 32];
    information[2] = libc::SI_QUEUE;
    call(libc::SYS_rt_sigqueueinfo, &[process, 9, information.as_ptr() as usize]).map(drop)
}

/// Has the kernel send the signal: to the owner of a pipe that can be read.
fn sigio(process: usize) -> io::Result<()> {
    let mut pipe: [RawFd; 2] = [-1; 2];
    call(libc::SYS_pipe2, &[pipe.as_mut_ptr() as usize, 0])?;
    let control =
        |command: i32, value: usize| call(libc::SYS_fcntl, &[pipe[0] as usize, command as usize, value]);
    control(libc::F_SETOWN, process)?;
    control(10, libc::SIGKILL as usize)?;
    control(libc::F_SETFL, libc::O_ASYNC as usize)?;
    call(libc::SYS_write, &[pipe[1] as usize, b"x".as_ptr() as usize, 1]).map(drop)
}

/// Reads where another process's stack begins.
fn memory(process: usize) -> io::Result<()> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let stack: usize = stat.rsplit(')').next().unwrap().split_whitespace().nth(25).unwrap().parse().unwrap();
    let mut byte = [0u8; 8];
    let local = [byte.as_mut_ptr() as usize, 8];
    let remote = [stack, 8];
    let (local, remote) = (local.as_ptr() as usize, remote.as_ptr() as usize);
    call(libc::SYS_process_vm_readv, &[process, local, 1, remote, 1, 0]).map(drop)
}

/// Succeeds where one of these is answered in any other way than by strict.
fn all_refused() -> io::Result<()> {
    let calls = [
        ("process_vm_writev", libc::SYS_process_vm_writev),
        ("process_madvise", libc::SYS_process_madvise),
        ("kcmp", libc::SYS_kcmp),
        ("io_uring_enter", libc::SYS_io_uring_enter),
        ("io_uring_register", libc::SYS_io_uring_register),
        ("keyctl", libc::SYS_keyctl),
        ("add_key", libc::SYS_add_key),
        ("request_key", libc::SYS_request_key),
        ("setns", libc::SYS_setns),
        ("mount", libc::SYS_mount),
        ("umount2", libc::SYS_umount2),
        ("open_tree", libc::SYS_open_tree),
        ("fsopen", libc::SYS_fsopen),
        ("open_by_handle_at", libc::SYS_open_by_handle_at),
        ("bpf", libc::SYS_bpf),
        ("perf_event_open", libc::SYS_perf_event_open),
        ("userfaultfd", libc::SYS_userfaultfd),
    ];
    for (name, number) in calls {
        match call(number, &[usize::MAX; 6]) {
            Err(error) if error.raw_os_error() == Some(libc::EPERM) => {}
            other => {
                eprintln!("{name}: {other:?}");
                return Ok(());
            }
        }
    }
    Err(io::ErrorKind::PermissionDenied.into())
}
