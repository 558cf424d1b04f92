//! The environment that a plugin gets.

use std::ffi::OsString;

use leash_protocol::{
    PROTOCOL,
    context::{Context, Source},
    env as names,
    manifest::{Run, is_common_variable, is_forbidden_variable},
};

use crate::environment;

/// Keeps Python from writing what it compiled beside the modules of an installed plugin, which would then no longer be
/// what was installed, and lose its grant. The contract names no such variable; without it no installed plugin in Python
/// could have a second file.
const NO_BYTECODE: &str = "PYTHONDONTWRITEBYTECODE";

/// This process's environment, without what is the host's alone and with what the plugin is told. A plugin
/// with a manifest gets of the user's variables the common ones and those that it names.
pub(crate) fn environment(context: &Context, run: Option<&Run>) -> Vec<(OsString, OsString)> {
    let ours = [names::CONTEXT, names::CONTEXT_FD, names::SIGNER, names::AGENT, names::HANDED_OVER_BY];
    let told = told(context);
    let is_installed = context.plugin.source == Source::Installed;
    let replaced = |name: &str| {
        names::is_secret(name)
            || ours.contains(&name)
            || names::IDENTITY.contains(&name)
            || told.iter().any(|(told, _)| *told == name)
    };
    let wanted = |name: &str| run.is_none_or(|run| is_wanted(run, name));
    let kept = environment::all().filter(|(name, _)| match name.to_str() {
        Some(name) => !replaced(name) && wanted(name),
        None => run.is_none(),
    });
    let told = told.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let kept = kept.filter(|(name, _)| !is_installed || name != NO_BYTECODE);
    let in_place = is_installed.then(|| (NO_BYTECODE.into(), "1".into()));
    kept.chain(told).chain(in_place).collect()
}

fn is_wanted(run: &Run, name: &str) -> bool {
    is_common_variable(name)
        || names::POLICY.contains(&name)
        || (run.env.iter().any(|wanted| wanted == name) && !is_forbidden_variable(name))
}

fn told(context: &Context) -> Vec<(&'static str, String)> {
    let mut told = vec![
        (names::PROTOCOL, PROTOCOL.to_string()),
        (names::BIN, context.host.bin.clone()),
        (names::VERSION, context.host.version.clone()),
        (names::PLUGIN, context.plugin.name.clone()),
        (names::INVOCATION, context.invocation.clone()),
        (names::DEPTH, context.depth.to_string()),
    ];
    if let Some(agent) = &context.agent {
        told.push((names::AGENT_MINT, agent.mint.clone()));
        told.push((names::EXECUTIVE_PUBKEY, agent.executive_pubkey.clone()));
        told.push((names::NETWORK, agent.network.clone()));
    }
    let urls = [
        (names::API_URL, context.api.as_ref().map(|api| &api.base_url)),
        (names::RPC_URL, context.rpc.as_ref().map(|rpc| &rpc.url)),
        (names::EXPLORER_URL, context.explorer.as_ref().map(|explorer| &explorer.url)),
    ];
    told.extend(urls.into_iter().filter_map(|(name, url)| Some((name, url?.clone()))));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_manifest_may_ask_for() {
        let names = ["HTTPS_PROXY", "PYTHONPATH", "LEASH_EXECUTIVE_KEY"];
        let run = Run { env: names.map(str::to_owned).to_vec(), ..Run::default() };
        for name in
            ["PATH", "LC_ALL", "XDG_RUNTIME_DIR", "HTTPS_PROXY", "LEASH_PER_CALL_USDC", "LEASH_PER_DAY_USDC"]
        {
            assert!(is_wanted(&run, name), "{name}");
        }
        for name in ["PYTHONPATH", "LEASH_EXECUTIVE_KEY", "AWS_SECRET_ACCESS_KEY", "LD_PRELOAD"] {
            assert!(!is_wanted(&run, name), "{name}");
        }
    }
}
