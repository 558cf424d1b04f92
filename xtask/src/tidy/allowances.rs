//! Finds where a source allows what the workspace's lints forbid.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

pub(super) const UNSAFE_CODE: &str = "unsafe_code";
pub(super) const DISALLOWED_METHODS: &str = "clippy::disallowed_methods";
pub(super) const PRINT_STDOUT: &str = "clippy::print_stdout";
pub(super) const PRINT_STDERR: &str = "clippy::print_stderr";

/// The lints that keep a wall, and the groups that would lift them along with others.
const WATCHED: [&str; 8] = [
    UNSAFE_CODE,
    DISALLOWED_METHODS,
    PRINT_STDOUT,
    PRINT_STDERR,
    "clippy::all",
    "clippy::restriction",
    "clippy::style",
    "warnings",
];

/// One lint that an attribute lifts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Allowance {
    pub(super) line: usize,
    pub(super) lint: &'static str,
    pub(super) reason: Option<String>,
}

/// Every watched lint that the source lifts by `allow`, `expect` or `warn`, in whatever form the attribute is written.
///
/// # Errors
/// Where the source isn't made of Rust's tokens.
pub(super) fn find(source: &str) -> Result<Vec<Allowance>, String> {
    // Nearly all sources name none of them, and to take a source apart takes time.
    let names = WATCHED.map(|lint| lint.rsplit(':').next().unwrap_or(lint));
    if !names.iter().any(|name| source.contains(name)) {
        return Ok(Vec::new());
    }
    let tokens: TokenStream = source.parse().map_err(|error| format!("can't be read as Rust: {error}"))?;
    let mut found = Vec::new();
    in_code(tokens, &mut found);
    Ok(found)
}

/// Looks for attributes: `#[…]` and `#![…]`, at any depth.
fn in_code(tokens: TokenStream, found: &mut Vec<Allowance>) {
    let mut is_attribute = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) if is_attribute && group.delimiter() == Delimiter::Bracket => {
                in_attribute(group.stream(), found);
                is_attribute = false;
            }
            TokenTree::Group(group) => {
                in_code(group.stream(), found);
                is_attribute = false;
            }
            TokenTree::Punct(punct) => {
                is_attribute = punct.as_char() == '#' || (is_attribute && punct.as_char() == '!');
            }
            _ => is_attribute = false,
        }
    }
}

/// Looks for `allow(…)` and the like, which may stand in a `cfg_attr`.
fn in_attribute(tokens: TokenStream, found: &mut Vec<Allowance>) {
    let mut lifts = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) if lifts => list(&group, found),
            TokenTree::Group(group) => in_attribute(group.stream(), found),
            TokenTree::Ident(ident) => {
                lifts = ["allow", "expect", "warn"].iter().any(|level| ident == level);
                continue;
            }
            _ => {}
        }
        lifts = false;
    }
}

fn list(group: &Group, found: &mut Vec<Allowance>) {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let items: Vec<_> = tokens.split(is_comma).collect();
    let text = |item: &[TokenTree]| item.iter().map(ToString::to_string).collect::<String>();
    let reason = items.iter().find_map(|item| match item {
        [TokenTree::Ident(name), _, TokenTree::Literal(reason)] if name == "reason" => {
            Some(unquoted(&reason.to_string()))
        }
        _ => None,
    });
    for item in items {
        let name = text(item);
        if let Some(lint) = WATCHED.iter().find(|lint| **lint == name) {
            let line = item[0].span().start().line;
            found.push(Allowance { line, lint, reason: reason.clone() });
        }
    }
}

/// What a literal says, without the escapes that reasons need.
fn unquoted(literal: &str) -> String {
    let text = literal.trim_matches(|char| matches!(char, 'r' | '#')).trim_matches('"');
    let mut lines = text.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| text + line.trim_start()).replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn every_form_is_found() {
        for source in [
            "#![allow(unsafe_code)]",
            "#[allow(unsafe_code)] fn f() {}",
            "#[expect(unsafe_code)] fn f() {}",
            "#[warn(unsafe_code)] mod m {}",
            "#[allow(unused, unsafe_code)] fn f() {}",
            "# ! [ allow ( unsafe_code , ) ]",
            "#![allow(\n    missing_docs,\n    unsafe_code\n)]",
            "#![allow(/* no comma */ unsafe_code // at all\n)]",
            "#[cfg_attr(unix, allow(unsafe_code))] fn f() {}",
            "#[cfg_attr(all(unix, test), inline, cfg_attr(x, expect(unsafe_code)))] fn f() {}",
            "fn f() { #[allow(unsafe_code)] { g() } }",
            "macro_rules! m { ($e:expr) => { #[allow(unsafe_code)] { $e } } }",
        ] {
            let found = find(source).expect("Rust");
            assert!(matches!(&found[..], [one] if one.lint == "unsafe_code"), "{source}: {found:?}");
        }
    }

    #[test]
    fn clippy_s_lints_and_their_groups_are_found() {
        for lint in [
            "clippy::disallowed_methods",
            "clippy::print_stdout",
            "clippy::print_stderr",
            "clippy::all",
            "clippy::style",
            "clippy::restriction",
            "warnings",
        ] {
            let found = find(&format!("#![allow({lint})]")).expect("Rust");
            assert!(matches!(&found[..], [one] if one.lint == lint), "{lint}: {found:?}");
        }
    }

    #[test]
    fn mere_mentions_are_none() {
        for source in [
            "// #![allow(unsafe_code)]\nfn f() {}",
            "/* #[allow(unsafe_code)] */ fn f() {}",
            "/// `#[allow(unsafe_code)]` is forbidden.\nfn f() {}",
            "const S: &str = \"#[allow(unsafe_code)]\";",
            "const S: &str = r#\"#[allow(unsafe_code)]\"#;",
            "#![deny(unsafe_code)]",
            "#![forbid(unsafe_code)]",
            "#[allow(dead_code)] fn unsafe_code() {}",
            "fn f() { allow(unsafe_code) }",
        ] {
            let found = find(source).expect("Rust");
            assert!(found.is_empty(), "{source}: {found:?}");
        }
    }

    #[test]
    fn reasons_and_lines_are_read() {
        let source = "//! Doc.\n#![allow(\n    missing_docs,\n    unsafe_code,\n    clippy::print_stdout,\n    \
                      reason = \"there is \\\n    no \\\"other\\\" way\"\n)]";
        let found = find(source).expect("Rust");
        let [first, second] = &found[..] else { panic!("{found:?}") };
        assert_eq!((first.line, second.line), (4, 5));
        assert_eq!(first.reason.as_deref(), Some("there is no \"other\" way"));
        assert_eq!(second.reason, first.reason);
        assert_eq!(find("#![allow(unsafe_code)]").expect("Rust")[0].reason, None);
    }

    #[test]
    fn what_is_no_rust_is_said() {
        assert!(find("unsafe_code )").is_err());
    }
}
