//! Started as root: what nothing separates from root, and then the same program again as another user.

use std::{
    env, fs,
    os::unix::{fs::PermissionsExt as _, fs::chown, process::CommandExt as _},
    path::Path,
    process::{Command, ExitCode},
};

use leash_tests::programs;
use libtest_mimic::{Arguments, Trial};

use super::{
    cases,
    table::{Column, Met, Says, enter, row},
    world::{SECRET, World, me},
};

/// Nobody, on most machines.
const USER: u32 = 65_534;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let own = libtest_mimic::run(arguments, trials());
    // Where another user can get at it: the directory it was built in may be root's alone.
    let place = tempfile::Builder::new().prefix("leash-attacks-").tempdir().unwrap();
    // Beside the home and not above it: nothing below what is in PATH can be written under strict.
    let bin = place.path().join("bin");
    fs::create_dir(&bin).unwrap();
    open(&bin);
    let programs =
        ["leash", "leash-builtin", "leash-loader", "leash-payer"].map(|name| (programs().join(name), name));
    for (from, name) in [(me(), "attacks")].into_iter().chain(programs) {
        let to = bin.join(name);
        if !from.exists() {
            continue;
        }
        fs::copy(from, &to).unwrap();
        open(&to);
    }
    // It is copied and hashed a lot, and most of it is for debuggers.
    let _ = Command::new("strip").arg(bin.join("attacks")).status();
    let home = place.path().join("home");
    fs::create_dir(&home).unwrap();
    chown(&home, Some(USER), Some(USER)).unwrap();
    open(place.path());
    let mut command = Command::new(bin.join("attacks"));
    command.args(env::args_os().skip(1)).uid(USER).gid(USER).current_dir(&home).env("HOME", &home);
    command.env("TMPDIR", &home).env("LEASH_BIN_DIR", &bin);
    // This user can't see into the project.
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../SECURITY.md");
    command.env(
        "LEASH_SECURITY_MD",
        fs::read(document).map(|text| String::from_utf8(text).unwrap()).unwrap_or_default(),
    );
    command.envs(super::tools::found()).env(TRIED, if own.has_failed() { "" } else { "1" });
    let succeeded = command.status().unwrap().success();
    if succeeded && !own.has_failed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Set where root has tried, and got, what it can get.
const TRIED: &str = "LEASH_ATTACKS_ROOT";

/// For the table: what came of it when it was tried as root.
pub(crate) fn rows() -> Vec<Trial> {
    let rows = ["as root: reads the key file", "as root: reads the memory of its signer"];
    let trials = rows.map(|name| {
        let at = row(name, Column::Leash, Says::NotProtected);
        Trial::ignorable_test(format!("not protected: {name}"), move || {
            let met = match env::var(TRIED).as_deref() {
                Ok("1") => Met::Got("all".to_owned()),
                Ok(_) => return Err("it failed as root".into()),
                Err(_) => Met::NotChecked("needs root".to_owned()),
            };
            enter(at, Column::Leash, Says::NotProtected, met)
        })
    });
    trials.into()
}

fn open(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn trials() -> Vec<Trial> {
    vec![
        Trial::test("not protected: root reads the key file", || {
            let world = World::trusted_evil(super::world::Level::Free);
            let text = fs::read(world.home.join(".config/leash/agent.json"))?;
            if world.knows(&text) { Ok(()) } else { Err("the key isn't there".into()) }
        }),
        Trial::test("not protected: root reads the memory of a signer", cases::root_reads_a_signer),
        Trial::test("refused: strict as root", || {
            let world = World::new();
            world.evil("[sandbox]\nlevel = \"strict\"\n");
            let outcome = world.leash(&["evil", "kernel", "users"]).fails(125);
            outcome.assert_says("this is root, from whom nothing is kept");
            outcome.assert_silent_about(SECRET);
            Ok(())
        }),
    ]
}
