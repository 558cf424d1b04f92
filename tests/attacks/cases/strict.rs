//! After the user's files, processes and services: what only strict takes away.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram, UnixListener},
    },
    process::{Child, Command, Stdio},
};

use leash_tests::Outcome;
use libtest_mimic::Failed;

use crate::{
    table::{Attack, Met, Says, no_program},
    world::{Level, SECRET, SIGN, World, manifest},
};

pub(crate) fn all() -> Vec<Attack> {
    let mut all: Vec<Attack> = FILES.map(|(name, script)| on_files(name, script)).into();
    all.extend(PROCESSES.map(|(name, script, ends)| on_bystander(name, script, ends)));
    all.extend(SERVICES.map(|(name, script)| on_services(name, script)));
    all.push(Attack::strict("reads the key file where XDG_CONFIG_HOME puts it", elsewhere));
    all.push(Attack::strict("reads the key file where another plugin runs it", nested));
    all.push(Attack::strict("reads the key file where no agent is chosen", for_nobody));
    all.push(Attack::strict("lists services over D-Bus", on_bus));
    all.extend(CALLS.map(|(name, script)| on_files(name, script)));
    // This system may forbid it to every process.
    for attack in &mut all {
        if MAYBE.contains(&attack.name) {
            attack.leash = Says::System;
        }
    }
    all
}

/// What some systems let nobody do.
const MAYBE: [&str; 6] = [
    "enters namespaces of its own, to mount over walls",
    "makes a ring of calls that no filter sees (io_uring)",
    "handles page faults (userfaultfd)",
    "types for the user (TIOCSTI)",
    "starts a service (systemd-run)",
    "lists services over D-Bus",
];

/// Each ends with 0 where it succeeded. `$T` is the program for what a shell can't do.
const FILES: [(&str, &str); 21] = [
    ("reads the key file", "cat ~/.config/leash/agent.json"),
    ("reads the key file through /proc/self/root", "cat /proc/self/root$HOME/.config/leash/agent.json"),
    ("reads the key file through a directory it works in", "cd ~/.config/leash && cat ./agent.json"),
    ("reads the key file through a hard link", "ln ~/.config/leash/agent.json mine/x && cat mine/x"),
    ("reads the key file through a symbolic link", "ln -s ~/.config mine/x && cat mine/x/leash/agent.json"),
    ("reads the key file from a daemon", "setsid -w cat ~/.config/leash/agent.json"),
    (
        "reads the key file with a program in memory",
        "$T kernel from-memory /bin/cat $HOME/.config/leash/agent.json | grep executive_keypair",
    ),
    ("moves the configuration away", "mv ~/.config/leash mine/x && cat mine/x/agent.json"),
    ("exchanges the configuration for its own", "mkdir mine/x && $T kernel exchange mine/x .config/leash"),
    ("reads the passphrase's file", "cat keys/passphrase"),
    ("reads the trust store", "cat ~/.local/share/leash/trust/evil.json"),
    ("overwrites config.toml", "echo '# evil' > ~/.config/leash/config.toml"),
    ("writes the trust store", "echo x > ~/.local/share/leash/trust/x.json"),
    ("cuts the audit log", "mkdir -p ~/.local/share/leash/audit; : > ~/.local/share/leash/audit/x.log"),
    ("writes the digest cache", "mkdir -p ~/.cache/leash && echo x > ~/.cache/leash/x"),
    ("writes a directory of PATH", "echo x > bin/ls"),
    ("overwrites a program of PATH", "echo x > bin/tool"),
    ("moves its program into PATH", "echo x > mine/ls && mv mine/ls bin/ls"),
    ("writes a start-up file of the shell", "echo evil >> ~/.profile"),
    ("writes a start-up file of the shell through a link", "echo evil >> ~/.bashrc"),
    ("lets itself in through ssh", "echo key >> ~/.ssh/authorized_keys"),
];

const CALLS: [(&str, &str); 4] = [
    ("enters namespaces of its own, to mount over walls", "unshare -Ur true || $T kernel users"),
    ("makes a ring of calls that no filter sees (io_uring)", "$T kernel ring"),
    ("handles page faults (userfaultfd)", "$T kernel faults"),
    ("types for the user (TIOCSTI)", "script -qec \"$T kernel tiocsti\" /dev/null < /dev/null | grep GOT"),
];

/// On a process outside, `$V`; whether that ends by it.
const PROCESSES: [(&str, &str, bool); 8] = [
    ("kills a process outside", "kill -9 $V", true),
    ("kills a process outside through a pidfd", "$T kernel pidfd-kill $V", true),
    ("traces a process outside", "$T kernel seize-of $V", false),
    ("reads the memory of a process outside", "$T kernel memory-of $V", false),
    ("takes descriptors of a process outside", "$T kernel descriptor-of $V", false),
    (
        "reads the environment of a process outside",
        "tr '\\0' '\\n' < /proc/$V/environ | grep TOP-SECRET",
        false,
    ),
    (
        "reads the key file through another's root directory",
        "cat /proc/$V/root$HOME/.config/leash/agent.json",
        false,
    ),
    ("takes processor time from a process outside", "$T kernel limits-of $V", false),
];

const SERVICES: [(&str, &str); 4] = [
    ("connects to a local service (D-Bus, ssh-agent, Docker)", "$T kernel connect $S"),
    ("connects to an abstract socket", "$T kernel abstract $A"),
    ("sends a datagram from a pair of sockets", "$T kernel datagram $D"),
    ("starts a service (systemd-run)", "systemd-run --user --wait true"),
];

/// Runs a script at a level; what the world was before must be what it is.
fn try_it(world: &World, level: Level, script: &str) -> Result<Met, Failed> {
    let before = world.kept();
    let script = format!("T=\"$HOME/mine/leash-evil-tool\"; cd; {script}");
    let outcome = world.leash(&["evil", &script]).outcome();
    if !outcome.stderr.starts_with("ran") || outcome.stdout.contains("BROKEN") {
        return Err(format!("it never ran: {outcome:?}").into());
    }
    if outcome.status == 0 {
        return Ok(Met::Got(script));
    }
    if level == Level::Strict {
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        if said.contains(SECRET) || world.knows(said.as_bytes()) {
            return Ok(Met::Got(format!("a secret, by {script}")));
        }
        if world.kept() != before {
            return Ok(Met::Got(format!("a change, by {script}")));
        }
    }
    Ok(Met::Stopped)
}

fn on_files(name: &'static str, script: &'static str) -> Attack {
    Attack::strict(name, move |level| try_it(&World::trusted_script(level), level, script))
}

fn on_bystander(name: &'static str, script: &'static str, ends: bool) -> Attack {
    Attack::strict(name, move |level| {
        let world = World::trusted_script(level);
        let mut bystander = Bystander::new(&world)?;
        let script = format!("V={}; {script}", bystander.0.id());
        let met = try_it(&world, level, &script)?;
        if level == Level::Free && ends {
            bystander.0.wait()?;
        } else if level == Level::Strict && !bystander.lives() {
            return Ok(Met::Got("its life".to_owned()));
        }
        Ok(met)
    })
}

fn on_services(name: &'static str, script: &'static str) -> Attack {
    Attack::strict(name, move |level| {
        let world = World::trusted_script(level);
        let (service, datagram) = (world.home.join("tmp/s"), world.home.join("tmp/d"));
        let abstract_name = service.display().to_string();
        let _service = UnixListener::bind(&service)?;
        let _datagram = UnixDatagram::bind(&datagram)?;
        let _abstract = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&abstract_name)?)?;
        let script = format!("S={0}; A={0}; D={1}; {script}", service.display(), datagram.display());
        try_it(&world, level, &script)
    })
}

/// Where the user keeps the configuration in another place.
fn elsewhere(level: Level) -> Result<Met, Failed> {
    let world = World::trusted_script(level);
    let other = world.home.join("other");
    std::fs::create_dir(&other)?;
    std::fs::rename(world.home.join(".config/leash"), other.join("leash"))?;
    let script = "echo tried; cat ~/other/leash/agent.json || cat other/leash/../leash/agent.json";
    reads_the_key(&world, &world.leash(&["evil", script]).env("XDG_CONFIG_HOME", &other).outcome())
}

/// How far the user wants it shut in holds inside a plugin that isn't shut in, and one that is can run it all the same.
fn nested(level: Level) -> Result<Met, Failed> {
    let world = World::trusted_script(level);
    let _ = world.home.write_script("bin/leash-again", "#!/bin/sh\nexec \"$LEASH_BIN\" \"$@\"\n");
    let words = ["again", "evil", "echo tried; cat ~/.config/leash/agent.json"];
    let met = reads_the_key(&world, &world.leash(&words).outcome())?;
    world.home.write_private("bin/leash-again.toml", &manifest("again", SIGN));
    world.trust("again", level);
    match reads_the_key(&world, &world.leash(&words).outcome())? {
        Met::Stopped => Ok(met),
        got => Ok(got),
    }
}

/// It holds as well where there is nobody to act as.
fn for_nobody(level: Level) -> Result<Met, Failed> {
    let world = World::trusted_script(level);
    std::fs::create_dir(world.home.join(".config/leash/agents"))?;
    std::fs::rename(
        world.home.join(".config/leash/agent.json"),
        world.home.join(".config/leash/agents/other.json"),
    )?;
    let script = "echo tried; cat ~/.config/leash/agents/other.json";
    reads_the_key(&world, &world.leash(&["evil", script]).outcome())
}

fn reads_the_key(world: &World, outcome: &Outcome) -> Result<Met, Failed> {
    if !outcome.stdout.starts_with("tried") {
        return Err(format!("it never ran: {outcome:?}").into());
    }
    Ok(if world.knows(outcome.stdout.as_bytes()) { Met::Got("the key".to_owned()) } else { Met::Stopped })
}

/// On a session's bus of its own.
fn on_bus(level: Level) -> Result<Met, Failed> {
    let lacks = no_program("dbus-daemon", "dbus-daemon").or_else(|| no_program("dbus-send", "dbus-bin"));
    if let Some(why) = lacks {
        return Ok(Met::NotChecked(why));
    }
    let world = World::trusted_script(level);
    let address = format!("unix:path={}", world.home.join("tmp/bus").display());
    let mut command = Command::new("dbus-daemon");
    command.args(["--session", "--nofork", "--print-address=1", "--address", &address]);
    let bus = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut bus = Bystander(bus);
    // It says where it listens when it does.
    bus.0.stdout.as_mut().map(|said| said.read(&mut [0; 1])).transpose()?;
    let script = format!(
        "DBUS_SESSION_BUS_ADDRESS={address} dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
         org.freedesktop.DBus.ListNames"
    );
    try_it(&world, level, &script)
}

/// A process of the same user that has nothing to do with the plugin.
struct Bystander(Child);

impl Bystander {
    fn new(world: &World) -> Result<Self, Failed> {
        let mut command = Command::new("cat");
        command.env("BYSTANDERS", SECRET).stderr(File::open(world.home.join("keys/passphrase"))?);
        Ok(Self(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?))
    }

    /// Whether it lives, and no signal is under way to end it: it has to do something first.
    fn lives(&mut self) -> bool {
        let mut answer = [0];
        let (Some(stdin), Some(stdout)) = (self.0.stdin.as_mut(), self.0.stdout.as_mut()) else {
            return false;
        };
        stdin.write_all(b"x").is_ok() && stdout.read_exact(&mut answer).is_ok()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
