//! The document that tells a plugin who it runs for.

use std::path::Path;

use leash_files::Paths;
use leash_identity::Public;
use leash_output::Error;
use leash_protocol::{
    PROTOCOL,
    context::{Agent, Api, Context, Dirs, Endpoint, Global, Host as HostInfo, Plugin, Source},
    env as names,
};

use crate::{Host, environment, parent_plugin};

/// An agent, as far as a plugin is told.
#[derive(Clone)]
pub(crate) struct Who {
    pub(crate) agent: Agent,
    pub(crate) api: Option<Api>,
    rpc: Option<Endpoint>,
    explorer: Option<Endpoint>,
}

impl Who {
    pub(crate) fn of_public(public: Public) -> Self {
        Self {
            agent: Agent {
                name: public.name,
                mint: public.mint.to_string(),
                executive_pubkey: public.executive.to_string(),
                treasury: public.treasury.to_string(),
                network: public.network.to_string(),
            },
            api: Some(Api { base_url: public.api_url }),
            rpc: Some(Endpoint { url: public.rpc_url }),
            explorer: Some(Endpoint { url: public.explorer_url }),
        }
    }

    /// The agent of the plugin inside which this leash runs, if it has one.
    pub(crate) fn of_context(outer: Context) -> Option<Self> {
        Some(Self { agent: outer.agent?, api: outer.api, rpc: outer.rpc, explorer: outer.explorer })
    }
}

/// Makes the context of one run.
pub(crate) fn make(host: &Host, name: &str, source: Source, who: Option<&Who>) -> Result<Context, Error> {
    // Who has no home has no directories, and plugins run all the same.
    let own = |base: fn(&Paths) -> &Path| {
        host.paths().map_or_else(|_| String::new(), |paths| own(base(paths), name))
    };
    let (agent, api, rpc, explorer) = who
        .cloned()
        .map_or((None, None, None, None), |who| (Some(who.agent), who.api, who.rpc, who.explorer));
    Ok(Context {
        v: PROTOCOL,
        invocation: invocation()?,
        depth: parent_plugin::depth().saturating_add(1),
        plugin: Plugin { name: name.to_owned(), version: None, digest: None, source },
        agent,
        api,
        rpc,
        explorer,
        global: Global {
            json: host.out.json,
            color: host.out.color.as_str().to_owned(),
            quiet: host.out.quiet,
            verbose: host.out.verbose,
        },
        grant: None,
        presigned: Some(Vec::new()),
        dirs: Dirs { data: own(|paths| &paths.data), cache: own(|paths| &paths.cache) },
        host: HostInfo { bin: path_text(&Host::executable()?), version: Host::version().to_owned() },
        features: Vec::new(),
    })
}

/// 128 random bits in hex; inside a plugin, those that the command line began with.
fn invocation() -> Result<String, Error> {
    let is_one =
        |text: &String| text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if parent_plugin::depth() > 0
        && let Some(outer) = environment::text(names::INVOCATION).ok().filter(is_one)
    {
        return Ok(outer);
    }
    leash_files::random_id::<16>()
        .map_err(|error| Error::failure("io", format!("the system gives no randomness: {error}")))
}

fn own(base: &Path, name: &str) -> String {
    path_text(&base.join("plugin-data").join(name))
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
