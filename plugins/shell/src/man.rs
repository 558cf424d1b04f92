//! `leash man`: manual pages.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgMatches, Command, value_parser};
use leash_command::{Builtin, Host};
use leash_output::{Error, Kind, write_stdout};
use leash_protocol::commands::Outline;
use serde_json::json;

use crate::tree;

/// The built-in.
pub struct Man;

impl Builtin for Man {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::MAN
    }

    fn command(&self) -> Command {
        Command::new("man")
            .arg(Arg::new("command").value_name("COMMAND").help("Whose page; leash's own where none is named"))
            .arg(
                Arg::new("out")
                    .long("out")
                    .value_name("DIR")
                    .value_parser(value_parser!(PathBuf))
                    .conflicts_with("command")
                    .help("Write every page to this directory"),
            )
            .after_help("Examples:\n  leash man | man -l -\n  leash man api-key | man -l -\n  leash man --out ~/.local/share/man/man1")
    }

    fn document(&self, _: Option<&str>) -> &'static str {
        "man"
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        let mut tree = tree::whole(host)?;
        tree.build();
        if let Some(dir) = matches.get_one::<PathBuf>("out") {
            let mut written = Vec::new();
            write_pages(&tree, "leash", dir, &mut written)?;
            let document = json!({ "kind": "man", "status": "ok", "count": written.len(), "files": written });
            return host
                .out
                .result(&document, || format!("wrote {} pages to {}", written.len(), dir.display()));
        }
        let page = match matches.get_one::<String>("command") {
            None => page(&tree, "leash")?,
            Some(name) => {
                let found = tree.find_subcommand(name).ok_or_else(|| {
                    Error::new(
                        Kind::NotFound,
                        leash_resolve::UNKNOWN_COMMAND,
                        format!("there is no command `{name}`"),
                    )
                    .hint("`leash --list` shows what there is")
                })?;
                page(found, &format!("leash-{name}"))?
            }
        };
        if host.out.json {
            let page = String::from_utf8_lossy(&page);
            return host.out.document(&json!({ "kind": "man", "status": "ok", "page": page }));
        }
        write_stdout(&page)
    }
}

fn page(command: &Command, name: &str) -> Result<Vec<u8>, Error> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone().name(name.to_owned()).disable_help_subcommand(true))
        .render(&mut page)
        .map_err(|error| Error::failure("io", format!("cannot make the page: {error}")))?;
    Ok(page)
}

fn write_pages(command: &Command, name: &str, dir: &Path, written: &mut Vec<String>) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(|error| Error::io("create", dir, &error))?;
    let path = dir.join(format!("{name}.1"));
    fs::write(&path, page(command, name)?).map_err(|error| Error::io("write", &path, &error))?;
    written.push(path.to_string_lossy().into_owned());
    for child in command.get_subcommands() {
        write_pages(child, &format!("{name}-{}", child.get_name()), dir, written)?;
    }
    Ok(())
}
