//! What strict leaves alone, and where it is refused, through the host.

use std::{collections::BTreeMap, os::unix::process::CommandExt as _, process::Command};

use libtest_mimic::{Completion, Failed, Trial};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use crate::{
    table::{no_program, no_strict},
    world::{Level, SIGN, World, beside_others, manifest},
};

const PYTHON: &str = r#"#!/usr/bin/env python3
import asyncio, hashlib, json, os, socket, struct
address = os.environ["LEASH_SIGNER"]
s = socket.socket(fileno=int(address[3:]))
def ask(**request):
    text = json.dumps(request).encode()
    s.sendall(struct.pack(">I", len(text)) + text)
    length = struct.unpack(">I", s.recv(4, socket.MSG_WAITALL))[0]
    return json.loads(s.recv(length, socket.MSG_WAITALL))
ask(id=0, op="hello", v=[1])
path = "/v1/agents/%s/api-keys" % os.environ["LEASH_AGENT_MINT"]
answer = ask(id=1, op="sign_http", method="GET", path=path, query="", body_sha256=hashlib.sha256(b"").hexdigest())
async def main():
    return answer["ok"]["headers"]["x-leash-sig"]
data = json.loads(os.environ["LEASH_CONTEXT"])["dirs"]["data"]
open(data + "/state", "w").write("mine")
print("GOT: " + asyncio.run(main()))
"#;

const SHELL: &str =
    "#!/bin/sh\n\"$LEASH_BIN\" api GET '/v1/agents/{mint}/api-keys' && echo 'GOT: an answer'\n";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        works("an ELF program", |world| {
            world.evil(SIGN);
        }),
        works("a script of the shell", |world| script(world, SHELL)),
        works("a script of Python", |world| script(world, PYTHON)),
        Trial::test("works: strict by the manifest alone, without a grant", || {
            let world = World::new();
            world
                .home
                .write_private("bin/leash-evil.toml", &manifest("evil", "[sandbox]\nlevel = \"strict\"\n"));
            let text =
                "#!/bin/sh\ncat \"$HOME/.config/leash/agent.json\" && exit 1\necho \"ran [$LEASH_SIGNER]\"\n";
            let _ = world.home.write_script("bin/leash-evil", text);
            let outcome = world.leash(&["evil"]).outcome();
            if let Some(why) = no_strict() {
                return refused(&outcome, &why);
            }
            ensure(outcome.status == 0 && outcome.stdout == "ran []\n", &outcome)
        }),
        Trial::test("refused: strict and a signer at a path", || {
            let world = World::new();
            let rest = format!("[run]\nsigner = \"unix\"\n{SIGN}[sandbox]\nlevel = \"strict\"\n");
            world.evil(&rest);
            let outcome = world.leash(&["plugin", "trust", "evil", "--yes"]).fails(125);
            outcome.assert_says("signer = \"unix\"");
            // By its manifest alone it isn't strict; the user says so.
            world.evil(&rest.replace("strict", "none"));
            let _ = world.leash(&["plugin", "trust", "evil", "--yes", "--sandbox", "strict"]).fails(125);
            Ok(())
        }),
    ];
    for (call, name) in [
        (libc::SYS_landlock_create_ruleset, "a kernel without Landlock"),
        (libc::SYS_seccomp, "a kernel without seccomp"),
    ] {
        trials.push(Trial::test(format!("refused: strict on {name}"), move || {
            let _beside = beside_others();
            let world = World::trusted_evil(Level::Strict);
            let mut run = world.leash(&["evil", "kernel", "ring"]);
            let arguments: Vec<_> = run.command.get_args().map(ToOwned::to_owned).collect();
            let variables: BTreeMap<_, _> = run
                .command
                .get_envs()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
                .collect();
            let mut command = Command::new(crate::world::me());
            command.arg0("leash-evil").args(["lack", &call.to_string()]).arg(run.command.get_program());
            command.args(arguments).env_clear().envs(variables);
            run.command = command;
            refused(&run.outcome(), "strict can't be enforced")
        }));
    }
    trials
}

fn ensure(holds: bool, outcome: &leash_tests::Outcome) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("{outcome:?}").into()) }
}

fn refused(outcome: &leash_tests::Outcome, why: &str) -> Result<(), Failed> {
    outcome.assert_failure(125);
    ensure(outcome.stderr.contains(why), outcome)
}

fn script(world: &World, text: &str) {
    world.home.write_private("bin/leash-evil.toml", &manifest("evil", SIGN));
    let _ = world.home.write_script("bin/leash-evil", text);
}

/// A plugin that means well has its request signed under strict.
fn works(name: &'static str, make: impl Fn(&World) + Send + 'static) -> Trial {
    Trial::ignorable_test(format!("works: {name}, strict"), move || {
        if name.ends_with("Python")
            && let Some(why) = no_program("python3", "python3")
        {
            return Ok(Completion::ignored_with(why));
        }
        let _beside = beside_others();
        let world = World::new();
        make(&world);
        world.trust("evil", Level::Strict);
        let outcome = world.leash(&["evil", "speak", "good"]).outcome();
        if let Some(why) = no_strict() {
            outcome.assert_failure(125);
            return Ok(Completion::ignored_with(why));
        }
        ensure(outcome.status == 0 && outcome.stdout.contains("GOT: "), &outcome)?;
        ensure(world.decisions("signed") == 1, &outcome)?;
        Ok(Completion::Completed)
    })
}

/// Becomes another program, for which the kernel seems to lack a call: as near to an old kernel as a new one comes.
pub(crate) fn lack(words: &[std::ffi::OsString]) -> std::io::Error {
    let call: i64 = words.first().and_then(|word| word.to_str()?.parse().ok()).unwrap_or_default();
    let action = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let calls = [(call, Vec::new())].into_iter().collect();
    let filter =
        SeccompFilter::new(calls, SeccompAction::Allow, action, std::env::consts::ARCH.try_into().unwrap());
    let program: BpfProgram = filter.unwrap().try_into().unwrap();
    seccompiler::apply_filter(&program).unwrap();
    Command::new(&words[1]).args(&words[2..]).exec()
}
