//! Who sells, in which package, and who buys there to show that the seller works.

/// What the programs are written in.
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
    pub(super) sellers: &'static [Seller],
}

/// A seller with its own facilitator in its own process, and a buyer at it that isn't leash.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seller {
    /// By which the family's program for sellers knows it.
    pub(super) name: &'static str,
    /// What the buyer is made of.
    pub(super) buyer: &'static str,
    /// The family's program for this buyer.
    pub(super) buyer_program: &'static str,
}

const fn seller(name: &'static str, buyer: &'static str) -> Seller {
    Seller { name, buyer, buyer_program: "buyer" }
}

pub(super) const FAMILIES: [Family; 5] = [
    Family {
        name: "x402",
        language: Language::JavaScript,
        sellers: &[
            seller("x402-express", "@x402/fetch"),
            seller("x402-hono", "@x402/fetch"),
            Seller { name: "x402-solana", buyer: "x402-solana", buyer_program: "buyer-x402-solana" },
        ],
    },
    Family {
        name: "x402-v1",
        language: Language::JavaScript,
        sellers: &[seller("x402-express-v1", "x402-fetch 1.2")],
    },
    Family {
        name: "faremeter",
        language: Language::JavaScript,
        sellers: &[
            seller("faremeter-v1", "@faremeter/fetch"),
            seller("faremeter-v2", "@faremeter/fetch"),
            seller("faremeter-both", "@faremeter/fetch"),
            seller("faremeter-mpp", "@faremeter/fetch"),
        ],
    },
    Family {
        name: "mpp",
        language: Language::JavaScript,
        sellers: &[
            seller("mpp", "@solana/mpp"),
            seller("mpp-sponsored", "@solana/mpp"),
            seller("mpp-splits", "@solana/mpp"),
        ],
    },
    Family {
        name: "python",
        language: Language::Python,
        sellers: &[seller("python-fastapi", "x402 (Python)")],
    },
];

/// What a call costs, in the smallest unit of USDC.
pub(super) const AMOUNT: u64 = 10_000;

/// What somebody else gets of it.
pub(super) fn split(seller: &str) -> u64 {
    if seller == "mpp-splits" { 2_500 } else { 0 }
}

/// Whether the buyer may send the payment to the chain itself: MPP's sellers without a sponsor.
pub(super) fn takes_pushed(seller: &str) -> bool {
    matches!(seller, "mpp" | "mpp-splits")
}
