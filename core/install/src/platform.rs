//! What a plugin runs on: `any`, or an operating system and a processor, such as `linux-x86_64`.

use std::env::consts::{ARCH, OS};

/// What scripts are for.
pub const ANY: &str = "any";

/// This machine's.
#[must_use]
pub fn current() -> String {
    format!("{OS}-{ARCH}")
}

/// Whether something for that platform runs here.
#[must_use]
pub fn fits(platform: &str) -> bool {
    platform == ANY || platform == current()
}

/// Whether a text names a platform, known or not.
#[must_use]
pub fn is_valid(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.len() <= 32
            && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    text == ANY || text.split_once('-').is_some_and(|(system, processor)| part(system) && part(processor))
}

/// What a program's first bytes say that it runs on; none where they are no program's and no script's.
#[must_use]
pub(crate) fn of_program(head: &[u8]) -> Option<String> {
    if head.starts_with(b"#!") {
        return Some(ANY.to_owned());
    }
    let elf = head.get(..20).filter(|head| head.starts_with(b"\x7fELF"))?;
    let little = elf[5] != 2;
    let machine =
        if little { u16::from_le_bytes([elf[18], elf[19]]) } else { u16::from_be_bytes([elf[18], elf[19]]) };
    // As the language calls them.
    let processor = match (machine, elf[4]) {
        (3, _) => "x86",
        (62, _) => "x86_64",
        (40, _) => "arm",
        (183, _) => "aarch64",
        (243, 2) => "riscv64",
        (21, _) => "powerpc64",
        (22, _) => "s390x",
        (258, _) => "loongarch64",
        _ => return Some(format!("linux-machine{machine}")),
    };
    Some(format!("linux-{processor}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_one() {
        assert!(is_valid(&current()) && fits(&current()) && fits(ANY));
        assert!(!fits("plan9-vax"));
        for text in ["", "linux", "-", "linux-", "Linux-x86", "a-b-c", "any\n", "a-b\n"] {
            assert!(!is_valid(text), "{text:?}");
        }
    }

    #[test]
    fn programs_say_what_they_are_for() {
        assert_eq!(of_program(b"#!/bin/sh\n").as_deref(), Some(ANY));
        assert_eq!(of_program(b"MZ"), None);
        assert_eq!(of_program(b"\x7fELF"), None);
        let own = std::fs::read("/proc/self/exe").expect("this test");
        assert_eq!(of_program(&own), Some(current()));
    }
}
