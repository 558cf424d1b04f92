//! From a frame to its answer.

use std::os::fd::{AsFd as _, BorrowedFd};

use leash_protocol::{
    PROTOCOL,
    frame::{Answer, Code, FEATURE_PAY, FEATURE_SIGN_HTTP, GrantInfo, MAX_FRAME, Outcome, Refusal, Response},
    scope::Scope,
};

use crate::{
    connection::Connection,
    payments::{Delivery, Payments},
    refusal::{bad_request, internal},
    request::{self, Op},
    signer::{Signer, stamp},
};

/// What answers a plugin: the signer, and the payments for which it signs.
pub(crate) struct Service {
    pub(crate) signer: Signer,
    pub(crate) payments: Payments,
}

impl Service {
    /// What becomes readable when the plugin ends.
    pub(crate) fn plugin(&self) -> BorrowedFd<'_> {
        self.signer.run.process.as_fd()
    }

    /// Answers one frame.
    pub(crate) fn answer(&mut self, connection: &mut Connection, frame: &[u8]) {
        let request = match request::read(frame) {
            Ok(request) => request,
            Err(refusal) => return put(connection, None, Err(refusal)),
        };
        let id = Some(request.id);
        match request.op {
            Op::Hello { ours: true } => {
                connection.greeted = true;
                put(connection, id, Ok(self.hello()));
            }
            Op::Hello { ours: false } => {
                put(connection, id, Err(unsupported("this signer speaks version 1 alone")));
                connection.end();
            }
            _ if !connection.greeted => put(connection, id, Err(bad_request("`hello` comes first"))),
            Op::SignHttp(ask) => {
                let outcome = self.signer.sign_http(&ask, Some(connection.as_fd()));
                put(connection, id, outcome);
            }
            Op::Pay(ask) => {
                let outcome = self.payments.pay(&self.signer, &ask, Some(connection.as_fd()));
                self.hand_out(connection, id, outcome);
            }
            Op::PayBody { answer, offset } => {
                let outcome = self.payments.piece(&self.signer.run.process, &answer, offset);
                self.hand_out(connection, id, outcome);
            }
            Op::PayDone { answer } => {
                let outcome = self.done(&answer).map(|()| Answer::Done { done: true });
                put(connection, id, outcome);
            }
            Op::Unknown => put(connection, id, Err(unsupported("this signer doesn't know that operation"))),
            Op::Bad(fault) => put(connection, id, Err(bad_request(fault))),
        }
    }

    /// Gives what was bought, or a piece of it; what is whole with that is over, unless the plugin wants to say so itself.
    fn hand_out(&mut self, connection: &mut Connection, id: Option<u64>, outcome: Result<Delivery, Refusal>) {
        match outcome {
            Ok(Delivery { answer, completes }) => {
                put(connection, id, Ok(answer));
                connection.send();
                if let Some(answer) = completes {
                    // Where that fails, the same request gives it once more.
                    let _ = self.done(&answer);
                }
            }
            Err(refusal) => put(connection, id, Err(refusal)),
        }
    }

    fn done(&mut self, answer: &str) -> Result<(), Refusal> {
        self.payments.done(&self.signer.run.process, answer)
    }

    /// Answers a frame that isn't read.
    pub(crate) fn refuse_long(connection: &mut Connection) {
        put(connection, None, Err(bad_request("a frame has at most 64 KiB")));
        connection.end();
    }

    fn hello(&self) -> Answer {
        let Signer { run, grant, .. } = &self.signer;
        let scopes = grant.scopes.iter().map(|scope| Scope { reason: None, ..scope.clone() });
        let pays = self.payments.can_pay().then(|| FEATURE_PAY.to_owned());
        Answer::Hello {
            v: PROTOCOL,
            invocation: run.invocation.clone(),
            features: std::iter::once(FEATURE_SIGN_HTTP.to_owned()).chain(pays).collect(),
            grant: GrantInfo {
                scopes: scopes.collect(),
                max_signatures: grant.max_signatures,
                expires_at: run.expires_at.map(stamp),
                pay: self.payments.limits(),
            },
        }
    }
}

fn put(connection: &mut Connection, id: Option<u64>, outcome: Result<Answer, Refusal>) {
    let response = |outcome| serde_json::to_vec(&Response { id, outcome }).unwrap_or_default();
    let mut json = response(match outcome {
        Ok(answer) => Outcome::Ok(answer),
        Err(refusal) => Outcome::Err(refusal),
    });
    if json.len() > MAX_FRAME {
        json = response(Outcome::Err(internal("the answer doesn't fit into a frame".to_owned())));
    }
    connection.answer(&json);
}

fn unsupported(message: &str) -> Refusal {
    Refusal::new(Code::Unsupported, message, None)
}
