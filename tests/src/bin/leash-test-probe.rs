//! Prints what this machine's kernel and file systems don't offer to the tests, one name a line, for `cargo xtask test`.
#![allow(clippy::print_stdout, reason = "speaking is what this is for")]

/// File systems that note what is written through mappings: ext4, XFS, Btrfs and F2FS.
const REMEMBERED: [i64; 4] = [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010];

fn main() {
    if leash_vault::keyring::available().is_err() {
        println!("kernel keyring");
    }
    if rustix::process::geteuid().is_root() || !leash_strict::available().is_complete() {
        println!("shutting in");
    }
    if !rustix::fs::statfs(std::env::temp_dir()).is_ok_and(|system| REMEMBERED.contains(&system.f_type)) {
        println!("remembered file system");
    }
}
