//! Attacks on files.

use std::{env, path::PathBuf};

use libtest_mimic::Trial;

use super::world::{Level, SECRET, World, attack, ensure, ignored, text, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> =
        READING.iter().chain(&WRITING).chain(&REPLACING).map(|(name, script)| attack(name, script)).collect();
    trials.push(through_a_second_mount());
    trials.push(from_its_own_directory());
    trials
}

const READING: [(&str, &str); 18] = [
    ("reads agent.json by its path", r#"grep -q TOP-SECRET "$HOME/.config/leash/agent.json""#),
    ("reads another agent's file", r#"cat "$HOME/.config/leash/agents/"*"#),
    ("reads config.toml", r#"cat "$HOME/.config/leash/config.toml""#),
    ("reads the trust store", r#"cat "$HOME/.local/share/leash/trust/foo.json""#),
    ("reads the audit log", r#"cat "$HOME/.local/share/leash/audit/log""#),
    ("reads another plugin's files", r#"cat "$HOME/.local/share/leash/plugins/bar/leash-bar""#),
    ("reads the passphrase's file", r#"cat "$LEASH_PASSPHRASE_FILE""#),
    ("reads through a new symbolic link", r#"ln -s "$HOME/.config/leash/agent.json" ./link && cat link"#),
    (
        "reads through a link to a directory above",
        r#"ln -s "$HOME/.config" ./link && cat link/leash/agent.json"#,
    ),
    ("reads through a new hard link", r#"ln "$HOME/.config/leash/agent.json" ./link && cat link"#),
    ("reads through /proc/self/root", r#"cat "/proc/self/root$HOME/.config/leash/agent.json""#),
    ("reads through /proc/self/cwd", r#"cd "$HOME/.config/leash" && cat /proc/self/cwd/agent.json"#),
    ("reads with a relative path from inside", r#"cd "$HOME/.config/leash" && cat ./agent.json"#),
    ("reads with dots in the path", r#"cat "$HOME/mine/../.config/./leash//agent.json""#),
    (
        "reads with openat from a directory's descriptor",
        r#""$ME" raw openat "$HOME/.config/leash" agent.json"#,
    ),
    ("reads from a daemon", r#"setsid -w sh -c 'cat "$HOME/.config/leash/agent.json"'"#),
    ("reads with a cleaned environment", r#"env -i cat "$HOME/.config/leash/agent.json""#),
    ("executes a plugin of the store", r#"exec "$HOME/.local/share/leash/plugins/own/leash-own""#),
];

const WRITING: [(&str, &str); 19] = [
    ("writes a grant into the trust store", r#"echo x > "$HOME/.local/share/leash/trust/evil.json""#),
    ("overwrites a grant", r#"echo x > "$HOME/.local/share/leash/trust/foo.json""#),
    ("appends to the audit log", r#"echo x >> "$HOME/.local/share/leash/audit/log""#),
    ("cuts the audit log by its path", r#""$ME" raw truncate "$HOME/.local/share/leash/audit/log""#),
    ("deletes the audit log", r#"rm -f "$HOME/.local/share/leash/audit/log""#),
    ("deletes the configuration", r#"rm -rf "$HOME/.config/leash""#),
    (
        "creates the digest cache, which isn't there",
        r#"mkdir "$HOME/.cache/leash" && echo x > "$HOME/.cache/leash/d""#,
    ),
    ("overwrites agent.json", r#"echo x > "$HOME/.config/leash/agent.json""#),
    ("creates an agent", r#"echo x > "$HOME/.config/leash/agents/evil.json""#),
    ("creates a program in a directory of PATH", r#"echo x > "$HOME/.local/bin/ls""#),
    ("overwrites a program of PATH", r#"echo x > "$HOME/.local/bin/tool""#),
    ("cuts a program of PATH by its path", r#""$ME" raw truncate "$HOME/.local/bin/tool""#),
    ("writes where a link in PATH leads", r#"echo x > "$HOME/progs/real/ls""#),
    ("links an unnamed file into PATH", r#""$ME" raw tmpfile "$TMPDIR" "$HOME/.local/bin/ls""#),
    ("appends to ~/.bashrc, a link", r#"echo evil >> "$HOME/.bashrc""#),
    ("appends to ~/.profile", r#"echo evil >> "$HOME/.profile""#),
    ("creates ~/.zshenv, which isn't there", r#"echo evil > "$HOME/.zshenv""#),
    (
        "creates a start-up file of fish",
        r#"mkdir -p "$HOME/.config/fish/conf.d" && echo x > "$HOME/.config/fish/conf.d/x""#,
    ),
    (
        "creates a service and a key that logs in",
        r#"echo x > "$HOME/.config/systemd/user/evil.service" ||
        echo x >> "$HOME/.ssh/authorized_keys""#,
    ),
];

const REPLACING: [(&str, &str); 12] = [
    ("moves leash's configuration away", r#"mv "$HOME/.config/leash" ./away && cat away/agent.json"#),
    (
        "renames leash's configuration in place",
        r#"mv "$HOME/.config/leash" "$HOME/.config/x" && cat "$HOME/.config/x/agent.json""#,
    ),
    ("moves the directory above it away", r#"mv "$HOME/.config" ./away && cat away/leash/agent.json"#),
    ("moves agent.json away", r#"mv "$HOME/.config/leash/agent.json" ./agent.json"#),
    (
        "exchanges the configuration for its own",
        r#"mkdir own && "$ME" raw exchange own "$HOME/.config/leash""#,
    ),
    ("moves its own file over ~/.profile", r#"echo evil > own && mv -f own "$HOME/.profile""#),
    ("moves its own program into PATH", r#"echo evil > ls && mv ls "$HOME/.local/bin/""#),
    ("moves a directory of PATH away", r#"mv "$HOME/.local/bin" ./bin && mkdir "$HOME/.local/bin""#),
    ("points a link in PATH elsewhere", r#"mkdir evil && ln -sfn "$HOME/mine/evil" "$HOME/bins/link""#),
    ("points ~/.bashrc elsewhere", r#"echo evil > rc && ln -sf "$HOME/mine/rc" "$HOME/.bashrc""#),
    ("deletes ~/.bashrc and makes its own", r#"rm -f "$HOME/.bashrc" && echo evil > "$HOME/.bashrc""#),
    ("creates ~/bin, which a profile puts into PATH", r#"mkdir "$HOME/bin" && echo evil > "$HOME/bin/ls""#),
];

/// The same files under another path, as containers and desktops have them. Only root can mount, so the tests that
/// root starts bring the place.
fn through_a_second_mount() -> Trial {
    let Some(place) = env::var_os("STRICT_TWICE").map(PathBuf::from) else {
        return ignored(
            "stopped: reads and writes through a second mount".to_owned(),
            "needs root".to_owned(),
        );
    };
    trial("stopped: reads and writes through a second mount", move || {
        let directory = tempfile::tempdir().unwrap();
        let world = World::with_home(directory, place.join("real/home"));
        let alias = place.join("beside/alias/home");
        let scripts = [
            format!("cat {}/.config/leash/agent.json", alias.display()),
            format!("mv {0}/.config/leash {0}/mine/away", alias.display()),
            format!("echo x > {}/.local/bin/ls", alias.display()),
            format!("echo x > {}/.local/share/leash/trust/evil", alias.display()),
        ];
        let before = world.kept();
        for script in &scripts {
            let strict = world.sh(Level::Strict, script);
            ensure(strict.status.code().is_some_and(|code| code != 0 && code != 125), || text(&strict))?;
            ensure(!text(&strict).contains(SECRET), || "it showed a secret".to_owned())?;
        }
        ensure(world.kept() == before, || "it changed something".to_owned())?;
        let free = world.sh(Level::Free, &scripts[0]);
        ensure(text(&free).contains(SECRET), || format!("there is no second mount: {}", text(&free)))
    })
}

/// The plugin's own directory lies in what is hidden, and is no way into the rest of it.
fn from_its_own_directory() -> Trial {
    trial("stopped: reaches from its own data into the rest", || {
        let world = World::new();
        let own = world.home(".local/share/leash/plugin-data/own");
        let before = world.kept();
        for script in [
            "cd \"$STRICT_WRITABLE\" && cat ../../trust/foo.json",
            "cd \"$STRICT_WRITABLE\" && ln ../../trust/foo.json . && cat foo.json",
            "cd \"$STRICT_WRITABLE\" && ln -s ../../trust link && cat link/foo.json; s=$?; rm -f link; exit $s",
            "cd \"$STRICT_WRITABLE\" && mv ../../trust/foo.json .",
            "mv \"$STRICT_WRITABLE\" \"$HOME/mine/away\"",
            "echo x > \"$STRICT_WRITABLE/../other\"",
        ] {
            let output = world
                .command(Level::Strict, &["/bin/sh", "-c", script])
                .env("STRICT_WRITABLE", &own)
                .output()
                .unwrap();
            ensure(output.status.code().is_some_and(|code| code != 0 && code != 125), || text(&output))?;
            ensure(!text(&output).contains(SECRET), || "it showed a secret".to_owned())?;
        }
        ensure(world.kept() == before, || "it changed something".to_owned())
    })
}
