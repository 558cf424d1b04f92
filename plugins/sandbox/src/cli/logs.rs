//! `logs`: what the server in the background wrote.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Seek as _},
    path::Path,
    time::Duration,
};

use leash_output::{Error, Out, escape};
use serde_json::json;

use super::DOCUMENT;
use crate::instance::DataDir;

const POLL: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Show the last N lines
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
    lines: usize,
    /// Go on as more is written
    #[arg(short, long)]
    follow: bool,
}

pub(super) fn logs(dir: &DataDir, args: &Args, out: Out) -> Result<(), Error> {
    if args.follow && out.json {
        return Err(Error::usage("`--follow` never ends, and `--json` prints one document")
            .hint("leave out one of the two"));
    }
    let path = dir.log();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::failure("no_log", "the sandbox has not logged anything yet")
            .hint("`leash sandbox up` starts it; `leash sandbox run` logs to the terminal"),
        _ => Error::io("read", &path, &error),
    };
    let mut reader = BufReader::new(File::open(&path).map_err(failed)?);
    let lines = last_lines(&mut reader, args.lines).map_err(failed)?;
    out.result(&json!({ "kind": DOCUMENT, "status": "ok", "lines": lines }), || shown(&lines))?;
    if args.follow {
        follow(reader, &path, out)?;
    }
    Ok(())
}

/// What was logged from a place in the file on; of much, the end.
pub(super) fn since(dir: &DataDir, start: u64) -> io::Result<Vec<String>> {
    let mut log = File::open(dir.log())?;
    log.seek(io::SeekFrom::Start(start))?;
    last_lines(&mut BufReader::new(log), 20)
}

fn last_lines(reader: &mut BufReader<File>, count: usize) -> io::Result<Vec<String>> {
    let mut lines = std::collections::VecDeque::new();
    while let Some(line) = next_line(reader)? {
        lines.push_back(line);
        if lines.len() > count {
            lines.pop_front();
        }
    }
    Ok(lines.into())
}

/// A whole line; what is written only in part stays for the next time.
fn next_line(reader: &mut BufReader<File>) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let read = reader.read_until(b'\n', &mut line)?;
    if line.pop() == Some(b'\n') {
        return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
    }
    reader.seek_relative(-i64::try_from(read).unwrap_or(0))?;
    Ok(None)
}

fn shown(lines: &[String]) -> String {
    lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("\n")
}

fn follow(mut reader: BufReader<File>, path: &Path, out: Out) -> Result<(), Error> {
    let failed = |error: io::Error| Error::io("read", path, &error);
    loop {
        while let Some(line) = next_line(&mut reader).map_err(failed)? {
            out.text(&escape(&line))?;
        }
        std::thread::sleep(POLL);
        // A new log took the old one's place.
        if fs::metadata(path).is_ok_and(|log| reader.stream_position().is_ok_and(|read| log.len() < read)) {
            reader = BufReader::new(File::open(path).map_err(failed)?);
        }
    }
}
