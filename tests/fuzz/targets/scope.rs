//! Any three lines as method, path and query of a request: what may be signed is what a URL library leaves as it is, and no
//! scope allows more than its own path.
#![no_main]

use leash_protocol::scope::{Asked, Scope};
use url::Url;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut lines = text.splitn(4, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (method, path, query, scope) = (next(), next(), next(), next());
    let Ok(asked) = Asked::check(method, path, query) else { return };
    let url = Url::parse(&format!("https://h{}", asked.path_and_query())).expect("a URL");
    assert_eq!((url.path(), url.query().unwrap_or_default(), url.fragment()), (path, query, None));
    let Ok(scope) = Scope::parse(scope) else { return };
    if scope.allows(&asked, "11111111111111111111111111111111") {
        let (pattern, segments) = (scope.path.matches('/').count(), path.matches('/').count());
        assert!(scope.methods.iter().any(|one| one == method));
        assert!(segments == pattern || scope.path.ends_with("/**") && segments >= pattern);
    }
});
