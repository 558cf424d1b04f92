//! A `.tar.gz`: one gzip member that holds one tar archive, and nothing after either.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read},
};

use flate2::bufread::GzDecoder;
use leash_output::Error;
use tar::{Archive, Entry, EntryType};

use super::{Bounded, bad, broken, pax, tree::Tree};

/// Headers and padding of as many entries as may be, beside what they hold.
const HEADERS: u64 = 32 << 20;

pub(super) fn read(file: File, most: u64, tree: &mut Tree<'_>) -> Result<(), Error> {
    let unzipped = GzDecoder::new(BufReader::new(file));
    let mut archive = Archive::new(Bounded { inner: unzipped, left: most + HEADERS });
    // The name that an extended header gives to the entry behind it.
    let mut longer = None;
    for entry in archive.entries().map_err(|error| broken(&error))?.raw(true) {
        let mut entry = entry.map_err(|error| broken(&error))?;
        match entry.header().entry_type() {
            kind @ (EntryType::GNULongName | EntryType::XHeader) => {
                let told = extended(&mut entry)?;
                let name = if kind == EntryType::XHeader {
                    pax::name(&told).map_err(bad)?
                } else {
                    Some(long_name(told))
                };
                if let Some(name) = name
                    && longer.replace(name).is_some()
                {
                    return Err(bad("an entry of it has two names"));
                }
            }
            EntryType::XGlobalHeader => pax::check_global(&extended(&mut entry)?).map_err(bad)?,
            _ => add(entry, longer.take(), tree)?,
        }
    }
    if longer.is_some() {
        return Err(bad("it ends with a name, and nothing that has it"));
    }
    rest(archive.into_inner())
}

fn add(mut entry: Entry<'_, impl Read>, longer: Option<Vec<u8>>, tree: &mut Tree<'_>) -> Result<(), Error> {
    let header = entry.header();
    let name = longer.unwrap_or_else(|| header.path_bytes().into_owned());
    let shown = String::from_utf8_lossy(&name).into_owned();
    let kind = header.entry_type();
    let size = entry.size();
    let nothing_in_it = || {
        if size == 0 {
            Ok(())
        } else {
            Err(bad(format!("the entry `{shown}` holds what its kind can't hold")))
        }
    };
    match kind {
        EntryType::Regular => {
            let mode = header.mode().map_err(|_| bad(format!("the entry `{shown}` has no mode")))?;
            tree.file(&name, mode, size, &mut entry)
        }
        EntryType::Directory => {
            nothing_in_it()?;
            tree.directory(&name)
        }
        EntryType::Symlink => {
            nothing_in_it()?;
            let target = header.link_name_bytes().unwrap_or_default();
            tree.link(&name, &target)
        }
        EntryType::Link => Err(bad(format!("the entry `{shown}` is a hard link"))),
        EntryType::GNUSparse => Err(bad(format!("the entry `{shown}` is a sparse file"))),
        _ => Err(bad(format!("the entry `{shown}` is neither a file, a directory nor a link"))),
    }
}

/// What an extended header holds.
fn extended(entry: &mut Entry<'_, impl Read>) -> Result<Vec<u8>, Error> {
    let size = entry.size();
    if size > pax::MOST_BYTES {
        return Err(bad("it has an extended header of more than 64 KiB"));
    }
    let mut told = Vec::new();
    entry.read_to_end(&mut told).map_err(|error| broken(&error))?;
    if told.len() as u64 == size { Ok(told) } else { Err(bad("it ends in the middle of an extended header")) }
}

fn long_name(mut told: Vec<u8>) -> Vec<u8> {
    if told.last() == Some(&0) {
        told.pop();
    }
    told
}

/// After the last entry come zeros, and after the gzip stream nothing.
fn rest(mut archive: Bounded<GzDecoder<BufReader<File>>>) -> Result<(), Error> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match archive.read(&mut buffer).map_err(|error| broken(&error))? {
            0 => break,
            read if buffer[..read].iter().all(|byte| *byte == 0) => {}
            _ => return Err(bad("something comes after its end")),
        }
    }
    let mut file = archive.inner.into_inner();
    if file.fill_buf().map_err(|error| broken(&error))?.is_empty() {
        Ok(())
    } else {
        Err(bad("something comes after its end"))
    }
}
