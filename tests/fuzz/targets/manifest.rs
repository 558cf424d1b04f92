//! Any bytes as a manifest: never a panic, each fault in a line that there is, and what a grant keeps of it is what it says.
#![no_main]

use leash_protocol::manifest::Manifest;
use leash_trust::Examined;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let examined = Examined::of(bytes, "foo");
    let lines = bytes.split(|byte| *byte == b'\n').count();
    for placed in examined.faults.iter().chain(&examined.unknown_keys) {
        assert!((1..=lines).contains(&placed.line), "line {} of {lines}", placed.line);
    }
    if let Some(manifest) = examined.manifest {
        let kept = serde_json::to_string(&manifest).expect("JSON");
        assert_eq!(serde_json::from_str::<Manifest>(&kept).expect("a manifest"), manifest);
    }
});
