//! After signatures that were not granted.

use libtest_mimic::Failed;

use crate::{
    table::{Attack, Met},
    world::{Level, World},
};

pub(crate) fn all() -> Vec<Attack> {
    let mut all: Vec<Attack> = [
        ("asks for a path outside its scope", "outside"),
        ("asks for a path with dot segments", "dots"),
        ("asks for a path with doubled or encoded slashes", "slashes"),
        ("asks for a path with escapes, upper case too", "escapes"),
        ("asks for a path with control characters", "controls"),
        ("asks for a path with a NUL", "nul"),
        ("asks for a path with a fragment, or a query in it", "fragment"),
        ("asks for another agent's mint", "agent"),
        ("asks for another method", "method"),
        ("asks for a query that is read in two ways", "query"),
        ("asks for a body whose hash is none", "body"),
        ("asks to have bytes of its own signed", "bytes"),
    ]
    .into_iter()
    .map(|(name, what)| Attack::stopped(name, move |_| asks("requests", what, 1)))
    .collect();
    all.extend(
        [
            ("sends duplicate JSON keys", "duplicates"),
            ("sends deep nesting", "nesting"),
            ("sends an id of every JSON type", "ids"),
            ("sends garbage", "garbage"),
        ]
        .map(|(name, what)| Attack::stopped(name, move |_| asks("frames", what, 1))),
    );
    all.push(Attack::stopped("sends 100,000 frames", |_| asks("many", "", 1)));
    all.push(Attack::stopped("announces a frame of 4 GiB", |_| asks("length", "", 0)));
    all.push(Attack::stopped("sends half a frame", |_| asks("half", "", 0)));
    all.push(Attack::stopped("asks for more signatures than were granted", |_| asks("quota", "", 20)));
    for (name, what) in
        [("keeps the socket after it exits", "keep"), ("hands the socket to a daemon", "daemon")]
    {
        all.push(Attack::stopped_twice(name, move |level| stays(level, what)));
    }
    all.push(Attack::stopped("forks a thousand times, each for a signature", |_| {
        let world = World::trusted_evil(Level::Free);
        let got = world.attack(&["stay", "thousand"])?;
        counted(&world, 20, got)
    }));
    all
}

/// Asks, and looks into the log for what was signed.
fn asks(what: &str, kind: &str, signed: usize) -> Result<Met, Failed> {
    let world = World::trusted_evil(Level::Free);
    let got = world.attack(&["speak", what, kind])?;
    counted(&world, signed, got)
}

fn counted(world: &World, signed: usize, got: Option<String>) -> Result<Met, Failed> {
    let count = world.decisions("signed");
    if got.is_none() && count != signed {
        return Ok(Met::Got(format!("{count} signatures by the log, not {signed}")));
    }
    Ok(got.map_or(Met::Stopped, Met::Got))
}

/// What stays has the output open, so the run ends when it does.
fn stays(level: Level, what: &str) -> Result<Met, Failed> {
    for _ in 0..5 {
        let world = World::trusted_evil(level);
        let got = world.attack(&["stay", what])?;
        if let met @ Met::Got(_) = counted(&world, 0, got)? {
            return Ok(met);
        }
    }
    Ok(Met::Stopped)
}
