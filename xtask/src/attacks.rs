//! `cargo xtask attacks`: plugins that are out for the agent's key, against programs that were just built, and the table
//! of what came of it.

use crate::run;

pub(crate) fn run(rest: &[String]) -> Result<(), String> {
    let programs = run::build()?;
    let mut cargo = run::cargo_for_tests();
    cargo.args(["test", "--quiet", "-p", "leash-tests", "--test", "attacks", "--"]);
    run::check(cargo.args(rest).env("LEASH_BIN_DIR", programs))
}
