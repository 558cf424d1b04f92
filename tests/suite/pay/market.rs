//! A sandbox with a buyer and a seller, and somebody in between who loses answers, or kills who asks.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard},
};

use leash_chain::{Address, Network, Token, treasury};
use leash_tests::{AGENT_1, Api, Home, Reply, Request, Run, Sandbox};
use serde_json::{Value, json};

use super::passing::helper;
pub(crate) use super::passing::{get, get_as, post};
use super::paywall::SELLER;

/// What the seller of a link gets, what leash does, and what the buyer pays.
pub(crate) const NET: u64 = 10_000;
pub(crate) const FEE: u64 = 100;
pub(crate) const GROSS: u64 = NET + FEE;

/// A wallet of nobody's.
pub(crate) const WALLET: &str = "9zGzjg1sDrxiwoV9PvpGHjYofSBAGmmzKC68zyFGwqUo";
const AUTHORITY: &str = "3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W";

/// What is to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
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
    /// Who changes answers of the chain on their way.
    distort: Option<Distort>,
}

/// Is given a question to the chain and its honest answer, and may change that.
type Distort = Arc<dyn Fn(&Value, &mut Value) + Send + Sync>;

type Plans = Arc<(Mutex<Plan>, Condvar)>;

pub(crate) struct Market {
    sandbox: Sandbox,
    seller: Home,
    between: Api,
    plan: Plans,
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

/// The question by which a payment is sent: after the price, the treasury, a blockhash and then, at once, the height and a
/// trial were asked for.
pub(crate) const PAYMENT: usize = 5;

impl Market {
    pub(crate) fn new() -> Self {
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
            let answer = request.pass_on(&origin);
            let distort = plans.0.lock().unwrap().distort.clone();
            if let Some(distort) = distort.filter(|_| request.path == "/rpc" && fault.is_none()) {
                let text = String::from_utf8(answer).unwrap();
                let mut honest = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
                distort(&question(), &mut honest);
                return Reply::with_headers(200, &[], &honest);
            }
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
        // Whom paywalls of a test's own name has a token account, as a seller has to.
        let params = json!([SELLER, "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", "1"]);
        let question = json!({"jsonrpc": "2.0", "id": 1, "method": "leashFund", "params": params});
        assert!(post(&sandbox.url, "/rpc", &question)["result"].is_string());
        let seller = Home::with_agent(&AGENT_1, &sandbox.url);
        let key = home.leash(["api-key", "create", "--label", "buyer", "--save"]).ok();
        drop(key);
        Self { sandbox, seller, between, plan }
    }

    pub(crate) fn home(&self) -> &Home {
        &self.sandbox.home
    }

    /// Where the buyer thinks that everything is.
    pub(crate) fn url(&self) -> &str {
        &self.between.url
    }

    /// The buyer's agent.
    pub(crate) fn mint(&self) -> Address {
        self.sandbox.mint.parse().unwrap()
    }

    /// The buyer's API key.
    pub(crate) fn key(&self) -> String {
        let agent = self.home().read_json(".config/leash/agents/sandbox.json");
        agent["api_key"].as_str().unwrap().to_owned()
    }

    /// A new link of the seller's.
    pub(crate) fn link(&self, protocol: &str, method: &str, sold: &Value) -> String {
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
    pub(crate) fn balances(&self) -> (u64, u64, u64) {
        let buyer = self.mint();
        let seller: Address = AGENT_1.mint.parse().unwrap();
        let of = |owner: &Address| self.tokens(owner);
        (of(&treasury(&buyer)), of(&treasury(&seller)), of(&AUTHORITY.parse().unwrap()))
    }

    /// The atomic units of USDC that somebody has.
    pub(crate) fn tokens(&self, owner: &Address) -> u64 {
        let account = Token::by_symbol(Network::Devnet, "USDC").unwrap().account_of(owner);
        let held = self.rpc("getTokenAccountBalance", &json!([account]));
        held["result"]["value"]["amount"].as_str().map_or(0, |amount| amount.parse().unwrap())
    }

    /// Asks the chain behind everybody's back.
    pub(crate) fn rpc(&self, method: &str, params: &Value) -> Value {
        let question = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        post(&self.sandbox.url, "/rpc", &question)
    }

    /// Where the sandbox is, with nobody in between.
    pub(crate) fn origin(&self) -> &str {
        &self.sandbox.url
    }

    /// How many transactions that landed name an account.
    pub(crate) fn landed(&self, account: &Address) -> usize {
        let listed = self.rpc("getSignaturesForAddress", &json!([account]));
        listed["result"].as_array().unwrap().iter().filter(|item| item["err"].is_null()).count()
    }

    /// What the buyer has paid so far.
    pub(crate) fn spent(&self) -> u64 {
        100_000_000 - self.balances().0
    }

    /// Sets the agent's policy: the budget of a day, in dollars.
    pub(crate) fn allow_daily(&self, daily: &str) {
        let rules = json!({"v": "0.1", "budget": {"daily": daily, "perCall": "1", "currency": "USDC"}, "hosts": {}, "triggers": []});
        self.home().write_private("rules.json", &rules.to_string());
        let _ = self.home().leash(["policy", "set", "--file", "rules.json", "--yes"]).ok();
    }

    /// What the ledger counts today, in atomic units.
    pub(crate) fn counted(&self) -> u64 {
        let shown = self.home().leash(["policy", "show", "--json"]).ok().json();
        let spent = shown["spent_today"].as_str().unwrap();
        leash_chain::parse_amount(spent, 6).unwrap()
    }

    /// Anybody names the buyer's account in so many transactions. Each leaves one atomic unit there.
    pub(crate) fn name_account(&self, times: usize) {
        let usdc = Token::by_symbol(Network::Devnet, "USDC").unwrap();
        for _ in 0..times {
            let sent = self.rpc("leashFund", &json!([treasury(&self.mint()), usdc.mint, "1"]));
            assert!(sent["result"].is_string(), "{sent}");
        }
    }

    /// How many requests came whose path begins so.
    pub(crate) fn calls(&self, path: &str) -> usize {
        self.between.count(path)
    }

    /// How many requests came at all.
    pub(crate) fn asked(&self) -> usize {
        self.between.asked()
    }

    /// A file of the buyer's money.
    pub(crate) fn money(&self, name: &str) -> PathBuf {
        self.home().join(format!(".config/leash/money/{}/{name}", self.sandbox.mint))
    }

    /// The payments that aren't over.
    pub(crate) fn payments(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.money("payments"));
        files.map_or(Vec::new(), |files| files.map(|file| file.unwrap().path()).collect())
    }

    /// The notes of the payments that aren't over.
    pub(crate) fn entries(&self) -> Vec<Value> {
        let notes =
            self.payments().into_iter().filter(|path| path.extension().is_some_and(|it| it == "json"));
        // One that is over by now is gone.
        notes
            .filter_map(|path| fs::read(path).ok())
            .map(|note| serde_json::from_slice(&note).unwrap())
            .collect()
    }

    /// Lets time pass for all payments that aren't over: they were signed, or given back, so many seconds earlier, and nobody
    /// has looked at them for a while.
    pub(crate) fn age_payments(&self, seconds: i64) {
        for path in self.payments() {
            match path.extension().and_then(|it| it.to_str()) {
                Some("json") => {
                    let mut entry: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
                    if let Some(signed_at) = entry["signed"]["signed_at"].as_i64() {
                        entry["signed"]["signed_at"] = json!(signed_at - seconds);
                    }
                    if let Some(released_at) = entry["released_at"].as_i64() {
                        entry["released_at"] = json!(released_at - seconds);
                    }
                    fs::write(&path, entry.to_string()).unwrap();
                }
                Some("lock") => {
                    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
                    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
                }
                _ => {}
            }
        }
    }

    /// Has the payments that aren't over begun so many seconds earlier.
    pub(crate) fn age_entries(&self, seconds: i64) {
        for path in self.payments().into_iter().filter(|path| path.extension().is_some_and(|it| it == "json"))
        {
            let mut entry: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let begun: jiff::Timestamp = entry["time"].as_str().unwrap().parse().unwrap();
            let earlier = begun - jiff::SignedDuration::from_secs(seconds);
            entry["time"] = json!(format!("{earlier:.3}"));
            fs::write(&path, entry.to_string()).unwrap();
        }
    }

    /// Lets the payments that aren't over expire: their blockhashes are over, and ten minutes have passed.
    pub(crate) fn expire_payments(&self) {
        let _ = self.rpc("leashSkipBlocks", &json!([200]));
        self.age_payments(601);
    }

    pub(crate) fn last_receipt(&self) -> Value {
        let text = fs::read_to_string(self.money("receipts.jsonl")).unwrap();
        serde_json::from_str(text.lines().last().unwrap()).unwrap()
    }

    /// That the chain of receipts is whole and has so many of payments.
    pub(crate) fn assert_chain(&self, paid: usize, what: &str) {
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
    pub(crate) fn lie(&self, method: &str, result: Option<&Value>) {
        self.plan().lie = result.map(|result| (method.to_owned(), result.clone()));
    }

    /// Has the answers of the chain changed on their way, or left as they are.
    pub(crate) fn distort(&self, how: Option<Distort>) {
        self.plan().distort = how;
    }

    /// Runs it while something goes wrong at a question; `false` where it never came to that question.
    pub(crate) fn run_with(&self, words: &[&str], number: usize, fault: Fault) -> bool {
        self.run_to_its_end(words, number, fault).0
    }

    /// The same, and the status that it ended with; none where it was killed.
    pub(crate) fn run_to_its_end(&self, words: &[&str], number: usize, fault: Fault) -> (bool, Option<i32>) {
        self.cut(self.home().leash(words), number, fault, Victim::Started)
    }

    /// The same for anything, and for anybody.
    pub(super) fn cut(
        &self,
        mut run: Run,
        number: usize,
        fault: Fault,
        victim: Victim,
    ) -> (bool, Option<i32>) {
        use std::process::Stdio;
        run.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        {
            let mut plan = self.plan();
            let distort = plan.distort.take();
            *plan = Plan { fault: Some((number, fault)), victim, distort, ..Plan::default() };
        }
        let mut child = run.command.spawn().unwrap();
        self.plan().pid = Some(child.id());
        self.plan.1.notify_all();
        let status = child.wait().unwrap().code();
        let mut plan = self.plan();
        let distort = plan.distort.take();
        let asked = std::mem::replace(&mut *plan, Plan { distort, ..Plan::default() }).asked;
        (asked > number, status)
    }
}
