//! Archives that lie, made byte by byte.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends here")]

mod tars;
mod zips;

use std::{fs, io::Write as _, path::Path};

use flate2::{Compression, write::GzEncoder};
use leash_output::Kind;
use tempfile::TempDir;

use super::unpack;

/// What came of unpacking some bytes, into a directory beside which lies something to harm.
struct Outcome {
    world: TempDir,
    refused: Option<String>,
}

impl Outcome {
    fn of(bytes: &[u8]) -> Self {
        let world = tempfile::tempdir().unwrap();
        let (archive, into) = (world.path().join("archive"), world.path().join("around/into"));
        fs::create_dir_all(&into).unwrap();
        fs::write(world.path().join("victim"), "whole").unwrap();
        fs::write(&archive, bytes).unwrap();
        let refused = unpack(&archive, &into).err().map(|error| {
            assert_eq!((error.kind(), error.code()), (Kind::Refused, "bad_archive"), "{error}");
            error.message().to_owned()
        });
        assert_eq!(fs::read(world.path().join("victim")).unwrap(), b"whole");
        let around: Vec<_> = fs::read_dir(world.path().join("around")).unwrap().flatten().collect();
        assert_eq!(around.len(), 1, "something came beside: {around:?}");
        Self { world, refused }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.world.path().join("around/into").join(name)
    }
}

#[track_caller]
fn refuses(bytes: &[u8], why: &str) {
    let outcome = Outcome::of(bytes);
    let refused = outcome.refused.unwrap_or_else(|| panic!("taken, and not refused: {why}"));
    assert!(refused.contains(why), "`{why}` is not in: {refused}");
}

#[track_caller]
fn takes(bytes: &[u8]) -> Outcome {
    let outcome = Outcome::of(bytes);
    assert_eq!(outcome.refused, None);
    outcome
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn other_files_are_no_archives() {
    for bytes in
        [&b""[..], b"P", b"PK", b"hello", b"\x1f", b"BZh9", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"]
    {
        refuses(bytes, "neither");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_change_of_an_archive_is_harmless(at in 0_usize..6000, to in proptest::prelude::any::<u8>(), cut in 0_usize..6000) {
        for whole in [tars::sample(), zips::sample()] {
            let mut bytes = whole.clone();
            let at = at % bytes.len();
            bytes[at] = to;
            // Either taken or refused, and in both cases nothing beside is touched.
            let _ = Outcome::of(&bytes);
            let cut = cut % whole.len();
            proptest::prop_assert!(Outcome::of(&whole[..cut]).refused.is_some(), "cut at {}", cut);
        }
    }

    #[test]
    fn any_change_of_a_tar_is_harmless(at in 0_usize..2048, to in proptest::prelude::any::<u8>()) {
        let mut bytes = tars::plain_sample();
        bytes[at] = to;
        let header = at / 512 * 512;
        tars::mend_checksum(&mut bytes[header..header + 512]);
        let _ = Outcome::of(&gzip(&bytes));
    }
}
