//! The extended headers that tar archives of other makers hold. Whatever could make two readers see two different
//! archives is refused; what says when a file was touched, and by whom, is passed over.

use tar::PaxExtensions;

/// The most bytes of one.
pub(super) const MOST_BYTES: u64 = 64 * 1024;

/// Keys that change nothing of what is unpacked.
fn is_harmless(key: &str) -> bool {
    matches!(key, "atime" | "ctime" | "mtime" | "uid" | "gid" | "uname" | "gname" | "comment")
        || key.starts_with("LIBARCHIVE.")
        || key.starts_with("SCHILY.")
}

/// The name that an extended header gives to the entry behind it.
pub(super) fn name(told: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let mut name = None;
    for (key, value) in pairs(told)? {
        match key {
            "path" if name.is_some() => return Err("an extended header of it names a path twice".to_owned()),
            "path" => name = Some(value.to_vec()),
            key if is_harmless(key) => {}
            key => return Err(format!("an extended header of it sets `{key}`")),
        }
    }
    Ok(name)
}

/// A header for all entries: `git archive` leaves the commit in one.
pub(super) fn check_global(told: &[u8]) -> Result<(), String> {
    match pairs(told)?.iter().find(|(key, _)| !is_harmless(key)) {
        None => Ok(()),
        Some((key, _)) => Err(format!("a header for all of its entries sets `{key}`")),
    }
}

fn pairs(told: &[u8]) -> Result<Vec<(&str, &[u8])>, String> {
    let wrong = || "an extended header of it is malformed".to_owned();
    // The library ends at what is no record, or passes it over; records are to fill the header.
    if told.last().is_some_and(|last| *last != b'\n') {
        return Err(wrong());
    }
    let records = PaxExtensions::new(told).map(|record| {
        let record = record.map_err(|_| wrong())?;
        Ok((record.key().map_err(|_| wrong())?, record.value_bytes()))
    });
    records.collect()
}
