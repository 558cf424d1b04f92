//! Putting a release into an index, leaving all else in it as it is.

use std::{fs, io, path::Path};

use leash_files::atomic;
use leash_install::{Index, Place, PublicKey, Release};
use leash_output::Error;
use serde_json::{Value, json};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

/// Whether a release can be put into an index without taking the place of what users may have seen there.
///
/// # Errors
/// Where that version is there with other bytes, or where the plugin is another publisher's.
pub(super) fn check(path: &Path, release: &Release, publisher: PublicKey) -> Result<(), Error> {
    let text = match fs::read(path) {
        Ok(text) if !text.trim_ascii().is_empty() => text,
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", path, &error)),
    };
    let index = Index::parse(&text, &Place::Path(path.to_owned()))?;
    let (name, version) = (&release.name, &release.version);
    let shown = path.display();
    let refuse = |what: String, hint: &'static str| Err(Error::failure("exists", what).hint(hint));
    let of = |other: &Release| other.version == *version && other.platform == release.platform;
    if let Some(same) =
        index.releases(name).find(|entry| of(&entry.release) && entry.sha256() != release.sha256)
    {
        return refuse(
            format!("`{shown}` has `{name}` {version} with other bytes, of the digest `{}`", same.sha256()),
            "a new release has a new version; if nobody has the old one yet: `--replace`",
        );
    }
    let others = index.releases(name).find(|entry| entry.publisher != publisher);
    let ours = index.releases(name).any(|entry| entry.publisher == publisher && !of(&entry.release));
    match others {
        Some(other) if !ours || of(&other.release) => refuse(
            format!("`{name}` is of another publisher in `{shown}`: `{}`", other.publisher),
            "sign it with the key of before; if the key is to change, which each user has to accept: `--replace`",
        ),
        _ => Ok(()),
    }
}

/// Puts an entry into an index, in the place of one for the same release. The file is made if it isn't there.
pub(super) fn put(path: &Path, entry: &Value) -> Result<(), Error> {
    let old = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::io("read", path, &error)),
    };
    let is_new = old.is_none();
    let is_json = match &old {
        Some(text) if !text.trim().is_empty() => {
            // What can't be understood is not to be written over.
            Index::parse(text.as_bytes(), &Place::Path(path.to_owned()))?;
            text.trim_start().starts_with('{')
        }
        _ => path.extension().is_some_and(|extension| extension == "json"),
    };
    let old = old.unwrap_or_default();
    let text = if is_json { in_json(&old, entry) } else { in_toml(&old, entry) }
        .ok_or_else(|| Error::failure("bad_index", format!("`{}` is no index of plugins", path.display())))?;
    atomic::replace(path, text.as_bytes()).map_err(|error| Error::io("write", path, &error))?;
    if is_new { super::sign::public_mode(path) } else { Ok(()) }
}

/// An entry as TOML.
pub(super) fn toml(entry: &Value) -> String {
    let mut document = DocumentMut::new();
    let mut tables = ArrayOfTables::new();
    tables.push(table(entry));
    document.insert("plugin", Item::ArrayOfTables(tables));
    document.to_string()
}

/// The keys that make two entries one.
const SAME: [&str; 3] = ["name", "version", "platform"];

fn in_json(old: &str, entry: &Value) -> Option<String> {
    let mut index: Value = if old.trim().is_empty() {
        json!({ "schema": 1, "plugin": [] })
    } else {
        serde_json::from_str(old).ok()?
    };
    let plugins = index.as_object_mut()?.entry("plugin").or_insert_with(|| json!([])).as_array_mut()?;
    plugins.retain(|other| SAME.iter().any(|key| other[*key] != entry[*key]));
    plugins.push(entry.clone());
    Some(format!("{index:#}\n"))
}

fn in_toml(old: &str, entry: &Value) -> Option<String> {
    let text = if old.trim().is_empty() { "schema = 1\n" } else { old };
    let mut index: DocumentMut = text.parse().ok()?;
    let plugins = index.entry("plugin").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let plugins = plugins.as_array_of_tables_mut()?;
    plugins
        .retain(|other| SAME.iter().any(|key| other.get(key).and_then(Item::as_str) != entry[*key].as_str()));
    plugins.push(table(entry));
    Some(index.to_string())
}

fn table(entry: &Value) -> Table {
    let mut table = Table::new();
    for (key, part) in entry.as_object().into_iter().flatten() {
        let part = match part {
            Value::Number(number) => value(number.as_i64().unwrap_or(i64::MAX)),
            part => value(part.as_str().unwrap_or_default()),
        };
        table.insert(key, part);
    }
    table
}
