//! What goes on working under strict.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::Path,
    process::Stdio,
    thread,
};

use libtest_mimic::Trial;

use super::world::{Level, World, ensure, ignored, me, text, trial, works};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = SHELL.iter().map(|(name, script)| works(name, script)).collect();
    for (package, name, script) in PROGRAMS {
        trials.push(if let Some(reason) = lacks(package) {
            ignored(format!("works: {name}"), reason)
        } else {
            works(name, script)
        });
    }
    trials.extend(STREAM_PAIRS.map(stream_pairs));
    trials.extend([inherited_socket(), loopback(), own_files(), sealed(), nested()]);
    trials
}

const SHELL: [(&str, &str); 15] = [
    (
        "a directory whose name isn't UTF-8",
        "cd \"$HOME/.config/$(printf 'not\\377utf8')\" && echo x > new && cat new",
    ),
    ("a pipeline", "test \"$(printf 'b\\na\\n' | sort | tr -d '\\n')\" = ab"),
    ("a pipeline whose reader leaves", "yes | head -n 1 | grep -q y"),
    (
        "writing in the current directory",
        "echo x > new && mkdir d && mv new d/ && cat d/new && rm -r d && test ! -e d",
    ),
    ("changing a file that was there", "echo x >> data && : > data && rm data"),
    ("temporary files", "f=$(mktemp) && echo x > $f && mv $f here && test -s here"),
    ("writing a file of the home that was there", "echo x >> \"$HOME/notes.txt\""),
    (
        "writing in other directories of the home",
        "echo x > \"$HOME/.config/other/new\" && echo x > \"$HOME/.cache/other/n\"",
    ),
    ("listing the home", "ls -la \"$HOME\" | grep -q notes.txt && ls / | grep -q usr"),
    ("reading the system's files", "grep -q root /etc/passwd && test -r /proc/self/status && ls /dev/null"),
    ("a program from PATH", "test $(tool) = tool"),
    ("a start-up file is read", "grep -q profile \"$HOME/.profile\" && grep -q bashrc \"$HOME/.bashrc\""),
    ("ending one's own children", "sleep 100 & kill $! && ! wait $!"),
    ("a time limit on a child", "timeout 0.1 sleep 100; test $? = 124"),
    ("background jobs, subshells, here documents", "(sleep 0 & wait) && cat <<E | grep -q x\nx\nE"),
];

const PYTHON: (&str, &str) = ("python3", "python3");

/// Why a test can't run here, where it needs a program, which this Debian package has.
fn lacks((program, package): (&str, &str)) -> Option<String> {
    let is_there = Path::new("/usr/bin").join(program).exists();
    (!is_there).then(|| format!("needs {program} (Debian package: {package})"))
}

const PROGRAMS: [((&str, &str), &str, &str); 6] = [
    (
        PYTHON,
        "Python",
        "python3 -c 'import json,os,tempfile; tempfile.TemporaryFile(); print(json.dumps(os.listdir()))'",
    ),
    (
        PYTHON,
        "Python's subprocesses and threads",
        "python3 -c '
import subprocess, threading, multiprocessing as m
t = threading.Thread(target=print); t.start(); t.join()
p = subprocess.Popen([\"sleep\", \"100\"]); p.terminate(); assert p.wait() == -15
assert m.get_context(\"fork\").Pool(2).map(abs, [-1, -2]) == [1, 2]'",
    ),
    (
        PYTHON,
        "a server and a client on the loopback",
        "python3 -c '
import socket, threading
s = socket.create_server((\"127.0.0.1\", 0))
threading.Thread(target=lambda: s.accept()[0].sendall(b\"hi\")).start()
assert socket.create_connection(s.getsockname()).recv(9) == b\"hi\"'",
    ),
    (
        ("git", "git"),
        "git",
        "git init -q . && git add data && git -c user.name=a -c user.email=a@b commit -qm x && git log | grep -q x",
    ),
    (
        ("script", "bsdutils"),
        "a terminal of its own",
        "script -qec 'tty && stty -a' /dev/null < /dev/null | grep -q /dev/pts",
    ),
    (("perl", "perl-base"), "Perl", "perl -e 'exit(`echo x` ne \"x\\n\")'"),
];

const STREAM_PAIRS: [((&str, &str), &str, [&str; 3]); 2] = [
    (
        PYTHON,
        "asyncio",
        [
            "/usr/bin/python3",
            "-c",
            "import asyncio; asyncio.run(asyncio.sleep(0)); print(asyncio.run(asyncio.wait_for(asyncio.sleep(0, 7), 9)))",
        ],
    ),
    (
        ("node", "nodejs"),
        "Node's children",
        [
            "/usr/bin/node",
            "-e",
            "process.exit(require('child_process').execSync('echo x').toString() == 'x\\n' ? 0 : 3)",
        ],
    ),
];

/// What needs pairs of sockets works where they are allowed, and is refused where not.
fn stream_pairs((package, name, words): ((&str, &str), &str, [&'static str; 3])) -> Trial {
    let name = format!("works: {name}, where stream pairs are allowed");
    if let Some(reason) = lacks(package) {
        return ignored(name, reason);
    }
    trial(name, move || {
        let world = World::new();
        let allowed = world.command(Level::Strict, &words).env("STRICT_PAIRS", "1").output()?;
        ensure(allowed.status.success(), || text(&allowed))?;
        let denied = world.run(Level::Strict, &words);
        ensure(!denied.status.success(), || format!("it works without, too: {}", text(&denied)))
    })
}

/// As the signer's socket is handed over.
fn inherited_socket() -> Trial {
    trial("works: an inherited pair of sockets", || {
        let (mut ours, theirs) = UnixStream::pair()?;
        let speaker = thread::spawn(move || {
            let mut asked = [0; 4];
            ours.read_exact(&mut asked)?;
            ours.write_all(b"pong\n")?;
            Ok::<_, std::io::Error>(asked)
        });
        let world = World::new();
        let mut command =
            world.command(Level::Strict, &["/bin/sh", "-c", "printf ping >&0; read answer; echo $answer"]);
        let output = command.stdin(Stdio::from(OwnedFd::from(theirs))).output()?;
        ensure(output.stdout == b"pong\n", || text(&output))?;
        ensure(speaker.join().unwrap()? == *b"ping", || "it said something else".to_owned())
    })
}

fn loopback() -> Trial {
    trial("works: TCP to the loopback", || {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port} && read -r line <&3 && echo $line");
        let server = thread::spawn(move || listener.accept()?.0.write_all(b"hello\n"));
        let output = World::new().run(Level::Strict, &["/bin/bash", "-c", &script]);
        ensure(output.stdout == b"hello\n", || text(&output))?;
        Ok(server.join().unwrap()?)
    })
}

/// The exceptions in what is hidden.
fn own_files() -> Trial {
    trial("works: the plugin's own tree and data", || {
        let world = World::new();
        let own = world.home(".local/share/leash/plugin-data/own");
        let script = "test $(\"$STRICT_READABLE/leash-own\") = own && cat \"$STRICT_WRITABLE/state\" &&
            echo x > \"$STRICT_WRITABLE/new\" && mkdir \"$STRICT_WRITABLE/d\" && rm \"$STRICT_WRITABLE/state\" &&
            mv data \"$STRICT_WRITABLE/d/\" && ! echo x 2>/dev/null > \"$STRICT_READABLE/leash-own\"";
        let mut command = world.command(Level::Strict, &["/bin/sh", "-c", script]);
        command
            .env("STRICT_WRITABLE", &own)
            .env("STRICT_READABLE", world.home(".local/share/leash/plugins/own"));
        let output = command.output()?;
        ensure(output.status.success() && own.join("d/data").exists(), || text(&output))
    })
}

fn sealed() -> Trial {
    trial("works: a program that runs from memory", || {
        let world = World::new();
        let mut command = world.command(Level::Strict, &["/bin/sh", "-c", "echo x > new && cat new"]);
        let output = command.env("STRICT_SEALED", "1").output()?;
        ensure(output.stdout == b"x\n", || text(&output))
    })
}

fn nested() -> Trial {
    trial("works: strict inside strict", || {
        let world = World::new();
        let script =
            "echo x > new && \"$ME\" confined sh -c 'cat new && ! cat \"$HOME/.config/leash/agent.json\"'";
        let mut command = world.command(Level::Strict, &["/bin/sh", "-c", script]);
        let output = command.env("STRICT_TIMES", "2").env("EXE", me()).output()?;
        ensure(output.status.success() && output.stdout == b"x\n", || text(&output))
    })
}
