//! Where money is to be sent, for eyes, wallets and cameras.

use leash_chain::{Address, SOL_DECIMALS, Token, format_amount};
use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};

/// A Solana Pay link.
pub(crate) fn link(to: &Address, token: Option<&Token>, atomic: Option<u64>) -> String {
    let decimals = token.map_or(SOL_DECIMALS, |token| token.decimals);
    let amount = atomic.map(|atomic| format!("amount={}", format_amount(atomic, decimals)));
    let mint = token.map(|token| format!("spl-token={}", token.mint));
    let query: Vec<String> = amount.into_iter().chain(mint).collect();
    if query.is_empty() { format!("solana:{to}") } else { format!("solana:{to}?{}", query.join("&")) }
}

/// The same as a picture of half blocks, for a terminal with light letters on a dark ground or the other way round:
/// cameras read both. Nothing where no code holds it.
pub(crate) fn picture(link: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(link, EcLevel::L) else { return String::new() };
    let mut text = code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .quiet_zone(true)
        .build();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use leash_chain::Network;

    use super::*;

    #[test]
    fn links_name_amount_and_token() {
        let to: Address = "9zGzjg1sDrxiwoV9PvpGHjYofSBAGmmzKC68zyFGwqUo".parse().expect("an address");
        assert_eq!(link(&to, None, None), format!("solana:{to}"));
        assert_eq!(link(&to, None, Some(10_000_000)), format!("solana:{to}?amount=0.01"));
        let usdc = Token::by_symbol(Network::Devnet, "USDC").expect("USDC");
        assert_eq!(
            link(&to, Some(usdc), Some(5_000_000)),
            format!("solana:{to}?amount=5&spl-token=4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU")
        );
        assert!(picture(&link(&to, Some(usdc), Some(1))).lines().count() > 15);
    }
}
