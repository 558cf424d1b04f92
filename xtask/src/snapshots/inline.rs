//! Snapshots that stand in the source: the literal behind the `@` of the macro is replaced.

use std::{fs, ops::Range, path::PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::pending::Pending;

/// Writes the new texts into their sources.
pub(super) fn accept(mut accepted: Vec<Pending>) -> Result<(), String> {
    accepted.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    let mut sources: Vec<PathBuf> = accepted.iter().map(|pending| pending.path.clone()).collect();
    sources.dedup();
    for path in sources {
        let fail = |what: String| format!("{}: {what}", path.display());
        let mut source = fs::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
        let tokens: TokenStream = source.parse().map_err(|error| fail(format!("{error}")))?;
        // From the end, so that those before stay where they are.
        for pending in accepted.iter().rev().filter(|pending| pending.path == path) {
            let line = pending.line.unwrap_or_default();
            let range = literal(tokens.clone(), line)
                .ok_or_else(|| fail(format!("there is no inline snapshot in line {line}")))?;
            let start = source.lines().nth(line - 1).unwrap_or_default();
            let indentation = &start[..start.len() - start.trim_start().len()];
            let new = written(&pending.new, indentation);
            source.replace_range(range, &new);
        }
        fs::write(&path, source).map_err(|error| fail(error.to_string()))?;
        for pending in accepted.iter().filter(|pending| pending.path == path) {
            pending.reject()?;
        }
    }
    Ok(())
}

/// Where the literal of the macro stands that begins in this line.
fn literal(tokens: TokenStream, line: usize) -> Option<Range<usize>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let named = |token: &TokenTree| {
            matches!(token, TokenTree::Ident(name) if *name == "assert_snapshot")
                && token.span().start().line == line
        };
        let found = if group.delimiter() == Delimiter::Parenthesis && at >= 2 && named(&tokens[at - 2]) {
            let inside: Vec<TokenTree> = group.stream().into_iter().collect();
            inside.windows(2).find_map(|two| match two {
                [TokenTree::Punct(sign), TokenTree::Literal(text)] if sign.as_char() == '@' => {
                    Some(text.span().byte_range())
                }
                _ => None,
            })
        } else {
            literal(group.stream(), line)
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// A text as a literal; lines are indented as the macro is, which insta takes off again.
fn written(text: &str, indentation: &str) -> String {
    let text = text.trim_end();
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return format!("{text:?}");
    }
    let text = if text.contains('\n') {
        let lines = text.trim_start_matches('\n').lines();
        let lines = lines
            .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("\n{indentation}{line}") });
        format!("{}\n{indentation}", lines.collect::<String>())
    } else {
        text.to_owned()
    };
    if !text.contains(['\\', '"']) {
        return format!("\"{text}\"");
    }
    let mut hashes = String::new();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_literal_of_a_line_is_replaced() {
        let source = "fn a() {\n    assert_snapshot!(one, @\"é\");\n    insta::assert_snapshot!(two(1), @r#\"\n    x\n    \"#);\n}\n";
        let tokens: TokenStream = source.parse().unwrap_or_default();
        let of = |line| literal(tokens.clone(), line).map(|range| &source[range]);
        assert_eq!(of(2), Some("\"é\""));
        assert_eq!(of(3), Some("r#\"\n    x\n    \"#"));
        assert_eq!(of(4), None);
    }

    #[test]
    fn texts_are_literals() {
        assert_eq!(written("one\n", "  "), "\"one\"");
        assert_eq!(written("a\n\n\"b\"\n", "  "), "r#\"\n  a\n\n  \"b\"\n  \"#");
        assert_eq!(written("\\", ""), "r\"\\\"");
        assert_eq!(written("\u{1b}", ""), "\"\\u{1b}\"");
    }
}
