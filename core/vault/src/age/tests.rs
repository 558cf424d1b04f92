//! The format, against a file of another implementation and against what isn't the format.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{MAX_WORK_FACTOR, WORK_FACTOR};

const RAGE: &str = include_str!("../../tests/fixtures/rage-0.12.1.age");
const PASSPHRASE: &[u8] = b"correct horse battery staple";
const PLAINTEXT: &[u8] = b"a secret of the vault";

fn rage() -> Vec<u8> {
    pem_rfc7468::decode_vec(RAGE.trim_ascii().as_bytes()).unwrap().1
}

fn fixed() -> Random {
    Random { file_key: Zeroizing::new([1; FILE_KEY]), salt: [2; SALT], nonce: [3; NONCE] }
}

/// A file that costs next to nothing to open.
fn cheap() -> Vec<u8> {
    encrypt(PLAINTEXT, PASSPHRASE, 1, &fixed()).unwrap()
}

fn opened(file: &[u8]) -> Result<Vec<u8>, Fault> {
    decrypt(file, PASSPHRASE, MAX_WORK_FACTOR).map(|bytes| bytes.to_vec())
}

#[test]
fn opens_a_file_of_rage_and_writes_it_byte_for_byte() {
    let file = rage();
    assert_eq!(opened(&file).as_deref(), Ok(PLAINTEXT));

    let parts = header::parse(&file, MAX_WORK_FACTOR).unwrap();
    let wrap_key = derive::wrap_key(PASSPHRASE, &parts.header.salt, parts.header.work_factor).unwrap();
    let random = Random {
        file_key: chunk::unwrap(&wrap_key, &parts.header.body).unwrap(),
        salt: parts.header.salt,
        nonce: parts.payload[..NONCE].try_into().unwrap(),
    };
    assert_eq!(encrypt(PLAINTEXT, PASSPHRASE, parts.header.work_factor, &random).unwrap(), file);
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    let file = cheap();
    for index in 0..file.len() {
        for bit in 0..8 {
            let mut altered = file.clone();
            altered[index] ^= 1 << bit;
            assert!(decrypt(&altered, PASSPHRASE, 4).is_err(), "bit {bit} of byte {index}");
        }
    }
}

#[test]
fn a_file_that_ends_early_or_late_is_refused() {
    let file = cheap();
    for length in 0..file.len() {
        assert!(opened(&file[..length]).is_err(), "{length} bytes");
    }
    assert_eq!(opened(&[&file[..], b"x"].concat()), Err(Fault::Altered));
    let chunk = [&file[..], &[0; MAX_PLAINTEXT][..]].concat();
    assert_eq!(opened(&chunk), Err(Fault::Long), "more than one chunk");
}

#[test]
fn a_part_of_another_file_does_not_fit() {
    let (one, other) = (cheap(), encrypt(b"another secret", PASSPHRASE, 1, &Random::new().unwrap()).unwrap());
    let head = |file: &[u8]| file.windows(5).position(|window| window == b"\n--- ").unwrap() + 5 + 44;
    let mixed = [&one[..head(&one)], &other[head(&other)..]].concat();
    assert_eq!(opened(&mixed), Err(Fault::Altered));
}

#[test]
fn only_the_passphrase_opens_it() {
    let file = cheap();
    for wrong in [
        &b""[..],
        b"correct horse battery stapl",
        b"correct horse battery staple\n",
        b"Correct horse battery staple",
    ] {
        assert_eq!(decrypt(&file, wrong, MAX_WORK_FACTOR).unwrap_err(), Fault::Passphrase);
    }
}

#[test]
fn two_files_of_one_secret_have_nothing_in_common() {
    let [one, other] = [(), ()].map(|()| encrypt(PLAINTEXT, PASSPHRASE, 1, &Random::new().unwrap()).unwrap());
    let parts = |file| header::parse(file, 1).unwrap();
    assert_ne!(parts(&one).header.salt, parts(&other).header.salt);
    assert_ne!(parts(&one).header.body, parts(&other).header.body);
    assert_ne!(parts(&one).payload[..NONCE], parts(&other).payload[..NONCE]);
}

#[test]
fn the_header_has_one_spelling() {
    let salt = "AgICAgICAgICAgICAgICAg";
    let body = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
    let file = |version: &str, stanza: &str, body: &str, end: &str| {
        format!("{version}\n{stanza}\n{body}\n{end}\n0123456789abcdef")
    };
    let (version, stanza, end) =
        ("age-encryption.org/v1", format!("-> scrypt {salt} 10"), format!("--- {body}"));
    let fault = |file: String| header::parse(file.as_bytes(), MAX_WORK_FACTOR).map(|_| ());
    assert_eq!(fault(file(version, &stanza, body, &end)), Ok(()));

    for other in [
        "age-encryption.org/v2",
        "age-encryption.org/v1 ",
        "age-encryption.org/v1\r",
        "AGE-encryption.org/v1",
        "",
    ] {
        assert_eq!(fault(file(other, &stanza, body, &end)), Err(Fault::Version), "{other:?}");
    }
    for other in
        ["-> X25519 AgICAgICAgICAgICAgICAg", "-> SCRYPT AgICAgICAgICAgICAgICAg 10", "-> scrypt", "-> "]
    {
        assert_eq!(fault(file(version, other, body, &end)), Err(Fault::Recipient), "{other:?}");
    }
    for (salt, factor) in [
        (salt, ""),
        (salt, "010"),
        (salt, "0"),
        (salt, "-1"),
        (salt, "+10"),
        (salt, "0x0a"),
        (salt, "ten"),
        (salt, "10 "),
        (salt, " 10"),
        (salt, "10 more"),
        (salt, "1\r"),
        (salt, "１０"),
        // Too short, too long, padded, with bits to spare, in another alphabet.
        ("", "10"),
        ("AgICAgICAgICAgICAgIC", "10"),
        ("AgICAgICAgICAgICAgICAgIC", "10"),
        ("AgICAgICAgICAgICAgICAg==", "10"),
        ("AgICAgICAgICAgICAgICAh", "10"),
        ("_gICAgICAgICAgICAgICAg", "10"),
        ("AgICAgICAgICAgICAgICA ", "10"),
    ] {
        let stanza = format!("-> scrypt {salt} {factor}");
        assert_eq!(fault(file(version, &stanza, body, &end)), Err(Fault::Header), "{stanza:?}");
    }
    assert_eq!(fault(file(version, &format!("-> scrypt {salt}"), body, &end)), Err(Fault::Header));
    let (two, long, shifted) =
        (format!("{body}\n{stanza}\n{body}"), format!("{body}AAAA"), body.replace("ZWY", "ZWZ"));
    for other in ["", &two, &long, &shifted, &body[..40], &format!("{body}=")] {
        assert_eq!(fault(file(version, &stanza, other, &end)), Err(Fault::Header), "{other:?}");
    }
    for other in [
        "---",
        "--- ",
        &format!("---{body}"),
        &format!("---  {body}"),
        &format!("--- {body} "),
        &format!("-> {body}"),
    ] {
        assert_eq!(fault(file(version, &stanza, body, other)), Err(Fault::Header), "{other:?}");
    }
}

#[test]
fn too_much_work_is_refused_before_any_is_done() {
    let file = String::from_utf8(cheap()[..100].to_vec()).unwrap();
    let asking = |factor: &str| opened(file.replacen(" 1\n", &format!(" {factor}\n"), 1).as_bytes());
    assert_eq!(asking("21"), Err(Fault::WorkFactor(Some(21))));
    assert_eq!(asking("63"), Err(Fault::WorkFactor(Some(63))));
    for absurd in ["256", "4294967296", "99999999999999999999999999"] {
        assert_eq!(asking(absurd), Err(Fault::WorkFactor(None)), "{absurd}");
    }
    const { assert!(WORK_FACTOR <= MAX_WORK_FACTOR) };
}

#[test]
fn memory_that_is_not_there_is_a_fault_and_no_crash() {
    for factor in [50, 54, 63] {
        let fault = derive::wrap_key(PASSPHRASE, &[0; SALT], factor).unwrap_err();
        assert!(matches!(fault, Fault::Memory | Fault::WorkFactor(_)), "{factor}: {fault:?}");
    }
}

proptest! {
    #[test]
    fn opens_what_it_made(plaintext in vec(any::<u8>(), 0..600), passphrase in vec(any::<u8>(), 0..80), factor in 1_u8..4) {
        let file = encrypt(&plaintext, &passphrase, factor, &Random::new().unwrap()).unwrap();
        prop_assert_eq!(&*decrypt(&file, &passphrase, factor).unwrap(), &plaintext);
        prop_assert_eq!(decrypt(&file, &passphrase, factor - 1).unwrap_err(), Fault::WorkFactor(Some(factor)));
    }

    #[test]
    fn anything_else_is_refused_without_a_panic(bytes in vec(any::<u8>(), 0..300), keep in 0_usize..200) {
        let file = cheap();
        let mixed = [&file[..keep.min(file.len())], &bytes].concat();
        prop_assume!(mixed != file);
        prop_assert!(decrypt(&mixed, PASSPHRASE, 4).is_err());
    }
}
