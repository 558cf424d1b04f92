//! The kernel's keyring: what is kept, for how long, and from whom.
//!
//! Where the kernel of this machine keeps no keys, the error is tested, and the rest is reported as ignored.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use std::{
    fs, thread,
    time::{Duration, Instant, SystemTime},
};

use leash_chain::Address;
use leash_signature::Secret;
use leash_test_needs::needs;
use leash_vault::keyring;
use linux_keyutils::{KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission};

const PATIENCE: Duration = Duration::from_secs(60);
const MINUTE: Duration = Duration::from_secs(60);

/// A name that no other test, and no other run, uses.
fn address(test: u8) -> Address {
    let mut bytes = [test; 32];
    bytes[..4].copy_from_slice(&std::process::id().to_le_bytes());
    bytes[4..12].copy_from_slice(
        &SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().to_le_bytes(),
    );
    Address::new(bytes)
}

fn key(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn kept(address: &Address) -> Option<String> {
    keyring::load(address).unwrap().map(|unlocked| unlocked.key.expose().clone())
}

/// A key as the kernel lists it: flags, references, time left, permissions, owner, group, type, name.
fn listed(address: &Address) -> Option<Vec<String>> {
    let keys = fs::read_to_string("/proc/keys").unwrap();
    let line =
        keys.lines().find(|line| line.contains(&format!("leash:{address}")) && !line.contains(" expd "))?;
    Some(line.split_whitespace().skip(1).map(str::to_owned).collect())
}

#[needs("kernel keyring")]
#[test]
fn a_key_is_kept_replaced_and_forgotten() {
    let (one, other) = (address(1), address(2));
    assert_eq!(kept(&one), None);
    assert!(!keyring::clear(&one).unwrap());

    let until = keyring::store(&one, &key("first"), MINUTE).unwrap();
    keyring::store(&other, &key("of another agent"), MINUTE).unwrap();
    assert_eq!(kept(&one).as_deref(), Some("first"));
    let told = keyring::load(&one).unwrap().unwrap().until;
    assert!(until.duration_since(told).unwrap() < Duration::from_secs(1), "whole seconds");

    keyring::store(&one, &key("second"), MINUTE).unwrap();
    assert_eq!(kept(&one).as_deref(), Some("second"));

    assert!(keyring::clear(&one).unwrap());
    assert_eq!(kept(&one), None);
    assert!(!keyring::clear(&one).unwrap());
    assert_eq!(kept(&other).as_deref(), Some("of another agent"));
    assert!(keyring::clear(&other).unwrap());
}

#[needs("kernel keyring")]
#[test]
fn it_outlives_the_thread_that_stored_it_and_other_threads_see_it() {
    let address = address(3);
    thread::spawn(move || keyring::store(&address, &key("key"), MINUTE).unwrap()).join().unwrap();
    assert_eq!(thread::spawn(move || kept(&address)).join().unwrap().as_deref(), Some("key"));
    assert!(thread::spawn(move || keyring::clear(&address)).join().unwrap().unwrap());
}

#[needs("kernel keyring")]
#[test]
fn it_is_gone_when_its_time_is_over() {
    let address = address(4);
    let start = Instant::now();
    keyring::store(&address, &key("key"), Duration::from_secs(2)).unwrap();
    assert_eq!(kept(&address).as_deref(), Some("key"));
    while kept(&address).is_some() {
        assert!(start.elapsed() < PATIENCE, "it is still there");
        thread::yield_now();
    }
    assert!(start.elapsed() >= Duration::from_secs(1), "the kernel counts whole seconds");
    // Not the time that the payload names alone: the kernel itself gives it no more.
    while listed(&address).is_some() {
        assert!(start.elapsed() < PATIENCE, "the kernel still has it");
        thread::yield_now();
    }
    assert!(!keyring::clear(&address).unwrap());
    keyring::store(&address, &key("anew"), MINUTE).unwrap();
    assert_eq!(kept(&address).as_deref(), Some("anew"));
    assert!(keyring::clear(&address).unwrap());
}

#[needs("kernel keyring")]
#[test]
fn this_user_alone_may_read_it_and_nobody_may_change_it() {
    let address = address(5);
    keyring::store(&address, &key("key"), Duration::from_secs(90 * 60)).unwrap();
    let columns = listed(&address).expect("a key in /proc/keys");
    // Possessor: view, read, search, link; user: view, read, search; group and others: nothing.
    assert_eq!(columns[3], "1b0b0000", "{columns:?}");
    assert!(columns[2].ends_with('m') || columns[2].ends_with('h'), "its time runs: {columns:?}");
    assert_eq!(columns[4], rustix::process::geteuid().as_raw().to_string());

    let found = KeyRing::from_special_id(KeyRingIdentifier::User, false)
        .unwrap()
        .search(&format!("leash:{address}"))
        .unwrap();
    assert_eq!(found.set_timeout(0), Err(KeyError::AccessDenied));
    assert_eq!(found.update(b"other"), Err(KeyError::AccessDenied));
    let all = KeyPermissionsBuilder::builder().user(Permission::ALL).build();
    assert_eq!(found.set_perms(all), Err(KeyError::AccessDenied));
    assert_eq!(kept(&address).as_deref(), Some("key"));
    assert!(keyring::clear(&address).unwrap());
}

#[needs("kernel keyring")]
#[test]
fn a_time_has_a_limit() {
    let address = address(6);
    let day = Duration::from_secs(24 * 60 * 60);
    let until = keyring::store(&address, &key("key"), Duration::MAX).unwrap();
    assert!(until <= SystemTime::now() + day);
    assert!(keyring::clear(&address).unwrap());
    // No time at all isn't forever, as it is to the kernel.
    let address = self::address(8);
    keyring::store(&address, &key("key"), Duration::ZERO).unwrap();
    assert!(listed(&address).is_none_or(|columns| columns[2].ends_with('s')), "{:?}", listed(&address));
    keyring::clear(&address).unwrap();
}

#[needs("kernel keyring")]
#[test]
fn what_something_else_put_there_is_an_error() {
    let address = address(7);
    let user = KeyRing::from_special_id(KeyRingIdentifier::User, true).unwrap();
    let thread = KeyRing::from_special_id(KeyRingIdentifier::Thread, true).unwrap();
    let stranger = thread.add_key(&format!("leash:{address}"), b"no payload of ours").unwrap();
    stranger.set_timeout(60).unwrap();
    let all = || Permission::ALL;
    stranger.set_perms(KeyPermissionsBuilder::builder().posessor(all()).user(all()).build()).unwrap();
    user.link_key(stranger).unwrap();
    assert_eq!(keyring::load(&address).unwrap_err().code(), "keyring");
    assert!(keyring::clear(&address).unwrap());
    assert_eq!(kept(&address), None);
}

#[test]
fn whether_keys_are_kept_here_is_said_before_one_is_stored() {
    let address = address(0);
    let Err(error) = keyring::available() else {
        keyring::store(&address, &key("key"), MINUTE).unwrap();
        assert!(keyring::clear(&address).unwrap());
        return;
    };
    assert_eq!(error.code(), "no_keyring");
    assert_eq!(keyring::store(&address, &key("key"), MINUTE).unwrap_err().code(), "no_keyring");
    assert_eq!(kept(&address), None);
    assert_eq!(keyring::clear(&address).unwrap_err().code(), "no_keyring");
}
