//! What cargo knows of the workspace, and whether every crate inherits the workspace's lints.

use serde_json::Value;

use crate::run;

/// What `cargo metadata` says of the workspace's own crates.
pub(super) fn metadata() -> Result<Value, String> {
    let output = run::cargo()
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata ended with {}", output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

/// Manifests that set lints of their own, or none: what the workspace forbids isn't forbidden there.
pub(super) fn without_lints(metadata: &Value) -> Vec<String> {
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let manifests = packages.filter_map(|package| package["manifest_path"].as_str());
    let inherits = |path: &str| {
        let manifest = std::fs::read_to_string(path).ok()?.parse::<toml::Table>().ok()?;
        manifest.get("lints")?.get("workspace")?.as_bool()
    };
    manifests
        .filter(|path| inherits(path) != Some(true))
        .map(|path| path.strip_prefix(root).unwrap_or(path).trim_start_matches('/'))
        .map(|path| format!("{path} doesn't say `[lints] workspace = true`"))
        .collect()
}
