//! Sealing and opening, as a caller sees it.

use proptest::prelude::*;

use super::*;

const RAGE: &str = include_str!("../../tests/fixtures/rage-0.12.1.age");
const AGE: &str = include_str!("../../tests/fixtures/age-1.1.1.age");

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn passphrase() -> Secret<String> {
    secret("correct horse battery staple")
}

fn cheap(text: &str) -> String {
    seal_with(&secret(text), &passphrase(), 2).unwrap()
}

fn code(sealed: &str) -> String {
    let error = open(sealed, &passphrase()).unwrap_err();
    assert_eq!(error.kind(), Kind::Identity);
    error.code().to_owned()
}

#[test]
fn the_real_work_factor_makes_the_round_trip() {
    let sealed = seal(&secret("a secret of the vault"), &passphrase()).unwrap();
    let (_, file) = pem_rfc7468::decode_vec(sealed.as_bytes()).unwrap();
    assert!(file.starts_with(b"age-encryption.org/v1\n-> scrypt "));
    let stanza = file.split(|byte| *byte == b'\n').nth(1).unwrap();
    assert!(stanza.ends_with(b" 18"), "{:?}", String::from_utf8_lossy(stanza));
    assert_eq!(open(&sealed, &passphrase()).unwrap().expose(), "a secret of the vault");
}

#[test]
fn opens_what_age_and_rage_have_made() {
    for sealed in [RAGE, AGE] {
        assert_eq!(open(sealed, &passphrase()).unwrap().expose(), "a secret of the vault");
    }
}

#[test]
fn the_text_is_short_plain_ascii_in_lines_of_64() {
    let sealed = cheap(&"5".repeat(88));
    assert!(sealed.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"));
    assert!(sealed.ends_with("\n-----END AGE ENCRYPTED FILE-----\n"));
    assert!(sealed.bytes().all(|byte| byte == b'\n' || byte.is_ascii_graphic() || byte == b' '));
    let lines: Vec<_> = sealed.lines().collect();
    assert!(lines.len() <= 12, "{sealed}");
    assert!(lines[1..lines.len() - 2].iter().all(|line| line.len() == 64), "{sealed}");
}

#[test]
fn an_editor_s_line_breaks_and_blanks_around_it_do_no_harm() {
    let sealed = cheap("key");
    for text in [sealed.replace('\n', "\r\n"), sealed.trim().to_owned(), format!("\n  {sealed}\n\n")] {
        assert_eq!(open(&text, &passphrase()).unwrap().expose(), "key", "{text:?}");
    }
}

#[test]
fn what_is_no_such_text_is_refused() {
    let sealed = cheap("key");
    let line = sealed.lines().nth(1).unwrap();
    for text in [
        String::new(),
        "key".to_owned(),
        format!("key\n{sealed}"),
        format!("{sealed}key"),
        format!("{sealed}{sealed}"),
        sealed.replace("AGE ENCRYPTED FILE", "PRIVATE KEY"),
        sealed.replace("END AGE", "END SAGE"),
        sealed.replacen(line, &format!("{line} "), 1),
        sealed.replacen(line, &line[..60], 1),
        sealed.replacen(line, &format!("{line}\n"), 1),
        sealed.replace("-----END", "====\n-----END"),
        format!("-----BEGIN AGE ENCRYPTED FILE-----\n{}", "A".repeat(MAX_TEXT)),
    ] {
        assert_eq!(code(&text), "malformed_key", "{}", &text[..text.len().min(400)]);
    }
}

#[test]
fn each_refusal_has_its_own_code() {
    let sealed = cheap("key");
    let altered = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut file = pem_rfc7468::decode_vec(sealed.as_bytes()).unwrap().1;
        change(&mut file);
        pem_rfc7468::encode_string(LABEL, LineEnding::LF, &file).unwrap()
    };
    assert_eq!(open(&sealed, &secret("wrong")).unwrap_err().code(), "wrong_passphrase");
    assert_eq!(code(&altered(&|file| file.push(0))), "malformed_key");
    assert_eq!(code(&altered(&|file| *file.last_mut().unwrap() ^= 1)), "malformed_key");
    assert_eq!(code(&altered(&|file| file.truncate(file.len() - 20))), "malformed_key");
    let stanza_end = |file: &[u8]| file.windows(3).position(|window| window == b" 2\n").unwrap() + 1;
    let with_factor = |factor: &'static [u8]| {
        altered(&|file| {
            let end = stanza_end(file);
            file.splice(end..=end, factor.iter().copied());
        })
    };
    assert_eq!(code(&with_factor(b"21")), "work_factor");
    assert_eq!(code(&with_factor(b"999999999")), "work_factor");
    assert_eq!(code(&with_factor(b"3")), "wrong_passphrase");
    let binary =
        age::encrypt(b"\xff\xfe", passphrase().expose().as_bytes(), 2, &Random::new().unwrap()).unwrap();
    assert_eq!(code(&pem_rfc7468::encode_string(LABEL, LineEnding::LF, &binary).unwrap()), "malformed_key");
}

#[test]
fn an_empty_passphrase_seals_nothing() {
    assert_eq!(seal(&secret("key"), &secret("")).unwrap_err().code(), "empty_passphrase");
}

#[test]
fn a_secret_has_a_limit() {
    let longest = "x".repeat(MAX_PLAINTEXT);
    assert_eq!(open(&cheap(&longest), &passphrase()).unwrap().expose(), &longest);
    let error = seal_with(&secret(&format!("{longest}x")), &passphrase(), 2).unwrap_err();
    assert_eq!(error.code(), "secret_too_long");
}

proptest! {
    #[test]
    fn opens_what_it_sealed(key: String, phrase in ".+") {
        let sealed = seal_with(&secret(&key), &secret(&phrase), 1).unwrap();
        let opened = open(&sealed, &secret(&phrase)).unwrap();
        prop_assert_eq!(opened.expose(), &key);
        prop_assert!(key.len() < 8 || !sealed.contains(&key));
    }

    #[test]
    fn an_error_says_nothing_of_secret_or_passphrase(key in "[a-z]{12}", right in "[a-z]{12}", wrong in "[A-Z]{12}") {
        let sealed = seal_with(&secret(&key), &secret(&right), 1).unwrap();
        let error = format!("{:?}", open(&sealed, &secret(&wrong)).unwrap_err());
        prop_assert!(!error.contains(&key) && !error.contains(&right) && !error.contains(&wrong), "{}", error);
    }

    #[test]
    fn any_text_is_refused_without_a_panic(text: String, body in "[A-Za-z0-9+/=\n-]{0,200}") {
        prop_assert!(open(&text, &passphrase()).is_err());
        let framed = format!("-----BEGIN AGE ENCRYPTED FILE-----\n{body}\n-----END AGE ENCRYPTED FILE-----\n");
        prop_assert!(open(&framed, &passphrase()).is_err());
    }
}
