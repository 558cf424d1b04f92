//! `leash plugin new`: a plugin that works, to be changed into another one.

mod files;
mod name;
mod place;

use std::path::PathBuf;

use leash_command::Host;
use leash_files::Paths;
use leash_output::{Error, command, escape};
use serde_json::json;

use files::Language;
pub(crate) use name::taken;

/// What is to be made.
#[derive(Debug, clap::Args)]
pub struct NewArgs {
    /// What the plugin will be called by: `leash NAME`
    name: String,
    /// The language: rust, python, sh or c
    #[arg(long, value_name = "LANGUAGE", value_parser = ["rust", "python", "sh", "c"])]
    lang: String,
    /// The folder to make; it must not be there, or be empty [default: leash-NAME]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// For rust: where the sources of leash are, to build with these in the place of the published crates
    #[arg(long, value_name = "DIR")]
    leash_source: Option<PathBuf>,
}

/// Makes it.
///
/// # Errors
/// Where the name can't be a plugin's, or the folder can't be made.
pub fn run(host: &Host, args: &NewArgs) -> Result<(), Error> {
    let name = args.name.as_str();
    name::check(host, name, &args.lang)?;
    let language = Language::parse(&args.lang)
        .ok_or_else(|| Error::usage(format!("`{}` is no language that plugins are made in", args.lang)))?;
    if args.leash_source.is_some() && language != Language::Rust {
        return Err(Error::usage("`--leash-source` is for `--lang rust` alone").hint("leave it out"));
    }
    let source = args.leash_source.as_deref().map(place::sources).transpose()?;
    let dir = args.dir.clone().unwrap_or_else(|| PathBuf::from(format!("leash-{name}")));
    let files = files::of(language, name, source.as_deref());
    place::put(&dir, &files)?;
    let plugin: PathBuf = dir.join(language.folder()).components().collect();
    let mut next = vec![
        format!("leash plugin test {}", place::quoted(&plugin)),
        format!("export PATH=\"{}:$PATH\"", place::absolute(&plugin)?.display()),
        command(&format!("plugin trust {name}")),
    ];
    if language.is_built() {
        next.insert(0, format!("make -C {}", place::quoted(&dir)));
    }
    let listed: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    let document = json!({
        "kind": "plugin_new", "status": "ok", "name": name, "lang": args.lang, "dir": dir, "plugin": plugin,
        "executable": plugin.join(format!("leash-{name}")), "files": listed, "next": next,
    });
    host.out.result(&document, || {
        let palette = host.out.palette();
        let steps: Vec<_> = next.iter().map(|step| format!("  {}", escape(step))).collect();
        format!(
            "plugin `{name}` made in {}\n{}\n{}",
            escape(&Paths::display(&dir).to_string()),
            palette.strong("next:"),
            steps.join("\n")
        )
    })
}
