//! `leash agent`: several agents side by side, and nothing lost on the way.

use std::{fs, process::Stdio, sync::Barrier, thread, time::Duration};

use leash_tests::{AGENT_1, AGENT_2, Home, Terminal};

const URL: &str = "http://127.0.0.1:9";

/// A home with a default agent and one called `spare`.
fn home_of_two() -> Home {
    let home = Home::with_agent(&AGENT_1, URL);
    let _ = home.write_private(".config/leash/agents/spare.json", &AGENT_2.file(URL).to_string());
    home
}

fn mint(home: &Home) -> String {
    home.leash(["agent", "show", "--json"]).ok().json()["agent_mint"].as_str().unwrap().to_owned()
}

#[test]
fn list_shows_which_one_is_meant() {
    let home = Home::new();
    let none = home.leash(["agent", "list"]).ok();
    assert!(
        none.stdout.contains("leash sandbox up") && none.stdout.contains("leash agent import"),
        "{none:?}"
    );
    assert_eq!(home.leash(["agent", "list", "--json"]).ok().json()["count"], 0);

    let home = home_of_two();
    let _ = home.write_private(".config/leash/agents/broken.json", "{");
    let _ = home.write_private(".config/leash/agents/.spare.json.0.tmp", "{");
    let _ = home.write_private(".config/leash/agents/No Name.json", "{}");
    let current = |run: leash_tests::Run| {
        let list = run.ok().json();
        let items = list["items"].as_array().unwrap().clone();
        let current: Vec<_> = items.iter().filter(|item| item["current"] == true).collect();
        assert_eq!(current.len(), 1, "{list}");
        current[0]["name"].as_str().unwrap().to_owned()
    };
    let list = || home.leash(["agent", "list", "--json"]);
    assert_eq!(current(list()), "default");
    assert_eq!(current(list().env("LEASH_AGENT", "spare")), "spare");
    assert_eq!(current(home.leash(["--agent", "spare", "agent", "list", "--json"])), "spare");
    let environment = list().env("LEASH_AGENT_MINT", AGENT_2.mint).env("LEASH_EXECUTIVE_KEY", AGENT_2.key);
    assert_eq!(current(environment), "environment");
    let text = home.leash(["agent", "list"]).ok();
    assert!(text.stdout.contains(&format!("* default        {}", AGENT_1.mint)), "{text:?}");
    assert!(text.stdout.contains("  broken         cannot understand"), "{text:?}");
    text.assert_silent_about("No Name");
    text.assert_silent_about(".tmp");
}

#[test]
fn use_changes_one_line_and_keeps_the_rest() {
    let home = home_of_two();
    let _ = home.leash(["agent", "use", "spare"]).ok();
    assert_eq!(home.read(".config/leash/config.toml"), "default_agent = \"spare\"\n");
    assert_eq!(home.mode(".config/leash/config.toml"), 0o600);
    assert_eq!(mint(&home), AGENT_2.mint);

    let before = "# mine\n\ndefault_agent = \"default\" # for now\ntimeout=5\n\n[alias] # short\nkeys = 'api-key list'\n";
    let _ = home.write(".config/leash/config.toml", before, 0o644);
    let _ = home.leash(["agent", "use", "spare"]).ok();
    assert_eq!(home.read(".config/leash/config.toml"), before.replace("\"default\"", "\"spare\""));
    assert_eq!(home.mode(".config/leash/config.toml"), 0o644, "the mode is the user's own choice");
    let _ = home.leash(["agent", "use", "default"]).ok();
    assert_eq!(home.read(".config/leash/config.toml"), before);
    assert_eq!(mint(&home), AGENT_1.mint);

    home.leash(["agent", "use", "nope"]).fails(4).assert_says("no agent `nope`");
    home.leash(["agent", "use", "../agent"]).fails(4).assert_says("leash agent list");
    assert_eq!(home.read(".config/leash/config.toml"), before);
    let said = home.leash(["agent", "use", "spare"]).env("LEASH_AGENT", "default").ok();
    said.assert_says("LEASH_AGENT=default still chooses");
    let said = home.leash(["agent", "use", "spare"]).env("LEASH_API_URL", URL).ok();
    said.assert_says("LEASH_API_URL");
}

#[test]
fn use_writes_through_a_link() {
    let home = home_of_two();
    let real = home.write_private("dotfiles/config.toml", "# kept elsewhere\n");
    std::os::unix::fs::symlink(&real, home.join(".config/leash/config.toml")).unwrap();
    let _ = home.leash(["agent", "use", "spare"]).ok();
    assert_eq!(home.read("dotfiles/config.toml"), "# kept elsewhere\ndefault_agent = \"spare\"\n");
    assert!(fs::symlink_metadata(home.join(".config/leash/config.toml")).unwrap().is_symlink());
}

#[test]
fn settings_survive_a_kill_at_any_moment() {
    let home = home_of_two();
    let before = "# mine\ndefault_agent = \"default\"\n";
    let _ = home.write_private(".config/leash/config.toml", before);
    let after = before.replace("\"default\"", "\"spare\"");
    let texts = [before, after.as_str()];
    let (mut killed, mut finished, mut round) = (0, 0, 0);
    // Another moment each time, until it comes to its end again and again; what stands there is whole at all of them.
    while finished < 8 {
        let mut run = home.leash(["agent", "use", ["spare", "default"][round % 2]]);
        let mut child = run.command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_micros(u64::try_from(round).unwrap() * 100));
        let _ = child.kill();
        match child.wait().unwrap().success() {
            true => finished += 1,
            false => killed += 1,
        }
        let text = home.read(".config/leash/config.toml");
        assert!(texts.contains(&text.as_str()), "{text}");
        round += 1;
    }
    assert!(killed >= 8, "killed {killed} times in {round}");
    let _ = home.leash(["agent", "use", "spare"]).ok();
    assert_eq!(mint(&home), AGENT_2.mint);
}

#[test]
fn export_writes_one_new_private_file() {
    let home = home_of_two();
    let out = home.leash(["agent", "export", "--out", "copy.json", "--json"]).ok();
    assert_eq!(out.json()["out"], "copy.json");
    out.assert_silent_about(AGENT_1.key);
    assert_eq!(home.mode("copy.json"), 0o600);
    assert_eq!(home.read_json("copy.json")["agent_mint"], AGENT_1.mint);

    let before = home.read("copy.json");
    let again = home.leash(["--agent", "spare", "agent", "export", "--out", "copy.json"]).fails(1);
    again.assert_says("nothing is overwritten");
    assert_eq!(home.read("copy.json"), before);
    std::os::unix::fs::symlink(home.join("elsewhere.json"), home.join("link.json")).unwrap();
    let _ = home.leash(["agent", "export", "--out", "link.json"]).fails(1);
    assert!(!home.join("elsewhere.json").exists(), "a link is something that is there");
    let _ = home.leash(["agent", "export", "--out", "no/such/dir/copy.json"]).fails(1);
    let _ = home.leash(["agent", "export"]).fails(2);
    // Its key never goes to a terminal.
    let (status, screen) = Terminal::start(home.leash(["agent", "export", "--out", "/dev/stdout"])).end();
    assert_eq!(status, Some(1), "{screen}");
    assert!(!screen.contains(&AGENT_1.key[..12]), "{screen}");
}

#[test]
fn export_and_import_make_the_same_agent() {
    let home = home_of_two();
    let _ = home.leash(["--agent", "spare", "agent", "export", "--out", "copy.json"]).ok();
    let there = Home::new();
    let copy = home.join("copy.json");
    let done =
        there.leash(["agent", "import", copy.to_str().unwrap(), "--name", "taken-over", "--json"]).ok();
    assert_eq!(done.json()["agent_mint"], AGENT_2.mint);
    assert_eq!(there.mode(".config/leash"), 0o700);
    assert_eq!(there.mode(".config/leash/agents"), 0o700);
    assert_eq!(there.mode(".config/leash/agents/taken-over.json"), 0o600);
    let shown = there.leash(["--agent", "taken-over", "agent", "show", "--json"]).ok().json();
    assert_eq!(shown["executive_pubkey"], AGENT_2.executive);
    assert!(there.read_json(".config/leash/agents/taken-over.json").get("exported_at").is_none());

    // stdin works as well, and a file that others can read is worth a warning.
    let text = home.read("copy.json");
    let _ = there.leash(["agent", "import", "-", "--name", "piped"]).input(text.clone()).ok();
    let open = there.write("open.json", &text, 0o644);
    let said = there.leash(["agent", "import", open.to_str().unwrap(), "--name", "open"]).ok();
    said.assert_says("(mode 0644)");
    assert_eq!(there.mode(".config/leash/agents/open.json"), 0o600);
}

#[test]
fn import_never_destroys_an_agent() {
    let home = home_of_two();
    let source = home.write_private("source.json", &AGENT_2.file(URL).to_string());
    let source = source.to_str().unwrap();
    for (name, file) in
        [("default", ".config/leash/agent.json"), ("spare", ".config/leash/agents/spare.json")]
    {
        let before = home.read(file);
        let refused = home.leash(["agent", "import", source, "--name", name, "--json"]).fails(1);
        assert_eq!(refused.json()["code"], "agent_exists");
        refused.assert_says("--name NAME");
        assert_eq!(home.read(file), before);
    }
    for name in ["../agent", "A", "", "a b", "-", ".hidden"] {
        let _ = home.leash(["agent", "import", source, &format!("--name={name}")]).fails(2);
    }
    for (text, why) in [
        ("{}", "names no agent_mint"),
        ("{\"agent_mint\":\"x\"}", "is no mint"),
        (&format!("{{\"agent_mint\":\"{}\"}}", AGENT_1.mint), "holds no executive_keypair"),
        (&AGENT_1.file(URL).to_string().replace("solana-devnet", "testnet"), "`testnet` is no network"),
        (
            &AGENT_1.file(URL).to_string().replace(&AGENT_1.key[..5], "xxxxx"),
            "its executive key can't be used",
        ),
        (&AGENT_1.file(URL).to_string().replace(":1,", ":2,"), "of a later version"),
    ] {
        let refused = home.leash(["agent", "import", "-", "--name", "new"]).input(text).fails(4);
        refused.assert_says(why);
        refused.assert_silent_about(&AGENT_1.key[8..40]);
    }
    let _ = home.leash(["agent", "import", "no-such-file"]).fails(1);
    assert_eq!(home.leash(["agent", "list", "--json"]).ok().json()["count"], 2);
}

#[test]
fn of_many_imports_at_once_exactly_one_wins() {
    let home = Home::new();
    let count = 8;
    let start = Barrier::new(count);
    let won: Vec<String> = thread::scope(|scope| {
        let racers: Vec<_> = (0..count)
            .map(|number| {
                let (home, start) = (&home, &start);
                scope.spawn(move || {
                    let mut file = [AGENT_1, AGENT_2][number % 2].file(URL);
                    file["created_at"] = format!("racer {number}").into();
                    let source = home.write_private(&format!("racer-{number}.json"), &file.to_string());
                    let run = home.leash(["agent", "import", source.to_str().unwrap()]);
                    start.wait();
                    let outcome = run.outcome();
                    if outcome.status != 0 {
                        outcome.assert_failure(1);
                        outcome.assert_says("is there already");
                        return None;
                    }
                    Some(format!("racer {number}"))
                })
            })
            .collect();
        racers.into_iter().filter_map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(won.len(), 1, "{won:?}");
    assert_eq!(home.read_json(".config/leash/agent.json")["created_at"], won[0].as_str());
    let left: Vec<_> =
        fs::read_dir(home.join(".config/leash")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["agent.json"], "nothing written aside is left");
}

#[test]
fn remove_asks_or_is_told() {
    let home = home_of_two();
    let file = home.join(".config/leash/agents/spare.json");
    let refused = home.leash(["agent", "remove", "spare"]).fails(2);
    refused.assert_says("--yes");
    refused.assert_says("leash --agent spare agent export --out FILE");
    assert!(file.exists());

    for answer in ["n\n", "\n", "yess\n", "\u{4}"] {
        let mut terminal = Terminal::start(home.leash(["agent", "remove", "spare"]));
        terminal.wait_for("[y/N]");
        terminal.type_in(answer);
        let (status, screen) = terminal.end();
        assert_eq!(status, Some(1), "{answer:?}: {screen}");
        assert!(screen.contains(AGENT_2.mint) && screen.contains("nothing was removed"), "{screen}");
        assert!(file.exists());
    }
    let _ = home.leash(["agent", "use", "spare"]).ok();
    let mut terminal = Terminal::start(home.leash(["agent", "remove", "spare"]));
    terminal.wait_for("[y/N]");
    terminal.type_in("y\n");
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(0), "{screen}");
    assert!(!file.exists());
    // What was chosen is gone, so the default is meant again.
    assert_eq!(mint(&home), AGENT_1.mint);
    home.leash(["agent", "remove", "spare", "--yes"]).fails(4).assert_says("no agent `spare`");
    let _ = home.leash(["agent", "remove", "default", "--yes"]).ok();
    let _ = home.leash(["agent", "show"]).fails(4);
    let _ = home.leash(["agent", "remove", "../../config"]).fails(4);
}

#[test]
fn a_key_is_never_written_to_a_file_called_dash() {
    let home = home_of_two();
    let refused = home.leash(["agent", "export", "--out", "-"]).fails(2);
    refused.assert_says("`./-`");
    refused.assert_silent_about(AGENT_1.key);
    assert!(!home.join("-").exists());
    home.leash(["api-key", "create", "--label", "x", "--out", "-"]).fails(2).assert_says("`./-`");
    let _ = home.leash(["agent", "export", "--out", "./-"]).ok();
    assert!(home.join("-").exists());
}

#[test]
fn what_is_no_agent_is_not_to_be_mended() {
    let home = Home::new();
    let refused = home.leash(["agent", "import", "-"]).input("hello").outcome();
    refused.assert_failure(4);
    refused.assert_says("name a file that `leash agent export --out FILE` wrote");
    refused.assert_silent_about("mend");
    let _ = home.write("text", "hello", 0o644);
    home.leash(["agent", "import", "text"]).fails(4).assert_silent_about("key in it");
    home.leash(["agent", "show"]).fails(4).assert_says("leash agent create NAME");
    home.leash(["agent", "use", "x"]).fails(4).assert_says("leash agent create NAME");
    home.leash(["man", "nosuch"]).fails(127).assert_says("there is no command `nosuch`");
}
