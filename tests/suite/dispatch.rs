//! Executables on PATH as commands: what they get, what they never get, and what is not one.

mod found;
mod nested;
mod public;
mod streams;

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt as _, fs::symlink},
};

use leash_protocol::context::{Context, Source};
use leash_test_needs::needs;
use leash_tests::{AGENT_1, AGENT_2, Home, Run, programs};

const URL: &str = "http://127.0.0.1:9";

/// Writes down what it was given: arguments, environment, and the context from its descriptor.
const PROBE: &str = r#"#!/bin/sh
cd "$OUT" || exit 99
printf '%s\0' "$0" "$@" > args
env -0 > env
[ -n "$LEASH_CONTEXT_FD" ] && eval "cat <&$LEASH_CONTEXT_FD" > context
exit 7
"#;

/// A home with an agent and a plugin `leash-probe`.
struct Probed {
    home: Home,
}

/// What a run of the probe saw.
struct Seen {
    args: Vec<Vec<u8>>,
    env: BTreeMap<Vec<u8>, Vec<u8>>,
    context: Option<Context>,
    stderr: String,
}

impl Probed {
    fn new() -> Self {
        Self::in_home(Home::with_agent(&AGENT_1, URL))
    }

    fn in_home(home: Home) -> Self {
        let _ = home.write_script("bin/leash-probe", PROBE);
        fs::create_dir(home.join("out")).unwrap();
        Self { home }
    }

    /// leash, with the probe on PATH.
    fn leash<A: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = A>) -> Run {
        self.home.leash(words).path(&[&self.home.join("bin")]).env("OUT", self.home.join("out"))
    }

    fn see(&self, run: Run) -> Seen {
        let _ = fs::remove_file(self.home.join("out/context"));
        let outcome = run.outcome();
        assert_eq!(outcome.status, 7, "{outcome:?}");
        let parts = |name: &str| {
            let mut parts: Vec<_> = fs::read(self.home.join("out").join(name))
                .unwrap()
                .split(|byte| *byte == 0)
                .map(<[u8]>::to_vec)
                .collect();
            assert_eq!(parts.pop().as_deref(), Some(&b""[..]));
            parts
        };
        let env = parts("env").into_iter().map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap();
            (pair[..at].to_vec(), pair[at + 1..].to_vec())
        });
        let context = fs::read(self.home.join("out/context")).ok();
        let context = context.map(|text| serde_json::from_slice(&text).unwrap());
        Seen { args: parts("args"), env: env.collect(), context, stderr: outcome.stderr }
    }
}

impl Seen {
    fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name.as_bytes()).map(|value| std::str::from_utf8(value).unwrap())
    }

    fn context(&self) -> &Context {
        self.context.as_ref().expect("a descriptor with the context")
    }
}

#[test]
fn arguments_arrive_byte_for_byte() {
    let probed = Probed::new();
    let odd: Vec<&OsStr> = [
        &b"probe"[..],
        b"",
        b"--json",
        b"--",
        b"-v",
        b"a b\n",
        b"*",
        b"\xff\xfe=\x01",
        b"--agent=x",
        "☃".as_bytes(),
    ]
    .map(OsStr::from_bytes)
    .to_vec();
    let seen = probed.see(probed.leash(&odd));
    let path = probed.home.join("bin/leash-probe");
    assert_eq!(seen.args[0], path.as_os_str().as_bytes());
    let expected: Vec<&[u8]> = odd[1..].iter().map(|word| word.as_bytes()).collect();
    assert_eq!(seen.args[1..].iter().map(Vec::as_slice).collect::<Vec<_>>(), expected);
    // Options after the name are the plugin's own.
    assert!(!seen.context().global.json);
}

#[test]
fn the_environment_of_the_contract() {
    let probed = Probed::new();
    let seen = probed.see(probed.leash(["probe"]));
    assert_eq!(seen.var("LEASH_PROTOCOL"), Some("1"));
    let host = fs::canonicalize(programs().join("leash")).unwrap();
    assert_eq!(seen.var("LEASH_BIN"), host.to_str());
    assert_eq!(seen.var("LEASH_VERSION"), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(seen.var("LEASH_PLUGIN"), Some("probe"));
    assert_eq!(seen.var("LEASH_DEPTH"), Some("1"));
    let invocation = seen.var("LEASH_INVOCATION").unwrap();
    assert!(invocation.len() == 32 && invocation.bytes().all(|b| b.is_ascii_hexdigit()), "{invocation}");
    assert_eq!(seen.var("LEASH_AGENT_MINT"), Some(AGENT_1.mint));
    assert_eq!(seen.var("LEASH_EXECUTIVE_PUBKEY"), Some(AGENT_1.executive));
    assert_eq!(seen.var("LEASH_NETWORK"), Some("solana-devnet"));
    assert_eq!(seen.var("LEASH_API_URL"), Some(URL));
    assert_eq!(seen.var("LEASH_RPC_URL"), Some("http://127.0.0.1:9/rpc"));
    assert_eq!(seen.var("LEASH_EXPLORER_URL"), Some("https://explorer.leash.market"));
    assert_eq!(seen.var("LEASH_SIGNER"), None);
    let again = probed.see(probed.leash(["probe"]));
    assert_ne!(again.var("LEASH_INVOCATION"), Some(invocation));
}

#[test]
fn the_context_in_variable_and_descriptor() {
    let probed = Probed::new();
    let seen =
        probed.see(probed.leash(["--json", "-q", "--verbose", "--verbose", "--color", "never", "probe"]));
    let context = seen.context();
    let inline: Context = serde_json::from_str(seen.var("LEASH_CONTEXT").unwrap()).unwrap();
    assert_eq!((&inline.presigned, &context.presigned), (&None, &Some(Vec::new())));
    assert_eq!(inline, Context { presigned: None, ..context.clone() });
    let number: u32 = seen.var("LEASH_CONTEXT_FD").unwrap().parse().unwrap();
    assert!((3..=9).contains(&number), "{number}");
    assert_eq!((context.v, context.depth), (1, 1));
    assert_eq!(Some(context.invocation.as_str()), seen.var("LEASH_INVOCATION"));
    assert_eq!((context.plugin.name.as_str(), context.plugin.source), ("probe", Source::Path));
    let agent = context.agent.as_ref().unwrap();
    assert_eq!((agent.name.as_str(), agent.mint.as_str()), ("default", AGENT_1.mint));
    assert_eq!(
        (agent.executive_pubkey.as_str(), agent.treasury.as_str()),
        (AGENT_1.executive, AGENT_1.treasury)
    );
    assert_eq!(agent.network, "solana-devnet");
    assert_eq!(context.api.as_ref().unwrap().base_url, URL);
    assert_eq!(context.rpc.as_ref().unwrap().url, "http://127.0.0.1:9/rpc");
    let global = &context.global;
    assert_eq!((global.json, global.quiet, global.verbose, global.color.as_str()), (true, true, 2, "never"));
    let data = probed.home.join(".local/share/leash/plugin-data/probe");
    assert_eq!(Some(context.dirs.data.as_str()), data.to_str());
    assert_eq!(Some(context.host.bin.as_str()), seen.var("LEASH_BIN"));
    assert!(context.features.is_empty());

    // What the settings say counts as if it had been typed.
    let _ =
        probed.home.write_private(".config/leash/config.toml", "[output]\njson = true\ncolor = 'always'\n");
    let seen = probed.see(probed.leash(["probe"]));
    assert_eq!((seen.context().global.json, seen.context().global.color.as_str()), (true, "always"));
}

#[test]
fn no_secret_passes() {
    let probed = Probed::new();
    let mut run =
        probed.leash(["probe"]).env("LEASH_EXECUTIVE_KEY", AGENT_1.key).env("LEASH_API_KEY", "lsh_test_x");
    for name in ["LEASH_PASSPHRASE", "LEASH_PASSPHRASE_FILE", "LEASH_PASSPHRASE_FD", "LEASH_PASSPHRASE_LATER"]
    {
        run = run.env(name, "sesame");
    }
    run = run.env("LEASH_SIGNER", "fd:77").env("LEASH_CONTEXT", "stale").env("LEASH_CONTEXT_FD", "78");
    run = run.env("LEASH_PER_CALL_USDC", "5").env("MINE", "kept").env("EMPTY", "");
    let seen = probed.see(run);
    for (name, value) in &seen.env {
        let shown = format!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        let secret = shown.contains(AGENT_1.key) || shown.contains("lsh_test_x") || shown.contains("sesame");
        assert!(!secret && !shown.starts_with("LEASH_PASSPHRASE"), "{shown}");
    }
    for gone in ["LEASH_EXECUTIVE_KEY", "LEASH_API_KEY", "LEASH_SIGNER", "LEASH_AGENT"] {
        assert_eq!(seen.var(gone), None, "{gone}");
    }
    // The rest of the environment, and the policy, is the user's.
    assert_eq!(
        (seen.var("MINE"), seen.var("EMPTY"), seen.var("LEASH_PER_CALL_USDC")),
        (Some("kept"), Some(""), Some("5"))
    );
    assert_ne!(seen.var("LEASH_CONTEXT"), Some("stale"));
    let bytes = OsStr::from_bytes(b"\xff\xfe");
    let seen = probed.see(probed.leash(["probe"]).env("BYTES", bytes));
    assert_eq!(seen.env[&b"BYTES"[..]], b"\xff\xfe");
}

#[test]
fn the_agent_that_was_named_is_the_one() {
    let probed = Probed::new();
    let _ = probed.home.write_private(".config/leash/agents/spare.json", &AGENT_2.file(URL).to_string());
    for run in
        [probed.leash(["--agent", "spare", "probe"]), probed.leash(["probe"]).env("LEASH_AGENT", "spare")]
    {
        let seen = probed.see(run.env("LEASH_API_KEY", "lsh_live_x").env("LEASH_NETWORK", "mainnet"));
        assert_eq!(seen.var("LEASH_AGENT_MINT"), Some(AGENT_2.mint));
        assert_eq!(seen.var("LEASH_NETWORK"), Some("solana-devnet"));
        assert_eq!(seen.context().agent.as_ref().unwrap().name, "spare");
        assert_eq!(seen.var("LEASH_AGENT"), None);
        assert!(seen.stderr.contains("LEASH_API_KEY"), "{}", seen.stderr);
    }
    probed.leash(["--agent", "nobody", "probe"]).fails(4).assert_says("no agent `nobody`");
    let _ = probed.leash(["--agent", "../x", "probe"]).fails(2);
}

#[test]
fn without_an_identity_it_runs_and_with_a_bad_one_it_does_not() {
    let probed = Probed::in_home(Home::new());
    let seen = probed.see(probed.leash(["probe"]).env("LEASH_NETWORK", "devnet").env("LEASH_API_URL", URL));
    for name in leash_protocol::env::IDENTITY {
        assert_eq!(seen.var(name), None, "{name}");
    }
    let context = seen.context();
    assert!(
        context.agent.is_none()
            && context.api.is_none()
            && context.rpc.is_none()
            && context.explorer.is_none()
    );
    assert_eq!(seen.var("LEASH_DEPTH"), Some("1"));

    let file = ".config/leash/agent.json";
    let _ = probed.home.write(file, AGENT_1.file(URL).to_string(), 0o644);
    probed.leash(["probe"]).fails(4).assert_says("chmod 600");
    let _ = probed.home.write(file, "{", 0o600);
    probed.leash(["probe"]).fails(4).assert_says("agent.json:1:");
    probed.leash(["probe"]).env("LEASH_NETWORK", "testnet").fails(4).assert_says("agent.json");
    assert_eq!(
        fs::read_dir(probed.home.join("out"))
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name() == "args")
            .count(),
        1
    );
}

#[test]
fn a_link_to_a_program_is_called_by_its_own_name() {
    let probed = Probed::new();
    symlink("leash-probe", probed.home.join("bin/leash-other")).unwrap();
    let seen = probed.see(probed.leash(["other"]));
    assert_eq!(seen.var("LEASH_PLUGIN"), Some("other"));
    assert!(seen.args[0].ends_with(b"/bin/leash-other"));
}

#[test]
fn a_context_that_is_too_large_for_a_variable() {
    let probed = Probed::new();
    for (bytes, inline) in [(30_000, true), (40_000, false)] {
        let url = format!("http://127.0.0.1:9/{}", "x".repeat(bytes));
        let seen = probed.see(probed.leash(["probe"]).env("LEASH_RPC_URL", &url));
        assert_eq!(seen.var("LEASH_CONTEXT").is_some(), inline, "{bytes}");
        assert_eq!(seen.context().rpc.as_ref().unwrap().url, url);
    }
    // A leash inside reads the descriptor, where that is all there is.
    let _ = probed.home.write_script("bin/leash-again", "#!/bin/sh\nexec \"$LEASH_BIN\" \"$@\"\n");
    let url = "x".repeat(40_000);
    let _ = probed.home.write_private(".config/leash/agents/spare.json", &AGENT_2.file(URL).to_string());
    let seen = probed.see(probed.leash(["again", "probe"]).env("LEASH_EXPLORER_URL", &url));
    assert_eq!(seen.context().explorer.as_ref().unwrap().url, url);
    let run = probed.leash(["--agent", "spare", "again", "probe"]);
    assert_eq!(probed.see(run).var("LEASH_EXECUTIVE_PUBKEY"), Some(AGENT_2.executive));
}

#[test]
fn the_users_arguments_come_before_the_context() {
    let probed = Probed::new();
    let _ = probed
        .home
        .write_script("bin/leash-inline", "#!/bin/sh\necho \"${LEASH_CONTEXT:+inline} $LEASH_CONTEXT_FD\"\n");
    // The system bounds the sum of arguments and environment; one argument has at most 128 KiB.
    let words = |bytes: usize| {
        let long = "x".repeat(100_000);
        let rest = "x".repeat(bytes % 100_000);
        std::iter::once("inline".to_owned()).chain(std::iter::repeat_n(long, bytes / 100_000)).chain([rest])
    };
    let output = |bytes: usize| probed.leash(words(bytes)).command.output();
    let (mut fits, mut too_long) = (0, 16_000_000);
    assert!(output(too_long).is_err());
    while too_long - fits > 1 {
        let middle = usize::midpoint(fits, too_long);
        *(if output(middle).is_ok() { &mut fits } else { &mut too_long }) = middle;
    }
    // leash itself could just be started so; what it says of itself to the plugin has no room any more.
    let mut seen = Vec::new();
    for less in (0..4000).step_by(80) {
        let output = output(fits - less).unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        match output.status.code() {
            Some(126) => {
                assert!(String::from_utf8(output.stderr).unwrap().contains("longer than the system allows"));
            }
            status => assert_eq!(status, Some(0), "{said}"),
        }
        if seen.last() != Some(&said) {
            seen.push(said);
        }
    }
    assert_eq!(seen, ["", " 3\n", "inline 3\n"]);
}

#[needs("root")]
#[test]
fn who_has_no_home_runs_plugins_without_an_agent() {
    let home = Home::new();
    let shown = home.write_script("bin/leash-homeless", "#!/bin/sh\necho \"${LEASH_AGENT_MINT-none}\"\n");
    // As somebody whom no list of users knows, which only root can become.
    let user = "setpriv --reuid 54321 --clear-groups ";
    home.chmod("", 0o755);
    home.chmod("bin", 0o755);
    let leash = home.copy_leash("opt");
    home.chmod("opt", 0o755);
    let line = format!(
        "exec env -i PATH={}:/usr/bin:/bin {user}{} ",
        shown.parent().unwrap().display(),
        leash.display()
    );
    assert_eq!(home.shell(&format!("{line} homeless")).ok().stdout, "none\n");
    home.shell(&format!("{line} --agent x homeless")).fails(4).assert_says("no home directory");
    home.shell(&format!("{line} agent show")).fails(4).assert_says("no home directory");
}
