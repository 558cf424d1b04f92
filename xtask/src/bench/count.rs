//! What repeats from run to run: instructions and system calls, with the tools that are installed.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use super::case::{Case, installed};

/// The tools that work here.
pub(crate) struct Counter {
    strace: Option<PathBuf>,
    perf: Option<PathBuf>,
    valgrind: Option<PathBuf>,
}

impl Counter {
    pub(crate) fn find() -> Self {
        let mut counter =
            Self { strace: installed("strace"), perf: installed("perf"), valgrind: installed("valgrind") };
        // Virtual machines rarely have counters.
        let counts = |perf: &PathBuf| {
            let tried = Command::new(perf).args(["stat", "-x,", "-e", "instructions:u", "true"]).output();
            tried.is_ok_and(|tried| first_number(&tried.stderr).is_some())
        };
        counter.perf = counter.perf.filter(counts);
        counter
    }

    /// With what it counts.
    pub(crate) fn how(&self) -> String {
        let instructions = match (&self.perf, &self.valgrind) {
            (Some(_), _) => "perf",
            (None, Some(_)) => "valgrind",
            (None, None) => "no tool for instructions",
        };
        let calls = if self.strace.is_some() { "strace" } else { "none for system calls" };
        format!("{calls}, {instructions}; the signer's own are not among them")
    }

    /// System calls, those of children included. A signer is left out: it refuses to work while it is traced.
    pub(crate) fn calls(&self, case: &Case) -> Option<u64> {
        let strace = self.strace.as_ref()?;
        let mut words = vec!["-c", "-U", "calls"];
        if !case.is_shut {
            words.push("-f");
        }
        let output = case.around(Command::new(strace), &words).stderr(Stdio::piped()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stderr);
        let total = text.lines().rev().find_map(|line| line.trim().strip_suffix("total"))?;
        total.trim().parse().ok()
    }

    /// Instructions outside the kernel; of a shut one none, since the tools look into processes. Valgrind says nothing of
    /// a process that becomes another program, so what does that isn't counted either.
    pub(crate) fn instructions(&self, case: &Case) -> Option<u64> {
        if case.is_shut {
            return None;
        }
        if let Some(perf) = &self.perf {
            let words = ["stat", "-x,", "-e", "instructions:u"];
            let output = case.around(Command::new(perf), &words).stderr(Stdio::piped()).output().ok()?;
            return first_number(&output.stderr);
        }
        let valgrind = self.valgrind.as_ref()?.to_str()?;
        // Programs in Go don't always come to an end in it.
        let words = [
            "--kill-after=1",
            "20",
            valgrind,
            "--tool=callgrind",
            "--trace-children=yes",
            "--callgrind-out-file=/dev/null",
        ];
        let output = case.around(Command::new("timeout"), &words).stderr(Stdio::piped()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stderr);
        let counts =
            text.lines().filter_map(|line| line.split_once("Collected :")?.1.trim().parse::<u64>().ok());
        let (total, processes) = counts.fold((0, 0), |(total, number), count| (total + count, number + 1));
        let programs = text.lines().filter(|line| line.contains(" Command: ")).count();
        (output.status.success() && total > 0 && processes == programs).then_some(total)
    }
}

fn first_number(bytes: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().find_map(|line| line.split(',').next()?.parse().ok())
}
