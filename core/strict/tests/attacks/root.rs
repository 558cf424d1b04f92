//! Started as root: what only root can try, and then the same program again as another user.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use libtest_mimic::{Arguments, Trial};

use super::{
    refusals::refused,
    world::{Level, World, me, trial},
};

/// Nobody's number, on this machine or another.
const USER: u32 = 61_853;

pub(crate) fn run(arguments: &Arguments, words: &[OsString]) -> ExitCode {
    let own = libtest_mimic::run(arguments, trials());
    // Where another user can get at it: the directory it was built in may be root's alone.
    let place = tempfile::Builder::new().prefix("leash-strict-").tempdir().unwrap();
    let program = place.path().join("attacks");
    fs::copy(me(), &program).unwrap();
    for path in [place.path(), &program] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let twice = second_mount(place.path());
    let mut command = if twice.is_some() { Command::new("unshare") } else { Command::new(&program) };
    if twice.is_some() {
        command.args(["--mount", "--propagation", "private"]).arg(&program);
    }
    command.arg("attacks-from-root").arg(place.path()).args(words);
    command.envs(twice.map(|place| ("STRICT_TWICE", place)));
    let succeeded = command.status().unwrap().success();
    if succeeded && !own.has_failed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Where to mount a part of a home a second time, if that can be done here at all.
fn second_mount(place: &Path) -> Option<PathBuf> {
    let tried = Command::new("unshare").args(["--mount", "--propagation", "private", "true"]).status();
    tried.is_ok_and(|status| status.success()).then(|| place.join("twice"))
}

/// In a namespace of its own: mounts, and becomes the other user.
pub(crate) fn descend(words: &[OsString]) -> ExitCode {
    let place = Path::new(&words[0]);
    if let Some(twice) = env::var_os("STRICT_TWICE").map(PathBuf::from) {
        for name in ["real", "beside/alias"] {
            fs::create_dir_all(twice.join(name)).unwrap();
            chown(twice.join(name), Some(USER), Some(USER)).unwrap();
        }
        let mounted = Command::new("mount")
            .arg("--bind")
            .arg(twice.join("real"))
            .arg(twice.join("beside/alias"))
            .status();
        assert!(mounted.unwrap().success());
    }
    let error = Command::new(place.join("attacks")).args(&words[1..]).uid(USER).gid(USER).exec();
    panic!("cannot become another user: {error}");
}

fn trials() -> Vec<Trial> {
    vec![
        trial("refused: root", || {
            refused(
                &World::new().run(Level::Strict, &["/bin/echo", "ran"]),
                "this is root, from whom nothing is kept",
            )
        }),
        trial("refused: another user with capabilities", || {
            let world = World::new();
            let place = tempfile::Builder::new().prefix("leash-strict-").tempdir()?;
            let program = place.path().join("attacks");
            fs::copy(me(), &program)?;
            for path in [place.path(), &program] {
                fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
            }
            let mut command = Command::new("setpriv");
            command.arg(format!("--reuid={USER}")).args([
                "--clear-groups",
                "--inh-caps=+net_raw",
                "--ambient-caps=+net_raw",
            ]);
            command.arg("--").arg(&program).args(["confined", "/bin/echo", "ran"]);
            command.env_clear().env("HOME", world.path("tmp")).env("PATH", "/usr/bin:/bin");
            refused(&command.output()?, "capabilities")
        }),
    ]
}
