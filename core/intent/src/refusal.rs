//! Why a transaction was not taken for what was meant.

use std::fmt;

/// One difference between what was meant and what was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub what: String,
    /// What was meant; `None` where there should be nothing.
    pub expected: Option<String>,
    /// What was there; `None` where there was nothing.
    pub got: Option<String>,
}

/// All differences, of which there is at least one. Texts out of the transaction are escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In the order of the transaction's parts.
    pub differences: Vec<Difference>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
        let (expected, got) = (side(&self.expected), side(&self.got));
        write!(f, "{}\n  expected: {expected}\n  got:      {got}", self.what)
    }
}

/// A line, then three for each difference.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the transaction is not what was meant")?;
        for difference in &self.differences {
            write!(f, "\n{difference}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
