//! `#[needs("python3")]`: a test that is reported as ignored where `cargo xtask test` found python3 to be missing.
//!
//! libtest can't ignore a test at run time, so this is decided when the test is compiled: `cargo xtask test` lists what
//! is missing in `LEASH_TEST_MISSING`, and the compiler rebuilds a test when that variable changes. Without the
//! variable every test runs.

use proc_macro::{TokenStream, TokenTree};

/// One line for each need that isn't met: its name, a tab, and the reason that the test runner prints.
const MISSING: &str = "LEASH_TEST_MISSING";

/// Ignores the test below where the need in quotes isn't met. Stands above `#[test]`, which has to see the result.
#[proc_macro_attribute]
pub fn needs(attribute: TokenStream, test: TokenStream) -> TokenStream {
    let need = attribute.to_string();
    let Some(need) = need.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return error("expected one name in quotes, as in #[needs(\"python3\")]");
    };
    if !is_above_test(test.clone()) {
        return error("#[needs] has to stand above #[test]");
    }
    // Reading the variable here makes cargo compile this test anew when it changes.
    let read = format!("const _: Option<&str> = option_env!({MISSING:?});");
    let ignore = reason(need).map(|reason| format!("#[ignore = {reason:?}]")).unwrap_or_default();
    let mut all: TokenStream = format!("{read}{ignore}").parse().unwrap_or_default();
    all.extend(test);
    all
}

/// Whether `#[test]` is still among the attributes.
fn is_above_test(item: TokenStream) -> bool {
    item.into_iter().any(|token| match token {
        TokenTree::Group(group) => group.stream().to_string() == "test",
        _ => false,
    })
}

/// Why this need isn't met, if it isn't.
fn reason(need: &str) -> Option<String> {
    let missing = std::env::var(MISSING).ok()?;
    missing.lines().find_map(|line| line.strip_prefix(need)?.strip_prefix('\t').map(str::to_owned))
}

fn error(message: &str) -> TokenStream {
    format!("compile_error!({message:?});").parse().unwrap_or_default()
}
