//! Attacks on other processes, on the terminal and on local services.

use std::{
    fs,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram, UnixListener},
    },
    process::{Command, Stdio},
};

use libtest_mimic::{Failed, Trial};
use rustix::{
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

use super::world::{Bystander, Level, SECRET, World, ensure, me, text, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> =
        ENDING.iter().map(|(name, script)| on_bystander(name, script, true)).collect();
    trials.extend(LOOKING.iter().map(|(name, script)| on_bystander(name, script, false)));
    trials.extend(ALONE.iter().map(|(name, script)| alone(name, script)));
    trials.push(on_sockets("connects to a service's socket", r#""$ME" raw connect "$SERVICE""#, false));
    trials.push(on_sockets("connects to an abstract socket", r#""$ME" raw abstract "$ABSTRACT""#, false));
    trials.push(on_sockets(
        "sends from a pair of sockets to a service",
        r#""$ME" raw datagram "$DATAGRAM""#,
        false,
    ));
    trials.push(on_sockets(
        "does so where it may make stream pairs",
        r#""$ME" raw datagram "$DATAGRAM""#,
        true,
    ));
    trials.push(on_terminal("types for the user on the terminal (TIOCSTI)", "tiocsti"));
    trials.push(on_terminal("does so with a number that only looks different", "tiocsti-high"));
    trials.push(trial("stopped: calls the kernel by the numbers of x32", || {
        let output = World::new().run(Level::Strict, &[me().to_str().unwrap(), "raw", "x32"]);
        ensure(output.status.code() == Some(1) && text(&output).contains("not implemented"), || text(&output))
    }));
    trials
}

/// `$VICTIM` must die without strict, and live under it.
const ENDING: [(&str, &str); 7] = [
    ("kills a process outside", "kill -9 $VICTIM"),
    ("kills one thread of it (tgkill)", r#""$ME" raw tgkill $VICTIM"#),
    ("kills one thread of it (tkill)", r#""$ME" raw tkill $VICTIM"#),
    ("kills it with a queued signal", r#""$ME" raw sigqueue $VICTIM"#),
    ("kills it through a pidfd", r#""$ME" raw pidfd $VICTIM"#),
    ("has the kernel kill it for a pipe", r#""$ME" raw sigio $VICTIM"#),
    ("kills it from a daemon", "setsid -w sh -c 'kill -9 $VICTIM'"),
];

/// What tells something about `$VICTIM`, or takes something from it, and leaves it alive.
const LOOKING: [(&str, &str); 9] = [
    ("gives a process outside no more processor time", r#""$ME" raw limits $VICTIM"#),
    ("traces a process outside", r#""$ME" raw ptrace $VICTIM"#),
    ("reads its memory", r#""$ME" raw memory $VICTIM"#),
    ("takes a descriptor of it", r#""$ME" raw descriptor $VICTIM"#),
    ("reads its environment", r#"tr '\0' '\n' < /proc/$VICTIM/environ | grep BYSTANDERS"#),
    ("reads its mappings", "head -c 10 /proc/$VICTIM/maps | grep ."),
    ("reads a file through its root", r#"cat "/proc/$VICTIM/root$HOME/.config/leash/agent.json""#),
    ("reads a file through its directory", "cat /proc/$VICTIM/cwd/agent.json"),
    ("reads what it has open", "cat /proc/$VICTIM/fd/2"),
];

const ALONE: [(&str, &str); 5] = [
    ("enters a user namespace (unshare)", r#""$ME" raw users"#),
    ("enters a user namespace (clone)", r#""$ME" raw users-by-clone"#),
    ("enters a user namespace (clone3)", r#""$ME" raw users-by-clone3"#),
    ("makes a ring of calls that no filter sees (io_uring)", r#""$ME" raw ring"#),
    ("makes one of the calls that are of no use to a plugin", r#""$ME" raw all-refused"#),
];

fn on_bystander(name: &'static str, script: &'static str, ends: bool) -> Trial {
    trial(format!("stopped: {name}"), move || {
        for level in [Level::Free, Level::Strict] {
            let world = World::new();
            let mut victim =
                Bystander::new(&world.home(".config/leash"), &world.home(".config/leash/agent.json"));
            let mut command = world.command(level, &["/bin/sh", "-c", script]);
            let output = command.env("VICTIM", victim.0.id().to_string()).output().unwrap();
            if level == Level::Strict {
                // Where the kernel is to send the signal, only the victim knows whether it did.
                let told = !script.contains("sigio");
                ensure(output.status.code() != Some(125), || text(&output))?;
                ensure(!told || !output.status.success(), || text(&output))?;
                ensure(!text(&output).contains(SECRET), || "it showed a secret".to_owned())?;
                ensure(victim.lives(), || "it killed the process".to_owned())?;
            } else if ends {
                ensure(output.status.success(), || text(&output))?;
                let status = victim.0.wait().unwrap();
                ensure(!status.success(), || "the process ended well".to_owned())?;
            } else {
                may_fail_free(name, output.status.success());
            }
        }
        Ok(())
    })
}

fn alone(name: &'static str, script: &'static str) -> Trial {
    trial(format!("stopped: {name}"), move || {
        may_fail_free(name, World::new().sh(Level::Free, script).status.success());
        let output = World::new().sh(Level::Strict, script);
        ensure(output.status.code() == Some(1), || text(&output))
    })
}

/// Some systems forbid more than others, to every process.
fn may_fail_free(name: &str, succeeded: bool) {
    if !succeeded {
        println!("NOT PROVEN by a difference: this system stops without strict, too, what {name}");
    }
}

fn on_sockets(name: &'static str, script: &'static str, stream_pairs: bool) -> Trial {
    trial(format!("stopped: {name}"), move || {
        for level in [Level::Free, Level::Strict] {
            let world = World::new();
            let (service, datagram) = (world.path("tmp/service"), world.path("tmp/datagram"));
            let name = world.path("abstract").display().to_string();
            let _listener = UnixListener::bind(&service).unwrap();
            let _receiver = UnixDatagram::bind(&datagram).unwrap();
            let _abstract = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
            let mut command = world.command(level, &["/bin/sh", "-c", script]);
            command.env("SERVICE", service).env("DATAGRAM", datagram).env("ABSTRACT", name);
            if stream_pairs {
                command.env("STRICT_PAIRS", "1");
            }
            let output = command.output().unwrap();
            match level {
                Level::Free => ensure(output.status.success(), || text(&output))?,
                Level::Strict => ensure(refused(&output), || text(&output))?,
            }
        }
        Ok(())
    })
}

fn refused(output: &std::process::Output) -> bool {
    output.status.code() == Some(1) && text(output).contains("not permitted")
}

fn on_terminal(name: &'static str, attack: &'static str) -> Trial {
    trial(format!("stopped: {name}"), move || {
        let free = from_terminal(Level::Free, attack)?;
        may_fail_free(name, free.status.success());
        let strict = from_terminal(Level::Strict, attack)?;
        ensure(refused(&strict), || text(&strict))
    })
}

/// Runs an attack with a terminal of its own on its standard input.
fn from_terminal(level: Level, attack: &str) -> Result<std::process::Output, Failed> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let slave = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    let world = World::new();
    let inner = world.command(level, &[me().to_str().unwrap(), "raw", attack]);
    let mut outer = Command::new("setsid");
    outer.args(["--ctty", "--wait"]).arg(inner.get_program()).args(inner.get_args());
    outer.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = outer.env("PATH", "/usr/bin:/bin").stdin(Stdio::from(slave)).output()?;
    // It was there to the end.
    ensure(fs::metadata(world.home("mine")).is_ok(), || "the home went away".to_owned())?;
    Ok(output)
}
