//! `leash -v` and its other spellings.

use std::os::unix::fs::symlink;

use leash_tests::{Home, Terminal, programs};

#[test]
fn one_line_and_nothing_else() {
    let home = Home::new();
    for words in [&["-v"][..], &["--version"], &["-V"], &["version"], &["-v", "--json"], &["--json", "-v"]] {
        let outcome = home.leash(words).ok();
        assert_eq!(outcome.stdout, format!("leash {}\n", env!("CARGO_PKG_VERSION")), "{words:?}");
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn a_copy_that_shadows_is_named_on_a_terminal() {
    let home = Home::new();
    let old = home.join("old");
    std::fs::create_dir(&old).unwrap();
    std::fs::copy(programs().join("leash"), old.join("leash")).unwrap();
    let run = home.leash(["-v"]).path(&[&old, &programs()]);
    let (status, screen) = Terminal::start(run).end();
    assert_eq!(status, Some(0));
    assert!(
        screen.contains(&format!("a fresh shell finds `{}` first", old.join("leash").display())),
        "{screen}"
    );
    assert!(screen.contains("hash -r"), "{screen}");
}

#[test]
fn a_link_to_the_same_file_is_no_other_copy() {
    let home = Home::new();
    let links = home.join("links");
    std::fs::create_dir(&links).unwrap();
    symlink(programs().join("leash"), links.join("leash")).unwrap();
    let (_, screen) = Terminal::start(home.leash(["-v"]).path(&[&links, &programs()])).end();
    assert_eq!(screen, format!("leash {}\r\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn details_where_they_are_asked_for() {
    let home = Home::new();
    let document = home.leash(["version", "--json"]).ok().json();
    assert_eq!(document["kind"], "version");
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["first_on_path"], true);
    assert!(home.leash(["version", "--verbose"]).ok().stdout.contains("executable:"));
}
