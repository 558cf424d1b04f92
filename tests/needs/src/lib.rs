//! `#[needs("python3")]`: a test that is reported as ignored on a machine without python3.
//!
//! libtest can't ignore a test at run time, so this is decided when the test is compiled. `cargo xtask test` lists what
//! is missing in `LEASH_TEST_MISSING`, and the compiler rebuilds a test when that variable changes. Under a plain
//! `cargo test` the attribute looks for itself; what is installed afterwards counts from the next change of the test.

mod table;

use proc_macro::{TokenStream, TokenTree};
use table::{MISSING, NEEDS, Need};

/// Ignores the test below where the need in quotes isn't met. It stands above `#[test]`, which has to see the result.
#[proc_macro_attribute]
pub fn needs(attribute: TokenStream, test: TokenStream) -> TokenStream {
    let name = attribute.to_string();
    let Some(need) = NEEDS.iter().find(|need| name == format!("{:?}", need.name)) else {
        return error(&format!("unknown need {name}: tests/needs/src/table.rs has all of them"));
    };
    if !has_test(test.clone()) {
        return error("#[needs] has to stand above #[test]");
    }
    // A test that reads the variable is compiled anew when it changes.
    let read = format!("const _: Option<&str> = option_env!({MISSING:?});");
    let ignore = reason(need).map(|reason| format!("#[ignore = {reason:?}]")).unwrap_or_default();
    let mut all: TokenStream = format!("{read}{ignore}").parse().unwrap_or_default();
    all.extend(test);
    all
}

/// Whether `#[test]` is still among the attributes.
fn has_test(item: TokenStream) -> bool {
    item.into_iter().any(|token| match token {
        TokenTree::Group(group) => group.stream().to_string() == "test",
        _ => false,
    })
}

/// Why this need isn't met, if it isn't.
fn reason(need: &Need) -> Option<String> {
    match std::env::var(MISSING) {
        Ok(missing) => missing
            .lines()
            .find_map(|line| line.strip_prefix(need.name)?.strip_prefix('\t').map(str::to_owned)),
        Err(_) => (!need.is_met()).then(|| need.reason()),
    }
}

fn error(message: &str) -> TokenStream {
    format!("compile_error!({message:?});").parse().unwrap_or_default()
}
