//! All that can be said of a manifest's bytes: what it says, where it is wrong, and what nobody reads.

use leash_protocol::manifest::{Manifest, SCHEMA};
use toml::de::{DeTable, Deserializer};

use super::{
    Fault, check,
    place::{At, line_at, line_of},
};

/// A manifest looked at for its author.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// What it says, where it has the form of one.
    pub manifest: Option<Manifest>,
    /// What keeps it from being used. Where it hasn't the form of a manifest there is one fault only.
    pub faults: Vec<Placed>,
    /// Keys that this version doesn't know, such as `run.colour`.
    pub unknown_keys: Vec<Placed>,
    bytes: Vec<u8>,
}

/// Something in a manifest, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The line, from 1.
    pub line: usize,
    /// What there is to say, or the key.
    pub what: String,
}

impl Examined {
    /// Looks at a manifest's bytes; it is to be that of the plugin `expected_name`.
    #[must_use]
    pub fn of(bytes: &[u8], expected_name: &str) -> Self {
        let mut examined =
            Self { manifest: None, faults: Vec::new(), unknown_keys: Vec::new(), bytes: bytes.to_vec() };
        if let Err(fault) = examined.read(expected_name) {
            examined.faults.push(fault);
        }
        examined
    }

    fn read(&mut self, expected_name: &str) -> Result<(), Placed> {
        let bytes = self.bytes.clone();
        let placed = |at: usize, what: String| Placed { line: line_at(&bytes, at), what };
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| placed(error.valid_up_to(), "this is not UTF-8".to_owned()))?;
        let wrong = |error: &toml::de::Error| {
            placed(error.span().map_or(0, |span| span.start), error.message().to_owned())
        };
        let table = DeTable::parse(text).map_err(|error| wrong(&error))?;
        let at = |steps: &[At]| line_of(&bytes, table.get_ref(), steps);
        let at_fault = |fault: Fault| Placed { line: at(&fault.at), what: fault.what };
        // Before all else: a later form may mean anything by its other keys.
        let schema = table.get_ref().get("schema").and_then(|value| value.get_ref().as_integer());
        if schema.is_some_and(|schema| schema.as_str() != SCHEMA.to_string()) {
            return Err(at_fault(Fault::at(&["schema"], format!("this leash knows schema {SCHEMA} alone"))));
        }
        let mut unknown = Vec::new();
        let manifest: Manifest = serde_ignored::deserialize(Deserializer::from(table.clone()), |path| {
            let steps = steps(&path);
            unknown.push(Placed { line: at(&steps), what: written(&steps) });
        })
        .map_err(|error| wrong(&error))?;
        self.faults = check::check(&manifest, expected_name).into_iter().map(at_fault).collect();
        (self.unknown_keys, self.manifest) = (unknown, Some(manifest));
        Ok(())
    }

    /// The line of what some keys lead to, or of the last one that leads anywhere. A number counts the items of
    /// an array, from 0.
    #[must_use]
    pub fn line(&self, keys: &[&str]) -> usize {
        let steps: Vec<_> = keys
            .iter()
            .map(|key| key.parse().map_or_else(|_| At::Key((*key).to_owned()), At::Item))
            .collect();
        let text = std::str::from_utf8(&self.bytes).ok();
        let table = text.and_then(|text| DeTable::parse(text).ok());
        table.map_or(1, |table| line_of(&self.bytes, table.get_ref(), &steps))
    }
}

/// The way to a key, as an author would go it; serde's own has a mark for whatever may be absent.
fn steps(path: &serde_ignored::Path<'_>) -> Vec<At> {
    use serde_ignored::Path;
    let below = |parent: &Path<'_>, step: At| {
        let mut all = steps(parent);
        all.push(step);
        all
    };
    match path {
        Path::Root => Vec::new(),
        Path::Seq { parent, index } => below(parent, At::Item(*index)),
        Path::Map { parent, key } => below(parent, At::Key(key.clone())),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            steps(parent)
        }
    }
}

fn written(steps: &[At]) -> String {
    let texts = steps.iter().map(|step| match step {
        At::Key(key) => key.clone(),
        At::Item(index) => index.to_string(),
    });
    texts.collect::<Vec<_>>().join(".")
}
