//! A command that is killed at any instant leaves the old or the new, and the next one puts the rest in order.

use std::{
    os::unix::process::ExitStatusExt as _,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use leash_tests::Run;

use super::desk::Desk;

/// Kills a command a while after it began; whether it was still there.
fn kill_after(mut run: Run, while_: Duration) -> bool {
    let mut child =
        run.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(while_);
    child.kill().unwrap();
    child.wait().unwrap().signal() == Some(9)
}

/// Kills a command again and again, each time a little later, until it gets through; looks at what is left each time.
fn killed_ever_later(desk: &Desk, words: &[&str], mut look: impl FnMut(&Desk)) {
    let begun = Instant::now();
    let _ = desk.plugin(words).ok();
    let whole = begun.elapsed();
    look(desk);
    let (steps, mut killed) = (40, 0);
    for step in 0..steps {
        killed += usize::from(kill_after(desk.plugin(words), whole * step / steps));
        look(desk);
    }
    assert!(killed >= 10, "killed {killed} times in {steps}");
}

#[test]
fn an_update_leaves_the_old_or_the_new() {
    let desk = Desk::new();
    let (one, two) = (desk.pack("hello", "1.0.0"), desk.pack("hello", "2.0.0"));
    for archive in [&two, &one] {
        // The same command goes back and forth, for each takes the place of what was there.
        let words = ["install", archive, "--unsigned", "--allow-downgrade", "--reinstall"];
        killed_ever_later(&desk, &words, |desk| {
            let version = desk.version("hello").unwrap();
            let data = std::fs::read_to_string(desk.installed("hello").join("share/data")).unwrap();
            assert_eq!(data, version.repeat(100), "half of one and half of the other");
        });
        // Whatever the last one left, the next puts it in order.
        let _ = desk.plugin(&words).ok();
        let version = desk.version("hello").unwrap();
        assert!(desk.lock().contains(&format!("version = \"{version}\"")), "{}", desk.lock());
        desk.assert_tidy();
    }
}

#[test]
fn an_install_and_a_removal_are_whole_or_not_at_all() {
    let desk = Desk::new();
    let archive = desk.pack("hello", "1.0.0");
    let other = desk.pack("other", "1.0.0");
    let (install, remove) = (["install", archive.as_str(), "--unsigned"], ["remove", "hello", "--yes"]);
    let begun = Instant::now();
    let _ = desk.plugin(&install).ok();
    let whole = begun.elapsed();
    let mut killed = 0;
    for step in 0..60 {
        let words = if desk.version("hello").is_some() { &remove[..] } else { &install[..] };
        killed += usize::from(kill_after(desk.plugin(words), whole * (step % 20) / 20));
        // Any command that changes something reconciles what the lockfile says with what is there.
        let _ = desk.plugin(&["install", &other, "--unsigned", "--reinstall"]).ok();
        assert_eq!(
            desk.version("hello").is_some(),
            desk.lock().contains("[plugin.hello]"),
            "{}",
            desk.lock()
        );
        desk.assert_tidy();
    }
    assert!(killed >= 15, "killed {killed} times in 60");
}
