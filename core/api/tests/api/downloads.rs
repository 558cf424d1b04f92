//! Files that aren't the API's.

use std::io;
use std::time::{Duration, Instant};

use leash_api::{Download, Error};

use crate::run;
use crate::server::Server;

const DOWNLOAD: Download<'_> = Download {
    user_agent: "test/1",
    limit: 1000,
    patience: Duration::from_secs(5),
    whole: Duration::from_secs(20),
    other_origins: true,
};

fn get(download: &Download<'_>, url: &str) -> Result<Option<String>, Error> {
    let mut text = Vec::new();
    let there = run(download.get(url, |bytes| {
        text.extend_from_slice(bytes);
        Ok(())
    }))?;
    Ok(there.then(|| String::from_utf8(text).expect("text")))
}

fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

#[test]
fn a_file_comes_as_it_is_and_without_credentials() {
    let server = Server::answers(&[answer("200 OK", "content")]);
    assert_eq!(
        get(&DOWNLOAD, &format!("{}/a/b.zip?x=1", server.url())).expect("a file").as_deref(),
        Some("content")
    );
    let seen = server.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("GET", "/a/b.zip?x=1"));
    assert_eq!(seen[0].header("accept-encoding"), Some("identity"));
    for name in ["authorization", "x-leash-sig", "cookie", "referer"] {
        assert_eq!(seen[0].header(name), None, "{name}");
    }
    for status in ["404 Not Found", "410 Gone"] {
        let server = Server::answers(&[answer(status, "nothing here")]);
        assert_eq!(get(&DOWNLOAD, &server.url()).expect("an answer"), None);
    }
    for status in ["500 Oops", "403 Forbidden", "204 No Content", "206 Partial Content", "304 Not Modified"] {
        let server = Server::answers(&[answer(status, "")]);
        assert_eq!(get(&DOWNLOAD, &server.url()).expect_err("no file").code(), "no_file", "{status}");
        assert_eq!(server.seen().len(), 1, "{status}");
    }
}

#[test]
fn no_more_comes_than_was_asked_for() {
    let server = Server::answers(&[answer("200 OK", &"x".repeat(1001))]);
    assert_eq!(get(&DOWNLOAD, &server.url()).expect_err("too large").code(), "too_large");
    let endless = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(1001));
    let server = Server::answers(&[endless]);
    assert_eq!(get(&DOWNLOAD, &server.url()).expect_err("too large").code(), "too_large");
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nshort".to_owned();
    let server = Server::answers(&[short]);
    assert_eq!(get(&DOWNLOAD, &server.url()).expect_err("cut short").code(), "lost_answer");
    let server = Server::answers(&[answer("200 OK", "content")]);
    let failed =
        run(DOWNLOAD.get(&server.url(), |_| Err(io::Error::other("full")))).expect_err("a full disk");
    assert_eq!(failed.code(), "io");
}

#[test]
fn redirects_lead_only_where_they_may() {
    let to = |place: &str| answer(&format!("302 Found\r\nlocation: {place}"), "");
    let server = Server::answers(&[to("/b"), to("c"), answer("200 OK", "content")]);
    assert_eq!(get(&DOWNLOAD, &format!("{}/a", server.url())).expect("a file").as_deref(), Some("content"));
    let paths: Vec<_> = server.seen().iter().map(|seen| seen.path.clone()).collect();
    assert_eq!(paths, ["/a", "/b", "/c"]);
    let other = Server::answers(&[answer("200 OK", "elsewhere")]);
    for place in [
        other.url().as_str(),
        "http://example.com/x",
        "https://127.0.0.1:1/x",
        "https://localhost:1/x",
        "https://user:hunter2@example.com/",
        "file:///etc/passwd",
        "//[::1]:1/",
    ] {
        let server = Server::answers(&[to(place)]);
        let error = get(&DOWNLOAD, &server.url()).expect_err(place);
        assert_eq!(error.code(), "redirect", "{place}: {error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    assert_eq!(other.seen().len(), 0);
    let server = Server::answers(&[to("https://example.com/")]);
    let near = Download { other_origins: false, ..DOWNLOAD };
    assert_eq!(get(&near, &server.url()).expect_err("elsewhere").code(), "redirect");
    let server = Server::answers(&[to("/again")]);
    assert_eq!(get(&DOWNLOAD, &server.url()).expect_err("a circle").code(), "malformed");
    assert_eq!(server.seen().len(), 6);
}

#[test]
fn addresses_that_are_not_used() {
    for (url, code) in [
        ("http://192.0.2.1/x", "insecure_url"),
        ("ftp://127.0.0.1/x", "invalid_url"),
        ("file:///etc/passwd", "invalid_url"),
        ("https://user:hunter2@example.com/", "invalid_url"),
        ("nowhere", "invalid_url"),
    ] {
        let error = get(&DOWNLOAD, url).expect_err(url);
        assert_eq!(error.code(), code, "{url}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn silence_ends() {
    let server = Server::raw(|_, mut stream, _| {
        let _ = io::Read::read(&mut stream, &mut [0; 4096]);
        let _ = io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1");
        // Until the client has enough.
        while io::Read::read(&mut stream, &mut [0; 4096]).is_ok_and(|read| read > 0) {}
    });
    let begun = Instant::now();
    let hasty = Download { patience: Duration::from_millis(300), ..DOWNLOAD };
    assert_eq!(get(&hasty, &server.url()).expect_err("silence").code(), "timeout");
    let hasty = Download { whole: Duration::from_millis(300), ..DOWNLOAD };
    assert_eq!(get(&hasty, &server.url()).expect_err("silence").code(), "timeout");
    assert!(begun.elapsed() >= Duration::from_millis(600));
}
