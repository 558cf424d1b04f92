//! Numbers of things, as people write them.

use std::fmt::Display;

/// `1 key`, `2 keys`; for words that take an `s`.
#[must_use]
pub fn count<N: Display + PartialEq + From<u8> + Copy>(number: N, one: &str) -> String {
    let many = if number == N::from(1) { "" } else { "s" };
    format!("{number} {one}{many}")
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn one_is_not_many() {
        assert_eq!(
            [count(0_u64, "key"), count(1_u64, "key"), count(2_usize, "key")],
            ["0 keys", "1 key", "2 keys"]
        );
    }
}
