//! What is attacked, what is promised, and what came of it.

use std::{collections::BTreeMap, env, fs, path::Path, sync::Mutex};

use libtest_mimic::{Completion, Failed, Trial};
use serde::{Deserialize, Serialize};

use crate::world::Level;

/// What an attack comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Met {
    /// It got nothing.
    Stopped,
    /// It got what it wanted.
    Got(String),
    /// It could not be tried here, and why.
    NotChecked(String),
    /// It was begun, and broke.
    Broken,
}

/// What the contract says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Stopped,
    NotProtected,
    /// Some systems stop it for every process, and leash has no part in that.
    System,
    /// Nothing: it isn't tried.
    Nothing,
}

impl Says {
    const fn text(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::NotProtected => "not protected",
            Self::System => "as the system has it",
            Self::Nothing => "",
        }
    }
}

/// What it is run by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    /// leash, with a grant and without strict.
    Leash,
    /// leash, strict.
    Strict,
    Git,
    Cargo,
    Kubectl,
}

pub(crate) const COLUMNS: [(Column, &str); 5] = [
    (Column::Leash, "leash"),
    (Column::Strict, "leash, strict"),
    (Column::Git, "git"),
    (Column::Cargo, "cargo"),
    (Column::Kubectl, "kubectl"),
];

type Run = dyn Fn(Level) -> Result<Met, Failed> + Send + Sync;

/// An attack.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) leash: Says,
    pub(crate) strict: Says,
    /// Whether it ends signers, and so must not meet those of others.
    pub(crate) alone: bool,
    pub(crate) run: Box<Run>,
}

impl Attack {
    /// One that is always stopped, and so isn't tried a second time under strict.
    pub(crate) fn stopped(
        name: &'static str,
        run: impl Fn(Level) -> Result<Met, Failed> + Send + Sync + 'static,
    ) -> Self {
        Self { name, leash: Says::Stopped, strict: Says::Nothing, alone: false, run: Box::new(run) }
    }

    /// One that is always stopped, tried at both levels.
    pub(crate) fn stopped_twice(
        name: &'static str,
        run: impl Fn(Level) -> Result<Met, Failed> + Send + Sync + 'static,
    ) -> Self {
        Self { strict: Says::Stopped, ..Self::stopped(name, run) }
    }

    pub(crate) fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// One that only strict stops.
    pub(crate) fn strict(
        name: &'static str,
        run: impl Fn(Level) -> Result<Met, Failed> + Send + Sync + 'static,
    ) -> Self {
        Self { leash: Says::NotProtected, strict: Says::Stopped, ..Self::stopped(name, run) }
    }
}

/// What came of it, by attack and column.
static MET: Mutex<BTreeMap<(usize, Column), Met>> = Mutex::new(BTreeMap::new());
/// The attacks, in order, with what is said of them.
static NAMES: Mutex<Vec<(&'static str, BTreeMap<Column, Says>)>> = Mutex::new(Vec::new());

/// Why strict can't be tried here.
pub(crate) fn no_strict() -> Option<String> {
    let refusal = leash_strict::available().refusal()?;
    Some(format!("needs a kernel with Landlock and seccomp: {refusal}"))
}

/// Enters what is said of an attack; where its row is.
pub(crate) fn row(name: &'static str, column: Column, says: Says) -> usize {
    let mut names = NAMES.lock().unwrap();
    let at = names.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
        names.push((name, BTreeMap::new()));
        names.len() - 1
    });
    names[at].1.insert(column, says);
    at
}

/// Enters what came of it, and says whether that is as it should be. What could not be tried is ignored.
pub(crate) fn enter(at: usize, column: Column, says: Says, met: Met) -> Result<Completion, Failed> {
    MET.lock().unwrap().insert((at, column), met.clone());
    match (says, met) {
        (Says::Stopped, Met::Got(what)) => Err(format!("it got {what}").into()),
        // Else the documents would promise too little, or the attack is none.
        (Says::NotProtected, Met::Stopped) => Err("it was stopped, though nothing promises that".into()),
        (_, Met::NotChecked(why)) => Ok(Completion::ignored_with(why)),
        _ => Ok(Completion::Completed),
    }
}

/// Two tests for each attack, one for each level.
pub(crate) fn trials(attacks: Vec<Attack>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for attack in attacks {
        let run: std::sync::Arc<Run> = attack.run.into();
        for (level, column, says) in
            [(Level::Free, Column::Leash, attack.leash), (Level::Strict, Column::Strict, attack.strict)]
        {
            if says == Says::Nothing {
                continue;
            }
            let (at, run) = (row(attack.name, column, says), std::sync::Arc::clone(&run));
            let shown = if level == Level::Strict { ", under strict" } else { "" };
            trials.push(Trial::ignorable_test(
                format!("{}: {}{shown}", says.text(), attack.name),
                move || {
                    MET.lock().unwrap().insert((at, column), Met::Broken);
                    let met = match no_strict().filter(|_| level == Level::Strict) {
                        Some(why) => Met::NotChecked(why),
                        None => {
                            let _beside = (!attack.alone).then(crate::world::beside_others);
                            let _alone = attack.alone.then(crate::world::alone);
                            run(level)?
                        }
                    };
                    enter(at, column, says, met)
                },
            ));
        }
    }
    trials
}

fn shown(says: Says, met: Option<&Met>) -> &'static str {
    match (says, met) {
        (Says::Nothing, _) | (_, None) => "",
        (Says::Stopped, Some(Met::Got(_))) | (_, Some(Met::Broken)) => "FAILED",
        (_, Some(Met::NotChecked(_))) => "not checked",
        (_, Some(Met::Stopped)) => "stopped",
        (_, Some(Met::Got(_))) => "not protected",
    }
}

/// Why something can't be tried here that needs a program, which this Debian package has.
pub(crate) fn no_program(name: &str, package: &str) -> Option<String> {
    let is_there = Path::new("/usr/bin").join(name).exists();
    (!is_there).then(|| lacks(name, package))
}

/// Likewise, where it is known to be missing.
pub(crate) fn lacks(name: &str, package: &str) -> String {
    format!("needs {name} (Debian package: {package})")
}

/// The table of this run, and what was not checked.
pub(crate) fn print() {
    let (names, met) = (NAMES.lock().unwrap(), MET.lock().unwrap());
    if met.is_empty() {
        return;
    }
    let mut unchecked: Vec<&str> = Vec::new();
    print_line("attack", COLUMNS.map(|(_, title)| title));
    for (at, (name, says)) in names.iter().enumerate() {
        if !COLUMNS.iter().any(|(column, _)| met.contains_key(&(at, *column))) {
            continue;
        }
        let cell = |column| {
            let says = says.get(&column).copied().unwrap_or(Says::Nothing);
            shown(says, met.get(&(at, column)))
        };
        print_line(name, COLUMNS.map(|(column, _)| cell(column)));
    }
    unchecked.extend(met.values().filter_map(|met| match met {
        Met::NotChecked(why) => Some(why.as_str()),
        _ => None,
    }));
    unchecked.sort_unstable();
    unchecked.dedup();
    for why in unchecked {
        println!("not checked: {why}");
    }
}

fn print_line(name: &str, cells: [&str; 5]) {
    let cells: Vec<_> = cells.iter().map(|cell| format!("{cell:<13}")).collect();
    println!("{name:<66} {}", cells.join(" ").trim_end());
}

/// The table as SECURITY.md has it: what is promised, whatever this machine can check.
fn promised() -> String {
    let names = NAMES.lock().unwrap();
    let titles = COLUMNS.map(|(_, title)| title).join(" | ");
    let mut text = format!("| attack | {titles} |\n|---|---|---|---|---|---|\n");
    for (name, says) in names.iter() {
        let cells = COLUMNS.map(|(column, _)| says.get(&column).copied().unwrap_or(Says::Nothing).text());
        text.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    text
}

/// SECURITY.md says what is tried here; `LEASH_WRITE_TABLE=FILE` writes what it should say.
pub(crate) fn document() -> Trial {
    Trial::test("SECURITY.md has this table", || {
        let table = promised();
        if let Some(path) = env::var_os("LEASH_WRITE_TABLE") {
            fs::write(path, &table)?;
        }
        let text = match env::var_os("LEASH_SECURITY_MD") {
            Some(text) => text.to_string_lossy().into_owned(),
            None => fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../SECURITY.md"))?,
        };
        if text.contains(&table) { Ok(()) } else { Err(format!("it should have:\n{table}").into()) }
    })
}
