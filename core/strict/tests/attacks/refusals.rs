//! Where strict is refused, with a reason and a hint.

use std::{fs, process::Output};

use libtest_mimic::{Failed, Trial};

use super::world::{Level, World, ensure, text, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let lacking = |part: &'static str, reason: &'static str| {
        trial(format!("refused: {reason}"), move || {
            let world = World::new();
            let output =
                world.command(Level::Strict, &["/bin/echo", "ran"]).env("STRICT_WITHOUT", part).output()?;
            refused(&output, reason)
        })
    };
    if leash_strict::available().landlock_abi().is_none() {
        return Vec::new();
    }
    vec![
        lacking("landlock", "this kernel has no Landlock"),
        lacking("landlock-on", "switched off"),
        lacking("landlock-enough", "strict can't be enforced"),
        lacking("seccomp", "takes no system call filter"),
        trial("refused: a process with threads", || {
            let world = World::new();
            let output =
                world.command(Level::Strict, &["/bin/echo", "ran"]).env("STRICT_THREAD", "1").output()?;
            refused(&output, "threads")
        }),
        trial("refused: a secret that has a second name", || {
            let world = World::new();
            fs::hard_link(world.home(".config/leash/agent.json"), world.home("mine/second"))?;
            refused(&world.run(Level::Strict, &["/bin/echo", "ran"]), "has 2 names")
        }),
        trial("refused: an exception that holds what is hidden", || {
            let world = World::new();
            let mut command = world.command(Level::Strict, &["/bin/echo", "ran"]);
            let output = command.env("STRICT_WRITABLE", world.home(".local")).output()?;
            refused(&output, "strict can't except")
        }),
        trial("refused: an exception that isn't there", || {
            let world = World::new();
            let mut command = world.command(Level::Strict, &["/bin/echo", "ran"]);
            let output = command.env("STRICT_READABLE", world.home("mine/nothing")).output()?;
            refused(&output, "cannot except")
        }),
    ]
}

/// Where the machine can't: that it says so.
pub(crate) fn of_this_machine() -> Vec<Trial> {
    vec![trial("refused: on this machine", || {
        refused(&World::new().run(Level::Strict, &["/bin/echo", "ran"]), "strict can't be enforced")
    })]
}

pub(crate) fn refused(output: &Output, reason: &str) -> Result<(), Failed> {
    ensure(output.status.code() == Some(125) && output.stdout.is_empty(), || text(output))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure(said.contains(reason) && said.contains("hint: "), || text(output))
}
