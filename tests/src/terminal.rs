//! A pseudo-terminal, with a program on it and a test at the keyboard.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::{fd::OwnedFd, unix::process::CommandExt as _},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcgetattr, tcsetwinsize},
};

use crate::{Home, Run, programs};

/// Far beyond what anything takes; only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same command, deaf to nothing that is typed: what was started in the background by a shell ignores Ctrl-C, and
/// so does all that it starts.
fn heeding_signals(command: &Command) -> Command {
    let mut heeding = Command::new("env");
    heeding
        .args(["--default-signal=INT,QUIT"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            heeding.env(name, value);
        }
    }
    if let Some(dir) = command.get_current_dir() {
        heeding.current_dir(dir);
    }
    heeding
}

/// A program that runs on a terminal of its own.
pub struct Terminal {
    keyboard: File,
    output: Receiver<Vec<u8>>,
    /// Bytes, since a letter may come in two pieces.
    seen: Vec<u8>,
    child: Child,
}

impl Terminal {
    /// Starts a program with stdin, stdout and stderr on a new terminal.
    #[must_use]
    pub fn start(run: Run) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let open = || File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let stdio = || Stdio::from(OwnedFd::from(open()));
        let mut command = heeding_signals(&run.command);
        drop(run);
        command.env("TERM", "xterm").stdin(stdio()).stdout(stdio()).stderr(stdio()).process_group(0);
        let child = command.spawn().unwrap();
        drop(command);
        let keyboard = File::from(controller);
        let mut reader = keyboard.try_clone().unwrap();
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The last program to close the terminal ends this with an error. One may come before what was written last,
            // where that was written and the terminal closed just after the kernel had looked for more; a second one doesn't.
            let mut errors = 0;
            while errors < 2 {
                match reader.read(&mut bytes) {
                    Ok(count @ 1..) => {
                        if sender.send(bytes[..count].to_vec()).is_err() {
                            return;
                        }
                    }
                    Ok(0) | Err(_) => errors += 1,
                }
            }
        });
        Self { keyboard, output, seen: Vec::new(), child }
    }

    /// Starts a session of its own on a new terminal, led by an interactive shell. Its prompts are `at-1$`, `at-2$`
    /// and so on; what is typed before one is there may get lost.
    #[must_use]
    pub fn shell(home: &Home) -> Self {
        let run = home.run("setsid", ["--ctty", "--wait", "bash", "--norc", "--noprofile", "-i"]);
        let run =
            run.path(&[&home.join("bin"), &programs()]).env("PS1", "at-\\#$ ").env("HISTFILE", "/dev/null");
        Self::start(run)
    }

    /// Makes it another size, which whoever is in its foreground is told.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.keyboard, size).unwrap();
    }

    /// Its modes, as text.
    #[must_use]
    pub fn modes(&self) -> String {
        let termios = tcgetattr(&self.keyboard).unwrap();
        let modes = (termios.input_modes, termios.output_modes, termios.local_modes);
        format!("{modes:?}")
    }

    /// The process's number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends the process a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until a text is on the screen.
    pub fn wait_for(&mut self, text: &str) {
        self.wait_for_times(text, 1);
    }

    /// Waits until a text was on the screen so often.
    pub fn wait_for_times(&mut self, text: &str, times: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.screen().matches(text).count() < times {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.seen.extend_from_slice(&bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("`{text}` never came: {}", self.screen())
                }
            }
        }
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// Types.
    pub fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Waits for the program's end: its status, and all that was on the screen.
    #[must_use]
    pub fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap().code();
        // Ends when the last program that has the terminal open is gone.
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.seen.extend_from_slice(&bytes);
        }
        (status, self.screen())
    }
}
