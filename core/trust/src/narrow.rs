//! Granting less than a manifest asks for.

use leash_output::Error;
use leash_policy::{Allowance, Name, Usd};
use leash_protocol::{frame::PayLimits, scope::Scope};

/// What the user says to payments that a plugin asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PayTerms {
    /// None at all.
    pub none: bool,
    /// The most of one payment, in place of what it asks for.
    pub per_call: Option<Usd>,
    /// The most of one day, likewise.
    pub per_day: Option<Usd>,
    /// Of the hosts that it asks for, these alone; all where it is empty.
    pub hosts: Vec<Name>,
}

impl PayTerms {
    /// A plain yes.
    #[must_use]
    pub const fn as_asked() -> Self {
        Self { none: false, per_call: None, per_day: None, hosts: Vec::new() }
    }

    /// What is left of it; nothing where no host is.
    pub(crate) fn narrow(&self, plugin: &str, asked: Option<&PayLimits>) -> Result<Option<Allowance>, Error> {
        let says = self.per_call.is_some() || self.per_day.is_some() || !self.hosts.is_empty();
        let Some(asked) = asked else {
            return if says {
                Err(Error::usage(format!("`{plugin}` doesn't ask to pay anything"))
                    .hint("leave out what limits its payments"))
            } else {
                Ok(None)
            };
        };
        let mut pay = Allowance::read(asked).map_err(|why| Error::usage(why.to_string()))?;
        if let Some(host) =
            self.hosts.iter().find(|host| !pay.hosts.iter().any(|asked| host.is_meant_by(asked)))
        {
            return Err(Error::usage(format!("`{plugin}` doesn't ask to pay `{host}`"))
                .hint("name a host that its manifest names, or one below it"));
        }
        if !self.hosts.is_empty() {
            pay.hosts.clone_from(&self.hosts);
        }
        pay.per_call = self.per_call.unwrap_or(pay.per_call);
        pay.per_day = self.per_day.unwrap_or(pay.per_day);
        Ok(Some(pay).filter(|pay| !self.none && !pay.hosts.is_empty()))
    }
}

/// What is left of the scopes asked for: those named by `only`, where it names any, without those that `without`
/// names. A scope is named by its path as it is written, and by some or all of its methods.
///
/// # Errors
/// Where something is named that isn't asked for: a slip there would grant more than was meant, or nothing.
pub(crate) fn narrow(asked: &[Scope], only: &[Scope], without: &[Scope]) -> Result<Vec<Scope>, Error> {
    for named in only.iter().chain(without) {
        for method in &named.methods {
            if !asked.iter().any(|scope| names(named, scope, method) && scope.methods.contains(method)) {
                return Err(Error::usage(format!("the plugin doesn't ask for `{method} {}`", named.path))
                    .hint("name a scope as its manifest does, with all or some of its methods"));
            }
        }
    }
    let left = |scope: &Scope, method: &String| {
        (only.is_empty() || only.iter().any(|named| names(named, scope, method)))
            && !without.iter().any(|named| names(named, scope, method))
    };
    let narrowed = asked.iter().map(|scope| Scope {
        methods: scope.methods.iter().filter(|method| left(scope, method)).cloned().collect(),
        ..scope.clone()
    });
    Ok(narrowed.filter(|scope| !scope.methods.is_empty()).collect())
}

fn names(named: &Scope, scope: &Scope, method: &String) -> bool {
    named.path == scope.path && named.methods.contains(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(texts: &[&str]) -> Vec<Scope> {
        texts.iter().map(|text| Scope::parse(text).expect(text)).collect()
    }

    fn narrowed(only: &[&str], without: &[&str]) -> Option<Vec<String>> {
        let asked = scopes(&["GET,POST /v1/a", "GET /v1/b"]);
        let left = narrow(&asked, &scopes(only), &scopes(without)).ok()?;
        Some(left.iter().map(|scope| format!("{} {}", scope.methods.join(","), scope.path)).collect())
    }

    #[test]
    fn some_methods_or_all_of_them() {
        let all = |texts: &[&str]| Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(narrowed(&[], &[]), all(&["GET,POST /v1/a", "GET /v1/b"]));
        assert_eq!(narrowed(&[], &["POST /v1/a"]), all(&["GET /v1/a", "GET /v1/b"]));
        assert_eq!(narrowed(&["GET /v1/b"], &[]), all(&["GET /v1/b"]));
        assert_eq!(narrowed(&["GET,POST /v1/a"], &["GET /v1/a"]), all(&["POST /v1/a"]));
        assert_eq!(narrowed(&[], &["GET,POST /v1/a", "GET /v1/b"]), all(&[]));
        for slip in ["DELETE /v1/a", "GET /v1/c", "GET,DELETE /v1/a", "GET /v1/*"] {
            assert_eq!((narrowed(&[slip], &[]), narrowed(&[], &[slip])), (None, None), "{slip}");
        }
    }
}
