//! The files of a new plugin, for each language.

use std::path::Path;

/// A language to write it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Rust,
    Python,
    Sh,
    C,
}

/// A file to be made.
#[derive(Debug)]
pub(super) struct New {
    /// Below the folder.
    pub(super) path: String,
    pub(super) content: Content,
}

/// What a file is.
#[derive(Debug)]
pub(super) enum Content {
    Text { text: String, executable: bool },
    Link(String),
}

impl Language {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "rust" => Self::Rust,
            "python" => Self::Python,
            "sh" => Self::Sh,
            "c" => Self::C,
            _ => return None,
        })
    }

    /// Where the plugin itself lies, what is to be shipped: a folder of its own where a build leaves much
    /// besides.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::Rust => "plugin",
            Self::Python | Self::Sh | Self::C => "",
        }
    }

    /// Whether it has to be built before it can run.
    pub(super) const fn is_built(self) -> bool {
        matches!(self, Self::Rust | Self::C)
    }

    /// Template, place and whether it is executable.
    const fn templates(self) -> &'static [(&'static str, &'static str, bool)] {
        macro_rules! template {
            ($path:literal) => {
                include_str!(concat!("../../templates/", $path))
            };
        }
        match self {
            Self::Rust => &[
                (template!("rust/Cargo.toml.in"), "Cargo.toml", false),
                (template!("rust/src/main.rs"), "src/main.rs", false),
                (template!("rust/tests/plugin.rs"), "tests/plugin.rs", false),
                (template!("rust/Makefile"), "Makefile", false),
                (template!("rust/gitignore"), ".gitignore", false),
                (template!("rust/README.md"), "README.md", false),
                (template!("rust/manifest.toml"), "plugin/leash-plugin.toml", false),
            ],
            Self::Python => &[
                (template!("python/plugin"), "leash-@NAME@", true),
                (template!("python/test.py"), "test.py", true),
                (template!("python/README.md"), "README.md", false),
                (template!("python/manifest.toml"), "leash-plugin.toml", false),
            ],
            Self::Sh => &[
                (template!("sh/plugin"), "leash-@NAME@", true),
                (template!("sh/test.sh"), "test.sh", true),
                (template!("sh/README.md"), "README.md", false),
                (template!("sh/manifest.toml"), "leash-plugin.toml", false),
            ],
            Self::C => &[
                (template!("c/plugin.c"), "@NAME@.c", false),
                (template!("c/Makefile"), "Makefile", false),
                (template!("sh/test.sh"), "test.sh", true),
                (template!("c/gitignore"), ".gitignore", false),
                (template!("c/README.md"), "README.md", false),
                (template!("sh/manifest.toml"), "leash-plugin.toml", false),
            ],
        }
    }
}

/// All files of a plugin `name`; for Rust with the crates of leash from `source`, where that is given.
pub(super) fn of(language: Language, name: &str, source: Option<&Path>) -> Vec<New> {
    let fill = |text: &str| {
        text.replace("@NAME@", name)
            .replace("@KIND@", &name.replace('-', "_"))
            .replace("@SDK@", &dependency(source, "sdk"))
            .replace("@API@", &dependency(source, "api"))
    };
    let template = |(text, path, executable): &(&str, &str, bool)| New {
        path: fill(path),
        content: Content::Text { text: fill(text), executable: *executable },
    };
    let mut files: Vec<_> = language.templates().iter().map(template).collect();
    // The one name is what an installed plugin's manifest has, the other what one beside a program on PATH has.
    let folder = if language.folder().is_empty() { String::new() } else { format!("{}/", language.folder()) };
    files.push(New {
        path: format!("{folder}leash-{name}.toml"),
        content: Content::Link("leash-plugin.toml".to_owned()),
    });
    files
}

fn dependency(source: Option<&Path>, room: &str) -> String {
    let path = source.map_or_else(String::new, |source| {
        let path =
            source.join("core").join(room).to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
        format!("path = \"{path}\", ")
    });
    // The crates of one release go together.
    format!("{{ {path}version = \"{}\"", env!("CARGO_PKG_VERSION"))
}
