//! `cargo xtask fresh`: the README's two commands on a bare Debian, as an ordinary user and as root.
//!
//! The system is made anew in `target`, has gcc and libc6-dev and nothing else that isn't essential, and gets this
//! machine's Rust toolchain, this machine's downloaded crates, and the files of HEAD.

mod system;

use std::time::{Duration, Instant};

use system::System;

/// A user of the bare system.
#[derive(Clone, Copy)]
struct User {
    name: &'static str,
    number: u32,
    home: &'static str,
}

const USERS: [User; 2] = [
    User { name: "user", number: 1000, home: "/home/user" },
    User { name: "root", number: 0, home: "/root" },
];

/// The README's commands, as words for `cargo xtask`.
const COMMANDS: [&str; 2] = ["demo", "test"];

const USAGE: &str = "usage: cargo xtask fresh [user|root] [demo|test] [-- ARGUMENTS FOR cargo test]";

/// What ran, and how it ended.
struct Row {
    command: String,
    user: &'static str,
    took: Duration,
    result: String,
}

pub(crate) fn run(rest: &[String]) -> Result<(), String> {
    let mut parts = rest.splitn(2, |word| word == "--");
    let (words, arguments) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let (users, commands) = chosen(words)?;
    let system = System::make()?;
    let mut rows = Vec::new();
    for user in users {
        system.move_in(user)?;
        for command in &commands {
            rows.push(row(&system, user, command, arguments)?);
        }
    }
    let removed = system.remove();
    print(&rows);
    removed?;
    let failed = rows.iter().filter(|row| row.result != "ok").count();
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} commands failed", rows.len())) }
}

/// Who runs what: everybody everything, where nothing was chosen.
fn chosen(words: &[String]) -> Result<(Vec<User>, Vec<&'static str>), String> {
    let mut users: Vec<User> = USERS.to_vec();
    let mut commands = COMMANDS.to_vec();
    for word in words {
        if USERS.iter().any(|user| user.name == *word) {
            users.retain(|user| user.name == *word);
        } else if COMMANDS.contains(&word.as_str()) {
            commands.retain(|command| command == word);
        } else {
            return Err(format!("unknown word `{word}`\n{USAGE}"));
        }
    }
    Ok((users, commands))
}

fn row(system: &System, user: User, command: &str, arguments: &[String]) -> Result<Row, String> {
    let mut words = vec!["cargo", "xtask", command];
    if command == "test" {
        words.extend(arguments.iter().map(String::as_str));
    }
    let shown = words.join(" ");
    println!("\n== as {}: {shown}", user.name);
    let begun = Instant::now();
    let status =
        system.command(user, &words).status().map_err(|error| format!("cannot start sh: {error}"))?;
    let result = if status.success() { "ok".to_owned() } else { status.to_string() };
    Ok(Row { command: shown, user: user.name, took: begun.elapsed(), result })
}

fn print(rows: &[Row]) {
    let width = rows.iter().map(|row| row.command.len()).max().unwrap_or_default();
    println!("\n{:<width$}  {:<5} {:>7}  result", "command", "user", "seconds");
    for row in rows {
        println!("{:<width$}  {:<5} {:>7}  {}", row.command, row.user, row.took.as_secs(), row.result);
    }
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn words_choose_users_and_commands() {
        let chosen = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            chosen(&words).map(|(users, commands)| {
                (users.iter().map(|user| user.name).collect::<Vec<_>>().join(" "), commands.join(" "))
            })
        };
        assert_eq!(chosen(&[]), Ok(("user root".to_owned(), "demo test".to_owned())));
        assert_eq!(chosen(&["root", "test"]), Ok(("root".to_owned(), "test".to_owned())));
        assert!(chosen(&["tests"]).is_err());
    }
}
