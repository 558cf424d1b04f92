//! The files that may do what the workspace's lints forbid, and why: a new one has to be added here, where a review sees it.

use std::collections::BTreeSet;

use super::allowances::{Allowance, DISALLOWED_METHODS, PRINT_STDERR, PRINT_STDOUT, UNSAFE_CODE, find};

/// Where the tables are, for messages.
const FILE: &str = "xtask/src/tidy/exceptions.rs";

/// A file and its reason, which is the `reason` of the attribute in that file, word for word.
type Exception = (&'static str, &'static str);

/// Files that may be unsafe: the kernel, the loader or the C ABI leaves no other way.
const UNSAFE: &[Exception] = &[
    ("core/output/src/closed.rs", "there is no safe way to run before the runtime's own set-up"),
    ("core/sdk/src/inherited.rs", "a number in the environment is all that names an inherited descriptor"),
    (
        "core/signer-process/src/sys.rs",
        "fork, signal dispositions and closing foreign descriptors have no safe interface",
    ),
    ("core/strict/tests/attacks/syscall.rs", "an attack is made of calls that no safe interface offers"),
    ("core/trust/src/lease.rs", "leases have no safe interface"),
    ("core/trust/tests/suite/programs.rs", "a mapping is what the attack consists of"),
    ("core/trust/tests/suite/remembered.rs", "mapping a file has no safe interface"),
    ("core/vault/src/sys.rs", "the kernel and the C library offer these four no other way"),
    ("plugins/loader/src/call.rs", "a library hands over pointers"),
    ("plugins/loader/src/fatal.rs", "a handler of fatal signals is set through the C library"),
    ("plugins/loader/src/library.rs", "a dynamic library is entered through pointers"),
    ("tests/attacks/syscall.rs", "an attack is made of calls that no safe interface offers"),
];

/// Files that may read or change the environment, or use stdout or stderr directly (clippy.toml lists the functions).
const METHODS: &[Exception] = &[
    ("core/host/build.rs", "cargo tells a build script everything in variables"),
    ("core/identity/src/environment.rs", "the variables of an identity are read here"),
    ("core/files/src/home.rs", "HOME is looked for in one place"),
    ("core/files/src/paths.rs", "XDG_* name the directories of leash, which only this function looks for"),
    ("core/output/src/ask.rs", "leash-output is what writes to stdout and stderr"),
    ("core/output/src/fit.rs", "leash-output is what writes to stdout and stderr"),
    ("core/output/src/out.rs", "leash-output is what writes to stdout and stderr"),
    ("core/output/src/progress.rs", "leash-output is what writes to stdout and stderr"),
    ("core/output/src/style.rs", "NO_COLOR and TERM decide on colour, which only this file does"),
    ("core/launcher/src/descriptors.rs", "it marks descriptors, and writes nothing"),
    (
        "core/launcher/src/environment.rs",
        "everything that leash-launcher reads from the environment is read here",
    ),
    ("core/policy/src/effective.rs", "LEASH_KILL and LEASH_PER_* bound what may be spent, and are read here"),
    ("core/sdk/src/environment.rs", "everything that leash-sdk reads from the environment is read here"),
    ("core/vault/src/passphrase/mod.rs", "the variables that lead to a passphrase are read here"),
    ("core/vault/src/sys.rs", "a passphrase is taken out of the environment once it was read"),
    (
        "plugins/authors/src/conform/bench.rs",
        "a plugin under test is given the variables that a host would give it",
    ),
    ("plugins/create/src/place.rs", "LEASH_MINT_URL is read here"),
    ("plugins/sandbox/src/cli/faucet.rs", "the host tells a plugin its agent in a variable"),
    ("plugins/sandbox/src/cli/mod.rs", "a variable of the host says whether leash runs this program"),
    ("plugins/sandbox/src/cli/mod.rs", "the host tells a plugin in a variable how to speak"),
    ("plugins/sandbox/src/cli/up.rs", "the server is started without any variable of leash"),
    ("plugins/sandbox/src/log.rs", "the log of a server goes to stderr"),
];

/// Files that may use `print!` and its like.
const STDOUT: &[Exception] = &[("core/host/build.rs", "it is how a build script speaks")];

/// Files that may use `eprint!` and its like.
const STDERR: &[Exception] = &[
    ("plugins/authors/templates/rust/src/main.rs", "a plugin speaks for itself"),
    ("plugins/example-rust/src/main.rs", "a plugin speaks for itself"),
];

/// Where a configuration of Clippy may lie. A nearer one replaces the one at the top for a whole package: the tests and
/// the chores are programs for developers and read and print as they like, and so do plugins written by someone else.
const CLIPPY: [&str; 4] =
    ["clippy.toml", "plugins/example-rust/clippy.toml", "tests/clippy.toml", "xtask/clippy.toml"];

/// Collects what the sources allow, and holds it against the tables.
#[derive(Default)]
pub(super) struct Exceptions {
    seen: BTreeSet<(&'static str, String, String)>,
    faults: Vec<String>,
}

impl Exceptions {
    /// Takes one source into account.
    pub(super) fn look(&mut self, path: &str, source: &str) {
        let allowances = match find(source) {
            Ok(allowances) => allowances,
            Err(error) => return self.faults.push(format!("{path} {error}")),
        };
        for Allowance { line, lint, reason } in allowances {
            // Tests may print and read variables as they like; unsafe code has its reason everywhere.
            if lint != UNSAFE_CODE && is_for_tests(path) {
                continue;
            }
            let Some(reason) = reason else {
                self.faults.push(format!("{path}:{line} allows {lint} without a `reason`"));
                continue;
            };
            if !table(lint).contains(&(path, &reason)) {
                self.faults.push(format!(
                    "{path}:{line} allows {lint} because \"{reason}\": remove it, or add the file with this reason to {FILE}"
                ));
            }
            self.seen.insert((lint, path.to_owned(), reason));
        }
    }

    /// What was found, once all sources were looked at.
    pub(super) fn faults(mut self) -> Vec<String> {
        for lint in [UNSAFE_CODE, DISALLOWED_METHODS, PRINT_STDOUT, PRINT_STDERR] {
            for (path, reason) in table(lint) {
                if !self.seen.contains(&(lint, (*path).to_owned(), (*reason).to_owned())) {
                    self.faults.push(format!(
                        "{path} doesn't allow {lint} because \"{reason}\": remove it from {FILE}"
                    ));
                }
            }
        }
        self.faults
    }
}

/// Whether a `clippy.toml` has no business where it is.
pub(super) fn is_stray_configuration(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("clippy.toml" | ".clippy.toml")) && !CLIPPY.contains(&path)
}

fn table(lint: &str) -> &'static [Exception] {
    match lint {
        UNSAFE_CODE => UNSAFE,
        DISALLOWED_METHODS => METHODS,
        PRINT_STDOUT => STDOUT,
        PRINT_STDERR => STDERR,
        // No file may lift a whole group.
        _ => &[],
    }
}

fn is_for_tests(path: &str) -> bool {
    path.starts_with("tests/") || path.starts_with("xtask/") || path.contains("/tests/")
}

#[cfg(test)]
mod tests {
    use super::{Exceptions, UNSAFE, is_stray_configuration};

    fn faults(path: &str, source: &str) -> Vec<String> {
        let mut exceptions = Exceptions::default();
        exceptions.look(path, source);
        exceptions.faults
    }

    #[test]
    fn a_file_that_is_not_listed_is_a_fault() {
        for source in [
            "#![allow(unsafe_code)]",
            "#![allow(unsafe_code, reason = \"why\")]",
            "#![allow(clippy::disallowed_methods, reason = \"why\")]",
            "#![allow(clippy::all, reason = \"why\")]",
        ] {
            let faults = faults("core/chain/src/lib.rs", source);
            assert!(
                matches!(&faults[..], [one] if one.starts_with("core/chain/src/lib.rs:1 ")),
                "{faults:?}"
            );
        }
    }

    #[test]
    fn tests_may_print_but_are_not_unsafe_unseen() {
        for path in ["tests/suite/main.rs", "core/api/tests/api/main.rs", "xtask/src/main.rs"] {
            assert!(faults(path, "#![allow(clippy::disallowed_methods, clippy::print_stdout)]").is_empty());
            assert_eq!(faults(path, "#![allow(unsafe_code)]").len(), 1);
        }
    }

    #[test]
    fn a_listed_file_must_give_the_listed_reason() {
        let (path, reason) = UNSAFE[0];
        assert!(faults(path, &format!("#![allow(unsafe_code, reason = {reason:?})]")).is_empty());
        assert_eq!(faults(path, "#![allow(unsafe_code, reason = \"another\")]").len(), 1);
        assert_eq!(faults(path, "#![allow(unsafe_code)]").len(), 1);
    }

    #[test]
    fn a_row_without_a_file_is_a_fault() {
        let faults = Exceptions::default().faults();
        assert!(faults.iter().any(|fault| fault.starts_with(UNSAFE[0].0)), "{faults:?}");
    }

    #[test]
    fn configurations_of_clippy_lie_where_they_are_listed() {
        assert!(!is_stray_configuration("clippy.toml"));
        assert!(!is_stray_configuration("xtask/clippy.toml"));
        assert!(is_stray_configuration("core/api/clippy.toml"));
        assert!(is_stray_configuration("tests/.clippy.toml"));
    }
}
