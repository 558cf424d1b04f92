//! `leash plugin new`: what it makes works at once, and is never put over anything.

use std::fs;

use leash_test_needs::needs;
use leash_tests::{Home, Outcome, Sandbox, path_of, programs};

use super::{case, cases, cc, copy, plugins, tested};

fn new(home: &Home, words: &[&str]) -> Outcome {
    home.leash(["plugin", "new"].iter().chain(words)).outcome()
}

/// A new plugin, built; and the folder that is to be shipped.
fn made(home: &Home, lang: &str) -> String {
    let name = format!("my-{lang}");
    let made = home.leash(["plugin", "new", &name, "--lang", lang, "--json"]).ok().json();
    assert_eq!((made["kind"].as_str(), made["status"].as_str()), (Some("plugin_new"), Some("ok")));
    let folder = made["plugin"].as_str().unwrap().to_owned();
    let executable = made["executable"].as_str().unwrap();
    match lang {
        "c" => {
            cc(&[&home.join(format!("leash-{name}/{name}.c")), "-o".as_ref(), &home.join(executable)]);
        }
        "rust" => {
            // The program is the template's, which the workspace builds; building it anew takes minutes.
            let source = fs::read_to_string(plugins().join("authors/templates/rust/src/main.rs")).unwrap();
            let source = source.replace("@NAME@", "my-rust").replace("@KIND@", "my_rust");
            assert_eq!(home.read("leash-my-rust/src/main.rs"), source);
            let _ = copy(home, &programs().join("template-rust"), executable, 0o755);
        }
        _ => {}
    }
    folder
}

fn passes_lint_and_test(lang: &str) {
    let home = Home::new();
    let folder = made(&home, lang);
    let linted = home.leash(["plugin", "lint", &folder, "--json"]).ok().json();
    // Without the sizes of programs that weren't built for release.
    let rules: Vec<_> = linted["items"].as_array().unwrap().iter().map(|item| &item["rule"]).collect();
    assert!(rules.iter().all(|rule| *rule == "large"), "{linted:#}");
    let outcome = tested(&home, &[&folder]);
    let document = outcome.json();
    assert_eq!(outcome.status, 0, "{document:#}");
    // They buy nothing.
    assert_eq!(cases(&document, "skipped"), ["payments"], "{document:#}");
    assert_eq!(cases(&document, "ok").len() + 1, document["items"].as_array().unwrap().len(), "{document:#}");
}

#[needs("python3")]
#[test]
fn python_passes_lint_and_test() {
    passes_lint_and_test("python");
}

#[test]
fn shell_passes_lint_and_test() {
    passes_lint_and_test("sh");
}

#[test]
fn c_passes_lint_and_test() {
    passes_lint_and_test("c");
}

#[test]
fn rust_passes_lint_and_test() {
    passes_lint_and_test("rust");
}

/// Takes minutes, for everything that the plugin builds on is built.
#[test]
#[ignore = "builds all dependencies of a plugin in Rust"]
fn rust_builds_with_the_sources_of_leash() {
    let home = Home::new();
    let root = plugins().join("..").canonicalize().unwrap();
    let source = root.to_str().unwrap();
    let _ = home.leash(["plugin", "new", "x", "--lang", "rust", "--leash-source", source]).ok();
    let _ = copy(&home, &root.join("Cargo.lock"), "leash-x/Cargo.lock", 0o644);
    let target = root.join("target/scaffold");
    let built = std::process::Command::new("cargo")
        .args(["test", "--offline", "--target-dir"])
        .arg(target)
        .current_dir(home.join("leash-x"))
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

/// Their own tests, which need neither leash nor an agent.
#[test]
fn their_own_tests_pass() {
    let home = Home::new();
    for lang in ["sh", "c"] {
        let _ = made(&home, lang);
    }
    let _ = home.shell("leash-my-sh/test.sh && leash-my-c/test.sh").ok();
}

#[needs("python3")]
#[test]
fn the_tests_of_the_one_in_python_pass() {
    let home = Home::new();
    let _ = made(&home, "python");
    let _ = home.shell("python3 leash-my-python/test.py").ok();
}

#[test]
fn the_real_host_runs_it_on_the_sandbox() {
    let sandbox = Sandbox::up();
    let _ = sandbox.home.leash(["plugin", "new", "keys", "--lang", "sh"]).ok();
    let dir = sandbox.home.join("leash-keys");
    let leash = |words: &[&str]| sandbox.home.leash(words).path(&[&dir, &programs()]);
    let refused = leash(&["keys"]).outcome();
    assert_eq!(refused.status, 125, "{refused:?}");
    let _ = leash(&["plugin", "trust", "keys", "--yes"]).ok();
    let _ = sandbox.api_key();
    assert_eq!(leash(&["keys"]).ok().stdout, "1 API key\n");
    assert_eq!(leash(&["--json", "keys"]).ok().json()["api_keys"], 1);
    // The same by a link, as many keep their programs.
    let bin = sandbox.home.join("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(dir.join("leash-keys"), bin.join("leash-keys")).unwrap();
    let linked = sandbox.home.leash(["plugin", "lint", "keys"]).env("PATH", path_of(&[&bin])).ok();
    assert_eq!(linked.stdout, "`keys` is as it should be\n");
}

#[test]
fn names_that_no_plugin_can_have_are_refused() {
    let home = Home::new();
    for name in
        ["agent", "pay", "sandbox", "loader", "payer", "help", "Foo", "a_b", "-x", "", "../x", "leash-x"]
    {
        let refused = new(&home, &["--lang", "sh", "--", name]);
        refused.assert_failure(2);
    }
    new(&home, &["x", "--lang", "cobol"]).assert_failure(2);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn nothing_is_overwritten() {
    let home = Home::new();
    let _ = home.write("full/file", "mine", 0o644);
    let _ = home.write("file", "mine", 0o644);
    fs::create_dir(home.join("empty")).unwrap();
    std::os::unix::fs::symlink("nowhere", home.join("link")).unwrap();
    for dir in ["full", "file", "link", "full/file/below"] {
        let refused = new(&home, &["x", "--lang", "sh", "--dir", dir]);
        refused.assert_failure(1);
    }
    assert_eq!((home.read("full/file"), home.read("file")), ("mine".to_owned(), "mine".to_owned()));
    let _ = home.leash(["plugin", "new", "x", "--lang", "sh", "--dir", "empty"]).ok();
    assert_eq!(home.mode("empty/leash-x"), 0o755);
    new(&home, &["x", "--lang", "sh", "--dir", "empty"]).assert_failure(1);
    // Nothing is left of what was made aside.
    let mut left: Vec<_> = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["empty", "file", "full", "link"]);
}

#[test]
fn whatever_the_umask_nobody_else_can_write_it() {
    let home = Home::new();
    let _ = home.shell("umask 0; leash plugin new x --lang rust").ok();
    for (path, mode) in
        [("", 0o755), ("plugin", 0o755), ("src/main.rs", 0o644), ("plugin/leash-plugin.toml", 0o644)]
    {
        assert_eq!(home.mode(format!("leash-x/{path}")), mode, "{path}");
    }
}

#[test]
fn what_to_do_next_can_be_typed() {
    let home = Home::new();
    let made = home.leash(["plugin", "new", "x", "--lang", "sh", "--dir", "it's mine", "--json"]).ok().json();
    let next: Vec<_> = made["next"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(next.len(), 3);
    let tested = home.shell(&format!("{} --json --case run", next[0])).ok().json();
    assert_eq!(case(&tested, "run"), "ok");
    assert!(
        home.shell(&format!("{}\nleash plugin which x", next[1])).ok().stdout.contains("it's mine/leash-x")
    );
}

#[test]
fn help_needs_no_signer() {
    shows_help(&["sh", "c", "rust"]);
}

#[needs("python3")]
#[test]
fn help_needs_no_signer_in_python() {
    shows_help(&["python"]);
}

fn shows_help(langs: &[&str]) {
    let sandbox = Sandbox::up();
    let home = &sandbox.home;
    for lang in langs {
        let folder = home.join(made(home, lang));
        let name = format!("my-{lang}");
        let leash = |words: &[&str]| home.leash(words).path(&[&folder, &programs()]);
        let _ = leash(&["plugin", "trust", &name, "--yes"]).ok();
        for word in ["--help", "-h"] {
            let outcome = leash(&[&name, word]).ok();
            assert!(outcome.stdout.contains("Usage: leash"), "{lang}: {outcome:?}");
        }
    }
}

#[test]
fn a_closed_stdout_fails() {
    fails_without_stdout(&["sh", "c"]);
}

#[needs("python3")]
#[test]
fn a_closed_stdout_fails_in_python() {
    fails_without_stdout(&["python"]);
}

fn fails_without_stdout(langs: &[&str]) {
    let home = Home::new();
    for lang in langs {
        let folder = made(&home, lang);
        let outcome = home.shell(&format!("./{folder}/leash-my-{lang} --help >&-")).outcome();
        assert_eq!(outcome.status, 1, "{lang}: {outcome:?}");
    }
}

#[test]
fn what_is_not_built_is_said_to_be_missing() {
    let home = Home::new();
    let made = new(&home, &["x", "--lang", "c"]);
    assert!(made.stdout.contains("plugin trust x"), "{made:?}");
    let outcome = tested(&home, &["leash-x"]);
    assert!(outcome.stdout.contains("there is no such file"), "{outcome:?}");
    new(&home, &["leash-y", "--lang", "c"]).assert_says("leash plugin new y --lang c");
}
