//! Putting a release into an index, leaving all else in it as it is.

use std::{fs, io, path::Path};

use leash_identity::atomic;
use leash_install::{Index, Place};
use leash_output::Error;
use serde_json::{Value, json};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

/// Puts an entry into an index, in the place of one for the same release. The file is made if it isn't there.
pub(super) fn put(path: &Path, entry: &Value) -> Result<(), Error> {
    let old = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::io("read", path, &error)),
    };
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
    atomic::replace(path, text.as_bytes()).map_err(|error| Error::io("write", path, &error))
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
