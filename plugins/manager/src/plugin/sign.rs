//! `leash plugin sign`: a publisher vouches for an archive, or makes the key to do so.

use std::{
    fs,
    path::{Path, PathBuf},
};

use leash_command::Host;
use leash_files::{Paths, atomic};
use leash_install::{Contents, PublisherKey, Release, SignatureFile, check, unpack};
use leash_output::Error;
use leash_trust::digest_file;
use serde_json::{Value, json};

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  leash plugin sign --new-key ~/publisher.key\n  \
    leash plugin sign sell-report-1.2.0-any.tar.gz --key-file ~/publisher.key\n  \
    leash plugin sign sell-report-1.2.0-any.tar.gz --key-file ~/publisher.key --index plugins.toml")]
pub(super) struct Args {
    /// The archive, as `leash plugin pack` makes it
    #[arg(required_unless_present = "new_key", conflicts_with = "new_key")]
    archive: Option<PathBuf>,
    /// The publisher's key
    #[arg(long, value_name = "FILE", required_unless_present = "new_key", conflicts_with = "new_key")]
    key_file: Option<PathBuf>,
    /// Make a publisher's key, and keep it in this file
    #[arg(long, value_name = "FILE")]
    new_key: Option<PathBuf>,
    /// Put the release into this index, a TOML or JSON file, which is made if it isn't there
    #[arg(long, value_name = "FILE", conflicts_with = "new_key")]
    index: Option<PathBuf>,
    /// Where the archive will lie, for the index: a URL, or a path from the index; the archive's name if not said
    #[arg(long, value_name = "URL", conflicts_with = "new_key")]
    url: Option<String>,
    /// Put the release in the place of another one of the same version, or of another publisher's
    #[arg(long, conflicts_with = "new_key")]
    replace: bool,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    match (&args.new_key, &args.archive, &args.key_file) {
        (Some(path), ..) => new_key(host, path),
        (None, Some(archive), Some(key)) => sign(host, args, archive, key),
        _ => Err(Error::usage("name an archive and a key").hint("`leash plugin sign --help` explains it")),
    }
}

fn new_key(host: &Host, path: &Path) -> Result<(), Error> {
    let public = PublisherKey::create(path)?.public();
    let document = json!({
        "kind": "plugin_sign", "status": "ok", "key_file": path.to_string_lossy(), "publisher": public,
    });
    host.out.result(&document, || {
        format!("made a publisher's key\n  file:      {}\n  publisher: {public}\n\
            Keep the file, and a copy elsewhere: whoever has it can publish as you, and without it your users must accept \
            another key.\n", leash_output::escape(&Paths::display(path)))
    })
}

fn sign(host: &Host, args: &Args, archive: &Path, key: &Path) -> Result<(), Error> {
    let key = PublisherKey::read(key)?;
    let fail = |error: std::io::Error| Error::io("look into", archive, &error);
    let work = tempfile::tempdir().map_err(fail)?;
    let size = fs::metadata(archive).map_err(fail)?.len();
    let sha256 = digest_file(archive)?;
    unpack(archive, work.path())?;
    let Contents { manifest, version, platform, .. } = check(work.path(), &archive.display().to_string())?;
    let release = Release { name: manifest.name, version, platform, sha256, size };
    let signed = SignatureFile::make(&release, &key);
    let mut beside = archive.as_os_str().to_owned();
    beside.push(".sig");
    let beside = PathBuf::from(beside);
    if !args.replace {
        not_anothers(&beside, &signed)?;
        args.index.iter().try_for_each(|index| super::publish::check(index, &release, signed.publisher))?;
    }
    atomic::replace(&beside, signed.text()?.as_bytes())
        .map_err(|error| Error::io("write", &beside, &error))?;
    public_mode(&beside)?;
    let file = archive.file_name().unwrap_or_default().to_string_lossy();
    let entry = json!({
        "name": release.name, "version": release.version.to_string(), "summary": manifest.summary,
        "platform": release.platform, "url": args.url.as_deref().unwrap_or(&file), "size": release.size,
        "sha256": release.sha256, "publisher": signed.publisher, "signature": signed.signature,
    });
    if let Some(index) = &args.index {
        super::publish::put(index, &entry)?;
    }
    let document = json!({
        "kind": "plugin_sign", "status": "ok", "signature_file": beside.to_string_lossy(), "entry": entry,
        "index": args.index.as_ref().map(|index| index.to_string_lossy()),
    });
    host.out.result(&document, || text(&release, &beside, args.index.as_deref(), &entry))
}

fn text(release: &Release, beside: &Path, index: Option<&Path>, entry: &Value) -> String {
    let shown = |path: &Path| leash_output::escape(&path.to_string_lossy()).into_owned();
    let mut text = format!("signed {} {}: {}\n", release.name, release.version, shown(beside));
    match index {
        Some(index) => text.push_str(&format!("put it into {}\n", shown(index))),
        None => text.push_str(&format!("for an index:\n\n{}", super::publish::toml(entry))),
    }
    text
}

/// A signature of another publisher's is his, and may be the one that users know.
fn not_anothers(beside: &Path, signed: &SignatureFile) -> Result<(), Error> {
    let old = match fs::read(beside) {
        Ok(old) => old,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", beside, &error)),
    };
    let shown = Paths::display(beside);
    let what = match SignatureFile::read(&old, &shown.to_string()) {
        Ok((old, _)) if old.publisher == signed.publisher => return Ok(()),
        Ok((old, _)) => format!("`{shown}` is of another publisher: `{}`", old.publisher),
        Err(_) => format!("`{shown}` is there, and is no signature of a plugin"),
    };
    Err(Error::failure("exists", what).hint("if you mean to write over it: `--replace`"))
}

/// What is published is for everybody to read.
pub(super) fn public_mode(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
        .map_err(|error| Error::io("change", path, &error))
}
