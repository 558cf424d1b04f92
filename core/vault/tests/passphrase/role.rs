//! What the process under test does: this same program, started again with a role to play.

use std::{
    env, fs, io,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use leash_output::{Error, Kind};
use leash_vault::passphrase;
use zeroize::Zeroizing;

pub(crate) const ROLE: &str = "VAULT_TEST_ROLE";
/// The terminal to sit at; unset for a process that has none.
pub(crate) const TERMINAL: &str = "VAULT_TEST_TERMINAL";

/// This program in a role, with its report on stdout.
pub(crate) fn command(role: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(ARGUMENTS);
    prepare(command, role)
}

/// The same behind a shell, which sets traps and hands descriptors down as users do.
pub(crate) fn behind_shell(role: &str, before: &str, redirection: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{before} exec \"$0\" \"$@\" {redirection}")]);
    shell.arg(env::current_exe().unwrap()).args(ARGUMENTS);
    prepare(shell, role)
}

const ARGUMENTS: [&str; 5] = ["--exact", "role::role", "--ignored", "--nocapture", "--quiet"];

fn prepare(mut command: Command, role: &str) -> Command {
    command.env(ROLE, role).env_remove("LEASH_PASSPHRASE_FD").env_remove("LEASH_PASSPHRASE_FILE");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The lines of a report.
pub(crate) fn report(stdout: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stdout);
    text.lines().filter_map(|line| line.split_once("REPORT ")).map(|(_, line)| line.to_owned()).collect()
}

/// No test of its own: it is what another process of this program does.
#[test]
#[ignore = "runs as a process of another test"]
fn role() {
    let role = env::var(ROLE).unwrap();
    if let Ok(terminal) = env::var(TERMINAL) {
        rustix::process::setsid().unwrap();
        // The first terminal that the leader of a session opens becomes the session's.
        let terminal = fs::File::options().read(true).write(true).open(terminal).unwrap();
        let _ = rustix::process::ioctl_tiocsctty(&terminal);
        // Open for as long as the process lives, or the last question's end would hang up.
        std::mem::forget(terminal);
    }
    match role.as_str() {
        "old" => report_one(false),
        "new" => report_one(true),
        "twice" => {
            report_one(false);
            report_one(false);
        }
        "no-terminal" => {
            rustix::process::setsid().unwrap();
            report_one(false);
        }
        "own-descriptor" => {
            // Opened by this process, and not handed to it.
            let file = fs::File::open("/etc/passwd").unwrap();
            assert!(std::os::fd::AsRawFd::as_raw_fd(&file) <= 9, "the number in the variable is another one");
            report_one(false);
            assert!(file.metadata().is_ok(), "it was closed");
        }
        "stay" => {
            report_one(false);
            // Ends with its stdin, or by a signal.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
        }
        "leader" => crate::stopping::lead(),
        other => panic!("no role `{other}`"),
    }
}

fn report_one(new: bool) {
    let caught = || {
        fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .find(|line| line.starts_with("SigCgt"))
            .map(str::to_owned)
    };
    let before = caught();
    match passphrase::obtain("agent `default`", new, &read_file) {
        Ok(obtained) => {
            let warned = if obtained.warning.is_some() { " warned" } else { "" };
            println!("\nREPORT {:?} {:?}{warned}", obtained.source, obtained.passphrase.expose());
            assert!(format!("{obtained:?}").contains("passphrase: REDACTED"));
        }
        Err(error) => {
            println!("\nREPORT error {} {:?} {error}; {}", error.code(), error.kind(), error.hints());
        }
    }
    assert_eq!(before, caught(), "signals are as they were");
    println!("\nREPORT fd={:?}", env::var_os("LEASH_PASSPHRASE_FD"));
    for number in [0, 5] {
        println!(
            "\nREPORT {number}={:?}",
            fs::read_link(format!("/proc/self/fd/{number}")).ok().map(|path| path.starts_with("/dev"))
        );
    }
}

/// Stands for the caller's own way of reading.
fn read_file(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    match fs::metadata(path) {
        Err(_) => Ok(None),
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
            Err(Error::new(Kind::Identity, "unsafe_file", "open to other users"))
        }
        Ok(_) => Ok(Some(Zeroizing::new(fs::read(path).unwrap()))),
    }
}
