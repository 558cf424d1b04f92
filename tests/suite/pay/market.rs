//! A sandbox with a buyer and a seller, and somebody in between who loses answers, or kills who asks.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard},
};

use leash_chain::{Address, Network, Token, treasury};
use leash_tests::{AGENT_1, Api, Home, Reply, Request, Run, Sandbox};
use serde_json::{Value, json};

/// What the seller of a link gets, what leash does, and what the buyer pays.
pub(super) const NET: u64 = 10_000;
pub(super) const FEE: u64 = 100;
pub(super) const GROSS: u64 = NET + FEE;

/// A wallet of nobody's.
pub(super) const WALLET: &str = "9zGzjg1sDrxiwoV9PvpGHjYofSBAGmmzKC68zyFGwqUo";
const AUTHORITY: &str = "3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W";

/// What is to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The question is lost.
    Unasked,
    /// The answer is.
    Unanswered,
    /// Who asks is killed before the question is passed on.
    KilledBefore,
    /// Who asks is killed after it was answered.
    KilledAfter,
}

/// Who is killed.
#[derive(Debug, Clone, Default)]
pub(super) enum Victim {
    /// What was started, be it by now a plugin.
    #[default]
    Started,
    /// The signer, or the payer, of the plugin that was called with this word.
    Helper(&'static str, String),
}

#[derive(Default)]
struct Plan {
    /// The number of the question at which it goes wrong.
    fault: Option<(usize, Fault)>,
    asked: usize,
    pid: Option<u32>,
    victim: Victim,
    /// A question to the chain that is answered wrongly.
    lie: Option<(String, Value)>,
}

type Plans = Arc<(Mutex<Plan>, Condvar)>;

pub(super) struct Market {
    sandbox: Sandbox,
    seller: Home,
    between: Api,
    plan: Plans,
}

/// Passes a request on, and gives the answer's bytes.
fn pass_on(origin: &str, request: &Request) -> Vec<u8> {
    let mut stream = TcpStream::connect(origin.strip_prefix("http://").unwrap()).unwrap();
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    for (name, value) in &request.headers {
        if name != "connection" {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str("connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&request.body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

fn kill(plans: &Plans) {
    let (lock, changed) = &**plans;
    let mut plan = lock.lock().unwrap();
    while plan.pid.is_none() {
        plan = changed.wait(plan).unwrap();
    }
    let pid = match &plan.victim {
        Victim::Started => plan.pid.unwrap().cast_signed(),
        Victim::Helper(name, word) => helper(name, word).unwrap_or_else(|| panic!("no {name} of {word}")),
    };
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// The signer of a plugin that was called with a word, which stands among the arguments of the host that it was split off from;
/// or the payer that this signer started.
fn helper(name: &str, word: &str) -> Option<i32> {
    let pids: Vec<i32> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    let read = |pid: i32, file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let signer = pids.iter().copied().find(|pid| {
        read(*pid, "comm").trim() == "leash-signer" && read(*pid, "cmdline").split('\0').any(|it| it == word)
    })?;
    if name == "leash-signer" {
        return Some(signer);
    }
    let parent = format!("PPid:\t{signer}");
    pids.into_iter().find(|pid| {
        read(*pid, "comm").trim() == name && read(*pid, "status").lines().any(|line| line == parent)
    })
}

impl Market {
    pub(super) fn new() -> Self {
        let sandbox = Sandbox::up();
        let plan = Plans::default();
        let (origin, plans) = (sandbox.url.clone(), plan.clone());
        let between = Api::start(move |request: &Request, _| {
            let number = {
                let mut plan = plans.0.lock().unwrap();
                plan.asked += 1;
                plan.asked - 1
            };
            let fault = plans.0.lock().unwrap().fault.filter(|(at, _)| *at == number).map(|(_, fault)| fault);
            match fault {
                Some(Fault::Unasked) => return Reply::Close,
                Some(Fault::KilledBefore) => {
                    kill(&plans);
                    return Reply::Close;
                }
                _ => {}
            }
            let lie = plans.0.lock().unwrap().lie.clone();
            let question = || serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
            if let Some((_, result)) = lie.filter(|(method, _)| question()["method"] == *method) {
                let answer = json!({"jsonrpc": "2.0", "id": question()["id"], "result": result});
                return Reply::with_headers(200, &[], &answer);
            }
            let answer = pass_on(&origin, request);
            match fault {
                None => Reply::Raw(answer),
                Some(Fault::KilledAfter) => {
                    kill(&plans);
                    Reply::Close
                }
                Some(_) => Reply::Close,
            }
        });
        let home = &sandbox.home;
        let file = ".config/leash/agents/sandbox.json";
        let mut agent = home.read_json(file);
        agent["rpc_url"] = json!(format!("{}/rpc", between.url));
        agent["api_url"] = json!(between.url);
        home.write_private(file, &agent.to_string());
        let add = ["sandbox", "agent", "add", "--mint", AGENT_1.mint, "--executive", AGENT_1.executive];
        let _ = home.leash(add).ok();
        let seller = Home::with_agent(&AGENT_1, &sandbox.url);
        let key = home.leash(["api-key", "create", "--label", "buyer", "--save"]).ok();
        drop(key);
        Self { sandbox, seller, between, plan }
    }

    pub(super) fn home(&self) -> &Home {
        &self.sandbox.home
    }

    /// Where the buyer thinks that everything is.
    pub(super) fn url(&self) -> &str {
        &self.between.url
    }

    /// The buyer's API key.
    pub(super) fn key(&self) -> String {
        let agent = self.home().read_json(".config/leash/agents/sandbox.json");
        agent["api_key"].as_str().unwrap().to_owned()
    }

    /// A new link of the seller's.
    pub(super) fn link(&self, protocol: &str, method: &str, sold: &Value) -> String {
        let key = self.seller.leash(["api-key", "create", "--label", "seller", "--quiet"]).ok();
        let link = json!({
            "label": "Quote", "owner_agent": AGENT_1.mint, "method": method, "protocol": protocol,
            "price": "0.01 USDC", "currency": "USDC",
            "response": {"status": 200, "mimeType": "application/json", "body": sold},
        });
        let words = ["api", "POST", "/v1/payment-links", "--bearer", "--json", "--body", &link.to_string()];
        let made = self.seller.leash(words).env("LEASH_API_KEY", key.stdout.trim()).ok().json();
        let id = made["body"]["id"].as_str().unwrap();
        format!("{}/x/{id}?network=solana-devnet", self.url())
    }

    /// What buyer, seller and the collector of fees have, in atomic units of USDC.
    pub(super) fn balances(&self) -> (u64, u64, u64) {
        let buyer: Address = self.sandbox.mint.parse().unwrap();
        let seller: Address = AGENT_1.mint.parse().unwrap();
        let of = |owner: &Address| self.tokens(owner);
        (of(&treasury(&buyer)), of(&treasury(&seller)), of(&AUTHORITY.parse().unwrap()))
    }

    fn tokens(&self, owner: &Address) -> u64 {
        let account = Token::by_symbol(Network::Devnet, "USDC").unwrap().account_of(owner);
        let held = self.rpc("getTokenAccountBalance", &json!([account]));
        held["result"]["value"]["amount"].as_str().map_or(0, |amount| amount.parse().unwrap())
    }

    /// Asks the chain behind everybody's back.
    pub(super) fn rpc(&self, method: &str, params: &Value) -> Value {
        let question = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let headers = vec![
            ("host".to_owned(), "127.0.0.1".to_owned()),
            ("content-type".to_owned(), "application/json".to_owned()),
            ("content-length".to_owned(), question.len().to_string()),
        ];
        let request =
            Request { method: "POST".into(), path: "/rpc".into(), headers, body: question.into_bytes() };
        let answer = pass_on(&self.sandbox.url, &request);
        let text = String::from_utf8(answer).unwrap();
        serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// What the buyer has paid so far.
    pub(super) fn spent(&self) -> u64 {
        100_000_000 - self.balances().0
    }

    /// How many requests came whose path begins so.
    pub(super) fn calls(&self, path: &str) -> usize {
        self.between.requests().iter().filter(|request| request.path.starts_with(path)).count()
    }

    /// A file of the buyer's money.
    pub(super) fn money(&self, name: &str) -> PathBuf {
        self.home().join(format!(".config/leash/money/{}/{name}", self.sandbox.mint))
    }

    /// The payments that aren't over.
    pub(super) fn payments(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.money("payments"));
        files.map_or(Vec::new(), |files| files.map(|file| file.unwrap().path()).collect())
    }

    pub(super) fn last_receipt(&self) -> Value {
        let text = fs::read_to_string(self.money("receipts.jsonl")).unwrap();
        serde_json::from_str(text.lines().last().unwrap()).unwrap()
    }

    /// That the chain of receipts is whole and has so many of payments.
    pub(super) fn assert_chain(&self, paid: usize, what: &str) {
        let _ = self.home().leash(["receipts", "verify"]).ok();
        let text = fs::read_to_string(self.money("receipts.jsonl")).unwrap();
        let receipts = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let allowed: Vec<Value> = receipts.filter(|receipt| receipt["decision"] == "allow").collect();
        assert_eq!(allowed.len(), paid, "{what}: {text}");
        let text = fs::read_to_string(self.money("spending.jsonl")).unwrap();
        let settled = text.lines().filter(|line| line.contains(r#""op":"settle""#)).count();
        assert_eq!(settled, paid, "{what}: {text}");
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.0.lock().unwrap()
    }

    /// Has one question to the chain answered like this.
    pub(super) fn lie(&self, method: &str, result: Option<&Value>) {
        self.plan().lie = result.map(|result| (method.to_owned(), result.clone()));
    }

    /// Runs it while something goes wrong at a question; `false` where it never came to that question.
    pub(super) fn run_with(&self, words: &[&str], number: usize, fault: Fault) -> bool {
        self.cut(self.home().leash(words), number, fault, Victim::Started)
    }

    /// The same for anything, and for anybody.
    pub(super) fn cut(&self, mut run: Run, number: usize, fault: Fault, victim: Victim) -> bool {
        use std::process::Stdio;
        run.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        *self.plan() = Plan { fault: Some((number, fault)), victim, ..Plan::default() };
        let mut child = run.command.spawn().unwrap();
        self.plan().pid = Some(child.id());
        self.plan.1.notify_all();
        child.wait().unwrap();
        let asked = std::mem::take(&mut *self.plan()).asked;
        asked > number
    }
}
