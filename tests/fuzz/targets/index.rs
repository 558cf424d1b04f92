//! Any bytes as an index and as a signature's file.
#![no_main]

use leash_install::{Index, Place, SignatureFile};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let here = Place::Path("/i/index".into());
    let there = Place::parse("https://example.com/i/index", std::path::Path::new("/")).expect("a URL");
    let _ = Index::parse(bytes, &here);
    if let Ok(index) = Index::parse(bytes, &there) {
        // What an index from elsewhere names lies elsewhere.
        assert!(index.entries.iter().all(|entry| matches!(entry.archive, Place::Url(_))));
    }
    let _ = SignatureFile::read(bytes, "it");
});
