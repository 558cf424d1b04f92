//! Files and directories: those of agents and of settings, who else can reach them, and what stands in them.

use std::{fs, os::unix::fs::symlink};

use leash_tests::{AGENT_1, Home};
use rustix::fs::{FileType, Mode, mknodat};

use super::{super::Transcript, NOWHERE};

const AGENT: &str = ".config/leash/agent.json";
const SETTINGS: &str = ".config/leash/config.toml";

#[test]
fn file_errors() {
    let home = Home::with_agent(&AGENT_1, NOWHERE);
    let mut transcript = Transcript::of(&home);
    let file = home.join(AGENT);
    let show = || home.leash(["agent", "show"]);

    transcript.title("A mode that lets others in");
    home.chmod(AGENT, 0o644);
    transcript.fails(show());
    home.chmod(AGENT, 0o600);
    transcript.title("A directory that others can write");
    home.chmod(".config/leash", 0o777);
    transcript.fails(show());
    home.chmod(".config/leash", 0o700);

    transcript.title("A link to nothing");
    fs::remove_file(&file).unwrap();
    symlink(home.join("nothing"), &file).unwrap();
    transcript.fails(show());
    transcript.title("A link to itself");
    fs::remove_file(&file).unwrap();
    symlink(&file, &file).unwrap();
    transcript.fails(show());
    transcript.title("A pipe");
    fs::remove_file(&file).unwrap();
    mknodat(rustix::fs::CWD, &file, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    transcript.fails(show());
    transcript.title("Directories");
    fs::remove_file(&file).unwrap();
    transcript.fails(show().env("XDG_CONFIG_HOME", home.write("a-file", "", 0o600)));

    transcript.title("What stands in an agent's file");
    let text = format!("{:#}\n", AGENT_1.file(NOWHERE));
    for (title, text) in [
        ("nothing", String::new()),
        ("an array", "[]".to_owned()),
        ("no colon", text.replace("\"network\":", "\"network\"")),
        ("no end", text.trim_end().trim_end_matches('}').to_owned()),
        ("a network that is a number", text.replace("\"solana-devnet\"", "5")),
        ("a key that is a number", text.replace(&format!("\"{}\"", AGENT_1.key), "7")),
        ("a later version", text.replace("\"version\": 1", "\"version\": 2")),
        ("a version that is a text", text.replace("\"version\": 1", "\"version\": \"1\"")),
        ("a field twice", text.replacen("{\n", "{\n  \"note\": 1,\n  \"note\": 2,\n", 1)),
        ("another network", text.replace("solana-devnet", "testnet")),
        ("a mint that is none", text.replace(AGENT_1.mint, "x")),
        ("a key that is none", text.replace(&AGENT_1.key[..5], "xxxxx")),
        ("a URL of another kind", text.replace(NOWHERE, "ftp://example.com")),
        ("2 MiB", format!("{text}{}", " ".repeat(2 * 1024 * 1024))),
    ] {
        transcript.title(title);
        let _ = home.write_private(AGENT, &text);
        transcript.fails(home.leash(["api-key", "list"]));
    }

    transcript.title("Settings");
    let _ = home.write_private(AGENT, &text);
    for text in [
        "x = \n",
        "[alias]\nfoo = 'a'\nfoo = 'b'\n",
        "timeout = 'soon'\n",
        "timeout = 0\n",
        "default_agent = '../x'\n",
        "default_agent = 'gone'\n",
        "[output]\njson = 'yes'\n",
        "[output]\ncolor = 'blue'\n",
        "[alias]\nfoo = 7\n",
        "[alias]\nfoo = \"a 'b\"\n",
    ] {
        let _ = home.write_private(SETTINGS, text);
        transcript.title(&text.trim_end().replace('\n', "; "));
        transcript.fails(show());
    }
    let _ = home.write_private(
        SETTINGS,
        "[alias]\nself = 'self'\nround = 'about'\nabout = 'round'\nempty = ''\nlost = 'b0gus'\n",
    );
    for name in ["self", "round", "empty", "lost"] {
        transcript.fails(home.leash([name]));
    }
    transcript.title("Settings that others can write");
    home.chmod(SETTINGS, 0o666);
    transcript.fails(show());
    transcript.assert("errors-files");
}
