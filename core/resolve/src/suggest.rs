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

    proptest::proptest! {
        #[test]
        fn a_suggestion_is_one_of_the_names(name in ".{0,12}", names in proptest::collection::vec("[a-z-]{1,12}", 0..6)) {
            let near = nearest(&name, names.iter().map(String::as_str));
            proptest::prop_assert!(near.is_none_or(|near| names.iter().any(|name| name == near)));
            if names.contains(&name) {
                proptest::prop_assert_eq!(near, Some(name.as_str()));
            }
        }
    }

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let names = ["agent", "api", "api-key", "doctor", "sell"];
        assert_eq!(nearest("agnet", names), Some("agent"));
        assert_eq!(nearest("apikey", names), Some("api-key"));
        assert_eq!(nearest("docter", names), Some("doctor"));
        assert_eq!(nearest("frobnicate", names), None);
    }
}
