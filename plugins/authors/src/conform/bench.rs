//! The plugin on the bench: how it is started, again and again, each time in a home of its own.

use std::{
    env,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    os::{fd::OwnedFd, unix::process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio as To},
    time::Duration,
};

use leash_command::Host;
use leash_output::{Error, Kind};
use leash_protocol::{
    context::{Presigned, Source},
    env as names,
    frame::PayLimits,
    manifest::{Manifest, PluginKind, SignerAt, Stdin, is_common_variable},
    scope::Scope,
};
use leash_sdk::mock::{self, Launch};
use leash_signature::Envelope;
use leash_trust::load_manifest;
use serde_json::{Value, json};

use super::{
    answers::{Answers, Server},
    processes,
    signer::{Ledger, Mood, Signer, Signing},
    trial::{Ran, watch},
    world::{Stdout, Who, World},
};
use crate::subject::Subject;

/// What a context is filled up with so that it is too large for its variable.
const PADDING: usize = names::CONTEXT_INLINE_MAX + 8 * 1024;

/// It.
pub(super) struct Bench {
    pub(super) subject: Subject,
    pub(super) manifest: Option<Manifest>,
    /// What is granted: what the manifest asks for, and what was typed.
    pub(super) scopes: Vec<Scope>,
    program: PathBuf,
    words: Vec<OsString>,
    /// How many of the words are the loader's.
    before: usize,
    host: PathBuf,
    answers: Answers,
    limit: Duration,
}

impl Bench {
    /// # Errors
    /// Where the plugin can't be started at all.
    pub(super) fn new(
        subject: Subject,
        arguments: &[OsString],
        allow: Vec<Scope>,
        answers: Answers,
        limit: Duration,
    ) -> Result<Self, Error> {
        let path = subject.executable.clone();
        if let Some(problem) = leash_resolve::executable_problem(&path) {
            return Err(Error::new(
                Kind::NotRunnable,
                "not_runnable",
                format!("`{}` can't be run: {problem}", path.display()),
            )
            .hint(format!("build it, or look at it: `leash plugin lint {}`", path.display())));
        }
        let loaded = subject.manifest.as_ref().map(|path| load_manifest(path, &subject.name)).transpose()?;
        let manifest = loaded.map(|loaded| loaded.manifest);
        let asked = manifest.as_ref().and_then(|manifest| manifest.sign.as_ref());
        let scopes =
            asked.map(|sign| sign.scopes.clone()).unwrap_or_default().into_iter().chain(allow).collect();
        let host = Host::executable()?;
        let (program, mut words) = match manifest.as_ref().map(|manifest| manifest.kind) {
            Some(PluginKind::Dylib) => (
                leash_command::loader()?,
                vec![path.clone().into_os_string(), "--".into(), path.into_os_string()],
            ),
            _ => (path, Vec::new()),
        };
        let before = words.len();
        words.extend(arguments.iter().cloned());
        Ok(Self { subject, manifest, scopes, program, words, before, host, answers, limit })
    }

    /// Whether it is a library, which has a process around it that isn't its own.
    pub(super) fn is_library(&self) -> bool {
        self.manifest.as_ref().is_some_and(|manifest| manifest.kind == PluginKind::Dylib)
    }

    /// Whether its stdin holds the context.
    pub(super) fn reads_context(&self) -> bool {
        self.manifest.as_ref().is_some_and(|manifest| manifest.run.stdin == Stdin::Context)
    }

    /// What it asks to pay, if that is anything.
    pub(super) fn pay(&self) -> Option<&PayLimits> {
        self.manifest.as_ref()?.pay.as_ref().filter(|pay| !pay.hosts.is_empty())
    }

    /// Whether it asks for anything that needs a signer.
    pub(super) fn has_signer(&self) -> bool {
        !self.scopes.is_empty() || self.pay().is_some()
    }

    /// How long it may take.
    pub(super) const fn limit(&self) -> Duration {
        self.limit
    }

    /// Runs it once.
    ///
    /// # Errors
    /// Where what it needs can't be set up; what it does itself is none.
    pub(super) fn try_it(&self, world: &World) -> Result<Ran, Error> {
        self.run(world).map_err(|error| {
            Error::failure("io", format!("cannot set up a run of the plugin: {error}"))
                .hint("check that there is room in the directory for temporary files, and a free descriptor")
        })
    }

    fn run(&self, world: &World) -> io::Result<Ran> {
        let home = tempfile::Builder::new().prefix("leash-test-").tempdir()?;
        let invocation = invocation()?;
        let ledger = Ledger::default();
        let mut context = self.context(world, home.path(), &invocation)?;
        let mint = context["agent"]["mint"].as_str().unwrap_or_default().to_owned();
        let server = Server::start(world.api, self.answers.clone(), &mint, ledger.clone())?;
        let mut launch = Launch::new(&self.program).environment(self.environment(world, home.path()));
        let help = [OsString::from("--help")];
        let (before, arguments) = self.words.split_at(self.before);
        for word in before.iter().chain(if world.help { &help } else { arguments }) {
            launch = launch.arg(word);
        }
        if matches!(world.who, Who::Granted | Who::Ungranted) {
            context["api"]["base_url"] = json!(server.api.url);
            context["rpc"]["url"] = json!(format!("{}/rpc", server.api.url));
        } else if let Some(fields) = context.as_object_mut() {
            ["agent", "api", "rpc", "explorer"].iter().for_each(|name| _ = fields.remove(*name));
        }
        let mut signer = None;
        if world.who == Who::Granted && self.has_signer() {
            context["grant"] = json!({"scopes": self.scopes, "max_signatures": 1000});
            context["features"] = json!(["sign_http"]);
            if let Some(pay) = self.pay() {
                context["grant"]["pay"] = json!(pay);
                context["features"] = json!(["sign_http", "pay"]);
            }
            context["presigned"] = self.presigned(world, &ledger, &mint);
            let granted = (self.scopes.as_slice(), self.pay());
            let signing = Signing::new(world.signer, granted, &invocation, &mint, ledger);
            let at = self.manifest.as_ref().map_or(SignerAt::Fd, |manifest| manifest.run.signer);
            if at == SignerAt::Unix {
                let path = home.path().join("signer");
                signer = Some(Signer::at(&path, signing)?);
                launch = launch.signer_at(path);
            } else {
                let (running, socket): (_, OwnedFd) = Signer::on_socket(signing)?;
                signer = Some(running);
                launch = launch.signer(socket);
            }
        }
        launch = launch.context(context);
        if world.stdin_closed {
            launch = launch.stdin_closed();
        } else if self.reads_context() {
            launch = launch.stdin_context();
        }
        if world.stdout == Stdout::Closed {
            launch = launch.stdout_closed();
        }
        let stdout = stdout(world.stdout)?;
        let alone = world.who == Who::Alone;
        let mut running = launch.spawn(|command| {
            command.process_group(0).current_dir(home.path());
            if let Some(stdout) = stdout {
                command.stdout(stdout);
            }
            if alone {
                forget(command);
            }
        })?;
        let seen = || signer.as_ref().map(Signer::seen).unwrap_or_default();
        let waits = || seen().iter().any(super::signer::is_asked);
        let limit = if world.signer == Mood::Slow { self.limit + super::signer::THOUGHT } else { self.limit };
        let watched = watch(&mut running, limit, world.signal, waits)?;
        let left = processes::left_behind(&invocation);
        Ok(Ran {
            end: watched.end,
            stdout: watched.stdout,
            stderr: watched.stderr,
            asked: seen(),
            presented: server.presented(),
            left,
            after_signal: watched.after_signal,
        })
    }

    fn context(&self, world: &World, home: &Path, invocation: &str) -> io::Result<Value> {
        let mut context = mock::context();
        let dirs = ["data", "cache"].map(|name| home.join(name));
        dirs.iter().try_for_each(fs::create_dir)?;
        context["invocation"] = json!(invocation);
        context["plugin"] = json!({"name": self.subject.name, "source": Source::Path});
        if let Some(manifest) = &self.manifest {
            context["plugin"]["version"] = json!(manifest.version);
        }
        context["dirs"] = json!({"data": dirs[0], "cache": dirs[1]});
        context["host"] = json!({"bin": self.host, "version": Host::version()});
        context["global"]["json"] = json!(world.json);
        if world.later {
            context["later"] = json!({"json": [null]});
            context["agent"]["later"] = json!([{"mint": 1}]);
        }
        if world.big {
            context["padding"] = json!("x".repeat(PADDING));
        }
        Ok(context)
    }

    /// The variables that the host would let through, with a home that nothing of the user's is in.
    #[allow(
        clippy::disallowed_methods,
        reason = "a plugin under test is given the variables that a host would give it"
    )]
    fn environment(&self, world: &World, home: &Path) -> Vec<(OsString, OsString)> {
        let wanted = |name: &str| match &self.manifest {
            None => !name.starts_with("LEASH_") && !names::is_secret(name),
            Some(manifest) => {
                is_common_variable(name) || manifest.run.env.iter().any(|wanted| wanted == name)
            }
        };
        let kept = env::vars_os().filter(|(name, _)| {
            name.to_str().is_some_and(|name| {
                wanted(name) && !name.starts_with("XDG_") && !matches!(name, "HOME" | "TMPDIR")
            })
        });
        let homes = [("HOME", home), ("TMPDIR", home)].map(|(name, dir)| (name.into(), dir.into()));
        let mut all: Vec<_> = kept.chain(homes).collect();
        if world.who == Who::Alone {
            all.retain(|(name, _)| !name.to_string_lossy().starts_with("LEASH_"));
        }
        all
    }

    /// The requests of `[[presign]]`, signed.
    fn presigned(&self, world: &World, ledger: &Ledger, mint: &str) -> Value {
        let asked = self.manifest.as_ref().map(|manifest| manifest.presign.as_slice()).unwrap_or_default();
        let all = asked.iter().filter(|_| !matches!(world.signer, Mood::Refuses(_))).filter_map(|one| {
            let path = one.path.replace("{mint}", mint);
            let hash = Envelope::hash_body(one.body.as_deref().unwrap_or_default().as_bytes());
            let hash = base16ct::lower::encode_string(&hash);
            let headers = ledger.sign(mint, [&one.method, &path, "", &hash], true);
            Some(Presigned {
                method: one.method.clone(),
                path,
                headers: serde_json::from_value(headers).ok()?,
                expires_at: "2999-01-01T00:00:00.000Z".to_owned(),
            })
        });
        json!(all.collect::<Vec<_>>())
    }
}

fn invocation() -> io::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(format!("{:032x}", u128::from_be_bytes(random)))
}

/// Where stdout goes, if not to us.
fn stdout(to: Stdout) -> io::Result<Option<To>> {
    Ok(match to {
        Stdout::Kept | Stdout::Closed => None,
        Stdout::Full => Some(OpenOptions::new().write(true).open("/dev/full")?.into()),
        Stdout::Gone => {
            let (reader, writer) = io::pipe()?;
            drop(reader);
            Some(File::from(OwnedFd::from(writer)).into())
        }
    })
}

/// Takes back all that leash says.
fn forget(command: &mut Command) {
    let ours: Vec<OsString> = command
        .get_envs()
        .filter(|(name, _)| name.to_string_lossy().starts_with("LEASH_"))
        .map(|(name, _)| name.to_owned())
        .collect();
    for name in ours {
        command.env_remove(name);
    }
}
