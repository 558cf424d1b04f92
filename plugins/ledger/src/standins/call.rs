//! One call of a stand-in: its accounts and data, and what it may do with them.

use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_instruction_error::InstructionError;
use solana_program_runtime::invoke_context::InvokeContext;
use solana_system_interface::instruction as system;

use super::SYSTEM;

/// An account as the caller named it.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) key: Address,
    pub(super) index: u16,
    pub(super) signer: bool,
    pub(super) writable: bool,
}

/// The call.
pub(super) struct Call<'a, 'b, 'c> {
    context: &'a mut InvokeContext<'b, 'c>,
    pub(super) program: Address,
    pub(super) accounts: Vec<Named>,
    pub(super) data: Vec<u8>,
}

impl<'a, 'b, 'c> Call<'a, 'b, 'c> {
    pub(super) fn new(context: &'a mut InvokeContext<'b, 'c>) -> Result<Self, InstructionError> {
        let call = context.transaction_context.get_current_instruction_context()?;
        let program = *call.get_program_key()?;
        let data = call.get_instruction_data().to_vec();
        let accounts = (0..call.get_number_of_instruction_accounts())
            .map(|index| {
                Ok(Named {
                    key: *call.get_key_of_instruction_account(index)?,
                    index,
                    signer: call.is_instruction_account_signer(index)?,
                    writable: call.is_instruction_account_writable(index)?,
                })
            })
            .collect::<Result<_, InstructionError>>()?;
        Ok(Self { context, program, accounts, data })
    }

    pub(super) fn account(&self, index: usize) -> Result<Named, InstructionError> {
        self.accounts.get(index).copied().ok_or(InstructionError::MissingAccount)
    }

    /// An optional account: the program's own address stands for none.
    pub(super) fn optional(&self, index: usize) -> Result<Option<Named>, InstructionError> {
        let account = self.account(index)?;
        Ok((account.key != self.program).then_some(account))
    }

    pub(super) fn bytes(&self, account: Named) -> Result<Vec<u8>, InstructionError> {
        let call = self.context.transaction_context.get_current_instruction_context()?;
        Ok(call.try_borrow_instruction_account(account.index)?.get_data().to_vec())
    }

    pub(super) fn owner(&self, account: Named) -> Result<Address, InstructionError> {
        let call = self.context.transaction_context.get_current_instruction_context()?;
        Ok(*call.try_borrow_instruction_account(account.index)?.get_owner())
    }

    fn lamports(&self, account: Named) -> Result<u64, InstructionError> {
        let call = self.context.transaction_context.get_current_instruction_context()?;
        Ok(call.try_borrow_instruction_account(account.index)?.get_lamports())
    }

    /// The lamports that keep so many bytes for good.
    pub(super) fn rent(&self, bytes: usize) -> Result<u64, InstructionError> {
        Ok(self.context.environment_config.sysvar_cache().get_rent()?.minimum_balance(bytes))
    }

    /// Replaces what an account of this program's holds.
    pub(super) fn write(&mut self, account: Named, bytes: &[u8]) -> Result<(), InstructionError> {
        let call = self.context.transaction_context.get_current_instruction_context()?;
        let mut account = call.try_borrow_instruction_account(account.index)?;
        account.set_data_length(bytes.len())?;
        account.set_data_from_slice(bytes)
    }

    /// Makes an account of the caller's, who has signed for it.
    pub(super) fn create(
        &mut self,
        payer: Named,
        new: Named,
        lamports: u64,
        bytes: &[u8],
    ) -> Result<(), InstructionError> {
        let make = system::create_account(&payer.key, &new.key, lamports, bytes.len() as u64, &self.program);
        self.context.native_invoke_signed(make, &[])?;
        self.write(new, bytes)
    }

    /// Makes an account at a derived address, which may hold lamports already.
    pub(super) fn create_derived(
        &mut self,
        payer: Named,
        new: Named,
        seeds: &[&[u8]],
        bytes: &[u8],
    ) -> Result<(), InstructionError> {
        let missing = self.rent(bytes.len())?.saturating_sub(self.lamports(new)?);
        if missing > 0 {
            self.transfer(payer, new, missing)?;
        }
        self.context.native_invoke_signed(system::allocate(&new.key, bytes.len() as u64), &[seeds])?;
        self.context.native_invoke_signed(system::assign(&new.key, &self.program), &[seeds])?;
        self.write(new, bytes)
    }

    /// Replaces what an account holds by something longer, for which the payer pays.
    pub(super) fn grow(
        &mut self,
        payer: Named,
        account: Named,
        bytes: &[u8],
    ) -> Result<(), InstructionError> {
        let before = self.bytes(account)?.len();
        let more = self.rent(bytes.len())?.saturating_sub(self.rent(before)?);
        self.transfer(payer, account, more)?;
        self.write(account, bytes)
    }

    pub(super) fn transfer(&mut self, from: Named, to: Named, lamports: u64) -> Result<(), InstructionError> {
        self.context.native_invoke_signed(system::transfer(&from.key, &to.key, lamports), &[])
    }

    pub(super) fn invoke(
        &mut self,
        program_id: Address,
        accounts: Vec<AccountMeta>,
        data: Vec<u8>,
        seeds: &[&[u8]],
    ) -> Result<(), InstructionError> {
        self.context.native_invoke_signed(Instruction { program_id, accounts, data }, &[seeds])
    }

    pub(super) fn is_system(&self, index: usize) -> Result<bool, InstructionError> {
        Ok(self.account(index)?.key == SYSTEM)
    }
}

/// Fails with a program's own error code.
pub(super) fn ensure(holds: bool, code: u32) -> Result<(), InstructionError> {
    if holds { Ok(()) } else { Err(InstructionError::Custom(code)) }
}

/// Takes bytes from the front.
pub(super) fn take<'a>(data: &mut &'a [u8], count: usize) -> Result<&'a [u8], InstructionError> {
    let (head, rest) = data.split_at_checked(count).ok_or(InstructionError::InvalidInstructionData)?;
    *data = rest;
    Ok(head)
}

/// Takes a text with its length in front.
pub(super) fn take_text(data: &mut &[u8]) -> Result<Vec<u8>, InstructionError> {
    let length = take(data, 4)?.try_into().map_err(|_| InstructionError::InvalidInstructionData)?;
    let text = take(data, u32::from_le_bytes(length) as usize)?;
    std::str::from_utf8(text).map_err(|_| InstructionError::InvalidInstructionData)?;
    Ok(text.to_vec())
}

/// A text with its length in front.
pub(super) fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(text);
}
