//! One case: what is granted, what the plugin does, and what must be so afterwards.

use std::process::{Command, Output};

use libtest_mimic::{Completion, Trial};

use crate::{
    client::Client,
    home::{Home, Plan},
};

/// A case. The plugin's part runs in the plugin's process; it fails by panicking.
#[derive(Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    /// Changes what is granted.
    pub plan: fn(&Home, &mut Plan),
    /// What the plugin does.
    pub plugin: fn(&mut Client),
    /// What must be so when it has ended.
    pub check: fn(&Home, &Output),
    /// What the host is run by: `unshare …`, say.
    pub wrap: &'static [&'static str],
    /// Whether to run as another user than root, where this is root.
    pub as_nobody: bool,
    /// Whether it is no test by itself.
    pub is_part: bool,
    /// Why this machine can't run it, if it can't.
    pub lacks: fn() -> Option<&'static str>,
}

impl Case {
    pub const fn new(name: &'static str, plugin: fn(&mut Client)) -> Self {
        Self {
            name,
            plan: |_, _| (),
            plugin,
            check: succeeded,
            wrap: &[],
            as_nobody: false,
            is_part: false,
            lacks: || None,
        }
    }

    pub const fn plan(self, plan: fn(&Home, &mut Plan)) -> Self {
        Self { plan, ..self }
    }

    pub const fn check(self, check: fn(&Home, &Output)) -> Self {
        Self { check, ..self }
    }

    pub const fn wrap(self, wrap: &'static [&'static str]) -> Self {
        Self { wrap, ..self }
    }

    pub const fn as_nobody(self) -> Self {
        Self { as_nobody: true, ..self }
    }

    /// A host and a plugin for another test.
    pub const fn part(self) -> Self {
        Self { is_part: true, ..self }
    }

    /// Ignores it on a machine that lacks something.
    pub const fn unless(self, lacks: fn() -> Option<&'static str>) -> Self {
        Self { lacks, ..self }
    }

    pub fn trial(self) -> Trial {
        Trial::ignorable_test(self.name, move || match (self.lacks)() {
            Some(reason) => Ok(Completion::ignored_with(reason)),
            None => self.run().map(|()| Completion::Completed),
        })
    }

    fn run(self) -> Result<(), libtest_mimic::Failed> {
        let (home, mut command) = self.prepare();
        let output = command.output()?;
        (self.check)(&home, &output);
        home.signer_must_be_gone();
        Ok(())
    }

    /// The host's command line, and where it runs.
    pub fn prepare(self) -> (Home, Command) {
        let home = Home::new();
        let mut plan = home.plan();
        (self.plan)(&home, &mut plan);
        let command = home.host(&plan, self.name, self.wrap, self.as_nobody);
        (home, command)
    }
}

/// The plugin ran to its end.
pub fn succeeded(_: &Home, output: &Output) {
    assert!(output.status.success(), "{}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
}

/// The host refused to start a signer.
pub fn refused(output: &Output, exit: i32, code: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit), "{stderr}");
    assert!(stderr.contains(&format!("code={code} ")), "{stderr}");
}
