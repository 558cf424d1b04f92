//! The same attacks on git, cargo and kubectl, where they are installed: each with a plugin of its own kind, in a home
//! of its own, with a credential of the kind that it uses.

use std::{
    collections::BTreeMap,
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
};

use leash_tests::{Home, Terminal};
use libtest_mimic::{Completion, Failed, Trial};

use crate::{
    table::{Column, Met, Says, enter, lacks, row},
    world::SECRET,
};

/// Where the results go on their way to another user.
const FOUND: &str = "LEASH_ATTACKS_TOOLS";

/// A tool that runs other people's programs as its subcommands.
struct Tool {
    column: Column,
    name: &'static str,
    /// The Debian package that has it.
    package: &'static str,
    /// A command of its own that does little.
    builtin: &'static str,
    /// What lists its subcommands.
    list: &'static [&'static str],
    /// What it does wherever it runs.
    version: &'static [&'static str],
    /// What it keeps its credential in.
    variable: &'static str,
}

const TOOLS: [Tool; 3] = [
    Tool {
        column: Column::Git,
        name: "git",
        package: "git",
        builtin: "version",
        list: &["help", "-a"],
        version: &["--version"],
        variable: "GITHUB_TOKEN",
    },
    Tool {
        column: Column::Cargo,
        name: "cargo",
        package: "cargo",
        builtin: "search",
        list: &["--list"],
        version: &["--version"],
        variable: "CARGO_REGISTRY_TOKEN",
    },
    Tool {
        column: Column::Kubectl,
        name: "kubectl",
        package: "kubernetes-client",
        builtin: "options",
        list: &["plugin", "list"],
        version: &["version", "--client"],
        variable: "KUBECONFIG",
    },
];

type Try = fn(&Tool, &Case) -> bool;

/// The attacks: leash's name of each, whether it succeeds on each tool, and how it is tried.
const ATTACKS: [(&str, [Says; 3], Try); 8] = [
    ("looks for the key in its environment", [OPEN; 3], |tool, case| {
        case.run(tool, &["evil"], "").contains(SECRET)
    }),
    ("shadows a built-in", [SHUT; 3], |tool, case| {
        case.plugin(tool, "bin", tool.builtin, 0o755);
        case.run(tool, &[tool.builtin, "--help"], "").contains("RAN")
    }),
    ("shadows another plugin by the case of its name", [SHUT; 3], |tool, case| {
        case.plugin(tool, "bin", "Mine", 0o755);
        case.run(tool, &["mine"], "").contains("RAN")
    }),
    ("lies in a relative or empty entry of PATH", [OPEN; 3], |tool, case| {
        case.plugin(tool, "rel", "mine", 0o755);
        case.run(tool, &["mine"], "rel").contains("RAN")
    }),
    ("lies in a directory that every user can write", [OPEN; 3], |tool, case| {
        case.plugin(tool, "open", "mine", 0o755);
        case.home.chmod("open", 0o777);
        let dir = case.home.join("open").display().to_string();
        case.run(tool, &["mine"], &dir).contains("RAN")
    }),
    ("is a file that every user can write", [OPEN; 3], |tool, case| {
        case.plugin(tool, "bin", "mine", 0o777);
        case.run(tool, &["mine"], "").contains("RAN")
    }),
    ("is a corrupt program that a shell would run", [OPEN, OPEN, SHUT], |tool, case| {
        let name = format!("bin/{}-mine", tool.name);
        let _ = case.home.write_script(&name, "echo RAN\n");
        case.run(tool, &["mine"], "").contains("RAN")
    }),
    ("prints terminal escapes by its place and name", [OPEN; 3], |tool, case| {
        case.plugin(tool, "bin", "wild\u{1b}[31m", 0o755);
        case.on_screen(tool, tool.list).contains("wild\u{1b}[31m")
    }),
];

const OPEN: Says = Says::NotProtected;
const SHUT: Says = Says::Stopped;

/// A home with a plugin that shows its environment.
struct Case {
    home: Home,
    program: PathBuf,
}

impl Case {
    fn new(tool: &Tool, program: PathBuf) -> Self {
        let case = Self { home: Home::new(), program };
        let config =
            format!("apiVersion: v1\nkind: Config\nusers:\n- name: me\n  user:\n    token: {SECRET}\n");
        case.home.write_private("kubeconfig", &config);
        // A file named in the environment is as good as its content.
        let text = format!("#!/bin/sh\necho \"${0}\"\n[ -f \"${0}\" ] && cat \"${0}\"\n", tool.variable);
        let _ = case.home.write_script(&format!("bin/{}-evil", tool.name), &text);
        case
    }

    fn plugin(&self, tool: &Tool, dir: &str, name: &str, mode: u32) {
        let path = format!("{dir}/{}-{name}", tool.name);
        let _ = self.home.write_script(&path, "#!/bin/sh\necho RAN\n");
        self.home.chmod(path, mode);
    }

    /// What a terminal gets to see.
    fn on_screen(&self, tool: &Tool, words: &[&str]) -> String {
        let bin = self.home.join("bin");
        let run = self.home.run(&self.program, words).path(&[&bin]).env("GIT_PAGER", "cat");
        let config = self.home.join("kubeconfig").display().to_string();
        Terminal::start(run.env("KUBECONFIG", config).env("CARGO_HOME", self.home.join(tool.name))).end().1
    }

    fn run(&self, tool: &Tool, words: &[&str], first_in_path: &str) -> String {
        let bin = self.home.join("bin");
        let mut run = self.home.run(&self.program, words).path(&[&bin]);
        if !first_in_path.is_empty() {
            run = run.env("PATH", format!("{first_in_path}:{}:/usr/bin:/bin", bin.display()));
        }
        let credential = match tool.column {
            Column::Kubectl => self.home.join("kubeconfig").display().to_string(),
            _ => SECRET.to_owned(),
        };
        let mut run = run.env(tool.variable, credential);
        let output = run.command.env("CARGO_HOME", self.home.join("cargo")).stdin(Stdio::null()).output();
        output.map_or_else(
            |_| String::new(),
            |output| {
                format!(
                    "{}{}",
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                )
            },
        )
    }
}

/// The tool's own program; a wrapper that chooses among versions wants a home that is the user's.
fn program(tool: &Tool) -> Option<PathBuf> {
    let named = (tool.column == Column::Cargo).then(|| env::var_os("CARGO")).flatten().map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|dir| dir.join(tool.name));
    named.into_iter().chain(on_path).find(|path| {
        fs::metadata(path)
            .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
            && Command::new(path)
                .args(tool.version)
                .env("HOME", "/nonexistent")
                .output()
                .is_ok_and(|output| output.status.success())
    })
}

fn try_all() -> BTreeMap<String, Met> {
    let mut all = BTreeMap::new();
    for tool in &TOOLS {
        let program = program(tool);
        for (name, _, attack) in &ATTACKS {
            let met = match &program {
                None => Met::NotChecked(lacks(tool.name, tool.package)),
                Some(program) if attack(tool, &Case::new(tool, program.clone())) => Met::Got("it".to_owned()),
                Some(_) => Met::Stopped,
            };
            all.insert(format!("{} {name}", tool.name), met);
        }
    }
    all
}

/// For the same program as another user, who may have no access to a tool: what came of it.
pub(crate) fn found() -> Vec<(String, String)> {
    vec![(FOUND.to_owned(), serde_json::to_string(&try_all()).unwrap_or_default())]
}

/// One test for each tool. These say what is so, and not what should be: where a tool has become better, so must the
/// documents.
pub(crate) fn trials() -> Vec<Trial> {
    static RESULTS: OnceLock<BTreeMap<String, Met>> = OnceLock::new();
    let results = || {
        RESULTS.get_or_init(|| {
            let found = env::var(FOUND).ok().and_then(|text| serde_json::from_str(&text).ok());
            found.unwrap_or_else(try_all)
        })
    };
    let trial = |index: usize| {
        let tool = &TOOLS[index];
        let rows: Vec<_> = ATTACKS
            .iter()
            .map(|(name, says, _)| (row(name, tool.column, says[index]), *name, says[index]))
            .collect();
        Trial::ignorable_test(format!("the same on {}", tool.name), move || {
            let entered: Vec<Result<Completion, Failed>> = rows
                .into_iter()
                .map(|(at, name, says)| {
                    let met = results()[&format!("{} {name}", tool.name)].clone();
                    let shown = format!("{name}: {met:?}");
                    enter(at, tool.column, says, met)
                        .map_err(|error| format!("{shown}: {}", error.message().unwrap_or_default()).into())
                })
                .collect();
            // Where the tool is missing, none of them was tried.
            entered.into_iter().try_fold(Completion::Completed, |_, one| one)
        })
    };
    (0..TOOLS.len()).map(trial).collect()
}
