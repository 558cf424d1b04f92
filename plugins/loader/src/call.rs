//! `call`, the one function that a library is given: a request to the signer, and its answer.
#![allow(unsafe_code, reason = "a library hands over pointers")]

use std::{
    ffi::c_void,
    ptr, slice,
    sync::{Mutex, PoisonError},
};

use leash_output::Out;
use leash_protocol::frame::MAX_FRAME;
use leash_sdk::{Error, Signer};

use crate::abi::{Bytes, Host};

// What `call` returns, as in the header.
const DONE: i32 = 0;
const TOO_SMALL: i32 = 1;
const NO_SIGNER: i32 = -1;
const LOST: i32 = -2;
const INVALID: i32 = -3;

/// The conversation with the signer.
pub(crate) struct Calls {
    plugin: String,
    out: Out,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Reached at the first call; for good, also where there is none.
    signer: Option<Result<Signer, i32>>,
    /// A request whose answer didn't fit, and the answer.
    kept: Option<(Vec<u8>, Vec<u8>)>,
}

impl Calls {
    pub(crate) fn new(plugin: &str, out: Out) -> Self {
        Self { plugin: plugin.to_owned(), out, state: Mutex::default() }
    }

    pub(crate) fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The table for the library. It may be used as long as this lives.
    pub(crate) fn host(&self) -> Host {
        Host::new(ptr::from_ref(self).cast(), call)
    }

    /// The answer to a request, if it fits into `room` bytes; else its length.
    fn answer(&self, request: &[u8], room: usize) -> Result<Result<Vec<u8>, usize>, i32> {
        // One at a time, whichever threads they come from.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match state.kept.take() {
            Some((asked, answer)) if asked == request => answer,
            _ => self.ask(&mut state, request)?,
        };
        if answer.len() <= room {
            return Ok(Ok(answer));
        }
        let need = answer.len();
        state.kept = Some((request.to_vec(), answer));
        Ok(Err(need))
    }

    fn ask(&self, state: &mut State, request: &[u8]) -> Result<Vec<u8>, i32> {
        let signer = state.signer.get_or_insert_with(|| Signer::connect().map_err(|error| self.lost(&error)));
        signer.as_ref().map_err(|code| *code)?.relay(request).map_err(|error| self.lost(&error))
    }

    /// What the library learns of a failure is a number; the user learns the rest.
    fn lost(&self, error: &Error) -> i32 {
        match error {
            Error::NoSigner => NO_SIGNER,
            Error::TooLarge => INVALID,
            other => {
                self.out.warn(&format!("plugin `{}` got no answer: {other}", self.plugin));
                LOST
            }
        }
    }
}

/// `leash_host_v1.call`.
///
/// # Safety
/// As the header says: `ctx` is the table's; `request`, `out` and `need` point to as much as they claim.
unsafe extern "C" fn call(
    ctx: *const c_void,
    request: Bytes,
    out: *mut u8,
    cap: usize,
    need: *mut usize,
) -> i32 {
    if ctx.is_null() || request.ptr.is_null() || request.len > MAX_FRAME || (out.is_null() && cap > 0) {
        return INVALID;
    }
    // SAFETY: the caller's promise. The table's `ctx` is a `Calls` that lives as long as `run` does.
    let (calls, request) =
        unsafe { (&*ctx.cast::<Calls>(), slice::from_raw_parts(request.ptr, request.len)) };
    let (status, length) = match calls.answer(request, cap) {
        Ok(Ok(answer)) => {
            if !answer.is_empty() {
                // SAFETY: `out` has room for `cap` bytes, which the answer doesn't exceed.
                unsafe { ptr::copy_nonoverlapping(answer.as_ptr(), out, answer.len()) };
            }
            (DONE, answer.len())
        }
        Ok(Err(length)) => (TOO_SMALL, length),
        Err(code) => (code, 0),
    };
    if !need.is_null() {
        // SAFETY: the caller's promise.
        unsafe { need.write(length) };
    }
    status
}
