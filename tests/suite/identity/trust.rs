//! Files that can't be trusted: each is named with the fix, and left as it is.

use std::{
    fs::{self, File},
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
};

use leash_test_needs::needs;
use leash_tests::{AGENT_1, Home};
use rustix::fs::{FileType, Gid, Mode, Uid, chown, mknodat};

use super::{URL, show};

const FILE: &str = ".config/leash/agent.json";
const DIR: &str = ".config/leash";

fn refused(home: &Home, problem: &str, fix: &str) {
    for run in
        [show(home), home.leash(["api-key", "list"]), home.leash(["agent", "export", "--out", "copy.json"])]
    {
        let outcome = run.fails(4);
        outcome.assert_says(problem);
        outcome.assert_says(fix);
        outcome.assert_silent_about(AGENT_1.key);
    }
    assert!(!home.join("copy.json").exists());
}

#[test]
fn a_mode_that_lets_others_in() {
    let home = Home::with_agent(&AGENT_1, URL);
    for mode in [0o644, 0o640, 0o660, 0o604, 0o601, 0o666, 0o777] {
        home.chmod(FILE, mode);
        refused(
            &home,
            &format!("is open to other users (mode {mode:04o})"),
            "chmod 600 ~/.config/leash/agent.json",
        );
        assert_eq!(home.mode(FILE), mode, "leash changes no mode behind anybody's back");
    }
    for mode in [0o600, 0o400, 0o700] {
        home.chmod(FILE, mode);
        let _ = show(&home).ok();
    }
}

#[test]
fn the_fix_can_be_typed_as_it_stands() {
    let home = Home::new();
    let odd = home.join("a dir; it's odd");
    let file = odd.join("leash/agent.json");
    let _ = home.write("a dir; it's odd/leash/agent.json", AGENT_1.file(URL).to_string(), 0o644);
    let outcome = show(&home).env("XDG_CONFIG_HOME", &odd).fails(4);
    let hint = outcome.stderr.lines().find_map(|line| line.strip_prefix("hint: ")).unwrap();
    assert_eq!(home.shell(hint).ok().stderr, "", "{hint}");
    assert_eq!(home.mode(&file), 0o600);
    let _ = show(&home).env("XDG_CONFIG_HOME", &odd).ok();
}

#[test]
fn a_directory_that_others_can_write() {
    let home = Home::with_agent(&AGENT_1, URL);
    for mode in [0o777, 0o770, 0o702, 0o775] {
        home.chmod(DIR, mode);
        let problem = format!("lies in `~/.config/leash`, which other users can write (mode {mode:04o})");
        refused(&home, &problem, "chmod go-w ~/.config/leash");
    }
    // Nor is a key put into one.
    let other = home.write_private("other.json", &AGENT_1.file(URL).to_string());
    let _ = home.write_private(".config/leash/agents/one.json", &AGENT_1.file(URL).to_string());
    home.chmod(".config/leash/agents", 0o777);
    home.chmod(DIR, 0o700);
    let import = home.leash(["agent", "import", other.to_str().unwrap(), "--name", "two"]);
    import.fails(4).assert_says("chmod go-w ~/.config/leash/agents");
    assert!(!home.join(".config/leash/agents/two.json").exists());
    home.chmod(DIR, 0o755);
    let _ = show(&home).ok();
}

#[needs("root")]
#[test]
fn another_users_file_or_directory() {
    let home = Home::with_agent(&AGENT_1, URL);
    let nobody = || (Some(Uid::from_raw(65534)), Some(Gid::from_raw(65534)));
    chown(home.join(FILE), nobody().0, nobody().1).unwrap();
    refused(&home, "belongs to user 65534, not to you", "chown 0 ~/.config/leash/agent.json");
    chown(home.join(FILE), Some(Uid::ROOT), Some(Gid::ROOT)).unwrap();
    chown(home.join(DIR), nobody().0, nobody().1).unwrap();
    refused(
        &home,
        "lies in `~/.config/leash`, which belongs to user 65534",
        "move it to a directory of yours",
    );
}

#[test]
fn a_link_counts_as_every_file_on_its_way() {
    let home = Home::with_agent(&AGENT_1, URL);
    let file = home.join(FILE);
    let private = home.write_private("private/agent.json", &AGENT_1.file(URL).to_string());
    fs::remove_file(&file).unwrap();
    symlink(&private, &file).unwrap();
    assert_eq!(show(&home).ok().json()["agent_mint"], AGENT_1.mint);

    // The end of the link is in a shared directory.
    home.chmod("private", 0o1777);
    refused(
        &home,
        "lies in `~/private`, which other users can write (mode 1777)",
        "move it to a directory of yours",
    );
    home.chmod("private", 0o700);

    // Only a link on the way is: whoever can write there decides where it leads.
    fs::create_dir(home.join("shared")).unwrap();
    symlink(&private, home.join("shared/link")).unwrap();
    home.chmod("shared", 0o1777);
    fs::remove_file(&file).unwrap();
    symlink("../../shared/link", &file).unwrap();
    refused(&home, "shared`, which other users can write", "move it to a directory of yours");
    home.chmod("shared", 0o755);
    let _ = show(&home).ok();

    // The file at the end is as secret as if it lay here.
    home.chmod("private/agent.json", 0o644);
    refused(&home, "is open to other users", "chmod 600");
}

#[test]
fn links_that_lead_nowhere() {
    let home = Home::with_agent(&AGENT_1, URL);
    let file = home.join(FILE);
    fs::remove_file(&file).unwrap();
    symlink(home.join("nothing"), &file).unwrap();
    refused(&home, "is a link to nothing", "rm ~/.config/leash/agent.json");
    // It stands for an agent: nothing is written through it, or in its place.
    let other = home.write_private("other.json", &AGENT_1.file(URL).to_string());
    home.leash(["agent", "import", other.to_str().unwrap()]).fails(1).assert_says("is there already");
    assert!(!home.join("nothing").exists());
    fs::remove_file(&file).unwrap();
    symlink(&file, &file).unwrap();
    refused(&home, "cannot read `~/.config/leash/agent.json`", "ls -l ~/.config/leash/agent.json");
}

#[test]
fn what_is_no_file() {
    let home = Home::with_agent(&AGENT_1, URL);
    let file = home.join(FILE);
    let replace = |put: &dyn Fn(&Path)| {
        let _ = fs::remove_file(&file);
        put(&file);
    };
    // A pipe that nobody writes to would hang whoever opens it.
    replace(&|file| mknodat(rustix::fs::CWD, file, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap());
    refused(&home, "is not a regular file", "ls -ld ~/.config/leash/agent.json");
    replace(&|file| drop(UnixListener::bind(file).unwrap()));
    refused(&home, "cannot read `~/.config/leash/agent.json`", "ls -l ~/.config/leash/agent.json");
    replace(&|file| symlink("/dev/zero", file).unwrap());
    refused(&home, "is not a regular file", "ls -ld");
    replace(&|file| fs::create_dir(file).unwrap());
    refused(&home, "is not a regular file", "ls -ld");
    fs::remove_dir(&file).unwrap();
    fs::remove_dir(home.join(DIR)).unwrap();
    File::create(home.join(DIR)).unwrap();
    refused(&home, "cannot read `~/.config/leash/", "to a directory that you own");
}

#[test]
fn a_file_that_is_far_too_large() {
    let home = Home::with_agent(&AGENT_1, URL);
    let text = AGENT_1.file(URL).to_string();
    let _ = home.write(FILE, format!("{text}{}", " ".repeat(2 * 1024 * 1024)), 0o600);
    refused(&home, "is larger than 1 MiB", "head -c 300 ~/.config/leash/agent.json");
    // A sparse file that claims more than any memory.
    File::options().write(true).open(home.join(FILE)).unwrap().set_len(1 << 42).unwrap();
    refused(&home, "is larger than 1 MiB", "head -c 300");
}

#[needs("ordinary user")]
#[test]
fn a_file_that_may_not_be_read() {
    let home = Home::with_agent(&AGENT_1, URL);
    home.chmod(FILE, 0o000);
    refused(&home, "cannot read `~/.config/leash/agent.json`", "ls -l ~/.config/leash/agent.json");
    home.chmod(FILE, 0o600);
    home.chmod(DIR, 0o000);
    refused(&home, "cannot read `~/.config/leash/", "ls -l");
    home.chmod(DIR, 0o700);
}
