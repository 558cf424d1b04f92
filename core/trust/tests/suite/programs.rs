//! Programs that are swapped, before and after they were looked at.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Seek as _, Write as _},
    os::unix::{fs::FileExt as _, fs::symlink, process::ExitStatusExt as _},
};

use leash_output::Kind;
use leash_trust::{Digest, Program, Verdict, digest_file, judge, propose};
use rustix::{
    fs::{SealFlags, fcntl_get_seals},
    mm::{MapFlags, ProtFlags, mmap, munmap},
};

use crate::fixture::{
    Home, MANIFEST, MINT, NETWORK, command, mode, other_program, plugin_program, run, says, terms,
};

#[test]
fn what_was_trusted_runs() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    assert!(matches!(home.judge(&found), Verdict::NotTrusted));
    let grant = home.trust(&found);
    assert_eq!(grant.digest, digest_file(&found.path).expect("a digest"));
    assert_eq!(grant.digest, Digest::of(&plugin_program()));
    assert_eq!(grant.manifest_digest, Digest::of(MANIFEST.as_bytes()));
    assert_eq!((grant.max_signatures, grant.scopes.len()), (7, 1));
    let ready = home.ready(&found);
    assert_eq!(ready.grant, grant);
    assert_eq!(says(&ready.program), "marker-0001");
    let Program::Sealed { fd, argv0 } = &ready.program else { panic!("not sealed: {:?}", ready.program) };
    assert_eq!(argv0, &found.path);
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    assert!(fcntl_get_seals(fd).expect("seals").contains(seals));
}

#[test]
fn no_manifest_no_grant() {
    let home = Home::new();
    let mut found = home.plugin(plugin_program());
    found.manifest = None;
    assert!(matches!(home.judge(&found), Verdict::NoManifest));
    let error = propose(&found, &terms("".as_ref())).expect_err("no manifest");
    assert_eq!((error.kind(), error.code()), (Kind::Refused, "no_manifest"));
    home.trust(&home.found());
    assert_eq!(home.changed(&found), ["manifest"]);
}

#[test]
fn a_changed_program_has_no_grant() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    let grant = home.trust(&found);
    home.file("bin/leash-foo", other_program(), 0o755);
    let changes = home.changes(&found);
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0].what, "program");
    assert_eq!(changes[0].old, Some(grant.digest.to_string()));
    assert_eq!(changes[0].new, Some(Digest::of(&other_program()).to_string()));
    home.file("bin/leash-foo", plugin_program(), 0o755);
    home.ready(&found);
}

#[test]
fn a_changed_manifest_has_no_grant() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    home.trust(&found);
    // Comments count too.
    home.file("bin/leash-foo.toml", format!("{MANIFEST}# more\n"), 0o644);
    assert_eq!(home.changed(&home.found()), ["manifest"]);
}

#[test]
fn a_link_to_other_bytes_in_the_place_of_the_program() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    home.trust(&found);
    let other = home.file("other", other_program(), 0o755);
    fs::remove_file(&found.path).expect("the program");
    symlink(&other, &found.path).expect("a link");
    assert_eq!(home.changed(&found), ["program"]);
    fs::remove_file(&found.path).expect("the link");
    symlink("leash-foo", &found.path).expect("a loop");
    judge(&home.store(), &found, MINT, NETWORK).expect_err("a loop is no program");
}

#[test]
fn the_same_bytes_elsewhere() {
    let home = Home::new();
    let mut found = home.plugin(plugin_program());
    home.trust(&found);
    found.path = home.path("bin/copy");
    fs::copy(home.path("bin/leash-foo"), &found.path).expect("a copy");
    assert_eq!(home.changed(&found), ["path"]);
    found.path = home.path("bin/link");
    fs::hard_link(home.path("bin/leash-foo"), &found.path).expect("a hard link");
    assert_eq!(home.changed(&found), ["path"]);
}

#[test]
fn a_write_through_another_name() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    home.trust(&found);
    let other = home.path("elsewhere");
    fs::hard_link(&found.path, &other).expect("a hard link");
    let ready = home.ready(&found);
    fs::write(&other, other_program()).expect("the same file");
    assert_eq!(says(&ready.program), "marker-0001");
    assert_eq!(home.changed(&found), ["program"]);
}

#[test]
fn a_rewrite_of_the_same_size_and_time() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    home.trust(&found);
    let before = fs::metadata(&found.path).expect("metadata");
    let mut file = OpenOptions::new().write(true).open(&found.path).expect("the program");
    file.write_all(&other_program()).expect("other bytes");
    file.set_modified(before.modified().expect("a time")).expect("the old time");
    drop(file);
    let after = fs::metadata(&found.path).expect("metadata");
    assert_eq!(
        (before.len(), before.modified().expect("a time")),
        (after.len(), after.modified().expect("a time"))
    );
    assert_eq!(home.changed(&found), ["program"]);
}

#[test]
#[allow(unsafe_code, reason = "a mapping is what the attack consists of")]
fn a_writable_mapping_from_before() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    home.trust(&found);
    let old = plugin_program();
    let new = other_program();
    let file = OpenOptions::new().read(true).write(true).open(&found.path).expect("the program");
    // SAFETY: a fresh mapping of a file that only this test knows.
    let map = unsafe {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        mmap(std::ptr::null_mut(), new.len(), access, MapFlags::SHARED, &file, 0).expect("a mapping")
    };
    drop(file);
    let ready = home.ready(&found);
    // SAFETY: the mapping is as long as these bytes, and nobody else has it.
    unsafe { map.cast::<u8>().copy_from_nonoverlapping(new.as_ptr(), new.len()) };
    assert_eq!(fs::read(&found.path).expect("the program"), new);
    assert_eq!(says(&ready.program), "marker-0001");
    assert_eq!(home.changed(&found), ["program"]);
    // SAFETY: as above.
    unsafe { map.cast::<u8>().copy_from_nonoverlapping(old.as_ptr(), old.len()) };
    home.ready(&found);
    // SAFETY: nothing refers to it any more.
    unsafe { munmap(map, new.len()).expect("unmapped") };
}

#[test]
fn nobody_can_write_the_copy() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    home.trust(&found);
    let ready = home.ready(&found);
    let Program::Sealed { fd, .. } = &ready.program else { panic!("not sealed: {:?}", ready.program) };
    let file = File::from(fd.try_clone().expect("a descriptor"));
    assert_eq!(file.write_at(b"x", 0).expect_err("sealed").kind(), ErrorKind::PermissionDenied);
    assert_eq!(file.set_len(3).expect_err("sealed").kind(), ErrorKind::PermissionDenied);
    assert_eq!((&file).seek(std::io::SeekFrom::End(0)).expect("its size"), plugin_program().len() as u64);
    assert_eq!((&file).write(b"x").expect_err("sealed").kind(), ErrorKind::PermissionDenied);
    assert_eq!(says(&ready.program), "marker-0001");
}

#[test]
fn swapped_after_the_look() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    home.trust(&found);
    let ready = home.ready(&found);
    fs::remove_file(&found.path).expect("the program");
    home.file("bin/leash-foo", other_program(), 0o755);
    assert_eq!(says(&ready.program), "marker-0001");
}

#[test]
fn the_plugin_does_not_inherit_the_copy() {
    let home = Home::new();
    home.file("bin/leash-foo.toml", MANIFEST, 0o644);
    fs::copy("/bin/sh", home.path("bin/leash-foo")).expect("a shell");
    mode(&home.path("bin/leash-foo"), 0o755);
    let found = home.found();
    home.trust(&found);
    let ready = home.ready(&found);
    let mut command = command(&ready.program);
    let output =
        run(command.args(["-c", "for fd in /proc/self/fd/*; do readlink $fd; done; echo $0; kill -TERM $$"]));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains("memfd"), "{text}");
    assert!(text.ends_with(&format!("{}\n", found.path.display())), "{text}");
    assert_eq!(output.status.signal(), Some(15));
}

#[test]
fn files_that_get_no_grant() {
    let home = Home::new();
    let found = home.plugin(plugin_program());
    home.trust(&found);
    let refused = |what: &str| {
        let error = propose(&found, &terms("".as_ref())).expect_err(what);
        assert_eq!(error.kind(), Kind::Refused, "{what}: {error}");
        assert!(error.message().contains("leash-foo"), "{error}");
        assert_eq!(home.changed(&found), ["program"], "{what}");
        error.message().to_owned()
    };
    mode(&found.path, 0o4755);
    assert!(refused("set-user-id").contains("set-user-id"));
    mode(&found.path, 0o2755);
    assert!(refused("set-group-id").contains("set-user-id"));
    mode(&found.path, 0o644);
    assert!(refused("no program").contains("executed"));
    home.file("bin/leash-foo", "echo a script without its first line\n", 0o755);
    assert!(refused("no program").contains("neither"));
    home.file("bin/leash-foo", "", 0o755);
    assert!(refused("empty").contains("neither"));
    fs::remove_file(&found.path).expect("the program");
    fs::create_dir(&found.path).expect("a directory");
    refused("a directory");
    fs::remove_dir(&found.path).expect("the directory");
    rustix::fs::mkfifoat(rustix::fs::CWD, &found.path, 0o755.into()).expect("a pipe");
    refused("a pipe");
    fs::remove_file(&found.path).expect("the pipe");
    let huge = File::create(&found.path).expect("a file");
    huge.set_len(1 << 30).expect("a hole");
    drop(huge);
    mode(&found.path, 0o755);
    assert!(refused("huge").contains("512 MiB"));
    fs::remove_file(&found.path).expect("the file");
    judge(&home.store(), &found, MINT, NETWORK).expect_err("nothing there");
}

#[test]
fn a_relative_path_is_bound_to_nothing() {
    let home = Home::new();
    let mut found = home.plugin(plugin_program());
    found.path = "leash-foo".into();
    assert_eq!(propose(&found, &terms("".as_ref())).expect_err("relative").kind(), Kind::Refused);
}

#[test]
fn a_library_is_sealed_without_being_executable() {
    let home = Home::new();
    home.file("bin/leash-foo", plugin_program(), 0o644);
    home.file("bin/leash-foo.toml", MANIFEST.replace("[sign]", "kind = \"dylib\"\n[sign]"), 0o644);
    let found = home.found();
    home.trust(&found);
    assert!(matches!(home.ready(&found).program, Program::Sealed { .. }));
    home.file("bin/leash-foo", "#!/bin/sh\n", 0o755);
    assert_eq!(home.changed(&found), ["program"]);
}
