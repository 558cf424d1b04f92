//! Scripts, their interpreters, and the copies that run.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, symlink},
    path::{Path, PathBuf},
};

use leash_output::Kind;
use leash_trust::{Digest, Found, Program, digest_file, propose};

use crate::fixture::{Home, command, mode, run, terms};

/// A shell of the home's own, which a test can change.
fn shell(home: &Home, name: &str) -> PathBuf {
    let path = home.path(name);
    fs::copy("/bin/sh", &path).expect("a shell");
    mode(&path, 0o755);
    path
}

fn output(program: &Program) -> String {
    let output = run(command(program).arg("more"));
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn script(program: &Program) -> &Path {
    let Program::Script { script, .. } = program else { panic!("no script: {program:?}") };
    script
}

fn copies(home: &Home) -> usize {
    fs::read_dir(home.store().dir().join("copies")).map_or(0, Iterator::count)
}

#[test]
fn a_script_runs_from_the_store() {
    let home = Home::new();
    let shell = shell(&home, "bin/sh");
    let text = format!("#!{} -e\nfalse || echo \"$0\" \"$@\" \"$-\"\n", shell.display());
    let found = home.plugin(&text);
    let grant = home.trust(&found);
    let interpreter = grant.interpreter.expect("an interpreter");
    assert_eq!((&interpreter.path, interpreter.digest), (&shell, digest_file(&shell).expect("a digest")));
    assert_eq!(grant.env, None);
    let ready = home.ready(&found);
    let copy = script(&ready.program);
    assert!(copy.starts_with(home.store().dir()), "{copy:?}");
    assert!(copy.ends_with("leash-foo"), "{copy:?}");
    let metadata = fs::metadata(copy).expect("the copy");
    assert_eq!(metadata.mode() & 0o7777, 0o500);
    let said = output(&ready.program);
    assert!(said.starts_with(&format!("{} more e", copy.display())), "{said}");
    // Swapped between look and run.
    fs::write(&found.path, "#!/bin/sh\necho swapped\n").expect("the script");
    assert_eq!(output(&ready.program), said);
    assert_eq!(home.changed(&found), ["program", "interpreter"]);
}

#[test]
fn a_spoilt_copy_is_made_anew() {
    let home = Home::new();
    let found = home.plugin("#!/bin/sh\necho good\n");
    home.trust(&found);
    let copy = script(&home.ready(&found).program).to_owned();
    let inode = || fs::symlink_metadata(&copy).expect("the copy").ino();
    let first = inode();
    home.ready(&found);
    assert_eq!(inode(), first, "a good copy stays");
    let spoil: [(&str, &dyn Fn()); 6] = [
        ("other bytes", &|| {
            mode(&copy, 0o700);
            fs::write(&copy, "#!/bin/sh\necho evil\n").expect("the copy");
            mode(&copy, 0o500);
        }),
        ("other mode", &|| mode(&copy, 0o700)),
        ("another name", &|| {
            fs::hard_link(&copy, home.path("held")).expect("a hard link");
        }),
        ("a link", &|| {
            fs::remove_file(&copy).expect("the copy");
            let other = home.path("other");
            let _ = fs::remove_file(&other);
            fs::copy(&found.path, &other).expect("the same bytes");
            mode(&other, 0o500);
            symlink(&other, &copy).expect("a link");
        }),
        ("a pipe", &|| {
            fs::remove_file(&copy).expect("the copy");
            rustix::fs::mkfifoat(rustix::fs::CWD, &copy, 0o500.into()).expect("a pipe");
        }),
        ("gone", &|| fs::remove_file(&copy).expect("the copy")),
    ];
    for (what, spoil) in spoil {
        spoil();
        let ready = home.ready(&found);
        assert_eq!(output(&ready.program), "good\n", "{what}");
        let metadata = fs::symlink_metadata(&copy).expect("the copy");
        assert!(metadata.is_file() && metadata.nlink() == 1 && metadata.mode() & 0o7777 == 0o500, "{what}");
    }
}

#[test]
fn copies_go_with_their_grant() {
    let home = Home::new();
    let found = home.plugin("#!/bin/sh\necho one\n");
    home.trust(&found);
    home.ready(&found);
    assert_eq!(copies(&home), 1);
    home.file("bin/leash-foo", "#!/bin/sh\necho two\n", 0o755);
    home.trust(&found);
    assert_eq!(copies(&home), 0);
    assert_eq!(output(&home.ready(&found).program), "two\n");
    assert_eq!(copies(&home), 1);
    assert!(home.store().remove("foo").expect("removed"));
    assert_eq!(copies(&home), 0);
}

#[test]
fn a_changed_interpreter_has_no_grant() {
    let home = Home::new();
    let shell = shell(&home, "bin/sh");
    let found = home.plugin(format!("#!{}\necho hi\n", shell.display()));
    home.trust(&found);
    home.ready(&found);
    let bytes = fs::read(&shell).expect("the shell");
    home.file("bin/sh", [&bytes[..], b"\n"].concat(), 0o755);
    assert_eq!(home.changed(&found), ["interpreter"]);
    fs::remove_file(&shell).expect("the shell");
    assert_eq!(home.changed(&found), ["interpreter"]);
    // A link to the same bytes is the same interpreter, and one to others isn't.
    home.file("bin/real", &bytes, 0o755);
    symlink("real", &shell).expect("a link");
    home.ready(&found);
    mode(&home.path("bin/real"), 0o4755);
    assert_eq!(home.changed(&found), ["interpreter"]);
    mode(&home.path("bin/real"), 0o757);
    assert_eq!(home.changed(&found), ["interpreter"]);
}

#[test]
fn behind_env_the_program_found_is_bound_and_started() {
    let home = Home::new();
    for dir in ["shims", "open", "real", "later"] {
        home.dir(dir);
    }
    let real = shell(&home, "real/shx");
    shell(&home, "later/shx");
    shell(&home, "open/shx");
    mode(&home.path("open"), 0o777);
    home.file("shims/shx", "#!/bin/sh\nexec /bin/sh \"$@\"\n", 0o755);
    home.file("shims/only", "#!/bin/sh\nexec /bin/sh \"$@\"\n", 0o755);
    let path = |dirs: &[&str]| std::env::join_paths(dirs.iter().map(|dir| home.path(dir))).expect("a PATH");
    let found = home.plugin("#!/usr/bin/env shx\necho \"$0\" \"$@\"\n");
    let search = path(&["shims", "open", "real", "later"]);
    let grant = propose(&found, &terms(&search)).expect("a grant");
    home.store().put(&grant).expect("the store");
    assert_eq!(grant.interpreter.as_ref().expect("an interpreter").path, real);
    let env = grant.env.expect("env");
    assert_eq!(
        (env.path.to_str(), env.digest),
        (Some("/usr/bin/env"), digest_file(&env.path).expect("a digest"))
    );
    // It is started by that path, whatever PATH says then.
    let ready = home.ready(&found);
    assert!(matches!(&ready.program, Program::Script { interpreter, .. } if *interpreter == real));
    assert!(output(&ready.program).ends_with("leash-foo more\n"));
    let bytes = fs::read(&real).expect("the shell");
    home.file("real/shx", [&bytes[..], b"\n"].concat(), 0o755);
    assert_eq!(home.changed(&found), ["interpreter"]);

    let refused = |text: &str, search: &[&str]| {
        let found = home.plugin(text);
        let error = propose(&found, &terms(&path(search))).expect_err(text);
        assert_eq!(error.kind(), Kind::Refused, "{text}: {error}");
        error.message().to_owned()
    };
    assert!(refused("#!/usr/bin/env shx\n", &["open"]).contains("`shx`"));
    assert!(refused("#!/usr/bin/env only\n", &["shims"]).contains("a script itself"));
    assert!(refused("#!/usr/bin/env -i shx\n", &["real"]).contains("`env`"));
    assert!(refused("#!/usr/bin/env A=b\n", &["real"]).contains("`env`"));
    assert!(refused("#!/usr/bin/env\n", &["real"]).contains("`env`"));
}

#[test]
fn interpreters_that_get_no_grant() {
    let home = Home::new();
    let refused = |found: &Found| {
        let error = propose(found, &terms("".as_ref())).expect_err("unfit");
        assert_eq!(error.kind(), Kind::Refused, "{error}");
        error.message().to_owned()
    };
    home.file("bin/shim", "#!/bin/sh\n", 0o755);
    let shim = home.path("bin/shim");
    assert!(refused(&home.plugin(format!("#!{}\n", shim.display()))).contains("a script itself"));
    home.file("bin/text", "text", 0o755);
    assert!(refused(&home.plugin(format!("#!{}\n", home.path("bin/text").display()))).contains("no program"));
    assert!(refused(&home.plugin("#!bin/sh\n")).contains("relative"));
    assert!(refused(&home.plugin("#!\n")).contains("no interpreter"));
    let open = shell(&home, "bin/open");
    mode(&open, 0o757);
    assert!(refused(&home.plugin(format!("#!{}\n", open.display()))).contains("every user can write"));
    home.dir("wide");
    let wide = shell(&home, "wide/sh");
    mode(&home.path("wide"), 0o1777);
    assert!(refused(&home.plugin(format!("#!{}\n", wide.display()))).contains("every user can write"));
    propose(&home.plugin("#!/none/at/all\n"), &terms("".as_ref())).expect_err("no interpreter");
}

#[test]
fn a_program_that_became_a_script() {
    let home = Home::new();
    fs::copy("/bin/sh", home.path("bin/leash-foo")).expect("a shell");
    mode(&home.path("bin/leash-foo"), 0o755);
    home.file("bin/leash-foo.toml", crate::fixture::MANIFEST, 0o644);
    let found = home.found();
    home.trust(&found);
    home.file("bin/leash-foo", "#!/bin/sh\n", 0o755);
    assert_eq!(home.changed(&found), ["program", "interpreter"]);
    // And the other way round.
    home.trust(&found);
    fs::copy("/bin/sh", home.path("bin/leash-foo")).expect("a shell");
    assert_eq!(home.changed(&found), ["program", "interpreter"]);
}

#[test]
fn two_scripts_of_the_same_bytes_have_a_copy_each() {
    let home = Home::new();
    let text = "#!/bin/sh\nbasename \"$0\"\n";
    let found = home.plugin(text);
    home.trust(&found);
    let mut other = found.clone();
    other.name = "bar".to_owned();
    other.path = home.file("bin/leash-bar", text, 0o755);
    home.trust(&other);
    assert_eq!(output(&home.ready(&found).program), "leash-foo\n");
    assert_eq!(output(&home.ready(&other).program), "leash-bar\n");
    assert!(home.store().remove("foo").expect("removed"));
    let ready = home.ready(&other);
    assert_eq!(output(&ready.program), "leash-bar\n");
    let digest = Digest::of(text.as_bytes()).hex();
    assert!(script(&ready.program).to_str().expect("UTF-8").contains(&digest));
}
