//! After what leash itself may do, from inside of a plugin.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    process::Stdio,
};

use leash_tests::{AGENT_2, Terminal};
use libtest_mimic::Failed;
use serde_json::json;

use crate::{
    table::{Attack, Met, no_program},
    world::{Level, SIGN, World, manifest},
};

const KEYS: &str = "/v1/agents/{mint}/api-keys";

pub(crate) fn all() -> Vec<Attack> {
    vec![
        Attack::strict("runs leash again with a cleaned environment", |level| {
            reaches(
                level,
                &format!("env -i HOME=\"$HOME\" PATH=\"$PATH\" \"$LEASH_BIN\" api DELETE '{KEYS}'"),
            )
        }),
        Attack::stopped_twice("runs leash again for what it wasn't granted", |level| {
            reaches(level, &format!("\"$LEASH_BIN\" api DELETE '{KEYS}'; \"$LEASH_BIN\" api GET /v1/other"))
        }),
        Attack::stopped_twice("runs leash again with another --agent", |level| {
            reaches(
                level,
                &format!(
                    "\"$LEASH_BIN\" --agent other api GET '{KEYS}'; LEASH_AGENT=other \"$LEASH_BIN\" api GET '{KEYS}'; \
                     \"$LEASH_BIN\" api GET '/v1/agents/{}/api-keys'",
                    AGENT_2.mint
                ),
            )
        }),
        Attack::stopped_twice("runs leash again with the API key", |level| {
            // The one in the agent's file; one that it knows already it can send by itself.
            reaches(level, "\"$LEASH_BIN\" api GET /v1/x/y --bearer")
        }),
        Attack::stopped_twice("runs leash again with a forged LEASH_SIGNER", |level| {
            let each = |signer: &str| format!("LEASH_SIGNER='{signer}' \"$LEASH_BIN\" api GET '{KEYS}';");
            let signers =
                ["fd:0", "fd:1", "fd:99", "fd:-1", "unix:/nowhere", "unix:", "9", "", "fd:", "FD:3"];
            reaches(level, &signers.map(each).concat())
        }),
        Attack::stopped_twice("runs leash again with a signer of its own", |level| {
            // It says yes to all, and knows neither the run nor the key.
            if let Some(why) = no_program("python3", "python3") {
                return Ok(Met::NotChecked(why));
            }
            reaches(
                level,
                "python3 -c '\
import json,os,socket,struct,subprocess,threading\n\
a,b=socket.socketpair()\n\
def serve():\n\
  while True:\n\
    h=a.recv(4)\n\
    if len(h)<4: return\n\
    r=json.loads(a.recv(struct.unpack(\">I\",h)[0]))\n\
    o={\"v\":1,\"invocation\":\"0\"*32,\"features\":[\"sign_http\"],\"grant\":{\"scopes\":[],\"max_signatures\":9}} if r[\"op\"]==\"hello\" else {\"headers\":{\"x-leash-agent\":\"x\",\"x-leash-timestamp\":\"x\",\"x-leash-sig\":\"x\"},\"expires_at\":\"x\"}\n\
    t=json.dumps({\"id\":r[\"id\"],\"ok\":o}).encode();a.sendall(struct.pack(\">I\",len(t))+t)\n\
threading.Thread(target=serve,daemon=True).start()\n\
e=dict(os.environ,LEASH_SIGNER=\"fd:%d\"%b.fileno())\n\
subprocess.run([e[\"LEASH_BIN\"],\"api\",\"GET\",\"/v1/agents/{mint}/api-keys\"],env=e,pass_fds=[b.fileno()])'",
            )
        }),
        Attack::stopped_twice("lies to leash about who it is, in its context", |level| {
            reaches(
                level,
                &format!(
                    "LEASH_CONTEXT=\"$(printf %s \"$LEASH_CONTEXT\" | sed 's/B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj/{}/g')\" \
                     \"$LEASH_BIN\" api GET '{KEYS}'; LEASH_DEPTH=x \"$LEASH_BIN\" api GET '{KEYS}'; \
                     LEASH_DEPTH=-1 \"$LEASH_BIN\" api GET '{KEYS}'",
                    AGENT_2.mint
                ),
            )
        }),
        Attack::stopped_twice("manages identity and trust from inside", |level| {
            let world = World::trusted_script(level);
            let before = world.kept();
            for words in [
                "plugin trust evil --yes --allow 'DELETE /**'",
                "plugin untrust evil",
                "audit show",
                "agent use other",
                "agent remove other --yes",
                "agent export --out $HOME/out/key",
                "agent import $HOME/out/x",
                "agent create x",
                "key status",
            ] {
                let outcome = world.leash(&["evil", &format!("\"$LEASH_BIN\" {words}")]).outcome();
                if outcome.status == 0 || !outcome.stderr.starts_with("ran") {
                    return Ok(Met::Got(format!("{outcome:?}")));
                }
            }
            Ok(if world.kept() == before { Met::Stopped } else { Met::Got("a change".to_owned()) })
        }),
        Attack::stopped_twice("has another plugin run with its own signer", |level| {
            let world = World::trusted_script(level);
            let other = "#!/bin/sh\necho \"second [$LEASH_SIGNER]\"\n";
            let _ = world.home.write_script("bin/leash-second", other);
            world.home.write_private("bin/leash-second.toml", &manifest("second", SIGN));
            world.trust("second", Level::Free);
            let outcome = world.leash(&["evil", "\"$LEASH_BIN\" second"]).outcome();
            if !outcome.stdout.contains("second [") {
                return Err(format!("{outcome:?}").into());
            }
            Ok(if outcome.stdout.contains("fd:") { Met::Got(outcome.stdout) } else { Met::Stopped })
        }),
        Attack::strict("writes itself a grant", |level| {
            let world = World::trusted_script(level);
            let store = "$HOME/.local/share/leash/trust/evil.json";
            let script = format!("sed -i 's/api-keys/**/' {store} 2>&1; grep -q '\\*\\*' {store}");
            let outcome = world.leash(&["evil", &script]).outcome();
            Ok(if outcome.status == 0 { Met::Got("a wider grant".to_owned()) } else { Met::Stopped })
        }),
        Attack::stopped_twice("answers on stdin for the user who is to consent", consents),
        Attack::stopped_twice("types for the user who is to consent", types),
        Attack::stopped("lends its signer's path to a process outside", |_| lends()),
        Attack::stopped("changes what it did in the audit log", |_| {
            let world = World::trusted_script(Level::Free);
            let script = format!(
                "\"$LEASH_BIN\" api GET '{KEYS}'; cd ~/.local/share/leash/audit && \
                 sed -i 's/\"signed\"/\"denied_scope\"/' *.log && grep -q denied_scope *.log"
            );
            let outcome = world.leash(&["evil", &script]).ok();
            let verified = world.leash(&["audit", "verify"]).outcome();
            let found = verified.status == 3 && verified.stderr.contains("line 1");
            Ok(if found { Met::Stopped } else { Met::Got(format!("{outcome:?} {verified:?}")) })
        }),
    ]
}

/// Runs a line in a plugin: nothing that it wasn't granted may reach the API, signed or with the API key.
fn reaches(level: Level, script: &str) -> Result<Met, Failed> {
    let world = World::trusted_script(level);
    let mut other = AGENT_2.file(&world.api.url);
    other["network"] = json!("solana-devnet");
    world.home.write_private(".config/leash/agents/other.json", &other.to_string());
    let outcome = world.leash(&["evil", script]).outcome();
    if !outcome.stderr.starts_with("ran") {
        return Err(format!("it never ran: {outcome:?}").into());
    }
    let requests = world.api.requests();
    let mut reached = requests.iter().filter(|request| {
        let signed = request.header("x-leash-sig").is_some_and(|signature| signature.len() > 10);
        signed || request.header("authorization").is_some()
    });
    Ok(reached
        .next()
        .map_or(Met::Stopped, |request| Met::Got(format!("{} {}", request.method, request.path))))
}

/// Without a terminal nobody can be asked; on one, nobody else may answer.
fn consents(level: Level) -> Result<Met, Failed> {
    let world = World::new();
    world.evil(&SIGN.replace("[sign]", "[sign]\nconsent = \"each\""));
    world.trust("evil", level);
    let outcome = world.leash(&["evil", "speak", "good"]).input("y\ny\ny\n").outcome();
    Ok(world.got(&outcome)?.map_or(Met::Stopped, Met::Got))
}

/// On a terminal, where the question is seen and nobody has said yes to it.
fn types(level: Level) -> Result<Met, Failed> {
    let world = World::new();
    world.evil(&SIGN.replace("[sign]", "[sign]\nconsent = \"each\""));
    world.trust("evil", level);
    let run = world.leash(&["evil", "speak", "typed"]);
    let words: Vec<_> = std::iter::once(run.command.get_program())
        .chain(run.command.get_args())
        .map(ToOwned::to_owned)
        .collect();
    let mut on_terminal =
        world.home.run("/usr/bin/setsid", ["--ctty".into(), "--wait".into()].into_iter().chain(words));
    for (name, value) in run.command.get_envs() {
        on_terminal = on_terminal.env(name.to_str().unwrap_or_default(), value.unwrap_or_default());
    }
    // Where every process can type, only a strict plugin's user is asked at all.
    let switch = fs::read_to_string("/proc/sys/dev/tty/legacy_tiocsti").unwrap_or_default();
    let asked = level == Level::Strict || switch.trim() == "0";
    let mut terminal = Terminal::start(on_terminal);
    if asked {
        terminal.wait_for("Sign it?");
        terminal.type_in("n\n");
    }
    let (_, seen) = terminal.end();
    if !seen.contains("got nothing") && !seen.contains("GOT:") {
        return Err(format!("it was never asked: {seen}").into());
    }
    Ok(if seen.contains("GOT:") { Met::Got("a signature".to_owned()) } else { Met::Stopped })
}

/// A signer at a path serves the plugin and what descends from it.
fn lends() -> Result<Met, Failed> {
    let world = World::new();
    world.home.write_private(
        "bin/leash-evil.toml",
        &manifest("evil", &format!("[run]\nsigner = \"unix\"\n{SIGN}")),
    );
    let _ = world.home.write_script("bin/leash-evil", "#!/bin/sh\necho \"$LEASH_SIGNER\"\nread line\n");
    world.trust("evil", Level::Free);
    let mut plugin = world.leash(&["evil"]).command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(plugin.stdout.take().ok_or("no stdout")?).read_line(&mut line)?;
    let path = line.trim().strip_prefix("unix:").ok_or_else(|| format!("no path: {line}"))?;
    let mut stream = UnixStream::connect(path)?;
    let _ = stream.write_all(b"\0\0\0\x1f{\"id\":0,\"op\":\"hello\",\"v\":[1]}\n");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    drop(plugin.stdin.take());
    plugin.wait()?;
    Ok(if answer.is_empty() { Met::Stopped } else { Met::Got(String::from_utf8_lossy(&answer).into_owned()) })
}
