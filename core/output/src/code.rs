//! Codes of errors on which something depends.

use std::borrow::Cow;

/// The code of an error that some code treats specially. The crate that makes the error names it in a constant, and makes
/// it and compares it by that constant alone: a renamed code then changes no control flow unnoticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(&'static str);

impl Code {
    /// The code as scripts see it.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl From<Code> for Cow<'static, str> {
    fn from(code: Code) -> Self {
        Self::Borrowed(code.0)
    }
}
