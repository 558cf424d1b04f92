//! Plugins: what isn't run, isn't trusted and isn't signed for.

use leash_tests::AGENT_2;

use super::super::Transcript;
use crate::world::{AGAIN, KEYS, READ_KEYS, World};

#[test]
fn plugin_errors() {
    let world = World::new();
    let mut transcript = Transcript::of(&world.home);
    transcript.title("What can't be run");
    let _ = world.home.write("bin/leash-script", "just text\n", 0o644);
    let _ = world.home.write_script("bin/leash-lost", "#!/no/such/interpreter\n");
    let _ = world.plugin("broken", AGAIN, "frob = [\n");
    let _ = world.plugin("later", AGAIN, "");
    let manifest = world.home.read("bin/leash-later.toml").replace("schema = 1", "schema = 9");
    world.home.write_private("bin/leash-later.toml", &manifest);
    for name in ["script", "lost", "broken", "later"] {
        transcript.fails(world.leash([name]));
    }
    for words in [
        &["plugin", "exec", "nobody"][..],
        &["plugin", "which", "nobody"],
        &["plugin", "trust", "nobody", "--yes"],
        &["plugin", "trust", "agent", "--yes"],
        &["plugin", "trust", "lost", "--yes"],
        &["plugin", "trust", "broken", "--yes"],
        &["plugin", "untrust", "nobody"],
        &["help", "later"],
        &["plugin", "lint", "nowhere"],
        &["plugin", "new", "agent", "--lang", "sh"],
    ] {
        transcript.fails(world.leash(words.iter().copied()));
    }

    transcript.title("Trust");
    let _ = world.plugin("again", AGAIN, READ_KEYS);
    let digest = format!("sha256:{}", "0".repeat(64));
    for words in [
        &["plugin", "trust", "again"][..],
        &["plugin", "trust", "again", "--yes", "--expect", &digest],
        &["plugin", "trust", "again", "--yes", "--allow", "GET"],
        &["plugin", "trust", "again", "--yes", "--only", "POST /v1/x"],
        &["plugin", "trust", "again", "--yes", "--max-signatures", "x"],
        &["plugin", "trust", "again", "--yes", "--expires", "0"],
    ] {
        transcript.fails(world.leash(words.iter().copied()));
    }

    transcript.title("Too deep");
    transcript.fails(world.leash(["again", "agent", "show"]).env("LEASH_DEPTH", "99"));
    transcript.title("Without a grant");
    let nested = |transcript: &mut Transcript, words: &[&str]| {
        let run = world.leash([&["again"], words].concat());
        transcript.fails_once(run);
    };
    nested(&mut transcript, &["api", "GET", KEYS, "--json"]);
    transcript.title("With a grant");
    world.trust("again");
    let other = format!("/v1/agents/{}/api-keys", AGENT_2.mint);
    for words in [
        &["api", "POST", KEYS, "--json"][..],
        &["api", "GET", &other, "--json"],
        &["api", "GET", KEYS, "--bearer", "--json"],
        &["api-key", "create", "--label", "x", "--json"],
        &["treasury", "withdraw", "--all", "--to", AGENT_2.executive, "--yes", "--json"],
        &["pay", "https://a.example/", "--json"],
        &["agent", "export", "--out", "x", "--json"],
        &["key", "protect", "--json"],
        &["plugin", "trust", "again", "--yes", "--json"],
        &["policy", "set", "--file", "x", "--json"],
        &["audit", "show", "--json"],
    ] {
        nested(&mut transcript, words);
    }
    transcript.title("Changed since it was trusted");
    let _ = world.plugin("again", format!("{AGAIN}# more\n"), READ_KEYS);
    nested(&mut transcript, &["api", "GET", KEYS, "--json"]);
    transcript.title("A log that was changed");
    let mint = leash_tests::AGENT_1.executive;
    let log = format!(".local/share/leash/audit/{mint}.log");
    let text = world.home.read(&log).replacen("denied_scope", "signed", 1);
    world.home.write_private(&log, &text);
    transcript.fails(world.leash(["audit", "verify"]));
    transcript.title("A grant that can't be read");
    world.home.write_private(".local/share/leash/trust/again.json", "{");
    transcript.fails(world.leash(["again"]));
    transcript.assert("errors-plugins");
}
