//! What fuzzing reaches that nobody else needs to.

/// Reads a frame as a signer does.
pub fn frame(bytes: &[u8]) {
    let _ = crate::request::read(bytes);
}
