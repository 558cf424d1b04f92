//! All attacks, in order, and the table of what came of them.

#[path = "cases/mod.rs"]
pub(crate) mod cases;
#[path = "evil/mod.rs"]
pub(crate) mod evil;
#[path = "market.rs"]
pub(crate) mod market;
#[path = "root.rs"]
mod root;
#[path = "syscall.rs"]
pub(crate) mod syscall;
#[path = "table.rs"]
pub(crate) mod table;
#[path = "tools.rs"]
mod tools;
#[path = "world.rs"]
pub(crate) mod world;

use std::process::ExitCode;

use libtest_mimic::Arguments;

pub(crate) fn main() -> ExitCode {
    if evil::is_meant() {
        return evil::main();
    }
    let mut arguments = Arguments::from_args();
    // What this was started with is no business of the plugins'.
    let close_on_exec = 4;
    let _ = syscall::call(libc::SYS_close_range, &[3, i32::MAX as usize, close_on_exec]);
    if rustix::process::geteuid().is_root() {
        return root::run(&arguments);
    }
    // More at once only wait for each other.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let mut trials = table::trials(cases::all());
    trials.extend(tools::trials());
    trials.extend(root::rows());
    trials.extend(cases::others());
    trials.push(table::document());
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        table::print();
    }
    conclusion.exit_code()
}
