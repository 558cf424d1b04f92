//! What to execute so that the bytes that were hashed are the bytes that run.

use std::{
    ffi::OsString,
    os::fd::{AsRawFd as _, OwnedFd},
    path::PathBuf,
};

/// A program of which every byte was hashed.
#[derive(Debug)]
pub enum Program {
    /// A sealed copy in memory; for a plugin of kind `dylib`, of the library.
    Sealed {
        /// The copy. It is close-on-exec, which the kernel is content with.
        fd: OwnedFd,
        /// The plugin's own path, to be `argv[0]`.
        argv0: PathBuf,
    },
    /// A script, to be started by its interpreter.
    Script {
        /// The interpreter.
        interpreter: PathBuf,
        /// What the interpreter gets before the script's path.
        arguments: Vec<OsString>,
        /// The script: a copy in the trust store or, in an installed plugin, the file itself.
        script: PathBuf,
    },
    /// A copy in the trust store, where the system lets nothing in memory be executed.
    Stored {
        /// The copy.
        path: PathBuf,
        /// The plugin's own path, to be `argv[0]`.
        argv0: PathBuf,
    },
}

impl Program {
    /// The file to execute. For [`Program::Sealed`] it leads to the descriptor, so the program must live until
    /// then.
    ///
    /// Use `execve`, or something that doesn't ask a shell: `execvp`, and so the standard library's
    /// `Command::exec`, hands a file to `/bin/sh` where the kernel won't have it.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        match self {
            Self::Sealed { fd, .. } => format!("/proc/self/fd/{}", fd.as_raw_fd()).into(),
            Self::Script { interpreter, .. } => interpreter.clone(),
            Self::Stored { path, .. } => path.clone(),
        }
    }

    /// The arguments from `argv[0]` on, before the user's own.
    #[must_use]
    pub fn arguments(&self) -> Vec<OsString> {
        match self {
            Self::Sealed { argv0, .. } | Self::Stored { argv0, .. } => vec![argv0.clone().into()],
            Self::Script { interpreter, arguments, script } => {
                let mut all = vec![interpreter.clone().into()];
                all.extend(arguments.iter().cloned());
                all.push(script.clone().into());
                all
            }
        }
    }
}
