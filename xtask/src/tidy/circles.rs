//! Circles of imports between the files of one crate: none of its files could be read, or moved, without the others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::imports::{Import, read};

/// Where the table is, for messages.
const FILE: &str = "xtask/src/tidy/circles.rs";

/// Circles that may stay: a file of each, and why.
const ALLOWED: &[(&str, &str)] = &[
    (
        "core/api/src/api_error.rs",
        "an error is put together with the request, the clock and the retries of the client",
    ),
    ("core/command/src/builtin.rs", "a command is run with the host, and the host has the table of commands"),
    ("core/identity/src/agent_file.rs", "an agent's file is read by a reader that gives it back"),
    ("core/install/src/journal.rs", "directories are opened with what an interrupted step left in them"),
    ("core/intent/src/payment.rs", "a payment is one of the meanings, and fails with their error"),
    ("core/js/src/value.rs", "a value prints itself, and its printer prints values"),
    ("core/pay/src/offer.rs", "an offer is read by a file for each protocol, and each of them gives offers"),
    ("core/rpc/src/error.rs", "an error is read from an answer, and reading an answer fails with it"),
    (
        "core/trust/src/store.rs",
        "a grant is kept with what is known of its manifest, and a manifest is read with its grant",
    ),
    (
        "plugins/authors/src/lint/manifest.rs",
        "a manifest is checked by a file for each part, and each of them is handed all of it",
    ),
    ("plugins/builtin/src/api_key/revoke.rs", "what is revoked is chosen by its arguments"),
    ("plugins/ledger/src/rpc/accounts.rs", "accounts of tokens are written as accounts and as tokens"),
    ("plugins/manager/src/plugin/sign.rs", "a release is signed and published by one command"),
    ("plugins/receipts/src/feed.rs", "a feed is joined from two sources, and each of them gives rows of it"),
    ("xtask/src/bench/case.rs", "a case is measured in a home, and a home is filled for the cases"),
];

/// The files of the workspace, by their paths from its root.
#[derive(Default)]
pub(super) struct Circles {
    crates: BTreeMap<String, Crate>,
    faults: Vec<String>,
}

impl Circles {
    /// Takes a file into account, if it belongs to a library or a program.
    pub(super) fn look(&mut self, path: &str, source: &str) {
        let Some((root, file)) = path.split_once("/src/") else { return };
        match self.crates.entry(root.to_owned()).or_default().add(file, source) {
            Ok(()) => {}
            Err(error) => self.faults.push(format!("{path} {error}")),
        }
    }

    /// What was found, once all files were looked at.
    pub(super) fn faults(mut self) -> Vec<String> {
        let mut allowed = BTreeSet::new();
        for (root, files) in &self.crates {
            for circle in files.circles() {
                let shown = |file: &str| format!("{root}/src/{file}");
                let reason =
                    ALLOWED.iter().find(|(file, _)| circle.files.iter().any(|one| shown(one) == *file));
                match reason {
                    Some((file, _)) => drop(allowed.insert(*file)),
                    None => self.faults.push(format!(
                        "{} files in {root}/src import each other in a circle, such as {}: move what they share into a \
                         file below them, or add one of them with a reason to ALLOWED in {FILE}",
                        circle.files.len(),
                        circle.shortest
                    )),
                }
            }
        }
        for (file, _) in ALLOWED.iter().filter(|(file, _)| !allowed.contains(file)) {
            self.faults.push(format!("{file} is in no circle any more: remove it from ALLOWED in {FILE}"));
        }
        self.faults
    }
}

/// Files that import each other.
#[derive(Debug)]
struct Circle {
    files: Vec<String>,
    /// A way around that is as short as any, with the lines.
    shortest: String,
}

/// The modules of one crate.
#[derive(Default)]
struct Crate {
    /// The file of each module, from the root's on.
    modules: BTreeMap<Vec<String>, String>,
    imports: Vec<(String, Import)>,
}

/// Each file, the files that it imports, and the line of the first import.
type Edges<'a> = BTreeMap<&'a str, BTreeMap<&'a str, usize>>;

impl Crate {
    fn add(&mut self, file: &str, source: &str) -> Result<(), String> {
        let Some(module) = module_of(file) else { return Ok(()) };
        // A program beside a library is a crate of its own, of one file.
        match file {
            "main.rs" if self.modules.contains_key(&module) => return Ok(()),
            "lib.rs" => self.imports.retain(|(file, _)| file != "main.rs"),
            _ => {}
        }
        let source = read(&module, source)?;
        self.modules
            .extend(source.inline.into_iter().chain([module]).map(|module| (module, file.to_owned())));
        self.imports.extend(source.imports.into_iter().map(|import| (file.to_owned(), import)));
        Ok(())
    }

    /// Groups of files of which each imports, directly or not, all others.
    fn circles(&self) -> Vec<Circle> {
        let edges = self.edges();
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            edges.keys().map(|file| (*file, reachable(&edges, file))).collect();
        let mut circles = Vec::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (file, others) in &reached {
            if !others.contains(file) || seen.contains(file) {
                continue;
            }
            let back = |other: &&str| reached.get(other).is_some_and(|others| others.contains(file));
            let files: BTreeSet<&str> = others.iter().copied().filter(back).collect();
            seen.extend(&files);
            let ways = files.iter().filter_map(|file| way_around(&edges, file));
            circles.push(Circle {
                files: files.iter().map(ToString::to_string).collect(),
                shortest: ways.min_by_key(Vec::len).unwrap_or_default().join(" → "),
            });
        }
        circles
    }

    /// Which file imports which. That a child uses what its parents have doesn't count.
    fn edges(&self) -> Edges<'_> {
        let names = self.names();
        let mut edges = Edges::new();
        for (file, import) in &self.imports {
            let Some(target) = self.absolute(&import.module, &import.path, &names) else { continue };
            let Some(to) = self.file_of(&target, &names, 0) else { continue };
            let (from, is_parent) = (file.as_str(), is_parent(to, file));
            if from != to && !is_parent {
                edges.entry(from).or_default().entry(to).or_insert(import.line);
            }
        }
        edges
    }

    /// What each module has imported, and by which name.
    fn names(&self) -> Names<'_> {
        let mut names = Names::new();
        for (_, import) in &self.imports {
            if let Some(name) = &import.name {
                names.entry(&import.module).or_default().insert(name, &import.path);
            }
        }
        names
    }

    /// A path from the crate's root; none where it leads to another crate.
    fn absolute(&self, module: &[String], path: &[String], names: &Names<'_>) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => module.split_last()?.1.to_vec(),
            name => {
                let inner: Vec<String> = module.iter().cloned().chain([name.to_owned()]).collect();
                let is_imported = || names.get(module).is_some_and(|names| names.contains_key(name));
                if !self.modules.contains_key(&inner) && (!is_imported() || path.len() == 1) {
                    return None;
                }
                inner
            }
        };
        for word in rest {
            if word == "super" {
                base.pop()?;
            } else {
                base.push(word.clone());
            }
        }
        Some(base)
    }

    /// The file that defines what a path leads to, re-exports followed; none where that is another crate's.
    fn file_of(&self, path: &[String], names: &Names<'_>, depth: usize) -> Option<&str> {
        let known = (0..=path.len()).rev().find(|length| self.modules.contains_key(&path[..*length]))?;
        let (module, rest) = path.split_at(known);
        if let Some((name, rest)) = rest.split_first()
            && let Some(import) = names.get(module).and_then(|names| names.get(name.as_str()))
            // A crate in which names lead in a circle doesn't compile.
            && depth < 16
        {
            let mut target = self.absolute(module, import, names)?;
            target.extend_from_slice(rest);
            return self.file_of(&target, names, depth + 1);
        }
        self.modules.get(module).map(String::as_str)
    }
}

/// By module: what was imported, by its name there.
type Names<'a> = BTreeMap<&'a [String], BTreeMap<&'a str, &'a Vec<String>>>;

/// The module that a file of `src` is.
fn module_of(file: &str) -> Option<Vec<String>> {
    if matches!(file, "lib.rs" | "main.rs") {
        return Some(Vec::new());
    }
    let path = file.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    Some(path.split('/').map(str::to_owned).collect())
}

/// Whether a file is that of a module around another file's.
fn is_parent(file: &str, other: &str) -> bool {
    match (module_of(file), module_of(other)) {
        (Some(outer), Some(inner)) => inner.len() > outer.len() && inner.starts_with(&outer),
        _ => false,
    }
}

/// All that a file imports, directly or not.
fn reachable<'a>(edges: &Edges<'a>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = edges.get(from).into_iter().flat_map(BTreeMap::keys).copied().collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(edges.get(file).into_iter().flat_map(BTreeMap::keys));
        }
    }
    reached
}

/// The shortest way from a file back to it.
fn way_around(edges: &Edges<'_>, start: &str) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut next = VecDeque::from([(start, Vec::new())]);
    while let Some((file, way)) = next.pop_front() {
        for (to, line) in edges.get(file).into_iter().flatten() {
            let mut way = way.clone();
            way.push(format!("{file}:{line}"));
            if *to == start {
                way.push(start.to_owned());
                return Some(way);
            }
            if seen.insert(*to) {
                next.push_back((to, way));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Circle, Circles, Crate};

    fn circles(files: &[(&str, &str)]) -> Vec<Circle> {
        let mut files_of = Crate::default();
        for (file, source) in files {
            files_of.add(file, source).expect("Rust");
        }
        files_of.circles()
    }

    fn circle(files: &[(&str, &str)]) -> String {
        let circles = circles(files);
        let [circle] = &circles[..] else { panic!("{circles:?}") };
        format!("{}: {}", circle.files.join(" "), circle.shortest)
    }

    #[test]
    fn files_that_import_each_other_are_a_circle() {
        let found = circle(&[
            ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;"),
            ("a.rs", "//! Doc.\nuse crate::b::B;"),
            ("b.rs", "fn f() -> super::c::C { todo!() }"),
            ("c.rs", "use crate::{d, a::{self, A}};"),
            ("d.rs", "pub struct D;"),
        ]);
        assert_eq!(found, "a.rs b.rs c.rs: a.rs:2 → b.rs:1 → c.rs:1 → a.rs");
    }

    #[test]
    fn the_shortest_way_around_is_shown() {
        let found = circle(&[
            ("a.rs", "use crate::b;"),
            ("b.rs", "use crate::c;"),
            ("c.rs", "use crate::a;\n\nuse crate::b;"),
        ]);
        assert_eq!(found, "a.rs b.rs c.rs: b.rs:1 → c.rs:3 → b.rs");
    }

    #[test]
    fn a_name_that_is_passed_on_leads_to_the_file_that_has_it() {
        let found = circle(&[
            ("lib.rs", "mod a; mod host; pub use host::Host; pub use leash_output::Error;"),
            ("a.rs", "use crate::{Error, Host};"),
            ("host.rs", "use crate::a;"),
        ]);
        assert_eq!(found, "a.rs host.rs: a.rs:1 → host.rs:1 → a.rs");
        let found = circle(&[
            ("m/mod.rs", "mod one; pub use self::one::One as Two;"),
            ("m/one.rs", "use crate::a::A;"),
            ("a.rs", "fn f(two: crate::m::Two) {}"),
        ]);
        assert_eq!(found, "a.rs m/one.rs: a.rs:1 → m/one.rs:1 → a.rs");
    }

    #[test]
    fn a_child_may_use_what_its_parents_have() {
        let files = [
            ("lib.rs", "mod m; pub const C: u8 = 0; use m::M;"),
            ("m/mod.rs", "mod one; mod two; use one::One; fn f() { two::f() }"),
            ("m/one.rs", "use super::M; use crate::C;"),
            ("m/two.rs", "use super::one::One; use crate::m;"),
        ];
        assert!(circles(&files).is_empty());
    }

    #[test]
    fn a_folder_is_in_a_circle_by_what_it_uses_of_its_children() {
        let found = circle(&[
            ("m/mod.rs", "mod one; use one::One;"),
            ("m/one.rs", "use crate::a::A;"),
            ("a.rs", "use crate::m::M;"),
        ]);
        assert_eq!(found, "a.rs m/mod.rs m/one.rs: a.rs:1 → m/mod.rs:1 → m/one.rs:1 → a.rs");
    }

    #[test]
    fn what_only_tests_use_is_free() {
        let files = [
            ("a.rs", "use crate::b;"),
            ("b.rs", "#[cfg(test)]\nmod tests { use crate::a; use super::*; }"),
            ("b_tests.rs", "use crate::b;"),
        ];
        assert!(circles(&files).is_empty());
    }

    #[test]
    fn a_program_beside_a_library_is_a_crate_of_its_own() {
        let program = ("main.rs", "use crate::a;");
        let library = ("lib.rs", "pub mod a; pub use std::fmt::Debug;");
        let files = ("a.rs", "use crate::Debug;");
        for files in [[program, library, files], [library, program, files]] {
            assert!(circles(&files).is_empty());
        }
    }

    #[test]
    fn a_circle_is_told_with_its_crate() {
        let mut circles = Circles::default();
        circles.look("core/x/src/a.rs", "use crate::b;");
        circles.look("core/x/src/b.rs", "use crate::a;");
        circles.look("core/y/src/b.rs", "use crate::a;");
        circles.look("core/y/tests/b.rs", "use crate::a;");
        let faults = circles.faults();
        let fault = faults.first().expect("a circle");
        assert!(fault.starts_with("2 files in core/x/src import each other"), "{fault}");
        assert!(fault.contains("such as a.rs:1 → b.rs:1 → a.rs"), "{fault}");
    }
}
