//! Random bytes and ids from the system.

use std::io;

/// Fills a buffer of at most 256 bytes.
///
/// By the system call itself: the crate that does it everywhere looks for the C library's function by its name, which is
/// not to be found where that library is linked in, and then keeps a descriptor open that a signer closes.
///
/// # Errors
/// Where the system has none.
pub fn random(buffer: &mut [u8]) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let wanted = buffer.len();
        let given = rustix::io::retry_on_intr(|| {
            rustix::rand::getrandom(&mut *buffer, rustix::rand::GetRandomFlags::empty())
        })?;
        // So few are never cut short.
        if given == wanted { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
    #[cfg(not(target_os = "linux"))]
    {
        getrandom::fill(buffer).map_err(io::Error::other)
    }
}

/// A random id of `BYTES` bytes, in hex.
///
/// # Errors
/// As [`random`].
pub fn random_id<const BYTES: usize>() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    random(&mut bytes)?;
    Ok(base16ct::lower::encode_string(&bytes))
}
