//! Creations on a terminal: the link and its picture, the line that follows the balance, the question for a key.

use leash_tests::{AGENT_2, Sandbox, Terminal};
use qrcode::{Color, EcLevel, QrCode};
use serde_json::json;

use super::desk::{assert_made, pending};

fn start(sandbox: &Sandbox, words: &[&str]) -> Terminal {
    let words = ["agent", "create", "mine", "--sandbox"].iter().chain(words);
    // `setsid --ctty` gives it the terminal for its own, as a shell would.
    let leash = leash_tests::programs().join("leash");
    let mut all = vec!["--ctty", "--wait", leash.to_str().unwrap()];
    all.extend(words);
    let terminal = Terminal::start(sandbox.home.run("setsid", all).env("NO_COLOR", "1"));
    terminal.resize(100, 60);
    terminal
}

/// What a camera would see on the screen: lines of half blocks, two modules each, light on dark.
fn seen(screen: &str) -> Vec<Vec<Color>> {
    let blocks = |line: &&str| !line.is_empty() && line.chars().all(|char| "\u{20}▀▄█".contains(char));
    let lines: Vec<&str> = screen.lines().map(|line| line.trim_end_matches('\r')).filter(blocks).collect();
    let half = |line: &str, full: &str| {
        let light = |char: char| full.contains(char) || char == '█';
        line.chars().map(|char| if light(char) { Color::Light } else { Color::Dark }).collect()
    };
    lines.iter().flat_map(|line| [half(line, "▀"), half(line, "▄")]).collect()
}

#[test]
fn it_waits_with_a_picture_and_goes_on_by_itself() {
    let sandbox = Sandbox::up();
    let mut terminal = start(&sandbox, &["--wait"]);
    terminal.wait_for("  link:    solana:");
    let key = pending(&sandbox, "mine")["executive_pubkey"].as_str().unwrap().to_owned();
    terminal.wait_for("0 SOL of 0.01123528 SOL is there");
    let _ = sandbox.home.leash(["sandbox", "airdrop", "0.004", "--to", &key]).ok();
    terminal.wait_for("0.004 SOL of 0.01123528 SOL is there");
    let _ = sandbox.home.leash(["sandbox", "airdrop", "0.5", "--to", &key]).ok();
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(0), "{screen}");
    assert!(screen.contains("agent `mine` created"), "{screen}");
    // The line is wiped before anything else is said.
    let last = screen.rfind("is there").unwrap();
    assert!(screen[last..].contains("\r\x1b[K"), "{screen}");
    assert_made(&sandbox, "mine", &key, &screen);
    let link = format!("solana:{key}?amount=0.01123528");
    assert!(screen.contains(&format!("link:    {link}")), "{screen}");
    assert!(screen.contains(&format!("leash sandbox airdrop --to {key}")), "{screen}");
    // The picture is the link's, with the quiet zone that cameras want.
    let code = QrCode::with_error_correction_level(&link, EcLevel::L).unwrap();
    let (width, seen) = (code.width(), seen(&screen));
    assert!(seen.len() >= width + 8 && seen.iter().all(|row| row.len() == width + 8), "{screen}");
    for y in 0..width {
        for x in 0..width {
            assert_eq!(seen[y + 4][x + 4], code[(x, y)], "{x} {y}\n{screen}");
        }
    }
    assert!(seen[..4].iter().flatten().all(|module| *module == Color::Light), "{screen}");
}

#[test]
fn waiting_ends_with_ctrl_c_and_nothing_is_lost() {
    let sandbox = Sandbox::up();
    let mut terminal = start(&sandbox, &["--wait"]);
    terminal.wait_for("Ctrl-C stops");
    let before = pending(&sandbox, "mine");
    terminal.type_in("\x03");
    let (status, screen) = terminal.end();
    assert_ne!(status, Some(0), "{screen}");
    assert_eq!(pending(&sandbox, "mine"), before, "{screen}");
    let key = before["executive_pubkey"].as_str().unwrap();
    let _ = sandbox.home.leash(["sandbox", "airdrop", "1", "--to", key]).ok();
    let _ = sandbox.home.leash(["agent", "create", "mine"]).ok();
    assert_made(&sandbox, "mine", key, &screen);
}

#[test]
fn a_key_is_asked_for_and_never_shown() {
    let sandbox = Sandbox::up();
    let mut terminal = start(&sandbox, &["--import"]);
    terminal.wait_for("executive key: ");
    terminal.type_in("hunter2hunter2\n");
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(4), "{screen}");
    assert!(screen.contains("the executive key can't be used") && !screen.contains("hunter2"), "{screen}");
    assert!(!sandbox.home.join(".config/leash/agents/mine.json").exists());
    // An array, as `solana-keygen` writes it, is as good.
    let bytes = bs58::decode(AGENT_2.key).into_vec().unwrap();
    let array = json!(bytes).to_string();
    for typed in [array.as_str(), AGENT_2.key] {
        let mut terminal = start(&sandbox, &["--import"]);
        terminal.wait_for("executive key: ");
        terminal.type_in(&format!("{typed}\n"));
        let (status, screen) = terminal.end();
        assert_eq!(status, Some(3), "{screen}");
        assert!(screen.contains(AGENT_2.executive), "{screen}");
        assert!(!screen.contains(&typed[..8]) && !screen.contains(&typed[typed.len() - 8..]), "{screen}");
        assert_eq!(pending(&sandbox, "mine")["executive_keypair"], AGENT_2.key);
    }
    // Another one doesn't take its place.
    let mut terminal = start(&sandbox, &["--import"]);
    terminal.wait_for("executive key: ");
    terminal.type_in(&format!("{}\n", leash_tests::AGENT_1.key));
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(1), "{screen}");
    assert!(screen.contains("is being made with another key"), "{screen}");
    assert_eq!(pending(&sandbox, "mine")["executive_keypair"], AGENT_2.key);
}

#[test]
fn a_question_that_is_broken_off_leaves_the_terminal_as_it_was() {
    let sandbox = Sandbox::up();
    let mut terminal = Terminal::shell(&sandbox.home);
    terminal.wait_for("at-1$ ");
    let before = terminal.modes();
    terminal.type_in("leash agent create mine --sandbox --import\n");
    terminal.wait_for("executive key: ");
    terminal.type_in("\x03");
    terminal.wait_for("at-2$ ");
    assert_eq!(terminal.modes(), before);
    assert!(!sandbox.home.join(".config/leash/agents/mine.json").exists());
    terminal.type_in("exit\n");
    let _ = terminal.end();
}

/// An agent that is there waits for what is sent to it in the same way.
#[test]
fn more_money_is_waited_for() {
    let sandbox = Sandbox::up();
    let fund = sandbox.home.leash(["agent", "fund", "--token", "USDC", "--amount", "1.5", "--wait"]);
    let mut terminal = Terminal::start(fund.env("NO_COLOR", "1"));
    terminal.wait_for("  link:    solana:");
    terminal.wait_for(" USDC is there; Ctrl-C stops");
    let _ = sandbox.home.leash(["sandbox", "fund", "--usdc", "1.5"]).ok();
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(0), "{screen}");
    assert!(screen.contains("1.5 USDC has come; there is "), "{screen}");
}
