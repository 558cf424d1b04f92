//! Token accounts: where they lie, and what they hold.

use solana_address::Address;

/// SPL Token.
pub(crate) const TOKEN: Address = Address::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// Token-2022.
pub(crate) const TOKEN_2022: Address = Address::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
/// Associated token accounts.
pub(crate) const ASSOCIATED: Address =
    Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/// A token account of somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holding {
    /// The token.
    pub(crate) mint: [u8; 32],
    /// Whose it is.
    pub(crate) owner: [u8; 32],
    /// In the token's smallest unit.
    pub(crate) amount: u64,
    /// Who may spend of it, and how much.
    pub(crate) delegate: Option<([u8; 32], u64)>,
    /// Whether it holds SOL, wrapped.
    pub(crate) is_native: bool,
    /// 1 initialised, 2 frozen.
    pub(crate) state: u8,
}

impl Holding {
    /// Reads a token account's data.
    pub(crate) fn read(data: &[u8]) -> Option<Self> {
        // Token-2022 says after 165 bytes what else there is: 2 is an account.
        if data.len() != 165 && data.get(165) != Some(&2) {
            return None;
        }
        let bytes = |at: usize| -> Option<[u8; 32]> { data.get(at..at + 32)?.try_into().ok() };
        let number = |at: usize| Some(u64::from_le_bytes(data.get(at..at + 8)?.try_into().ok()?));
        let is_some = |at: usize| data.get(at..at + 4) == Some(&[1, 0, 0, 0]);
        let state = *data.get(108)?;
        let delegate = if is_some(72) { Some((bytes(76)?, number(121)?)) } else { None };
        let holding = Self {
            mint: bytes(0)?,
            owner: bytes(32)?,
            amount: number(64)?,
            delegate,
            is_native: is_some(109),
            state,
        };
        (state != 0).then_some(holding)
    }
}

/// A mint's decimals and supply.
pub(crate) fn mint(data: &[u8]) -> Option<(u8, u64)> {
    if data.len() != 82 && data.get(165) != Some(&1) {
        return None;
    }
    let supply = u64::from_le_bytes(data.get(36..44)?.try_into().ok()?);
    (data.get(45) == Some(&1)).then_some((*data.get(44)?, supply))
}

/// Where somebody's account of a token lies.
pub(crate) fn associated(owner: &Address, program: &Address, mint: &Address) -> Address {
    Address::find_program_address(&[owner.as_array(), program.as_array(), mint.as_array()], &ASSOCIATED).0
}

/// An amount of atomic units as a decimal text, without zeros at its end.
pub(crate) fn decimal(amount: u64, decimals: u8) -> String {
    let digits = usize::from(decimals);
    let text = format!("{amount:0>width$}", width = digits + 1);
    let (whole, part) = text.split_at(text.len() - digits);
    let part = part.trim_end_matches('0');
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn amounts_as_decimals() {
        for (amount, decimals, text) in
            [(0, 6, "0"), (1, 6, "0.000001"), (5_000_000, 6, "5"), (1_230_000, 6, "1.23"), (7, 0, "7")]
        {
            assert_eq!(decimal(amount, decimals), text);
        }
        assert_eq!(decimal(u64::MAX, 9), "18446744073.709551615");
    }
}
