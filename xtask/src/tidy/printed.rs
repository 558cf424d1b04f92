//! Commands in texts that are put together: `leash_output::command` makes them, so that they name the agent.

/// Commands that act for an agent. With a subcommand: only that one does.
const FOR_AGENT: [&str; 20] = [
    "agent export",
    "agent fund",
    "agent show",
    "api",
    "api-key",
    "audit",
    "daily",
    "doctor",
    "history",
    "key",
    "pay",
    "plugin exec",
    "plugin list",
    "plugin trust",
    "plugin which",
    "policy",
    "receipt",
    "receipts",
    "sell",
    "treasury",
];

/// What turns a text into one that is printed as it stands; the hint of an error that is one literal is looked through by
/// `Error::hint`.
const PRINTERS: [&str; 3] = ["format!(", ".note(", ".warn("];

/// The numbers of the lines on which a text with such a command in it begins.
pub(crate) fn by_hand(source: &str) -> Vec<usize> {
    let mut lines: Vec<_> = PRINTERS
        .iter()
        .flat_map(|printer| source.match_indices(printer).map(move |(at, _)| at + printer.len()))
        .filter(|at| literal(&source[*at..]).is_some_and(has_command))
        .map(|at| source[..at].lines().count())
        .collect();
    lines.sort_unstable();
    lines
}

/// The literal that stands here, as it is written.
fn literal(source: &str) -> Option<&str> {
    let text = source.trim_start().strip_prefix('"')?;
    let mut escaped = false;
    let end = text.find(|char| {
        let ends = char == '"' && !escaped;
        escaped = char == '\\' && !escaped;
        ends
    })?;
    Some(&text[..end])
}

fn has_command(text: &str) -> bool {
    text.match_indices("leash ").any(|(at, name)| {
        let (before, words) = (text[..at].trim_end_matches(' '), &text[at + name.len()..]);
        let is_command = before.is_empty() || before.ends_with(['`', ':', '(']);
        is_command && FOR_AGENT.iter().any(|command| begins_with(words, command))
    })
}

fn begins_with(words: &str, command: &str) -> bool {
    let rest = words.strip_prefix(command);
    rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-'))
}

#[cfg(test)]
mod tests {
    use super::by_hand;

    #[test]
    fn commands_that_are_written_out_are_found() {
        for found in [
            r#"format!("see `leash pay {url}`")"#,
            r#"format!("leash treasury balance")"#,
            "out.note(\"a \\\"b\\\", \\\n   `leash policy show`\")",
            r#"out.warn(&format!("{a}: $(leash api-key create)"))"#,
        ] {
            assert_eq!(by_hand(&format!("\n{found}")), [2], "{found}");
        }
        for fine in [
            r#"format!("`{}`", command("pay"))"#,
            r#"format!("`leash --agent {name} pay`")"#,
            r#"format!("`leash agent use {name}`; leash pays; `leash payer`")"#,
            r#"error.hint("`leash pay`")"#,
        ] {
            assert!(by_hand(fine).is_empty(), "{fine}");
        }
    }
}
