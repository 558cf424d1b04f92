//! The parts: the host, the plugin, and a process of the plugin's.

use std::{
    env, fs,
    io::ErrorKind,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc::channel,
};

use leash_files::Paths;
use leash_identity::{Environment, Network, Selection};
use leash_output::Error;
use leash_policy::{Allowance, Ledger, Stop};
use leash_signer_process::{Agent, Daily, Grant, PayerSpec, Plugin, Reach, Spec, Started, begin, from_files};
use rustix::stdio::dup2_stdin;

use crate::{cases, client::Client, home::Plan};

/// The run that all tests are.
pub const INVOCATION: &str = "00112233445566778899aabbccddeeff";

pub fn play(part: &str) {
    match part {
        "host" => host(),
        "plugin" => {
            let name = env::var("TEST_CASE").unwrap();
            let case = cases::all().find(|case| case.name == name).unwrap();
            (case.plugin)(&mut Client::connect());
        }
        other => cases::helper(other),
    }
}

fn host() {
    let home = PathBuf::from(env::var_os("HOME").unwrap());
    let plan: Plan = serde_json::from_slice(&fs::read(home.join("plan.json")).unwrap()).unwrap();
    if plan.subreaper {
        rustix::process::set_child_subreaper(Some(rustix::process::getpid())).unwrap();
    }
    let (hold, held) = channel::<()>();
    if plan.threads {
        std::thread::spawn(move || held.recv());
    }
    match begin(spec(plan, &home)).and_then(|starting| starting.ready(&mut |_| Ok(None))) {
        Ok(started) => become_plugin(&home, started),
        Err(error) => {
            eprintln!("code={} message={} hint={}", error.code(), error.message(), error.hints());
            std::process::exit(error.kind().exit_status().into());
        }
    }
    drop(hold);
}

fn spec(plan: Plan, home: &Path) -> Spec {
    let counter = home.join("today");
    let daily = plan.daily.map(|most| -> Box<dyn Daily> { Box::new(Counter { file: counter, most }) });
    let paths = Paths::from_env().ok();
    let selection = Selection::Default("default".to_owned());
    // The payer is a part of this program, too.
    let payer = plan.pay.is_some().then(|| PayerSpec {
        program: env::current_exe().unwrap(),
        environment: vec![("TEST_PART".into(), "payer".into()), ("HOME".into(), home.into())],
        timeout: None,
        allow_http: true,
        named_agent: None,
        spending: Ledger::of_plugin(&home.join("spending"), "sell-report"),
        stop: Stop::of(&Paths::from_env().unwrap()),
    });
    Spec {
        payer,
        load: from_files(paths, selection, Environment::read().unwrap()),
        agent: Agent {
            mint: plan.mint.parse().unwrap(),
            network: Network::parse(&plan.network).unwrap(),
            executive: plan.executive.map(|key| key.parse().unwrap()),
        },
        base_path: plan.base_path,
        plugin: Plugin {
            name: "sell-report".to_owned(),
            digest: "sha256:00".to_owned(),
            strict: plan.strict,
        },
        invocation: INVOCATION.to_owned(),
        grant: Grant {
            scopes: plan.scopes,
            max_signatures: plan.max_signatures,
            pay: plan.pay.as_ref().map(|limits| Allowance::read(limits).unwrap()),
            consent: plan.consent,
            expires_at: plan.expires_at.map(|time| time.parse().unwrap()),
        },
        daily,
        presign: plan.presign,
        audit_dir: plan.audit_dir,
        signer: plan.signer,
        runtime_dir: plan.runtime_dir,
    }
}

/// As the host does it; only that the socket becomes descriptor 0, which a test can reach without unsafe code.
fn become_plugin(home: &Path, started: Started) {
    fs::write(home.join("signer.pid"), started.pid.to_string()).unwrap();
    let signer = match started.reach {
        Reach::Fd(socket) => {
            dup2_stdin(&socket).unwrap();
            "fd:0".to_owned()
        }
        Reach::Unix(path) => format!("unix:{}", path.display()),
    };
    let error = Command::new(env::current_exe().unwrap())
        .env("TEST_PART", "plugin")
        .env("TEST_PUBLIC", started.executive.to_string())
        .env("TEST_PRESIGNED", serde_json::to_string(&started.presigned).unwrap())
        .env("LEASH_SIGNER", signer)
        .env_remove("LEASH_EXECUTIVE_KEY")
        .exec();
    panic!("{error}");
}

/// A day's count in a file.
struct Counter {
    file: PathBuf,
    most: u32,
}

impl Daily for Counter {
    fn take(&mut self) -> Result<bool, Error> {
        let taken = match fs::read_to_string(&self.file) {
            Ok(text) => text.parse().map_err(|_| Error::failure("io", "the count is no number"))?,
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(Error::io("read", &self.file, &error)),
        };
        if taken >= self.most {
            return Ok(false);
        }
        fs::write(&self.file, (taken + 1).to_string())
            .map_err(|error| Error::io("write", &self.file, &error))?;
        Ok(true)
    }
}
