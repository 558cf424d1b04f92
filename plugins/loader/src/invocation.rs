//! How the host calls: `leash-loader LIBRARY -- ARGV0 [ARGUMENT…]`.
//!
//! LIBRARY is an absolute path, `/dev/fd/N` of a sealed copy for one. What follows `--` is what the library is
//! given as its arguments, byte for byte; by the contract ARGV0 is the plugin's path.

use std::{ffi::OsString, path::Path};

use leash_output::Error;

/// What is to be run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Invocation {
    /// The library's path.
    pub(crate) library: OsString,
    /// The plugin's arguments, from its own path on.
    pub(crate) argv: Vec<OsString>,
}

impl Invocation {
    /// Reads the command line, the loader's own name first.
    pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, Error> {
        let mut words = words.into_iter().skip(1);
        match (words.next(), words.next()) {
            // A bare name would be looked for wherever the system keeps libraries.
            (Some(library), Some(dashes)) if Path::new(&library).is_absolute() && dashes == "--" => {
                let mut argv: Vec<_> = words.collect();
                if argv.is_empty() {
                    argv.push(library.clone());
                }
                Ok(Self { library, argv })
            }
            _ => Err(Error::usage("this is called as `leash-loader LIBRARY -- ARGV0 [ARGUMENT…]`")
                .hint("run the plugin as `leash NAME`")),
        }
    }

    /// The path to show: the plugin's own, where the library is a copy of it.
    pub(crate) fn shown(&self) -> &Path {
        Path::new(self.argv.first().unwrap_or(&self.library))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Option<(String, Vec<String>)> {
        let text = |word: OsString| word.into_string().expect("text");
        let read = Invocation::read(words.iter().map(OsString::from)).ok()?;
        Some((text(read.library), read.argv.into_iter().map(text).collect()))
    }

    #[test]
    fn what_follows_the_dashes_is_the_plugins() {
        let all = read(&["l", "/dev/fd/5", "--", "/p/x.so", "--", "-h"]).expect("read");
        assert_eq!(all, ("/dev/fd/5".to_owned(), ["/p/x.so", "--", "-h"].map(str::to_owned).to_vec()));
        let bare = read(&["l", "/p/x.so", "--"]).expect("read");
        assert_eq!(bare.1, ["/p/x.so"]);
    }

    #[test]
    fn anything_else_is_refused() {
        for words in
            [&["l"][..], &["l", "/x"], &["l", "/x", "y"], &["l", "x.so", "--"], &["l", "", "--"], &[]]
        {
            assert_eq!(read(words), None, "{words:?}");
        }
    }
}
