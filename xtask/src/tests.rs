//! `cargo xtask test`: every test, against programs that were just built.

use crate::run;

pub(crate) fn run(rest: &[String]) -> Result<(), String> {
    let programs = run::build()?;
    run::check(run::cargo_for_tests().args(["test", "--workspace"]).args(rest).env("LEASH_BIN_DIR", programs))
}
