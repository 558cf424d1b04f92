//! What a source file names of its own crate: the paths in its `use` items and in its code.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path, as it stands in a module.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// The module in which it stands, from the crate's root.
    pub(super) module: Vec<String>,
    /// Its words; the first one is `crate`, `self`, `super` or any other name.
    pub(super) path: Vec<String>,
    /// The name that it gets there, where it stands in a `use` of the module itself.
    pub(super) name: Option<String>,
    pub(super) line: usize,
}

/// What a file says, as far as circles depend on it.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) imports: Vec<Import>,
    /// Modules that are written out in it.
    pub(super) inline: Vec<Vec<String>>,
}

/// Reads the source of a module. What is compiled for tests alone is left out: a test may play any part.
///
/// # Errors
/// Where the source isn't made of Rust's tokens.
pub(super) fn read(module: &[String], source: &str) -> Result<Source, String> {
    let tokens: TokenStream = source.parse().map_err(|error| format!("can't be read as Rust: {error}"))?;
    let mut found = Source::default();
    read_tokens(tokens, module, true, &mut found);
    Ok(found)
}

/// Goes through tokens of a module; `is_module` where they are its items and not the inside of one.
fn read_tokens(tokens: TokenStream, module: &[String], is_module: bool, found: &mut Source) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                at += usize::from(is_punct(tokens.get(at), '!'));
                let Some(TokenTree::Group(attribute)) = tokens.get(at) else { continue };
                at += 1;
                if is_for_tests(attribute.stream()) {
                    at = end_of_item(&tokens, at);
                }
            }
            TokenTree::Group(group) => read_tokens(group.stream(), module, false, found),
            TokenTree::Ident(word) if word == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(at), tokens.get(at + 1))
                {
                    let inner: Vec<String> = module.iter().cloned().chain([name.to_string()]).collect();
                    read_tokens(body.stream(), &inner, true, found);
                    found.inline.push(inner);
                    at += 2;
                }
            }
            // `use<'a>` in a type captures lifetimes.
            TokenTree::Ident(word) if word == "use" && !is_punct(tokens.get(at), '<') => {
                let end = at + tokens[at..].iter().take_while(|token| !is_punct(Some(token), ';')).count();
                let line = word.span().start().line;
                read_use(&tokens[at..end], &[], &mut |path, name| {
                    let name = name.filter(|_| is_module);
                    found.imports.push(Import { module: module.to_vec(), path, name, line });
                });
                at = end;
            }
            TokenTree::Ident(word) if at < 3 || !is_separator(&tokens[at - 3..at - 1]) => {
                let mut path = vec![word.to_string()];
                while let Some([_, _, TokenTree::Ident(next)]) = tokens.get(at..at + 3)
                    && is_separator(&tokens[at..at + 2])
                {
                    path.push(next.to_string());
                    at += 3;
                }
                if path.len() > 1 {
                    let line = word.span().start().line;
                    found.imports.push(Import { module: module.to_vec(), path, name: None, line });
                }
            }
            _ => {}
        }
    }
}

/// Reads a tree of paths behind a `use`, and gives each path with the name that it gets.
fn read_use(tokens: &[TokenTree], before: &[String], found: &mut impl FnMut(Vec<String>, Option<String>)) {
    let mut path = before.to_vec();
    let mut name = None;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for branch in inner.split(|token| is_punct(Some(token), ',')) {
                    if !branch.is_empty() {
                        read_use(branch, &path, found);
                    }
                }
                return;
            }
            TokenTree::Ident(word) if word == "as" => {
                name = tokens.get(at).map(ToString::to_string);
                break;
            }
            // In `a::{self}` it is `a`; at the beginning it is the module itself.
            TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
            TokenTree::Ident(word) => path.push(word.to_string()),
            // All that is in the module, whatever its name.
            TokenTree::Punct(punct) if punct.as_char() == '*' => return found(path, None),
            _ => {}
        }
    }
    let name = name.or_else(|| path.last().cloned());
    found(path, name);
}

/// Whether an attribute's content says that what follows is compiled for tests alone.
fn is_for_tests(attribute: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    match &tokens[..] {
        [TokenTree::Ident(cfg), TokenTree::Group(condition)] if cfg == "cfg" => {
            let condition = condition.stream().to_string();
            let mut words = condition.split(|char: char| !char.is_alphanumeric());
            words.clone().any(|word| word == "test") && !words.any(|word| matches!(word, "not" | "any"))
        }
        _ => false,
    }
}

/// Where the item ends that begins here.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_punct(Some(token), ';'),
    };
    tokens[at..].iter().position(is_end).map_or(tokens.len(), |length| at + length + 1)
}

fn is_separator(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [first, second] if is_punct(Some(first), ':') && is_punct(Some(second), ':'))
}

fn is_punct(token: Option<&TokenTree>, char: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

#[cfg(test)]
mod tests {
    use super::read;

    fn paths(source: &str) -> Vec<String> {
        let source = read(&["m".to_owned()], source).expect("Rust");
        source.imports.iter().map(|import| import.path.join("::")).collect()
    }

    #[test]
    fn trees_are_taken_apart() {
        let source = "use crate::{a, b::{self, B as C}, c::*, d::{},}; use super::X; pub use e::{f::G, h};";
        assert_eq!(
            paths(source),
            ["crate::a", "crate::b", "crate::b::B", "crate::c", "super::X", "e::f::G", "e::h"]
        );
    }

    #[test]
    fn names_are_those_of_the_module_itself() {
        let source =
            read(&[], "use a::b as c;\nfn f() { use d::e; }\nmod g { pub use super::h; }").expect("Rust");
        let found: Vec<_> = source
            .imports
            .iter()
            .map(|import| (import.module.join("::"), import.name.as_deref(), import.line))
            .collect();
        assert_eq!(
            found,
            [(String::new(), Some("c"), 1), (String::new(), None, 2), ("g".to_owned(), Some("h"), 3)]
        );
        assert_eq!(source.inline, [["g"]]);
    }

    #[test]
    fn paths_in_code_are_found() {
        let source = "pub(crate) fn f(a: &crate::b::B<super::C>) -> self::D { crate::e::g(h::<i::J>()).k }";
        assert_eq!(paths(source), ["crate::b::B", "super::C", "self::D", "crate::e::g", "i::J"]);
    }

    #[test]
    fn tests_and_texts_name_nothing() {
        for source in [
            "#[cfg(test)] mod tests { use super::a; }",
            "#[cfg(test)] use crate::a;",
            "#[cfg(all(test, unix))] fn f() { crate::a::b() }",
            "#[cfg(test)] #[derive(Debug)] struct S { a: crate::A }",
            "/// [`crate::a::A`]\nfn f() {}",
            "// use crate::a;\nconst S: &str = \"crate::a::b\";",
            "fn f<'a>() -> impl Sized + use<'a> {}",
        ] {
            assert_eq!(paths(source), Vec::<String>::new(), "{source}");
        }
        assert_eq!(paths("#[cfg(test)] mod tests {} use crate::a;"), ["crate::a"]);
        assert_eq!(paths("#[cfg(not(test))] use crate::a;"), ["crate::a"]);
    }
}
