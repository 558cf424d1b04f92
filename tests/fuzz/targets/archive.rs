//! Any bytes as an archive: taken or refused, and nothing beside the directory is touched.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let world = tempfile::tempdir().expect("a directory");
    let (archive, into) = (world.path().join("archive"), world.path().join("into"));
    std::fs::write(&archive, bytes).expect("a file");
    std::fs::create_dir(&into).expect("a directory");
    if leash_install::unpack(&archive, &into).is_ok() {
        let _ = leash_install::check(&into, "it");
    }
    let beside = std::fs::read_dir(world.path()).expect("the directory").count();
    assert_eq!(beside, 2, "something came beside");
});
