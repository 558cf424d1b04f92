//! The executable: whether it could be run, and granted anything, as it lies there.

use std::{
    fs::{self, File},
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use leash_protocol::{context::Source, manifest::PluginKind};
use leash_trust::{AgentBinding, Found, LoadedManifest, Terms, propose};

use super::finding::Findings;
use crate::subject::Subject;

/// What takes noticeably long to hash before each run.
const LARGE: u64 = 64 << 20;

/// As far as the kernel looks for the `#!` line.
const HEAD: usize = 256;

pub(super) fn look(subject: &Subject, manifest: Option<&LoadedManifest>, findings: &mut Findings) {
    let path = subject.executable.as_path();
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    if file != format!("leash-{}", subject.name) {
        let what = format!("`{file}` isn't called `leash-{}`, so leash doesn't find it", subject.name);
        findings.error("file_name", (path, None), what, "rename it");
    }
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            let what = format!("there is no executable: {error}");
            return findings.error("no_executable", (path, None), what, "build it, or check its name");
        }
    };
    if metadata.is_dir() {
        return findings.error("no_executable", (path, None), "it is a directory", "put an executable there");
    }
    let mode = metadata.permissions().mode();
    if mode & 0o002 != 0 {
        let what = "every user can write it, so leash passes it over";
        findings.error("world_writable", (path, None), what, format!("chmod o-w {}", path.display()));
    } else if mode & 0o020 != 0 {
        let what = "its group can write it";
        findings.warn("group_writable", (path, None), what, format!("chmod g-w {}", path.display()));
    }
    if metadata.len() > LARGE {
        let what = format!("it has {} MiB, all of which is hashed before each run", metadata.len() >> 20);
        findings.warn("large", (path, None), what, "leave out what it doesn't need (`strip`, for one)");
    }
    let found_before = findings.count();
    let kind = manifest.map_or(PluginKind::Exec, |loaded| loaded.manifest.kind);
    head(path, kind, findings);
    // The rest is for those who decide on a grant, and they say it best.
    if findings.count() == found_before {
        grantable(subject, manifest, findings);
    }
}

fn head(path: &Path, kind: PluginKind, findings: &mut Findings) {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
    if let Err(error) = read {
        return findings.error("unreadable", (path, None), format!("it can't be read: {error}"), "chmod u+r");
    }
    if kind == PluginKind::Dylib {
        return;
    }
    let executable = |mode: u32| mode & 0o111 != 0;
    if !fs::metadata(path).is_ok_and(|metadata| executable(metadata.permissions().mode())) {
        findings.error(
            "not_executable",
            (path, None),
            "nobody may execute it",
            format!("chmod +x {}", path.display()),
        );
    }
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if head.starts_with(b"\xef\xbb\xbf#!") {
        let what = "it begins with a byte order mark, so the kernel doesn't see its `#!` line";
        findings.error("byte_order_mark", (path, Some(1)), what, "save it as UTF-8 without a mark");
    } else if first.starts_with(b"#!") && first.ends_with(b"\r") {
        let what = "its lines end in CR LF, so the kernel looks for an interpreter whose name ends in CR";
        findings.error("crlf", (path, Some(1)), what, format!("sed -i 's/\\r$//' {}", path.display()));
    } else if !head.starts_with(b"#!") && is_text(&head) {
        let what = "it is a text without a `#!` line: leash runs no shell to guess what it is";
        findings.error("no_shebang", (path, Some(1)), what, "begin it with `#!/bin/sh`, for one");
    }
}

/// Whether it is meant to be read, be it cut off within a character.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => "cut",
        Err(_) => "",
    };
    !valid.is_empty() && !head.contains(&0)
}

fn grantable(subject: &Subject, manifest: Option<&LoadedManifest>, findings: &mut Findings) {
    let Some(loaded) = manifest else { return };
    let found = Found {
        name: subject.name.clone(),
        path: subject.executable.clone(),
        source: if subject.dir.is_some() { Source::Installed } else { Source::Path },
        manifest: Some(loaded.clone()),
        // A folder that is being worked in holds much that won't be shipped.
        dir: None,
    };
    let path = leash_command::search_path();
    if let Err(error) = propose(&found, &Terms::new(AgentBinding::All, &path)) {
        findings.error("no_grant", (&subject.executable, None), error.message(), error.hints());
    }
}
