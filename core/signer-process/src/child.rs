//! The life of a signer.

use std::{io, os::fd::OwnedFd};

use leash_audit::Log;
use leash_identity::Identity;
use leash_output::{Error, Kind, command};
use leash_protocol::{
    context::Presigned,
    frame::Answer,
    manifest::{Consent, Presign},
};
use leash_signature::Envelope;

use crate::{
    answer::Service,
    decide::SignatureGrant,
    harden,
    payments::{Payments, Servers},
    process::Process,
    ready::{Failure, Ready, ToHost},
    request::SignHttp,
    run::Run,
    serve::{self, Source},
    signer::Signer,
    spec::{Grant, Spec},
    unix::Listener,
    unlock::unlock,
};

/// What the host hands over.
pub(crate) struct Birth {
    pub(crate) spec: Spec,
    pub(crate) plugin: Process,
    pub(crate) terminal: Option<OwnedFd>,
    /// Our end of the stream; none for a socket with a name.
    pub(crate) stream: Option<OwnedFd>,
    /// Where the host waits for word.
    pub(crate) host: OwnedFd,
}

/// Lives as long as the plugin.
pub(crate) fn live(mut birth: Birth) {
    // stderr is the user's, or nobody's; and a message could hold anything.
    std::panic::set_hook(Box::new(|_| {}));
    if birth.leave().is_err() {
        // Whether that socket is still there nobody knows; the host hears its end.
        return;
    }
    let Birth { spec, plugin, terminal, stream, host } = birth;
    let mut host = ToHost::new(host);
    match prepare(spec, plugin, terminal, stream, &mut host) {
        Ok((mut service, source, ready)) => {
            let told = host.tell(&ready);
            drop(host);
            if told.is_ok() {
                serve::serve(&mut service, source);
            }
        }
        Err(error) => {
            let _ = host.tell(&Ready::Failed(Failure::of(&error)));
        }
    }
}

impl Birth {
    /// Leaves everything of the user's behind.
    fn leave(&mut self) -> io::Result<()> {
        harden::leave_session()?;
        let mut kept = vec![self.plugin.fd_mut(), &mut self.host];
        kept.extend(self.terminal.iter_mut());
        kept.extend(self.stream.iter_mut());
        harden::keep_only(kept)
    }
}

fn prepare(
    spec: Spec,
    plugin: Process,
    terminal: Option<OwnedFd>,
    stream: Option<OwnedFd>,
    host: &mut ToHost,
) -> Result<(Service, Source, Ready), Error> {
    harden::close_to_others()?;
    let source = match stream {
        Some(stream) => Source::Stream(stream),
        None => Source::Named(Listener::new(spec.runtime_dir.as_deref(), plugin.pid)?),
    };
    let socket = match &source {
        Source::Named(listener) => Some(listener.path.clone()),
        Source::Stream(_) => None,
    };
    let (mut service, presign) = make(spec, plugin, terminal, host)?;
    let signer = &mut service.signer;
    let presigned = presign_all(signer, &presign)?;
    let (pid, executive) = (std::process::id().cast_signed(), signer.run.public.to_string());
    let locked = signer.is_locked();
    Ok((service, source, Ready::Serving { pid, executive, presigned, socket, locked }))
}

/// Reads the key, and makes sure that it is the one that was granted.
fn make(
    spec: Spec,
    process: Process,
    terminal: Option<OwnedFd>,
    host: &mut ToHost,
) -> Result<(Service, Vec<Presign>), Error> {
    let identity = *(spec.load)()?;
    let Identity { mint, network, executive: key, api_url, rpc_url, explorer_url, api_key, .. } = identity;
    let public = key.public();
    let granted = &spec.agent;
    let same_key = granted.executive.is_none_or(|granted| granted == public);
    if mint != granted.mint || network != granted.network || !same_key {
        let message = format!(
            "the agent is `{mint}` on {network} now, and what was granted is `{}` on {}{}",
            granted.mint,
            granted.network,
            if same_key { "" } else { ", with another key" },
        );
        return Err(Error::new(Kind::Refused, "wrong_agent", message)
            .hint(command(&format!("plugin trust {}", spec.plugin.name))));
    }
    let key = unlock(key, host)?;
    let Grant { scopes, max_signatures, pay, consent, expires_at } = spec.grant;
    let run = Run {
        plugin: spec.plugin,
        process,
        invocation: spec.invocation,
        mint,
        public,
        network,
        consent,
        terminal,
        expires_at,
    };
    let grant = SignatureGrant::new(scopes, max_signatures, spec.daily);
    let log = Log::new(&spec.audit_dir, &public);
    let signer = Signer::new(run, grant, key, log, spec.base_path);
    let servers = Servers { api_url, rpc_url, explorer_url, api_key };
    let payments = Payments::new(pay, spec.payer, servers);
    Ok((Service { signer, payments }, spec.presign))
}

/// Signs what the plugin finds signed already. What isn't granted is left out, and in the audit log.
fn presign_all(signer: &mut Signer, presign: &[Presign]) -> Result<Vec<Presigned>, Error> {
    let mut presigned = Vec::new();
    if signer.run.consent == Consent::Each || signer.is_locked() {
        return Ok(presigned);
    }
    for request in presign {
        let target = request.path.replace("{mint}", &signer.run.mint.to_string());
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let body = Envelope::hash_body(request.body.as_deref().unwrap_or_default().as_bytes());
        let ask = SignHttp {
            method: request.method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            body_sha256: hex(&body),
            fault: None,
        };
        match signer.sign_http(&ask, None) {
            Ok(Answer::Signed { headers, expires_at }) => {
                presigned.push(Presigned {
                    method: request.method.clone(),
                    path: target,
                    headers,
                    expires_at,
                });
            }
            Err(refusal) if refusal.code == leash_protocol::frame::Code::Internal => {
                let error = Error::failure("signer", refusal.message);
                return Err(match refusal.hint {
                    Some(hint) => error.hint(hint),
                    None => error,
                });
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(presigned)
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// What went wrong before there was anybody to be told.
pub(crate) fn start_failed(error: &io::Error) -> Error {
    Error::failure("signer", format!("the signer can't be started: {error}"))
}
