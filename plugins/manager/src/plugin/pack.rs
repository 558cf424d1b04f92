//! `leash plugin pack`: a directory becomes an archive that `leash plugin install` takes, the same bytes each time.

use std::{fs, path::PathBuf};

use leash_command::Host;
use leash_files::Paths;
use leash_install::{Contents, Release, check, pack, platform, unpack};
use leash_output::Error;
use leash_trust::digest_file;
use serde_json::json;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  leash plugin pack ./sell-report\n  leash plugin pack . --out dist/sell-report.tar.gz\n\n\
    The directory holds `leash-plugin.toml`, the program `leash-NAME`, and what it needs. The same directory always\n\
    gives the same bytes."
)]
pub(super) struct Args {
    /// The directory
    dir: PathBuf,
    /// Where to write the archive; NAME-VERSION-PLATFORM.tar.gz here if not said
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let contents = check(&args.dir, &args.dir.display().to_string())?;
    let Contents { manifest, version, platform, .. } = &contents;
    let stem = format!("{}-{version}-{platform}", manifest.name);
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{stem}.tar.gz")));
    if out.symlink_metadata().is_ok() && !args.force {
        return Err(Error::failure("exists", format!("`{}` is there already", out.display()))
            .hint("name another file with `--out`, or write over it with `--force`"));
    }
    let beside = out
        .parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), PathBuf::from);
    let fail = |error: std::io::Error| Error::io("write", &out, &error);
    let work = tempfile::Builder::new().prefix(".leash-pack-").tempdir_in(&beside).map_err(fail)?;
    let (archive, tree) = (work.path().join("archive"), work.path().join("tree"));
    let _progress = host.out.progress("packing");
    let left_out = pack(&args.dir, fs::File::create_new(&archive).map_err(fail)?)?;
    // What is packed here is taken there: the same eyes look at it.
    fs::create_dir(&tree).map_err(fail)?;
    unpack(&archive, &tree)?;
    check(&tree, &archive.display().to_string())?;
    let size = fs::metadata(&archive).map_err(fail)?.len();
    let release = Release {
        name: manifest.name.clone(),
        version: version.clone(),
        platform: platform.clone(),
        sha256: digest_file(&archive)?,
        size,
    };
    fs::rename(&archive, &out).map_err(fail)?;
    if !left_out.is_empty() {
        host.out.note(&format!("left out: {}", left_out.join(", ")));
    }
    if !contents.unknown_keys.is_empty() {
        host.out.warn(&format!(
            "leash doesn't know these keys of the manifest: {}",
            contents.unknown_keys.join(", ")
        ));
    }
    if release.platform != platform::ANY && !platform::fits(&release.platform) {
        host.out.note(&format!("the program is for {}, and not for this machine", release.platform));
    }
    let document = json!({
        "kind": "plugin_pack", "status": "ok", "name": release.name, "version": release.version.to_string(),
        "platform": release.platform, "archive": out.to_string_lossy(), "sha256": release.sha256, "size": release.size,
        "left_out": left_out,
    });
    host.out.result(&document, || {
        let shown = leash_output::escape(&out.to_string_lossy()).into_owned();
        format!(
            "packed {} {} as {shown}\n  {}\n  {} bytes\n  sign it: leash plugin sign {} --key-file FILE\n",
            release.name,
            release.version,
            release.sha256,
            release.size,
            Paths::typed(&out)
        )
    })
}
