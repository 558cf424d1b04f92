//! After the place of another command.

use std::{fs, os::unix::fs::PermissionsExt as _};

use libtest_mimic::Failed;

use crate::{
    table::{Attack, Met},
    world::{Level, SIGN, World, manifest},
};

const TAKEN: &str = "GOT: it ran";
const EVIL: &str = "#!/bin/sh\necho 'GOT: it ran'\n";

pub(crate) fn all() -> Vec<Attack> {
    vec![
        Attack::stopped("shadows a built-in", |_| {
            shadows(&["agent", "api-key", "plugin", "doctor", "api", "version", "audit"], &["--help"])
        }),
        Attack::stopped("takes a name that is kept for later", |_| {
            shadows(&["pay", "policy", "treasury", "mcp", "webhook"], &[])
        }),
        Attack::stopped("shadows an alias", |_| {
            let world = evil_world(&["leash-mine"]);
            world.home.write_private(".config/leash/config.toml", "[alias]\nmine = \"version\"\n");
            ran(&world, &[&["mine"]])
        }),
        Attack::stopped("shadows another plugin from a later directory of PATH", |_| {
            let world = World::new();
            let _ = world.home.write_script("bin/leash-mine", "#!/bin/sh\necho mine\n");
            let _ = world.home.write_script("later/leash-mine", EVIL);
            ran_with(&world, "later", &["mine"])
        }),
        Attack::stopped("shadows another plugin by the case of its name", |_| {
            shadows(&["Mine", "MINE", "mIne"], &[])
        }),
        Attack::stopped("shadows another plugin by a dot, a slash or a space", |_| {
            shadows(&["mine.", ".mine", "mine ", "mine\n", "mine.sh", "./mine", "-mine", "mine\u{200b}"], &[])
        }),
        Attack::stopped("lies in a relative or empty entry of PATH", |_| {
            let world = evil_world(&["leash-mine"]);
            for path in ["bin", "./bin", "", ".", ":", "../bin"] {
                let dir = if path.trim_matches(':').is_empty() || path == "." { "bin" } else { "." };
                let line = format!(
                    "cd {dir}; PATH='{path}':/usr/bin exec {}/leash mine",
                    leash_tests::programs().display()
                );
                if let met @ Met::Got(_) = taken(&world.shell(&line).outcome().stdout) {
                    return Ok(met);
                }
            }
            Ok(Met::Stopped)
        }),
        Attack::stopped("lies in a directory that every user can write", |_| {
            let world = World::new();
            let _ = world.home.write_script("open/leash-mine", EVIL);
            for mode in [0o777, 0o1777, 0o703] {
                fs::set_permissions(world.home.join("open"), fs::Permissions::from_mode(mode))?;
                if let met @ Met::Got(_) = ran_with(&world, "open", &["mine"])? {
                    return Ok(met);
                }
            }
            Ok(Met::Stopped)
        }),
        Attack::stopped("is a file that every user can write", |_| {
            let world = evil_world(&["leash-mine"]);
            world.home.chmod("bin/leash-mine", 0o777);
            ran(&world, &[&["mine"]])
        }),
        Attack::stopped("is a corrupt program that a shell would run", |_| {
            let world = World::new();
            for text in [
                "echo 'GOT: it ran'\n",
                "\u{7f}ELF\necho 'GOT: it ran'\n",
                "\n#!/bin/sh\necho 'GOT: it ran'\n",
            ] {
                let _ = world.home.write_script("bin/leash-mine", text);
                let outcome = world.leash(&["mine"]).outcome();
                if outcome.status != 126 {
                    return Ok(Met::Got(format!("status {}", outcome.status)));
                }
                if let met @ Met::Got(_) = taken(&outcome.stdout) {
                    return Ok(met);
                }
            }
            Ok(Met::Stopped)
        }),
        Attack::stopped("prints terminal escapes from its manifest", |_| escapes()),
        Attack::stopped("prints terminal escapes by its place and name", |_| escapes_of_paths()),
        Attack::stopped("writes terminal escapes into the audit log", |_| {
            let world = World::trusted_evil(Level::Free);
            for kind in ["controls", "escapes", "fragment", "method", "query"] {
                let _ = world.attack(&["speak", "requests", kind])?;
            }
            let shown = [&["audit", "show"][..], &["audit", "show", "--json"], &["audit", "verify"]];
            for words in shown {
                let outcome = world.leash(words).ok();
                if is_wild(&outcome.stdout) || is_wild(&outcome.stderr) {
                    return Ok(Met::Got(format!("the terminal: {outcome:?}")));
                }
            }
            Ok(Met::Stopped)
        }),
        Attack::stopped("has a manifest that never ends", |_| endless()),
        Attack::stopped("calls leash, which calls it, without end", |_| {
            let world = World::new();
            let _ = world.home.write_script(
                "bin/leash-mine",
                "#!/bin/sh\nprintf x >> \"$HOME/out/depth\"\nexec \"$LEASH_BIN\" mine\n",
            );
            let outcome = world.leash(&["mine"]).outcome();
            let depth = fs::read(world.home.join("out/depth"))?.len();
            let stopped = outcome.status == 125 && depth <= 5;
            Ok(if stopped { Met::Stopped } else { Met::Got(format!("{depth} levels, {outcome:?}")) })
        }),
    ]
}

fn evil_world(names: &[&str]) -> World {
    let world = World::new();
    for name in names {
        let _ = world.home.write_script(&format!("bin/{name}"), EVIL);
    }
    world
}

fn taken(stdout: &str) -> Met {
    if stdout.contains(TAKEN) { Met::Got("its own program run".to_owned()) } else { Met::Stopped }
}

fn ran(world: &World, commands: &[&[&str]]) -> Result<Met, Failed> {
    for words in commands {
        if let met @ Met::Got(_) = taken(&world.leash(words).outcome().stdout) {
            return Ok(met);
        }
    }
    Ok(Met::Stopped)
}

/// With a directory behind the user's own in PATH.
fn ran_with(world: &World, dir: &str, words: &[&str]) -> Result<Met, Failed> {
    let (bin, dir) = (world.home.join("bin"), world.home.join(dir));
    Ok(taken(&world.leash(words).path(&[&bin, &dir]).outcome().stdout))
}

fn shadows(names: &[&str], words: &[&str]) -> Result<Met, Failed> {
    for name in names {
        let world = World::new();
        if !name.contains('/') {
            let _ = world.home.write_script(&format!("bin/leash-{name}"), EVIL);
        }
        let _ = world.home.write_script("bin/leash-mine", "#!/bin/sh\necho mine\n");
        let command: Vec<&str> = std::iter::once(*name).chain(words.iter().copied()).collect();
        for list in [command.as_slice(), &["--list"], &["plugin", "list"]] {
            let outcome = world.leash(list).outcome();
            let listed = list.len() == 1 && outcome.stdout.contains(&format!("leash-{name}\n"));
            if let met @ Met::Got(_) = taken(&outcome.stdout) {
                return Ok(met);
            }
            if listed && *name != "mine" && !leash_protocol::name::is_valid(name) {
                return Ok(Met::Got(format!("`{name}` in the list")));
            }
        }
    }
    Ok(Met::Stopped)
}

/// Escape sequences, in C0 and C1, a title, and letters that turn the line around.
const WILD: &str = "\\u001b[31m\\u001b]0;evil\\u0007\\u009b31m\\u202e\\r\\u0008";

fn is_wild(text: &str) -> bool {
    text.chars().any(|char| {
        (char.is_control() && char != '\n' && char != '\t') || ('\u{202a}'..='\u{202e}').contains(&char)
    })
}

fn escapes() -> Result<Met, Failed> {
    let world = World::new();
    let text = manifest("evil", "").replace("Harmless", WILD).replace("1.0.0", &format!("1.0.0{WILD}"))
        + &SIGN.replace("api-keys\"", &format!("api-keys\", reason = \"{WILD}\""))
        + &format!(
            "[[command]]\npath = [\"x\"]\nsummary = \"{WILD}\"\nflags = [{{ long = \"days\", value = \"{WILD}\", help = \"{WILD}\" }}]\n"
        );
    world.home.write_private("bin/leash-evil.toml", &text);
    let _ = world.home.write_script("bin/leash-evil", "#!/bin/sh\nexit 0\n");
    let commands: [&[&str]; 12] = [
        &["--list"],
        &["--help"],
        &["help", "evil"],
        &["plugin", "list"],
        &["plugin", "list", "--json"],
        &["plugin", "which", "-a", "evil"],
        &["plugin", "trust", "evil"],
        &["plugin", "trust", "evil", "--yes"],
        &["plugin", "trust", "evil", "--yes", "--json"],
        &["man"],
        &["completions", "bash"],
        &["doctor"],
    ];
    let mut runs: Vec<_> = commands.iter().map(|words| world.leash(words)).collect();
    for shell in ["bash", "zsh", "fish"] {
        for words in [["", "leash", "ev"].as_slice(), &["leash", "evil", ""], &["leash", "evil", "x", "--"]] {
            let run = world.leash(&[&["--"], words].concat()).env("LEASH_COMPLETE", shell);
            runs.push(run.env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string()));
        }
    }
    for run in runs {
        let shown = format!("{:?}", run.command);
        let outcome = run.outcome();
        if is_wild(&outcome.stdout) || is_wild(&outcome.stderr) {
            return Ok(Met::Got(format!("the terminal, by {shown}: {outcome:?}")));
        }
    }
    Ok(Met::Stopped)
}

fn escapes_of_paths() -> Result<Met, Failed> {
    let world = World::new();
    let dir = "w\u{1b}[31m\u{9b}31m\u{202e}d";
    let _ = world.home.write_script(&format!("{dir}/leash-mine"), "corrupt");
    let _ = world.home.write_script(&format!("{dir}/leash-open"), "#!/bin/sh\n");
    world.home.chmod(format!("{dir}/leash-open"), 0o777);
    world.home.write_private(&format!("{dir}/leash-mine.toml"), "schema = \"\u{1b}[31m");
    let (bin, path) = (world.home.join("bin"), world.home.join(dir));
    for words in [
        &["mine"][..],
        &["open"],
        &["m\u{1b}[31m"],
        &["--list"],
        &["plugin", "list"],
        &["plugin", "which", "-a", "mine"],
        &["plugin", "trust", "mine", "--yes"],
        &["plugin", "trust", "m\u{1b}[31m"],
        &["doctor"],
        &["--\u{1b}[31m"],
    ] {
        let outcome = world.leash(words).path(&[&bin, &path]).outcome();
        if is_wild(&outcome.stdout) || is_wild(&outcome.stderr) {
            return Ok(Met::Got(format!("the terminal: {outcome:?}")));
        }
    }
    Ok(Met::Stopped)
}

/// A pipe, a device, a directory, a file too long: none of them may hold up anything but that plugin.
fn endless() -> Result<Met, Failed> {
    for script in
        ["mkfifo $M", "ln -s /dev/zero $M", "mkdir $M", "ln -s $M $M", "head -c 300000 /dev/zero > $M"]
    {
        let world = evil_world(&["leash-evil"]);
        let _ = world.home.write_script("bin/leash-mine", "#!/bin/sh\necho mine\n");
        let path = world.home.join("bin/leash-evil.toml").display().to_string();
        let _ = world.shell(script).env("M", path).ok();
        for words in [&["--list"][..], &["plugin", "list"], &["doctor"], &["man"], &["mine"], &["evil"]] {
            // A command that hangs would be killed, and that is a status of its own.
            let program = leash_tests::programs().join("leash").display().to_string();
            let line = format!("timeout -s KILL 20 {program} {}", words.join(" "));
            let outcome = world.shell(&line).outcome();
            if outcome.status == 137 {
                return Ok(Met::Got(format!("leash hangs in {words:?}, by `{script}`")));
            }
            if words == ["mine"] && outcome.stdout != "mine\n" {
                return Ok(Met::Got(format!("another plugin is stopped, by `{script}`: {outcome:?}")));
            }
            if let met @ Met::Got(_) = taken(&outcome.stdout) {
                return Ok(met);
            }
        }
    }
    Ok(Met::Stopped)
}
