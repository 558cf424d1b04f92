//! After the trust that another program was given.

use std::{
    cell::Cell,
    fs::{self, File, OpenOptions},
    os::{
        fd::AsRawFd as _,
        unix::fs::{FileExt as _, symlink},
    },
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use libtest_mimic::Failed;

use crate::{
    syscall::call,
    table::{Attack, Met},
    world::{Level, SIGN, World, manifest},
};

/// How often a race is run.
const ROUNDS: usize = 15;

/// Tells who runs, and whether it has a signer.
const TELLS: &str = "#!/bin/sh\necho \"WHO [$LEASH_SIGNER]\"\n";

pub(crate) fn all() -> Vec<Attack> {
    vec![
        Attack::stopped("changes its program after trust", |_| {
            let world = teller();
            let _ = world.home.write_script("bin/leash-evil", &TELLS.replace("WHO", "evil"));
            signed(&world, "evil")
        }),
        Attack::stopped("changes its manifest after trust", |_| {
            let world = teller();
            let text = manifest("evil", &SIGN.replace("/api-keys", "/**"));
            world.home.write_private("bin/leash-evil.toml", &text);
            signed(&world, "good")
        }),
        Attack::stopped("is run for another agent than it was trusted for", |_| {
            let world = teller();
            let other = leash_tests::AGENT_2.file(&world.api.url).to_string();
            world.home.write_private(".config/leash/agents/other.json", &other);
            let outcome = world.leash(&["--agent", "other", "evil"]).outcome();
            // The same agent under another key is another one as well.
            if let met @ Met::Got(_) = has_signer(&outcome.stdout, "good") {
                return Ok(met);
            }
            let same = World::new();
            let file = same.home.read(".config/leash/agent.json").replace("solana-devnet", "solana-mainnet");
            world.home.write_private(".config/leash/agent.json", &file);
            signed(&world, "good")
        }),
        Attack::stopped("exchanges its directory for a link", |_| {
            let world = teller();
            let _ = world.home.write_script("other/leash-evil", &TELLS.replace("WHO", "evil"));
            fs::copy(world.home.join("bin/leash-evil.toml"), world.home.join("other/leash-evil.toml"))?;
            fs::rename(world.home.join("bin"), world.home.join("old"))?;
            symlink("other", world.home.join("bin"))?;
            signed(&world, "evil")
        }),
        Attack::stopped("exchanges its program for a link to another", |_| {
            let world = teller();
            let _ = world.home.write_script("other/x", &TELLS.replace("WHO", "evil"));
            fs::remove_file(world.home.join("bin/leash-evil"))?;
            symlink("../other/x", world.home.join("bin/leash-evil"))?;
            signed(&world, "evil")
        }),
        Attack::stopped("copies a trusted plugin's bytes elsewhere", |_| {
            let world = teller();
            let _ = world.home.copy_program(&world.home.join("bin/leash-evil"), "first/leash-evil");
            fs::copy(world.home.join("bin/leash-evil.toml"), world.home.join("first/leash-evil.toml"))?;
            let (first, bin) = (world.home.join("first"), world.home.join("bin"));
            let outcome = world.leash(&["evil"]).path(&[&first, &bin]).ok();
            Ok(has_signer(&outcome.stdout, "good"))
        }),
        Attack::stopped("gives a trusted plugin's bytes another name", |_| {
            let world = teller();
            let _ = world.home.copy_program(&world.home.join("bin/leash-evil"), "bin/leash-second");
            let text = world.home.read("bin/leash-evil.toml").replace("\"evil\"", "\"second\"");
            world.home.write_private("bin/leash-second.toml", &text);
            Ok(has_signer(&world.leash(&["second"]).ok().stdout, "good"))
        }),
        Attack::stopped("swaps its program between hash and run", |_| swaps(None)),
        Attack::stopped("swaps its script between hash and run", |_| swaps(Some(()))),
        Attack::stopped("swaps its manifest between look and run", |_| swaps_manifest()),
        Attack::stopped("rewrites itself through an old writable mapping", |_| mapping()),
        Attack::stopped("starts an interpreter that was exchanged", |_| interpreter()),
        Attack::stopped("asks for variables that change what programs do", |_| {
            for name in
                ["LD_PRELOAD", "PYTHONPATH", "BASH_ENV", "NODE_OPTIONS", "GCONV_PATH", "LEASH_EXECUTIVE_KEY"]
            {
                let world = World::new();
                let text = manifest("evil", &format!("[run]\nenv = [\"{name}\"]\n"));
                world.home.write_private("bin/leash-evil.toml", &text);
                let _ =
                    world.home.write_script("bin/leash-evil", &format!("#!/bin/sh\necho \"[${name}]\"\n"));
                let outcome = world.leash(&["evil"]).env(name, "evil").outcome();
                if outcome.stdout.contains("evil]") {
                    return Ok(Met::Got(name.to_owned()));
                }
            }
            Ok(Met::Stopped)
        }),
        Attack::stopped("asks for the API key, and is trusted without it", |_| {
            let world = World::new();
            let text = manifest("evil", &format!("[run]\napi_key = true\n{SIGN}"));
            world.home.write_private("bin/leash-evil.toml", &text);
            let _ = world.home.write_script("bin/leash-evil", "#!/bin/sh\necho \"[$LEASH_API_KEY]\"\n");
            world.trust("evil", Level::Free);
            let outcome = world.leash(&["evil"]).env("LEASH_API_KEY", "lsh_test_4c33bnxtn9ca48s844").ok();
            Ok(if outcome.stdout == "[]\n" { Met::Stopped } else { Met::Got(outcome.stdout) })
        }),
    ]
}

/// A plugin that is trusted, and says so.
fn teller() -> World {
    let world = World::new();
    world.home.write_private("bin/leash-evil.toml", &manifest("evil", SIGN));
    let _ = world.home.write_script("bin/leash-evil", &TELLS.replace("WHO", "good"));
    world.trust("evil", Level::Free);
    let outcome = world.leash(&["evil"]).ok();
    assert!(outcome.stdout.starts_with("good [fd:"), "{outcome:?}");
    world
}

fn has_signer(stdout: &str, who: &str) -> Met {
    if stdout.contains(&format!("{who} [fd:")) { Met::Got(stdout.to_owned()) } else { Met::Stopped }
}

fn signed(world: &World, who: &str) -> Result<Met, Failed> {
    Ok(has_signer(&world.leash(&["evil"]).outcome().stdout, who))
}

/// A C program would do as well: what differs between the two is behind the end of what the kernel looks at.
fn told_by_its_end(world: &World, who: &str) -> Vec<u8> {
    let mut bytes = fs::read(world.home.join("bin/leash-evil")).unwrap();
    bytes.extend_from_slice(format!("\nWHO={who}\n").as_bytes());
    bytes
}

/// Exchanges good for evil, again and again, while it is run: whoever has a signer must be the good one.
fn swaps(script: Option<()>) -> Result<Met, Failed> {
    let world = World::new();
    let (good, evil) = if script.is_some() {
        world.home.write_private("bin/leash-evil.toml", &manifest("evil", SIGN));
        (TELLS.replace("WHO", "good").into_bytes(), TELLS.replace("WHO", "evil").into_bytes())
    } else {
        world.evil(SIGN);
        (told_by_its_end(&world, "good"), told_by_its_end(&world, "evil"))
    };
    for (name, bytes) in [("tmp/good", &good), ("tmp/evil", &evil), ("bin/leash-evil", &good)] {
        world.home.write(name, bytes, 0o755);
    }
    world.trust("evil", Level::Free);
    let words: &[&str] = if script.is_some() { &["evil"] } else { &["evil", "speak", "self"] };
    let ran = Cell::new([0, 0]);
    let met = swapping(&world, "bin/leash-evil", ["tmp/good", "tmp/evil"], || {
        let outcome = world.leash(words).outcome();
        let [good, evil] = ran.get();
        ran.set([
            good + usize::from(outcome.stdout.starts_with("good [fd:")),
            evil + usize::from(outcome.stdout.starts_with("evil [")),
        ]);
        Ok(has_signer(&outcome.stdout, "evil"))
    });
    println!("{} of {ROUNDS} runs met the one, {} the other", ran.get()[0], ran.get()[1]);
    met
}

fn swaps_manifest() -> Result<Met, Failed> {
    let world = World::new();
    world.evil(SIGN);
    let good = manifest("evil", SIGN);
    world.home.write_private("tmp/good", &good);
    world.home.write_private("tmp/evil", &good.replace("/v1/agents/{mint}/api-keys", "/**"));
    world.trust("evil", Level::Free);
    swapping(&world, "bin/leash-evil.toml", ["tmp/good", "tmp/evil"], || {
        let outcome = world.leash(&["evil", "speak", "requests", "outside"]).outcome();
        Ok(if outcome.stdout.contains("GOT:") { Met::Got(outcome.stdout) } else { Met::Stopped })
    })
}

/// Renames links to two files over a third, without an end, while something is tried.
fn swapping(
    world: &World,
    place: &str,
    files: [&str; 2],
    attempt: impl Fn() -> Result<Met, Failed>,
) -> Result<Met, Failed> {
    let ended = AtomicBool::new(false);
    let (place, files) = (world.home.join(place), files.map(|file| world.home.join(file)));
    let spare = world.home.join("tmp/spare");
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                for file in &files {
                    let _ = fs::hard_link(file, &spare).and_then(|()| fs::rename(&spare, &place));
                    thread::yield_now();
                }
            }
        });
        let met = (0..ROUNDS).map(|_| attempt()).find(|met| !matches!(met, Ok(Met::Stopped)));
        ended.store(true, Ordering::Relaxed);
        met.unwrap_or(Ok(Met::Stopped))
    })
}

/// The mapping is from before the trust, and shared: writing through it changes the file without a word.
fn mapping() -> Result<Met, Failed> {
    let world = World::new();
    world.evil(SIGN);
    let good = told_by_its_end(&world, "good");
    let path = world.home.write("bin/leash-evil", &good, 0o755);
    let at = (good.len() - 5) as u64;
    let window = map(&path, at)?;
    world.trust("evil", Level::Free);
    let own = OpenOptions::new().read(true).write(true).open("/proc/self/mem")?;
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                for who in [b"evil", b"good"] {
                    let _ = own.write_at(who, window);
                    thread::yield_now();
                }
            }
        });
        let mut met = Met::Stopped;
        for _ in 0..ROUNDS {
            let outcome = world.leash(&["evil", "speak", "self"]).outcome();
            met = has_signer(&outcome.stdout, "evil");
            if met != Met::Stopped {
                break;
            }
        }
        ended.store(true, Ordering::Relaxed);
        Ok(met)
    })
}

/// Where the byte `at` of a file is mapped, shared and writable. It stays so when the file is closed.
fn map(path: &Path, at: u64) -> Result<u64, Failed> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let page = at & !0xfff;
    let (rights, shared) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
    let number = file.as_raw_fd() as usize;
    let arguments = [0, 0x2000, rights as usize, shared as usize, number, usize::try_from(page)?];
    let address = u64::try_from(call(libc::SYS_mmap, &arguments)?)?;
    drop(File::open(path)?);
    Ok(address + (at - page))
}

/// A script's interpreter is the plugin as well.
fn interpreter() -> Result<Met, Failed> {
    let world = World::new();
    world.home.write_private("bin/leash-evil.toml", &manifest("evil", SIGN));
    let _ = world.home.copy_program(Path::new("/bin/sh"), "tmp/sh");
    let text =
        TELLS.replace("/bin/sh", &world.home.join("tmp/sh").display().to_string()).replace("WHO", "good");
    let _ = world.home.write_script("bin/leash-evil", &text);
    world.trust("evil", Level::Free);
    assert!(world.leash(&["evil"]).ok().stdout.starts_with("good [fd:"));
    let mut other = fs::read("/bin/sh")?;
    other.push(0);
    world.home.write("tmp/sh", other, 0o755);
    signed(&world, "good")
}
