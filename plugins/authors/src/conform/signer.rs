//! A signer that does as it is told, and remembers each signature that it gave.

use std::{
    io,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use leash_protocol::{
    frame::{Code, PayLimits},
    scope::Scope,
};
use leash_sdk::mock::{Honest, Mock, Reply, Shop, frame};
use serde_json::{Value, json};

/// As long as a person who is asked may well take.
pub(super) const THOUGHT: Duration = Duration::from_secs(6);

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mood {
    #[default]
    Honest,
    /// Signs, and says more than this version of the contract knows.
    Later,
    /// Refuses every request.
    Refuses(Code),
    /// Signs so many.
    Quota(u32),
    /// Takes its time.
    Slow,
    /// Sends its answers byte by byte.
    Trickles,
    /// Is gone before a word was said.
    ClosesFirst,
    /// Is gone in the middle of an answer.
    ClosesWithin,
    /// Speaks no version that the plugin speaks.
    NoVersion,
    /// Answers what is no JSON.
    Garbage,
    /// Announces an answer of 4 GiB.
    HugeLength,
    /// Answers another request before this one.
    WrongId,
    /// Says everything twice in one object.
    Duplicates,
    /// Never answers.
    Silent,
}

/// Whether a request is for a signature or a payment.
pub(super) fn is_asked(request: &Value) -> bool {
    request["op"] == "sign_http" || request["op"] == "pay"
}

/// A signature that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) method: String,
    /// With its query.
    pub(super) target: String,
    pub(super) body_sha256: String,
    pub(super) signature: String,
    /// Whether it was the answer to what was asked.
    pub(super) meant: bool,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<Vec<Given>>>);

impl Ledger {
    pub(super) fn find(&self, signature: &str) -> Option<Given> {
        lock(&self.0).iter().find(|given| given.signature == signature).cloned()
    }

    /// Headers for a request, of which a note is taken.
    pub(super) fn sign(&self, mint: &str, asked: [&str; 4], meant: bool) -> Value {
        let [method, path, query, body_sha256] = asked;
        let mut given = lock(&self.0);
        // Base58, of the length of a signature, and like no other one.
        let number: String = format!("{:08}", given.len()).bytes().map(|b| char::from(b + 17)).collect();
        let signature = format!("{}{number}", "4x".repeat(40));
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        given.push(Given {
            method: method.to_owned(),
            target,
            body_sha256: body_sha256.to_owned(),
            signature: signature.clone(),
            meant,
        });
        json!({"x-leash-agent": mint, "x-leash-timestamp": "2026-01-01T00:00:00.000Z", "x-leash-sig": signature})
    }
}

/// What the signer knows.
#[derive(Debug)]
pub(super) struct Signing {
    pub(super) mood: Mood,
    pub(super) honest: Honest,
    pub(super) ledger: Ledger,
    /// Whether it was slow already: once is enough to see what a plugin makes of it.
    tried: bool,
}

impl Signing {
    pub(super) fn new(
        mood: Mood,
        (scopes, pay): (&[Scope], Option<&PayLimits>),
        invocation: &str,
        mint: &str,
        ledger: Ledger,
    ) -> Self {
        let mut honest = Honest::granting(&[]);
        honest.scopes = scopes.to_vec();
        honest.shop = pay.cloned().map(Shop::new);
        honest.max_signatures = 1000;
        (honest.invocation, honest.mint) = (invocation.to_owned(), mint.to_owned());
        match mood {
            Mood::Refuses(code) => honest.refuse = Some(code),
            Mood::Quota(most) => honest.max_signatures = most,
            _ => {}
        }
        Self { mood, honest, ledger, tried: false }
    }

    /// Answers one request.
    pub(super) fn answer(&mut self, request: &Value) -> Reply {
        if self.mood == Mood::ClosesFirst {
            return Reply::Close(Vec::new());
        }
        if request["op"] == "hello" && self.mood == Mood::NoVersion {
            let refusal = json!({"id": request["id"],
                "err": {"code": "unsupported", "message": "no common version"}});
            return Reply::Close(frame(refusal.to_string().as_bytes()));
        }
        let mut reply = self.honest.answer(request);
        let Reply::Json(answer) = &mut reply else { return reply };
        if self.mood == Mood::Later {
            answer["later"] = json!({"more": [1, 2]});
            if let Some(features) = answer.pointer_mut("/ok/features").and_then(Value::as_array_mut) {
                features.push(json!("sign_moon"));
            }
        }
        if answer.get("err").is_some() && answer.pointer("/err/hint").is_none() {
            answer["err"]["hint"] = json!("`leash plugin trust NAME` shows what it may have signed");
        }
        if !is_asked(request) {
            return reply;
        }
        if answer.pointer("/ok/headers").is_some() {
            answer["ok"]["headers"] = self.headers(request, true);
            answer["ok"]["expires_at"] = json!("2999-01-01T00:00:00.000Z");
        }
        let answer = answer.clone();
        self.spoil(request, &answer).unwrap_or(reply)
    }

    fn headers(&self, request: &Value, meant: bool) -> Value {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        let asked = [text("method"), text("path"), text("query"), text("body_sha256")];
        self.ledger.sign(&self.honest.mint, asked, meant)
    }

    /// What becomes of an answer on its way.
    fn spoil(&mut self, request: &Value, answer: &Value) -> Option<Reply> {
        let text = answer.to_string();
        let whole = frame(text.as_bytes());
        let again = std::mem::replace(&mut self.tried, true);
        Some(match self.mood {
            Mood::Slow | Mood::Trickles if again => return None,
            Mood::Slow => {
                thread::sleep(THOUGHT);
                return None;
            }
            Mood::Trickles => Reply::Slowly(whole, Duration::from_millis(2)),
            Mood::ClosesWithin => Reply::Close(whole[..whole.len() / 2].to_vec()),
            Mood::Garbage => Reply::Raw(frame(b"\xff\xfe{\"ok\":")),
            Mood::HugeLength => Reply::Raw([&[0xff; 4][..], &[b'x'; 64]].concat()),
            Mood::WrongId => {
                let mut other = answer.clone();
                other["id"] = json!(request["id"].as_u64().unwrap_or(0) ^ 1);
                if other.pointer("/ok/headers").is_some() {
                    other["ok"]["headers"] = self.headers(request, false);
                }
                Reply::Raw([frame(other.to_string().as_bytes()), whole].concat())
            }
            Mood::Duplicates => {
                let inner = &text[1..text.len() - 1];
                Reply::Raw(frame(format!("{{{inner},{inner}}}").as_bytes()))
            }
            Mood::Silent => Reply::Silence,
            _ => return None,
        })
    }
}

/// A signer in threads of this process, on a socket or at a path. Ends when dropped.
#[derive(Debug)]
pub(super) struct Signer {
    mocks: Arc<Mutex<Vec<Mock>>>,
    listening: Option<(PathBuf, Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Signer {
    /// One on a socket that the plugin inherits.
    pub(super) fn on_socket(mut signing: Signing) -> io::Result<(Self, std::os::fd::OwnedFd)> {
        let (mock, socket) = Mock::start(move |request| signing.answer(request))?;
        Ok((Self { mocks: Arc::new(Mutex::new(vec![mock])), listening: None }, socket))
    }

    /// One that listens.
    pub(super) fn at(path: &Path, signing: Signing) -> io::Result<Self> {
        let listener = UnixListener::bind(path)?;
        let mocks = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let (kept, ends, signing) = (Arc::clone(&mocks), Arc::clone(&over), Arc::new(Mutex::new(signing)));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                let signing = Arc::clone(&signing);
                if let Ok(mock) = Mock::on(stream, move |request| lock(&signing).answer(request)) {
                    lock(&kept).push(mock);
                }
            }
        });
        Ok(Self { mocks, listening: Some((path.to_owned(), over, thread)) })
    }

    /// What it was asked so far.
    pub(super) fn seen(&self) -> Vec<Value> {
        lock(&self.mocks).iter().flat_map(Mock::seen).collect()
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        if let Some((path, over, thread)) = self.listening.take() {
            over.store(true, Ordering::SeqCst);
            // Wakes it up.
            if UnixStream::connect(path).is_ok() {
                let _ = thread.join();
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
