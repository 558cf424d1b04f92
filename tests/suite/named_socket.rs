//! `signer = "unix"`: a socket with a name, for runtimes that close what they inherit.

use std::{
    fs,
    os::unix::{fs::MetadataExt as _, fs::PermissionsExt as _, net::UnixStream},
    path::PathBuf,
};

use leash_test_needs::needs;
use leash_tests::Running;

use crate::world::{KEYS, READ_KEYS, World};

fn world(program: &str) -> World {
    let world = World::new();
    world.plugin("named", program, &format!("{READ_KEYS}[run]\nsigner = \"unix\"\n"));
    world.trust("named");
    world
}

#[needs("python3")]
#[test]
fn a_runtime_that_closes_descriptors_reaches_the_signer() {
    let world = world(
        "#!/usr/bin/env python3\nimport os, subprocess, sys\n\
         words = [os.environ['LEASH_BIN'], 'api', 'GET', sys.argv[1]]\n\
         sys.exit(subprocess.run(words, close_fds=True).returncode)\n",
    );
    let _ = world.leash(["named", KEYS]).ok();
    world
        .leash(["named", "/v1/else"])
        .fails(125)
        .assert_says("leash plugin trust named --allow 'GET /v1/else'");
    world.assert_all_signed();
    assert_eq!(
        (world.api.calls().len(), world.decisions()),
        (1, vec!["signed".to_owned(), "denied_scope".to_owned()])
    );
}

#[test]
fn the_socket_is_the_plugins_and_goes_with_it() {
    let world = world(
        "#!/bin/sh\nprintf %s \"$LEASH_SIGNER\" > \"$OUT/aside\"\nmv \"$OUT/aside\" \"$OUT/signer\"\nread -r line < \"$1\"\n\
         \"$LEASH_BIN\" -q api GET '/v1/agents/{mint}/api-keys'\n",
    );
    let runtime = world.home.join("runtime");
    for private in [true, false] {
        let _ = world.home.write_private("runtime/x", "");
        fs::set_permissions(&runtime, fs::Permissions::from_mode(if private { 0o700 } else { 0o755 }))
            .unwrap();
        let fifo = world.home.join("out/fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let running = world.leash(["named", fifo.to_str().unwrap()]).env("XDG_RUNTIME_DIR", &runtime);
        let running = Running::start(running.env("TMPDIR", world.home.path()));
        let signer = world.home.join("out/signer");
        while !signer.exists() {
            std::thread::yield_now();
        }
        let path = PathBuf::from(fs::read_to_string(&signer).unwrap().strip_prefix("unix:").unwrap());
        let dir = path.parent().unwrap();
        assert_eq!(dir.starts_with(&runtime), private, "{}", path.display());
        assert_eq!(fs::metadata(dir).unwrap().mode() & 0o7777, 0o700);
        // Somebody else of the same user: taken from the queue, and let go without a word.
        let stranger = UnixStream::connect(&path).unwrap();
        let hello = "{\"id\":0,\"op\":\"hello\",\"v\":[1]}";
        let frame = [&u32::try_from(hello.len()).unwrap().to_be_bytes(), hello.as_bytes()].concat();
        let _ = std::io::Write::write_all(&mut &stranger, &frame);
        let mut answer = Vec::new();
        let _ = std::io::Read::read_to_end(&mut &stranger, &mut answer);
        assert!(answer.is_empty(), "{answer:?}");
        // Nor can it go by way of leash.
        let other = world.leash(["api", "GET", KEYS]).env("LEASH_DEPTH", "1").env("LEASH_PLUGIN", "named");
        let _ = other.env("LEASH_SIGNER", format!("unix:{}", path.display())).fails(125);
        let signers = World::signers(fifo.to_str().unwrap());
        assert_eq!(signers.len(), 1);
        fs::write(&fifo, "\n").unwrap();
        let outcome = running.end();
        assert_eq!(outcome.status, 0, "{outcome:?}");
        World::assert_gone(&signers);
        assert!(!dir.exists(), "{}", dir.display());
        fs::remove_file(&signer).unwrap();
        fs::remove_file(&fifo).unwrap();
    }
    assert_eq!(world.decisions(), ["signed", "signed"]);
}

#[test]
fn many_speak_at_once() {
    let world = world(
        "#!/bin/sh\nfor i in 1 2 3 4 5 6; do \"$LEASH_BIN\" -q api GET '/v1/agents/{mint}/api-keys' > /dev/null & done\nwait\n",
    );
    let _ = world.leash(["named"]).ok();
    assert_eq!(world.decisions().len(), 6);
    world.assert_all_signed();
}
