//! `cargo xtask licences`: every dependency's licence against the list in deny.toml, for machines without
//! cargo-deny.

use std::path::Path;

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
        let stated = package["license"].as_str();
        let licence = stated.or_else(|| by_text(&text_of(package))).unwrap_or("none");
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

/// The file that a package names in the place of a licence; empty where there is none.
fn text_of(package: &Value) -> String {
    let manifest = package["manifest_path"].as_str().map(Path::new).and_then(Path::parent);
    let file = manifest.zip(package["license_file"].as_str()).map(|(dir, name)| dir.join(name));
    file.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default()
}

/// What a licence's text is known as, judged by its title.
fn by_text(text: &str) -> Option<&'static str> {
    let title: Vec<_> = text.split_whitespace().take(6).collect();
    (title.join(" ") == "Apache License Version 2.0, January 2004").then_some("Apache-2.0")
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

#[cfg(test)]
mod tests {
    use super::by_text;

    #[test]
    fn a_licence_is_known_by_the_title_of_its_text() {
        let text =
            "\n        Apache License\n    Version 2.0, January 2004\n  http://www.apache.org/licenses/\n";
        assert_eq!(by_text(text), Some("Apache-2.0"));
        for other in ["", "Apache License\nVersion 1.1", "All rights reserved"] {
            assert_eq!(by_text(other), None, "{other}");
        }
    }
}
