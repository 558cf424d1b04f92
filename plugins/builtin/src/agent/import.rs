//! `leash agent import`: an agent from a file of leash's or of the original client's. An agent that is there
//! is never touched.

use std::{
    fs::File,
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use leash_command::Host;
use leash_files::{DEFAULT_AGENT, Paths, is_agent_name};
use leash_identity::{AgentFile, Locked, Network, store};
use leash_output::{Error, Kind};
use leash_signer::Executive;
use serde_json::json;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The file; `-` reads stdin
    file: PathBuf,
    /// The name under which commands will know it
    #[arg(long, value_name = "NAME", default_value = DEFAULT_AGENT)]
    name: String,
}

const WHAT: &str = "name a file that `leash agent export --out FILE` wrote, or an agent.json";
const MAX_BYTES: u64 = 1024 * 1024;

pub(super) fn run(host: &Host, args: Args) -> Result<(), Error> {
    let Args { file: source, name } = args;
    if !is_agent_name(&name) {
        return Err(Error::usage(format!("`{name}` can't name an agent"))
            .hint("names have lower-case letters, digits, `-` and `_`"));
    }
    let (bytes, mode) = read(&source)?;
    let mut file = AgentFile::parse(&bytes, &source.to_string_lossy())
        .map_err(|error| Error::new(error.kind(), error.code().to_owned(), error.message()).hint(WHAT))?;
    if mode & 0o077 != 0 {
        host.out.warn(&format!(
            "other users can read `{}` (mode {:04o}), and the key in it: `chmod 600` it, or remove it",
            source.display(),
            mode & 0o7777
        ));
    }
    let (mint, network) = check(&file, &source)?;
    file.network = Some(network.to_string());
    file.remove_extra("exported_at");
    file.created_at.get_or_insert_with(|| format!("{:.3}", jiff::Timestamp::now()));
    let paths = host.paths()?;
    store::create(paths, &name, &file)?;
    let path = paths.agent_file(&name);
    let document = json!({
        "kind": "agent_import", "status": "ok", "name": name, "agent_mint": mint, "network": network.as_str(),
        "file": path.to_string_lossy(),
    });
    host.out.result(&document, || {
        format!("imported {mint} (network={network}) as `{name}` → {}", Paths::display(&path))
    })
}

/// The bytes, and the mode of the file that they are from.
fn read(source: &Path) -> Result<(zeroize::Zeroizing<Vec<u8>>, u32), Error> {
    let failed = |error: &io::Error| {
        Error::new(Kind::Failure, "io", format!("cannot read `{}`: {error}", source.display())).hint(WHAT)
    };
    let mut mode = 0;
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(64 * 1024));
    if source == Path::new("-") {
        io::stdin().take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    } else {
        let file = File::open(source).map_err(|error| failed(&error))?;
        mode = file.metadata().map_err(|error| failed(&error))?.mode();
        file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    }
    Ok((bytes, mode))
}

fn check(file: &AgentFile, source: &Path) -> Result<(String, Network), Error> {
    let bad = |what: String| {
        Error::new(
            Kind::Identity,
            "bad_identity",
            format!("`{}` can't be imported: {what}", source.display()),
        )
        .hint("export it again where it comes from: `leash agent export --out FILE`")
    };
    let mint = file.agent_mint.as_deref().ok_or_else(|| bad("it names no agent_mint".to_owned()))?;
    let mint: leash_chain::Address =
        mint.parse().map_err(|error| bad(format!("`{mint}` is no mint: {error}")))?;
    match (&file.executive_keypair, &file.executive_sealed) {
        (Some(key), None) => {
            let key = Executive::parse(key)
                .map_err(|error| bad(format!("its executive key can't be used: {error}")))?;
            if file.executive_pubkey.as_ref().is_some_and(|stated| *stated != key.public().to_string()) {
                return Err(bad("its executive_pubkey is not the public half of its key".to_owned()));
            }
        }
        (None, Some(sealed)) => {
            // Whether it can be opened shows when it is: that takes the passphrase.
            Locked::of(file, "it").map_err(|error| bad(error.message().to_owned()))?;
            if !leash_vault::is_sealed(sealed) {
                return Err(bad("its executive_sealed is no text in the age format".to_owned()));
            }
        }
        (Some(_), Some(_)) => {
            return Err(bad("it holds the executive key twice, in the clear and encrypted".to_owned()));
        }
        (None, None) => return Err(bad("it holds no executive_keypair".to_owned())),
    }
    let network = match file.network.as_deref() {
        None => Network::Mainnet,
        Some(name) => Network::parse(name).ok_or_else(|| bad(format!("`{name}` is no network")))?,
    };
    Ok((mint.to_string(), network))
}
