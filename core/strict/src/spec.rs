//! What is to be kept from a plugin, and the exceptions.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use leash_files::Paths;

use crate::{homes, platform, startup};

/// What is to be kept from a plugin, and the exceptions. None of the paths need exist, but for the exceptions; links
/// in them are followed, and kept from being replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spec {
    /// Neither read nor written, and refused where a file in it has a second name, under which it could be.
    pub secret: Vec<PathBuf>,
    /// Neither read nor written.
    pub hidden: Vec<PathBuf>,
    /// Read, but not written.
    pub protected: Vec<PathBuf>,
    /// Exceptions that may be read and executed: the tree of an installed plugin, a script's copy in the store.
    pub readable: Vec<PathBuf>,
    /// Exceptions that may be written, too: the plugin's own data and cache.
    pub writable: Vec<PathBuf>,
    /// Whether the plugin may make pairs of connected stream sockets (`socketpair`), which reach nobody but
    /// its own processes. Python's asyncio, tokio and Node's child processes can't do without.
    pub stream_pairs: bool,
}

impl Spec {
    /// What strict stands for: leash's directories, the passphrase's file, PATH, the shells' start-up files, and the
    /// host itself. `variable` reads the user's environment, not the one that the plugin will get.
    #[must_use]
    pub fn new(paths: &Paths, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let homes = homes::of(variable("HOME"), platform::uid());
        let mut spec = Self {
            secret: vec![paths.config.clone(), paths.original_config.clone()],
            hidden: vec![paths.data.clone(), paths.cache.clone()],
            // Through a control group that the user owns, a write can end processes.
            protected: vec!["/sys".into()],
            ..Self::default()
        };
        let below = |directory: &Path, names: &[&str]| -> Vec<PathBuf> {
            names.iter().map(|name| directory.join(name)).collect()
        };
        for home in &homes {
            spec.secret.push(home.join(".config/leash"));
            spec.hidden.extend([home.join(".local/share/leash"), home.join(".cache/leash")]);
            spec.protected.extend(below(home, startup::IN_HOME));
            spec.protected.extend(below(home, startup::OF_ZSH));
            spec.protected.extend(below(&home.join(".config"), startup::IN_CONFIG));
            spec.protected.extend(below(&home.join(".local/share"), startup::IN_DATA));
        }
        let named =
            |name: &str| variable(name).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty());
        spec.secret.extend(named("LEASH_PASSPHRASE_FILE"));
        let absolute = |name: &str| named(name).filter(|path| path.is_absolute());
        for (name, files) in [
            ("ZDOTDIR", startup::OF_ZSH),
            ("XDG_CONFIG_HOME", startup::IN_CONFIG),
            ("XDG_DATA_HOME", startup::IN_DATA),
        ] {
            spec.protected.extend(absolute(name).iter().flat_map(|directory| below(directory, files)));
        }
        spec.protected.extend(["ENV", "BASH_ENV", "INPUTRC"].into_iter().filter_map(absolute));
        let path = variable("PATH").unwrap_or_default();
        // A relative entry, which means another directory in every process, is no place to protect.
        spec.protected.extend(env::split_paths(&path).filter(|directory| directory.is_absolute()));
        spec.protected.extend(host());
        for places in [&mut spec.secret, &mut spec.hidden, &mut spec.protected] {
            places.sort();
            places.dedup();
        }
        spec
    }
}

/// Where the host and what came with it lie.
fn host() -> Vec<PathBuf> {
    let program = env::current_exe().ok();
    let directory = program.as_deref().and_then(Path::parent);
    directory
        .map_or_else(Vec::new, |directory| vec![directory.to_owned(), directory.join("../libexec/leash")])
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, path::PathBuf};

    use leash_files::Paths;

    use super::Spec;

    fn spec(variables: &[(&str, &str)]) -> Spec {
        let paths = Paths {
            config: "/c/leash".into(),
            data: "/d/leash".into(),
            cache: "/k/leash".into(),
            original_config: "/h/.config/leash".into(),
        };
        Spec::new(&paths, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_environment_names_more_to_protect() {
        let spec = spec(&[
            ("HOME", "/h"),
            ("PATH", "/h/bin:relative::/usr/bin"),
            ("ZDOTDIR", "/z"),
            ("BASH_ENV", "/h/env.sh"),
            ("LEASH_PASSPHRASE_FILE", "/run/pass"),
        ]);
        for path in ["/c/leash", "/h/.config/leash", "/run/pass"] {
            assert!(spec.secret.contains(&PathBuf::from(path)), "{path}");
        }
        for path in ["/d/leash", "/k/leash", "/h/.local/share/leash"] {
            assert!(spec.hidden.contains(&PathBuf::from(path)), "{path}");
        }
        for path in [
            "/h/bin",
            "/usr/bin",
            "/z/.zshrc",
            "/h/.zshrc",
            "/h/.bashrc",
            "/h/.config/fish",
            "/h/env.sh",
            "/sys",
        ] {
            assert!(spec.protected.contains(&PathBuf::from(path)), "{path}");
        }
        assert!(spec.protected.iter().all(|path| path.is_absolute()));
        assert!(!spec.stream_pairs);
    }
}
