//! What the kernel can do, found by doing it: on a thread, since both restrictions are a thread's own.

use std::thread;

use landlock::{ABI, LandlockStatus, RulesetStatus};

use super::{calls, fence, privileges};
use crate::{Availability, Missing, Part};

pub(crate) fn available() -> Availability {
    let tried = thread::Builder::new().name("strict-probe".into()).spawn(|| (fence::trial(), seccomp()));
    let (landlock, seccomp) = match tried.map(thread::JoinHandle::join) {
        Ok(Ok(results)) => results,
        _ => (Err("a thread to try it on could not be started".to_owned()), Ok(())),
    };
    let mut missing = Vec::new();
    match privileges::Status::read() {
        Ok(status) => missing.extend(status.missing()),
        Err(error) => missing.push(Missing::new(
            Part::Unprivileged,
            format!("cannot read /proc/self/status: {error}"),
            "mount /proc: `mount -t proc proc /proc`",
        )),
    }
    let mut abi = None;
    match landlock {
        Ok((ruleset, status)) => {
            abi = version(status);
            missing.extend(lacking(&ruleset, status));
        }
        Err(reason) => missing.push(Missing::new(Part::Landlock, reason, HINT_KERNEL)),
    }
    if let Err(reason) = seccomp {
        missing.push(Missing::new(
            Part::Seccomp,
            format!("this kernel takes no system call filter: {reason}"),
            "use a kernel with CONFIG_SECCOMP_FILTER, or a container that allows the call `seccomp`",
        ));
    }
    Availability::new(abi, missing)
}

const HINT_KERNEL: &str = "use Linux 6.12 or later, with Landlock";

fn seccomp() -> Result<(), String> {
    calls::compile(false).map_err(|error| error.to_string())?.apply().map_err(|error| error.to_string())
}

fn version(status: LandlockStatus) -> Option<u32> {
    let LandlockStatus::Available { effective_abi, kernel_abi } = status else { return None };
    u32::try_from(kernel_abi.unwrap_or(effective_abi as i32)).ok()
}

fn lacking(ruleset: &RulesetStatus, status: LandlockStatus) -> Option<Missing> {
    let (reason, hint) = match status {
        LandlockStatus::NotEnabled => (
            "Landlock is in this kernel, but switched off".to_owned(),
            "add `landlock` to the kernel's parameter `lsm=` and boot again",
        ),
        LandlockStatus::Available { .. } if *ruleset == RulesetStatus::FullyEnforced => return None,
        LandlockStatus::Available { effective_abi, .. } if effective_abi >= ABI::V6 => {
            ("Landlock took only a part of the rules".to_owned(), HINT_KERNEL)
        }
        LandlockStatus::Available { effective_abi, .. } => (
            format!("this kernel's Landlock (ABI {effective_abi}) can't keep signals in; ABI 6 can"),
            HINT_KERNEL,
        ),
        LandlockStatus::NotImplemented => ("this kernel has no Landlock".to_owned(), HINT_KERNEL),
    };
    Some(Missing::new(Part::Landlock, reason, hint))
}

#[cfg(test)]
mod tests {
    use landlock::{ABI, LandlockStatus, RulesetStatus};

    use super::{lacking, version};

    #[test]
    fn each_kernel_gets_its_reason() {
        let at = |effective_abi| LandlockStatus::Available { effective_abi, kernel_abi: None };
        let reason =
            |ruleset, status| lacking(&ruleset, status).map(|missing| missing.reason).unwrap_or_default();
        assert_eq!(reason(RulesetStatus::FullyEnforced, at(ABI::V6)), "");
        assert!(reason(RulesetStatus::PartiallyEnforced, at(ABI::V4)).contains("ABI 4"));
        assert!(reason(RulesetStatus::NotEnforced, LandlockStatus::NotEnabled).contains("switched off"));
        assert!(reason(RulesetStatus::NotEnforced, LandlockStatus::NotImplemented).contains("no Landlock"));
        assert_eq!(version(at(ABI::V4)), Some(4));
        assert_eq!(
            version(LandlockStatus::Available { effective_abi: ABI::V10, kernel_abi: Some(12) }),
            Some(12)
        );
        assert_eq!(version(LandlockStatus::NotEnabled), None);
    }
}
