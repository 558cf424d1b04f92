//! seccomp: the system calls that Landlock doesn't rule, by number and by their plain arguments.

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Operation,
    SeccompCondition as Condition, SeccompFilter, SeccompRule as Rule,
};

/// Refused whatever their arguments are.
const REFUSED: &[c_long] = &[
    // into other processes
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_perf_event_open,
    // system calls that no filter sees
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // keys of the session
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // another view of the system
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    // much used against kernels, and by no plugin
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
];

/// Two programs, since each has one answer for what it catches.
pub(super) struct Filters {
    refuse: BpfProgram,
    absent: BpfProgram,
}

impl Filters {
    /// Applies them to this thread, for good.
    pub(super) fn apply(&self) -> Result<(), seccompiler::Error> {
        seccompiler::apply_filter(&self.absent)?;
        seccompiler::apply_filter(&self.refuse)
    }
}

pub(super) fn compile(stream_pairs: bool) -> Result<Filters, BackendError> {
    let mut refuse: Vec<(c_long, Vec<Rule>)> = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    refuse.push((libc::SYS_socket, vec![rule(&[is(0, UNIX)])?]));
    refuse.push((libc::SYS_socketpair, pairs(stream_pairs)?));
    // What the user's terminal would take for typed, or pasted.
    refuse.push((libc::SYS_ioctl, vec![rule(&[is(1, TIOCSTI)])?, rule(&[is(1, TIOCLINUX)])?]));
    // Another process's limits: one second of processor time ends it as a signal would.
    let of_another = [(0, Length::Dword, Operation::Ne, 0), (2, Length::Qword, Operation::Ne, 0)];
    refuse.push((libc::SYS_prlimit64, vec![rule(&of_another)?]));
    refuse.push((libc::SYS_clone, vec![rule(&[has(0, NEW_USER, NEW_USER)])?]));
    // Its flags lie in memory, where a filter can't look; the C library falls back to clone.
    let absent = vec![(libc::SYS_clone3, Vec::new())];
    let mut program = other_numbers();
    program.extend(build(absent, libc::ENOSYS)?);
    Ok(Filters { refuse: build(refuse, libc::EPERM)?, absent: program })
}

const UNIX: u64 = libc::AF_UNIX as u64;
const NEW_USER: u64 = libc::CLONE_NEWUSER as u64;
// The same on every machine that this is built for; the libc crate has them with a type that differs.
const TIOCSTI: u64 = 0x5412;
const TIOCLINUX: u64 = 0x541C;

/// A pair of stream sockets is connected for good, so that it can reach nobody. One of datagram sockets can be sent to
/// any address. The kernel looks at the lowest four bits.
fn pairs(streams: bool) -> Result<Vec<Rule>, BackendError> {
    if !streams {
        return Ok(vec![rule(&[is(0, UNIX)])?]);
    }
    let kinds = (0..=0xf).filter(|kind| *kind != libc::SOCK_STREAM as u64);
    kinds.map(|kind| rule(&[is(0, UNIX), has(1, 0xf, kind)])).collect()
}

type Comparison = (u8, Length, Operation, u64);

/// An argument of 32 bits: the kernel doesn't look at the others.
const fn is(argument: u8, value: u64) -> Comparison {
    (argument, Length::Dword, Operation::Eq, value)
}

const fn has(argument: u8, mask: u64, value: u64) -> Comparison {
    (argument, Length::Dword, Operation::MaskedEq(mask), value)
}

fn rule(comparisons: &[Comparison]) -> Result<Rule, BackendError> {
    let conditions = comparisons.iter().map(|(argument, length, operation, value)| {
        Condition::new(*argument, length.clone(), operation.clone(), *value)
    });
    Rule::new(conditions.collect::<Result<_, _>>()?)
}

/// A program that answers these calls with an error. A call of another architecture ends the process.
fn build(calls: Vec<(c_long, Vec<Rule>)>, error: i32) -> Result<BpfProgram, BackendError> {
    let answer = SeccompAction::Errno(error.unsigned_abs());
    SeccompFilter::new(
        calls.into_iter().collect(),
        SeccompAction::Allow,
        answer,
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()
}

/// x86-64 has its calls twice: with a bit set in the number they are those of the x32 ABI, and the same calls.
#[cfg(target_arch = "x86_64")]
fn other_numbers() -> BpfProgram {
    let step = |code: u32, jf, k| seccompiler::sock_filter { code: code as u16, jt: 0, jf, k };
    vec![
        // The number is the first of what a filter is shown.
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 1, 0x4000_0000),
        step(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs()),
    ]
}

#[cfg(not(target_arch = "x86_64"))]
fn other_numbers() -> BpfProgram {
    Vec::new()
}
