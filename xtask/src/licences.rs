//! `cargo xtask licences`: every dependency's licence against the list in deny.toml, for machines without
//! cargo-deny.

use serde_json::Value;

use crate::run;

pub(crate) fn run(_: &[String]) -> Result<(), String> {
    let deny = std::fs::read_to_string(run::root().join("deny.toml")).map_err(|error| error.to_string())?;
    let deny: toml::Table = deny.parse().map_err(|error| format!("deny.toml: {error}"))?;
    let allowed: Vec<&str> =
        deny["licenses"]["allow"].as_array().into_iter().flatten().filter_map(toml::Value::as_str).collect();
    let output = run::cargo()
        .args(["metadata", "--format-version", "1"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| error.to_string())?;
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let mut refused = Vec::new();
    for package in packages {
        let licence = package["license"].as_str().unwrap_or("none");
        if !is_allowed(licence, &allowed) {
            refused.push(format!("{} {}: {licence}", package["name"], package["version"]));
        }
    }
    if refused.is_empty() {
        println!("{} packages, all with a licence that is allowed", packages.len());
        Ok(())
    } else {
        Err(format!("licences that deny.toml doesn't allow:\n  {}", refused.join("\n  ")))
    }
}

/// Whether an SPDX expression can be met: of alternatives one is enough, of a conjunction all are needed.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let expression = expression.replace('/', " OR ");
    let expression = expression.trim();
    if let Some(inner) = expression.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        let (group, rest) = inner;
        let rest = rest.trim();
        return match (rest.strip_prefix("AND "), rest.strip_prefix("OR ")) {
            (Some(rest), _) => is_allowed(group, allowed) && is_allowed(rest, allowed),
            (_, Some(rest)) => is_allowed(group, allowed) || is_allowed(rest, allowed),
            _ => is_allowed(group, allowed),
        };
    }
    if let Some((one, rest)) = expression.split_once(" AND ") {
        return is_allowed(one, allowed) && is_allowed(rest, allowed);
    }
    if expression.contains(" OR ") {
        return expression.split(" OR ").any(|one| is_allowed(one, allowed));
    }
    allowed.contains(&expression)
}
