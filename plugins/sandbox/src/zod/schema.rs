//! What a value may look like.

use crate::js::{Text, Value};

/// A shape, and the rules for what is in it.
pub(crate) enum Schema {
    /// A string. All rules are tried, in order.
    Text(&'static [TextCheck]),
    /// A number. With `coerce`, whatever JavaScript's `Number()` makes one of.
    Number {
        /// Whether strings (of a query) are turned into numbers first.
        coerce: bool,
        /// The rules, in order.
        checks: &'static [NumberCheck],
    },
    /// `true` or `false`.
    Bool,
    /// Exactly this string.
    Literal(&'static str),
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// An array, perhaps of limited length.
    List {
        /// Each item.
        item: &'static Self,
        /// The most items.
        max: Option<u32>,
    },
    /// An object with these fields; others are dropped.
    Object(&'static [(&'static str, Self)]),
    /// An object with any fields.
    Record,
    /// What one of these takes; the first that does, does.
    Union(&'static [Self]),
    /// The object that one of its fields names.
    Tagged {
        /// The field.
        tag: &'static str,
        /// The field's values, and what each stands for.
        options: &'static [(&'static str, Self)],
    },
    /// May be missing.
    Optional(&'static Self),
    /// May be null.
    Nullable(&'static Self),
    /// May be missing, and then is this.
    Default(&'static Self, fn() -> Value),
}

/// A rule for a string.
pub(crate) enum TextCheck {
    /// At least so many UTF-16 units.
    Min(u32),
    /// At most so many UTF-16 units.
    Max(u32),
    /// Of this form; the text is what the client is told.
    Form(fn(&Text) -> bool, &'static str),
    /// A URL as browsers read them.
    Url,
}

/// A rule for a number.
pub(crate) enum NumberCheck {
    /// Without a fraction.
    Int,
    /// At least so much.
    Min(u32),
    /// At most so much.
    Max(u32),
}
