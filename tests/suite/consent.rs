//! Being asked: once before a plugin's first run, or before each signature.

use leash_test_needs::needs;
use leash_tests::Terminal;

use crate::world::World;

const MANIFEST: &str = r#"[sign]
scopes = [{ methods = ["GET"], path = "/v1/agents/{mint}/api-keys" }]
[[presign]]
method = "GET"
path = "/v1/agents/{mint}/api-keys"
"#;

/// Says how many requests were signed beforehand, and what came of one more.
const SIGNS: &str = "#!/bin/sh\necho \"runs [${LEASH_SIGNER%%:*}]\"\ngrep -o x-leash-sig /dev/fd/\"$LEASH_CONTEXT_FD\" | wc -l | sed 's/^/presigned /'\n\
    [ -z \"$LEASH_SIGNER\" ] || \"$LEASH_BIN\" -q api GET '/v1/agents/{mint}/api-keys?limit=1' --json\necho \"ended $?\"\n";

fn world(consent: &str) -> World {
    let world = World::new();
    world.plugin("signs", SIGNS, MANIFEST);
    let _ = world.leash(["plugin", "trust", "signs", "--yes", "--consent", consent]).ok();
    world
}

/// What a shell on a terminal shows while a line runs and its questions are answered.
fn typed(world: &World, line: &str, answers: &[&str]) -> String {
    let mut terminal = Terminal::shell(&world.home);
    terminal.wait_for("at-1$ ");
    terminal.type_in(&format!("{line}\n"));
    for answer in answers {
        terminal.wait_for("[y/N] ");
        terminal.type_in(answer);
    }
    terminal.wait_for("at-2$ ");
    terminal.type_in("echo status-$?-\n");
    terminal.wait_for("at-3$ ");
    terminal.type_in("exit 0\n");
    terminal.end().1
}

#[test]
fn the_first_run_asks_once() {
    let world = world("first");
    for (answer, runs) in [("n\n", false), ("\n", false), ("\x04", false), ("maybe\n", false), ("y\n", true)]
    {
        let screen = typed(&world, "leash signs", &[answer]);
        let question = "Let `signs` have requests signed from now on (GET /v1/agents/{mint}/api-keys)? [y/N]";
        assert!(screen.contains(question), "{screen}");
        assert_eq!(screen.contains("runs [fd]"), runs, "{screen}");
        assert!(screen.contains(if runs { "status-0-" } else { "status-125-" }), "{screen}");
        assert!(runs || screen.contains("leash plugin untrust signs"), "{screen}");
    }
    let screen = typed(&world, "leash signs", &[]);
    assert!(!screen.contains("[y/N]") && screen.contains("presigned 1"), "{screen}");
}

#[test]
fn an_interrupt_at_the_first_question_runs_nothing() {
    let world = world("first");
    let screen = typed(&world, "leash signs", &["\x03"]);
    assert!(screen.contains("status-130-") && !screen.contains("runs ["), "{screen}");
}

#[test]
fn without_a_terminal_the_first_run_has_no_signer() {
    let world = world("first");
    let outcome = world.leash(["signs"]).ok();
    assert_eq!(outcome.stdout, "runs []\npresigned 0\nended 0\n");
    outcome.assert_says("warning: nothing is signed for `signs`: it wants to be agreed to first");
    // Once it was agreed to, it needs nobody.
    let _ = typed(&world, "leash signs", &["y\n"]);
    assert!(world.leash(["signs"]).ok().stdout.starts_with("runs [fd]\npresigned 1\n"));
    // To be trusted anew is to be asked anew.
    let _ = world.leash(["plugin", "trust", "signs", "--yes", "--consent", "first"]).ok();
    assert_eq!(world.leash(["signs"]).ok().stdout, "runs []\npresigned 0\nended 0\n");
}

/// Each answer to the question of a signer, and what comes of it.
fn assert_each_is_asked_for(world: &World) {
    for (answer, signed) in [("y\n", true), ("yes\n", true), ("n\n", false), ("\n", false), ("\x04", false)] {
        let screen = typed(world, "leash signs; echo $?", &[answer]);
        assert!(screen.contains("leash: `signs` asks for a signature as "), "{screen}");
        assert!(screen.contains("/api-keys?limit=1"), "{screen}");
        assert!(screen.contains("runs [fd]") && screen.contains("presigned 0"), "{screen}");
        assert!(screen.contains(if signed { "ended 0" } else { "ended 125" }), "{answer:?}: {screen}");
        let decisions = world.decisions();
        assert_eq!(decisions.last().unwrap(), if signed { "signed" } else { "denied_consent" });
    }
}

#[needs("closed terminals")]
#[test]
fn each_signature_is_asked_for() {
    assert_each_is_asked_for(&world("each"));
}

/// Any process may type for the user here: a plugin would answer for itself.
#[needs("open terminals")]
#[test]
fn where_a_plugin_could_type_the_answer_nobody_is_asked() {
    let world = world("each");
    let screen = typed(&world, "leash signs", &[]);
    assert!(screen.contains("presigned 0") && screen.contains("ended 125"), "{screen}");
    assert!(screen.contains("this system lets a plugin type the answer itself"), "{screen}");
    assert!(screen.contains("leash plugin trust signs --sandbox strict"), "{screen}");
    assert_eq!(world.decisions(), ["denied_consent"]);
    let trusted = world.leash(["plugin", "trust", "signs", "--yes", "--consent", "each"]).ok();
    trusted.assert_says("no signature will be given here");
}

/// A plugin that is shut in can type nothing.
#[needs("shutting in")]
#[test]
fn each_signature_of_a_plugin_that_is_shut_in_is_asked_for() {
    let world = world("each");
    let trust = ["plugin", "trust", "signs", "--yes", "--consent", "each", "--sandbox", "strict"];
    let _ = world.leash(trust).ok();
    assert_each_is_asked_for(&world);
}

#[test]
fn nobody_is_asked_where_nobody_is() {
    let world = world("each");
    let no_terminal = world
        .home
        .run("setsid", ["--wait", leash_tests::programs().join("leash").to_str().unwrap(), "signs"]);
    let outcome = world.prepare(no_terminal).ok();
    assert!(outcome.stdout.starts_with("runs [fd]\npresigned 0\n"), "{outcome:?}");
    assert!(
        outcome.stdout.contains("signer_denied_consent") && outcome.stdout.ends_with("ended 125\n"),
        "{outcome:?}"
    );
    outcome.assert_says("there is no terminal to ask on");
    // In the background of a terminal, likewise.
    let screen = typed(&world, "leash signs < /dev/null & wait $!", &[]);
    assert!(screen.contains("ended 125") && !screen.contains("Sign it?"), "{screen}");
    assert!(world.decisions().iter().all(|decision| decision == "denied_consent"));
    assert!(world.api.calls().is_empty());
}
