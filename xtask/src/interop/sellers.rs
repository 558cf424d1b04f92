//! Who sells, in which package, and who buys there to show that the seller works.

/// A set of packages that are installed together, each in its own directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    JavaScript,
    Python,
}

/// Packages that are installed together, and the programs that use them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Family {
    /// Its directory, in `xtask/interop` and where it is installed.
    pub(super) name: &'static str,
    pub(super) language: Language,
    /// What its buyer is made of.
    pub(super) buyer: &'static str,
    /// Its sellers, by the names that the program knows.
    pub(super) sellers: &'static [&'static str],
}

/// Each with its own facilitator, in its own process.
pub(super) const FAMILIES: [Family; 5] = [
    Family {
        name: "x402",
        language: Language::JavaScript,
        buyer: "@x402/fetch",
        sellers: &["x402-express", "x402-hono", "x402-solana"],
    },
    Family {
        name: "x402-v1",
        language: Language::JavaScript,
        buyer: "x402-fetch 1.2",
        sellers: &["x402-express-v1"],
    },
    Family {
        name: "faremeter",
        language: Language::JavaScript,
        buyer: "@faremeter/fetch",
        sellers: &["faremeter-v1", "faremeter-v2", "faremeter-both", "faremeter-mpp"],
    },
    Family {
        name: "mpp",
        language: Language::JavaScript,
        buyer: "@solana/mpp",
        sellers: &["mpp", "mpp-sponsored", "mpp-splits"],
    },
    Family {
        name: "python",
        language: Language::Python,
        buyer: "x402 (Python)",
        sellers: &["python-fastapi"],
    },
];

/// What a call costs, in the smallest unit of USDC.
pub(super) const AMOUNT: u64 = 10_000;

/// What somebody else gets of it.
pub(super) fn split(seller: &str) -> u64 {
    if seller == "mpp-splits" { 2_500 } else { 0 }
}
