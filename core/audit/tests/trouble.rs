//! Logs that can't be had or believed, and garbage in them.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::{PermissionsExt as _, symlink},
};

use proptest::prelude::*;
use support::{Place, entry};

fn refused(place: &Place) -> String {
    place.log.append(&place.key, &entry(0)).unwrap_err().message().to_owned()
}

#[test]
fn it_writes_to_nothing_but_a_file_of_ones_own() {
    let place = Place::new();
    place.append(0);
    let path = place.log.path();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refused(&place).ends_with("is open to other users"));
    let victim = place.dir.path().join("victim");
    fs::rename(path, &victim).unwrap();
    fs::set_permissions(&victim, fs::Permissions::from_mode(0o600)).unwrap();
    symlink(&victim, path).unwrap();
    assert!(refused(&place).starts_with("cannot open"), "a link");
    fs::remove_file(path).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert!(refused(&place).ends_with("is no regular file"), "a pipe, without waiting for its reader");
    fs::remove_file(path).unwrap();
    fs::create_dir(path).unwrap();
    assert!(refused(&place).starts_with("cannot open"), "a directory");
    fs::remove_dir(path).unwrap();
    let dir = path.parent().unwrap();
    fs::set_permissions(dir, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(refused(&place).ends_with("is open to other users"), "its directory");
    assert_eq!(fs::read_to_string(victim).unwrap().lines().count(), 1);
}

#[test]
fn who_never_lets_go_is_not_waited_for_forever() {
    let place = Place::new();
    place.append(0);
    let holder = fs::File::open(place.log.path()).unwrap();
    holder.lock().unwrap();
    let mut asked = 0;
    let again = || {
        asked += 1;
        asked < 10
    };
    let error = place.log.append_while(&place.key, &entry(1), again).unwrap_err();
    assert!(error.message().ends_with("is locked by another process"), "{error}");
    assert_eq!(asked, 10);
    assert_eq!(place.verify().count, 1, "reading goes on");
    holder.unlock().unwrap();
    place.append(1);
    assert_eq!(place.verify().count, 2);
}

#[test]
fn a_log_that_is_moved_away_is_begun_anew() {
    let place = Place::new();
    place.append(0);
    fs::rename(place.log.path(), place.dir.path().join("old")).unwrap();
    place.append(1);
    assert_eq!(place.verify().count, 1);
}

#[test]
fn an_end_without_any_line_is_refused_and_not_searched_for_long() {
    let place = Place::new();
    place.append(0);
    let mut file = OpenOptions::new().append(true).open(place.log.path()).unwrap();
    file.write_all(&vec![0; 3 << 20]).unwrap();
    assert!(refused(&place.fresh()).ends_with("has no line of a log in it"));
    let report = place.verify();
    assert_eq!((report.count, report.torn, report.torn_tail), (1, 1, true));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn garbage_is_passed_over(garbage in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..6)) {
        let place = Place::new();
        for (n, garbage) in garbage.iter().enumerate() {
            place.fresh().append(n);
            OpenOptions::new().append(true).open(place.log.path()).unwrap().write_all(garbage).unwrap();
        }
        place.append(99);
        let report = place.verify();
        prop_assert_eq!(report.first_bad, None);
        prop_assert_eq!(report.count, garbage.len() as u64 + 1);
    }

    #[test]
    fn no_byte_can_be_changed_unseen(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let place = Place::new();
        (0..3).for_each(|n| place.append(n));
        let head = place.verify().head;
        let mut bytes = fs::read(place.log.path()).unwrap();
        let at = at.index(bytes.len() - 1);
        bytes[at] ^= 1 << bit;
        fs::write(place.log.path(), &bytes).unwrap();
        let report = place.verify();
        prop_assert!(report.first_bad.is_some() || report.head != head);
    }
}
