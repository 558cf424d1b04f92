//! What strict doesn't stop, as the README says: if one of these changes, so must that.

use libtest_mimic::Trial;

use super::world::{Level, World, ensure, text, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> =
        NOT_PROTECTED.iter().map(|(name, script)| holds(name, script, true)).collect();
    trials.extend(LOST.iter().map(|(name, script)| holds(name, script, false)));
    trials
}

const NOT_PROTECTED: [(&str, &str); 5] = [
    ("not protected: the names of hidden files", r#"ls "$HOME/.config/leash" | grep -q agent.json"#),
    ("not protected: their sizes and times", r#"test "$(stat -c %s "$HOME/.config/leash/agent.json")" = 10"#),
    ("not protected: their modes", r#"chmod 400 "$HOME/.config/leash/agent.json""#),
    ("not protected: other secrets of the user", r#"cat "$HOME/.ssh/authorized_keys""#),
    ("not protected: other programs' settings", r#"echo x > "$HOME/.config/other/settings""#),
];

const LOST: [(&str, &str); 5] = [
    ("lost: new files directly in the home", r#"echo x > "$HOME/new""#),
    ("lost: new directories directly in ~/.config", r#"mkdir "$HOME/.config/new""#),
    ("lost: deleting what lies directly in the home", r#"rm -f "$HOME/notes.txt""#),
    ("lost: new files beside what a start-up file links to", r#"echo x > "$HOME/dotfiles/new""#),
    ("lost: set-user-ID programs", "grep -q 'NoNewPrivs:.0' /proc/self/status"),
];

fn holds(name: &'static str, script: &'static str, succeeds: bool) -> Trial {
    trial(name, move || {
        let output = World::new().sh(Level::Strict, script);
        ensure(output.status.success() == succeeds && output.status.code() != Some(125), || text(&output))
    })
}
