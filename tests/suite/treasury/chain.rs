//! A chain of a few accounts behind JSON-RPC, which carries out what a treasury does.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_chain::{Address, Network, Signature, Step, Token, Transaction, programs, treasury};
use leash_tests::{AGENT_1, Api, Home, Reply, Request};
use serde_json::{Value, json};

/// What it holds.
#[derive(Default)]
pub(crate) struct Held {
    /// Owner, lamports and data.
    accounts: BTreeMap<Address, (Address, u64, Vec<u8>)>,
    height: u64,
    landed: Vec<Signature>,
    /// Whether transactions are taken and forgotten.
    pub(crate) loses: bool,
}

/// When the process that asks is killed: at which question, and whether that is answered for first.
#[derive(Default)]
pub(crate) struct Kill {
    pub(crate) at: Option<(usize, bool)>,
    pid: Option<u32>,
}

/// The chain, and a home whose agent lives on it.
pub(crate) struct Chain {
    pub(crate) home: Home,
    pub(crate) api: Api,
    held: Arc<Mutex<Held>>,
    kill: Arc<(Mutex<Kill>, Condvar)>,
}

pub(crate) fn asset() -> Address {
    AGENT_1.mint.parse().unwrap()
}

pub(crate) fn executive() -> Address {
    AGENT_1.executive.parse().unwrap()
}

pub(crate) fn usdc() -> &'static Token {
    Token::by_symbol(Network::Devnet, "USDC").unwrap()
}

/// A wallet that has nothing yet.
pub(crate) fn wallet() -> Address {
    "9zGzjg1sDrxiwoV9PvpGHjYofSBAGmmzKC68zyFGwqUo".parse().unwrap()
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self::with(|_, _| None)
    }

    /// A chain whose answers may be others: by the method, and the number of the question.
    pub(crate) fn with(fault: impl Fn(&str, usize) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let mut held = Held { height: 1_000, ..Held::default() };
        let me = executive();
        let agent = [&[1][..], me.as_bytes(), &[1], me.as_bytes(), b"\x01\0\0\0a\x01\0\0\0b\0"].concat();
        held.accounts.insert(asset(), (programs::MPL_CORE, 3_000_000, agent));
        held.accounts.insert(me, (programs::SYSTEM, 10_000_000, vec![]));
        held.accounts.insert(treasury(&asset()), (programs::SYSTEM, 5_000_000, vec![]));
        held.tokens(&treasury(&asset()), |data| data[64..72].copy_from_slice(&10_000_000_u64.to_le_bytes()));
        let held = Arc::new(Mutex::new(held));
        let kill = Arc::<(Mutex<Kill>, Condvar)>::default();
        let (state, killer) = (held.clone(), kill.clone());
        let api = Api::start(move |request: &Request, number| {
            let question: Value = serde_json::from_slice(&request.body).unwrap();
            let method = question["method"].as_str().unwrap();
            let kill = |when: bool| {
                let (lock, set) = &*killer;
                let mut kill = lock.lock().unwrap();
                if kill.at != Some((number, when)) {
                    return false;
                }
                while kill.pid.is_none() {
                    kill = set.wait(kill).unwrap();
                }
                let pid = rustix::process::Pid::from_raw(kill.pid.unwrap() as i32).unwrap();
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
                true
            };
            if kill(false) {
                return Reply::Close;
            }
            let result = state.lock().unwrap().answer(method, &question["params"]);
            if kill(true) {
                return Reply::Close;
            }
            let answer = json!({"jsonrpc": "2.0", "id": question["id"], "result": result});
            fault(method, number).unwrap_or(Reply::Json(200, answer))
        });
        let home = Home::with_agent(&AGENT_1, &api.url);
        Self { home, api, held, kill }
    }

    /// Waits for the first question.
    pub(crate) fn api_was_asked(&self) {
        while self.api.requests().is_empty() {
            std::thread::yield_now();
        }
    }

    pub(crate) fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    /// Runs a command that is killed at a question; `false` where it was over before.
    pub(crate) fn run_killed(&self, words: &[&str], at: (usize, bool)) -> bool {
        use std::{os::unix::process::ExitStatusExt as _, process::Stdio};
        let mut run = self.home.leash(words);
        run.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.kill.0.lock().unwrap().at = Some(at);
        let mut child = run.command.spawn().unwrap();
        self.kill.0.lock().unwrap().pid = Some(child.id());
        self.kill.1.notify_all();
        let status = child.wait().unwrap();
        *self.kill.0.lock().unwrap() = Kill::default();
        status.signal() == Some(9)
    }
}

impl Held {
    /// The atomic units of USDC that somebody has.
    pub(crate) fn usdc_of(&self, owner: &Address) -> u64 {
        let account = self.accounts.get(&usdc().account_of(owner));
        account.map_or(0, |(_, _, data)| u64::from_le_bytes(data[64..72].try_into().unwrap()))
    }

    pub(crate) fn lamports_of(&self, owner: &Address) -> u64 {
        self.accounts.get(owner).map_or(0, |(_, lamports, _)| *lamports)
    }

    /// Owner, lamports and data of an account that is there.
    pub(crate) fn account_at(&self, address: &Address) -> (Address, u64, Vec<u8>) {
        self.accounts[address].clone()
    }

    pub(crate) fn set(&mut self, address: Address, account: (Address, u64, Vec<u8>)) {
        self.accounts.insert(address, account);
    }

    /// Lets so many blocks pass.
    pub(crate) fn pass(&mut self, blocks: u64) {
        self.height += blocks;
    }

    /// How many transactions landed.
    pub(crate) fn landed(&self) -> usize {
        self.landed.len()
    }

    /// Changes the USDC account of somebody, which is made where it is missing.
    fn tokens(&mut self, owner: &Address, edit: impl FnOnce(&mut [u8])) {
        let account = self.accounts.entry(usdc().account_of(owner)).or_insert_with(|| {
            let mut data = [usdc().mint.as_bytes(), &owner.as_bytes()[..], &[0; 44]].concat();
            data.push(1);
            data.resize(165, 0);
            (programs::TOKEN, 2_039_280, data)
        });
        edit(&mut account.2);
    }

    fn answer(&mut self, method: &str, params: &Value) -> Value {
        let at = |value: Value| json!({"context": {"slot": self.height + 50}, "value": value});
        match method {
            "getMultipleAccounts" => {
                let addresses = params[0].as_array().unwrap();
                at(addresses.iter().map(|address| self.account(address.as_str().unwrap())).collect())
            }
            "getMinimumBalanceForRentExemption" => json!(890_880),
            "getBlockHeight" => json!(self.height),
            "getLatestBlockhash" => {
                let hash = Address::new([(self.height % 251) as u8 + 1; 32]);
                at(json!({"blockhash": hash, "lastValidBlockHeight": self.height + 150}))
            }
            "getSignatureStatuses" => {
                let known = self.landed.iter().any(|id| id.to_string() == params[0][0]);
                let status = json!({"slot": 5, "err": null, "confirmationStatus": "finalized"});
                at(json!([known.then_some(status)]))
            }
            "sendTransaction" => {
                let transaction = Transaction::from_base64(params[0].as_str().unwrap()).unwrap();
                assert!(transaction.is_signed());
                let id = transaction.id().unwrap();
                if !self.loses && !self.landed.contains(&id) {
                    self.landed.push(id);
                    transaction.message().describe().iter().for_each(|step| self.carry_out(step));
                }
                json!(id)
            }
            other => panic!("{other}"),
        }
    }

    fn account(&self, address: &str) -> Value {
        let account = self.accounts.get(&address.parse().unwrap());
        account.map_or(Value::Null, |(owner, lamports, data)| {
            json!({"owner": owner, "lamports": lamports, "data": [STANDARD.encode(data), "base64"]})
        })
    }

    fn carry_out(&mut self, step: &Step) {
        let part = |name: &str| {
            let mut all = step.accounts.iter().chain(&step.values);
            all.find(|(part, _)| part == name).unwrap().1.clone()
        };
        let number = |name: &str| part(name).parse::<u64>().unwrap();
        let treasury = treasury(&asset());
        match step.does {
            "create_token_account" => self.tokens(&part("owner").parse().unwrap(), |_| ()),
            "execute" => self.carry_out(step.inner.as_ref().unwrap()),
            "transfer_checked" => {
                for (account, sign) in [(part("from"), -1), (part("to"), 1)] {
                    let data = &mut self.accounts.get_mut(&account.parse().unwrap()).unwrap().2;
                    let there = i128::from(u64::from_le_bytes(data[64..72].try_into().unwrap()));
                    let then = u64::try_from(there + sign * i128::from(number("amount"))).unwrap();
                    data[64..72].copy_from_slice(&then.to_le_bytes());
                }
            }
            "transfer" => {
                self.accounts.get_mut(&treasury).unwrap().1 -= number("lamports");
                let to = self.accounts.entry(part("to").parse().unwrap());
                to.or_insert((programs::SYSTEM, 0, vec![])).1 += number("lamports");
            }
            "approve" => self.tokens(&treasury, |data| {
                data[72] = 1;
                data[76..108].copy_from_slice(part("delegate").parse::<Address>().unwrap().as_bytes());
                data[121..129].copy_from_slice(&number("amount").to_le_bytes());
            }),
            "revoke" => self.tokens(&treasury, |data| data[72..108].fill(0)),
            other => panic!("{other}"),
        }
    }
}
