//! A `.zip`: stored and deflated entries, of which each header says the same as the directory does.

use std::fs::File;

use leash_output::Error;
use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::{bad, layout, tree::Tree};

/// An extra field that makes an entry a zip64 one, and one that gives it another name.
const REFUSED_FIELDS: [u16; 2] = [0x0001, 0x7075];

pub(super) fn read(mut file: File, size: u64, tree: &mut Tree<'_>) -> Result<(), Error> {
    let count = layout::check_end(&mut file, size)?;
    let mut archive = ZipArchive::new(file).map_err(|error| wrong(&error))?;
    if archive.offset() != 0 || archive.len() as u64 != count {
        return Err(bad("its directory doesn't hold what its end says"));
    }
    archive.validate_header_consistency().map_err(|error| wrong(&error))?;
    let mut places = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|error| wrong(&error))?;
        let data = entry.data_start().ok_or_else(|| bad("an entry of it has no place"))?;
        let entry = entry.entry();
        let described = entry.flags().is_using_data_descriptor();
        places.push((entry.header_start(), data, entry.compressed_size(), described));
    }
    layout::check_order(places, archive.central_directory_start())?;
    for index in 0..archive.len() {
        add(&mut archive, index, tree)?;
    }
    Ok(())
}

fn add(archive: &mut ZipArchive<File>, index: usize, tree: &mut Tree<'_>) -> Result<(), Error> {
    let mut from = archive.by_index(index).map_err(|error| wrong(&error))?;
    let extra = from.extra_data().unwrap_or_default();
    let entry = from.entry();
    let name = entry.name_raw().to_vec();
    let shown = String::from_utf8_lossy(&name).into_owned();
    if fields(&extra).ok_or_else(|| bad(format!("the entry `{shown}` has a malformed extra field")))? {
        return Err(bad(format!("the entry `{shown}` has a zip64 or a second-name field")));
    }
    if entry.encrypted() {
        return Err(bad(format!("the entry `{shown}` is encrypted")));
    }
    if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return Err(bad(format!("the entry `{shown}` is compressed in a way that isn't known here")));
    }
    // Archives of other systems have no modes; there nothing but a name would tell what may be executed.
    let mode = entry.unix_mode().unwrap_or(0o644);
    let size = entry.size();
    match mode & 0o170_000 {
        _ if entry.is_symlink() => Err(bad(format!("the entry `{shown}` is a link: pack it as `.tar.gz`"))),
        0o040_000 | 0 | 0o100_000 if name.ends_with(b"/") => {
            if size != 0 {
                return Err(bad(format!("the entry `{shown}` holds what its kind can't hold")));
            }
            tree.directory(&name)
        }
        0 | 0o100_000 => tree.file(&name, mode, size, &mut from),
        _ => Err(bad(format!("the entry `{shown}` is neither a file nor a directory"))),
    }
}

/// Whether one of the fields is refused; none where they aren't fields at all.
fn fields(mut extra: &[u8]) -> Option<bool> {
    let mut found = false;
    while !extra.is_empty() {
        let (head, rest) = extra.split_at_checked(4)?;
        found |= REFUSED_FIELDS.contains(&u16::from_le_bytes([head[0], head[1]]));
        extra = rest.get(usize::from(u16::from_le_bytes([head[2], head[3]]))..)?;
    }
    Some(found)
}

fn wrong(error: &ZipError) -> Error {
    bad(format!("it can't be read: {error}"))
}
