//! The `#!` line, read exactly as Linux reads it.
//!
//! What the kernel would start and what a grant binds must be the same, so its quirks are kept: it looks at
//! 256 bytes, knows spaces and tabs only, gives at most one argument, and reads texts up to a NUL.

use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};

/// How many bytes of a file the kernel looks at.
pub(crate) const LOOKED_AT: usize = 256;

/// What a `#!` line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The interpreter, as written.
    pub interpreter: OsString,
    /// All that stands after it, as one argument.
    pub argument: Option<OsString>,
}

/// Reads the first line of a file; `None` where it isn't a script.
///
/// # Errors
/// Where the kernel wouldn't run it.
pub(crate) fn parse(head: &[u8]) -> Option<Result<Line, &'static str>> {
    if !head.starts_with(b"#!") {
        return None;
    }
    // Padded with zeros, the last byte never looked at for a text: as in the kernel's `bprm->buf`.
    let mut buffer = [0; LOOKED_AT];
    let length = head.len().min(LOOKED_AT);
    buffer[..length].copy_from_slice(&head[..length]);
    Some(read(&buffer))
}

fn read(buffer: &[u8; LOOKED_AT]) -> Result<Line, &'static str> {
    const LAST: usize = LOOKED_AT - 1;
    let mut end = match buffer.iter().position(|b| matches!(b, b'\n' | 0)) {
        Some(at) if buffer[at] == b'\n' => at,
        // No end of line before the first NUL: everything counts, if a name ends in it at all.
        _ => {
            let name = first_nonblank(buffer, 2, LAST).ok_or("its `#!` line is blank")?;
            first_end(buffer, name, LAST).ok_or("its `#!` line is too long")?;
            LAST
        }
    };
    while is_blank(buffer[end - 1]) {
        end -= 1;
    }
    let name = first_nonblank(buffer, 2, end).filter(|name| *name < end);
    let name = name.ok_or("its `#!` line names no interpreter")?;
    let stop = first_end(buffer, name, end);
    let argument = stop
        .filter(|stop| buffer[*stop] != 0)
        .and_then(|stop| first_nonblank(buffer, stop, end))
        .map(|at| text(&buffer[at..end]));
    let interpreter = text(&buffer[name..stop.unwrap_or(end).min(end)]);
    if interpreter.is_empty() {
        return Err("its `#!` line names no interpreter");
    }
    Ok(Line { interpreter, argument })
}

/// A text of C: up to the first NUL.
fn text(bytes: &[u8]) -> OsString {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    OsString::from_vec(bytes[..end].to_vec())
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The first byte that is no blank, `last` included.
fn first_nonblank(buffer: &[u8], first: usize, last: usize) -> Option<usize> {
    (first..=last).find(|at| !is_blank(buffer[*at]))
}

/// The first byte that ends a name, `last` included.
fn first_end(buffer: &[u8], first: usize, last: usize) -> Option<usize> {
    (first..=last).find(|at| is_blank(buffer[*at]) || buffer[*at] == 0)
}

#[cfg(test)]
mod tests {
    use std::{
        fs, io,
        os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
        path::Path,
        process::{Command, Output},
    };

    use super::*;

    fn executable(path: &Path, text: &[u8]) {
        fs::write(path, text).expect("a file");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
    }

    /// Another test's child may hold the file open for writing for a moment.
    fn run(path: &Path) -> io::Result<Output> {
        loop {
            match Command::new(path).output() {
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
                result => return result,
            }
        }
    }

    /// The kernel itself is the judge: an interpreter that says what it got.
    #[test]
    fn reads_what_the_kernel_reads() {
        let dir = tempfile::tempdir().expect("a directory");
        let interpreter = dir.path().join("interpreter");
        executable(&interpreter, b"#!/bin/sh\nprintf '%s\\0' \"$@\"\n");
        let path = interpreter.as_os_str().as_bytes();
        let with = |before: &[u8], after: &[u8]| [b"#!", before, path, after].concat();
        let fill = |length: usize| vec![b'a'; length - path.len() - 3];
        let mut heads = vec![
            with(b"", b"\n"),
            with(b"", b""),
            with(b" \t ", b" \t \n"),
            with(b"", b" one\n"),
            with(b"", b"\tone two  three \t\nmore\n"),
            with(b"", b" one"),
            with(b"", b" "),
            with(b"", b" \t"),
            with(b"", b"\r\n"),
            with(b"", b" one\r\n"),
            with(b"", b"\0 one\n"),
            with(b"", b" one\0two\n"),
            with(b"", b" \0two\n"),
            with(b"\n", b"\n"),
            b"#!".to_vec(),
            b"#!\n".to_vec(),
            b"#! \t\n".to_vec(),
            b"#! \t".to_vec(),
            [b"#!".to_vec(), vec![b' '; 300]].concat(),
            [b"#!".to_vec(), vec![b' '; 300], path.to_vec()].concat(),
            [b"#!/".to_vec(), vec![b'a'; 300]].concat(),
        ];
        for length in 253..259 {
            for end in [&b"\n"[..], b"", b" \n", b" b\n", b"b\n"] {
                heads.push([&with(b"", b" ")[..], &fill(length), end].concat());
                // The name itself reaches the end of what is looked at.
                heads.push([&b"#!"[..], &vec![b' '; length - path.len() - 2], path, end].concat());
            }
        }
        let script = dir.path().join("script");
        for head in heads {
            executable(&script, &head);
            let shown = String::from_utf8_lossy(&head).into_owned();
            let read = parse(&head).expect("a script");
            match run(&script) {
                Ok(output) => {
                    let line = read.unwrap_or_else(|what| panic!("the kernel ran {shown:?}, and we: {what}"));
                    assert_eq!(line.interpreter, interpreter, "{shown:?}");
                    let got: Vec<_> = output.stdout.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
                    let script = script.as_os_str().as_bytes().to_vec();
                    let argument = line.argument.map(OsString::into_vec);
                    let expected: Vec<_> = argument.into_iter().chain([script, Vec::new()]).collect();
                    assert_eq!(got, expected, "{shown:?}");
                }
                // It looks for another interpreter then, or for none.
                Err(_) => assert!(read.map_or(true, |line| line.interpreter != interpreter), "{shown:?}"),
            }
        }
    }

    #[test]
    fn other_files_are_no_scripts() {
        for head in [&b""[..], b"#", b" #!/bin/sh\n", b"\x7fELF", b"\xef\xbb\xbf#!/bin/sh\n"] {
            assert_eq!(parse(head), None, "{head:?}");
        }
    }
}
