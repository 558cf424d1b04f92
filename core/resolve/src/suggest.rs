//! The name that was probably meant.

/// The nearest of some names, where one is near enough to be a slip of the fingers.
#[must_use]
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let names = ["agent", "api", "api-key", "doctor", "sell"];
        assert_eq!(nearest("agnet", names), Some("agent"));
        assert_eq!(nearest("apikey", names), Some("api-key"));
        assert_eq!(nearest("docter", names), Some("doctor"));
        assert_eq!(nearest("frobnicate", names), None);
    }
}
