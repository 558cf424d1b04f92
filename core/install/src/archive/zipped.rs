//! A `.zip`: stored and deflated entries, of which each header says the same as the directory does.

use std::fs::File;

use leash_output::Error;
use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::{bad, layout, tree::Tree};

pub(super) fn read(mut file: File, size: u64, tree: &mut Tree<'_>) -> Result<(), Error> {
    let count = layout::check(&mut file, size)?;
    let mut archive = ZipArchive::new(file).map_err(|error| wrong(&error))?;
    if archive.offset() != 0 || archive.len() != count {
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
    let entry = from.entry();
    let name = entry.name_raw().to_vec();
    let shown = String::from_utf8_lossy(&name).into_owned();
    if entry.encrypted() {
        return Err(bad(format!("the entry `{shown}` is encrypted")));
    }
    if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return Err(bad(format!("the entry `{shown}` is compressed in a way that isn't known here")));
    }
    // Whole, with the bits that the library leaves out. Archives of other systems have none.
    let mode = entry.external_attributes() >> 16;
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

fn wrong(error: &ZipError) -> Error {
    bad(format!("it can't be read: {error}"))
}
