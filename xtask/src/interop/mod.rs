//! `cargo xtask interop`: public sellers with their own facilitators on the sandbox's chain, and who can buy there.
//!
//! A stranger's buyer at each seller shows that the seller and the sandbox work; what it can buy, `leash pay` must be able
//! to buy.

mod http;
mod install;
mod market;
mod process;
mod purchase;
mod record;
mod sellers;

use std::{
    env,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::run;
use install::Failure;
use market::{Key, Market, NETWORK, USDC};
use process::Process;
use purchase::{Method, Shop};
use record::Vectors;
use sellers::{AMOUNT, FAMILIES, Family, Seller};

const USAGE: &str = "usage: cargo xtask interop [--dir DIR] [--only NAME]… [--record]";

/// What was asked for.
struct Options {
    /// Where packages are installed.
    dir: PathBuf,
    /// Families and sellers; all, where there is none.
    only: Vec<String>,
    /// Whether what sellers and facilitators said replaces the vectors.
    record: bool,
}

/// How a seller fared with one of its buyers.
struct Row {
    seller: &'static str,
    buyer: String,
    /// By method; none where it couldn't be run.
    faults: Result<Vec<Option<String>>, String>,
}

impl Row {
    /// What holds for every buyer.
    fn of_all(seller: &Seller, faults: Result<Vec<Option<String>>, String>) -> Self {
        Self { seller: seller.name, buyer: "any".to_owned(), faults }
    }
}

pub(crate) fn run(words: &[String]) -> Result<(), String> {
    let options = Options::parse(words)?;
    // As for tests: programs that are named are taken as they are.
    let programs = match env::var_os("LEASH_BIN_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => run::build()?,
    };
    let market = Market::open(&programs)?;
    let rows = play(&market, &options);
    let closed = market.close();
    let lost = print(&rows?);
    closed?;
    if lost == 0 { Ok(()) } else { Err(format!("{lost} purchases failed")) }
}

impl Options {
    fn parse(words: &[String]) -> Result<Self, String> {
        let mut options = Self { dir: run::target_dir().join("interop"), only: Vec::new(), record: false };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| USAGE.to_owned());
            match word.as_str() {
                "--dir" => options.dir = PathBuf::from(value()?),
                "--only" => options.only.push(value()?.clone()),
                "--record" => options.record = true,
                _ => return Err(USAGE.to_owned()),
            }
        }
        let is_known = |name: &String| {
            FAMILIES
                .iter()
                .any(|family| family.name == name || family.sellers.iter().any(|seller| seller.name == name))
        };
        match options.only.iter().find(|name| !is_known(name)) {
            Some(name) => Err(format!("unknown seller `{name}`\n{USAGE}\n{}", names())),
            None => Ok(options),
        }
    }

    fn wants(&self, family: &Family, seller: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == family.name || name == seller)
    }
}

fn names() -> String {
    let lines = FAMILIES.map(|family| {
        let sellers: Vec<_> = family.sellers.iter().map(|seller| seller.name).collect();
        format!("  {}: {}", family.name, sellers.join(" "))
    });
    lines.join("\n")
}

fn play(market: &Market, options: &Options) -> Result<Vec<Row>, String> {
    let buyer = Key::of(201);
    market.give_sol(&buyer.address())?;
    market.give_usdc(&buyer.address(), 100 * AMOUNT)?;
    let mut rows = Vec::new();
    // The sellers of a family follow each other, and it is installed once for all of them.
    let mut last = None;
    for (number, family, seller) in wanted(options) {
        let installed = match last.take() {
            Some((name, installed)) if name == family.name => installed,
            _ => family.install(&options.dir),
        };
        match &installed {
            Ok(dir) => {
                println!("{} …", seller.name);
                rows.extend(visit(market, options, (family, dir), (number, seller), &buyer)?);
            }
            Err(Failure::NotRun(why)) => rows.push(Row::of_all(seller, Err(why.clone()))),
            Err(Failure::Failed(why)) => {
                rows.push(Row::of_all(seller, Ok(Method::ALL.map(|_| Some(why.clone())).into())));
            }
        }
        last = Some((family.name, installed));
    }
    Ok(rows)
}

/// The sellers that were asked for, with a number for the keys of each.
fn wanted(options: &Options) -> impl Iterator<Item = (u8, &'static Family, &'static Seller)> {
    let all = FAMILIES.iter().flat_map(|family| family.sellers.iter().map(move |seller| (family, seller)));
    (1..)
        .zip(all)
        .filter(|(_, (family, seller))| options.wants(family, seller.name))
        .map(|(number, (family, seller))| (number, family, seller))
}

/// Lets everyone buy at one seller.
fn visit(
    market: &Market,
    options: &Options,
    (family, installed): (&'static Family, &Path),
    (number, seller): (u8, &'static Seller),
    buyer: &Key,
) -> Result<Vec<Row>, String> {
    let (facilitator, recipient, other) = (Key::of(number), Key::of(50 + number), Key::of(100 + number));
    market.give_sol(&facilitator.address())?;
    for owner in [&recipient, &other] {
        market.give_usdc(&owner.address(), 1)?;
    }
    let setup = json!({
        "seller": seller.name, "rpc": market.rpc_url(), "mint": USDC, "network": NETWORK, "amount": AMOUNT.to_string(),
        "recipient": recipient.address(), "other": other.address(), "key": facilitator.bytes().as_slice(),
        "key58": bs58::encode(facilitator.bytes()).into_string(),
    });
    let (mut of_control, mut of_leash, mut of_pushing) = (Vec::new(), Vec::new(), Vec::new());
    let mut vectors = Vectors::new(seller, family, installed);
    match Process::start(family.program(installed, "seller"), &setup) {
        Err(why) => {
            of_control.extend(Method::ALL.map(|_| Some(format!("the seller doesn't start: {why}"))));
            of_leash.extend(Method::ALL.map(|_| Some("the seller doesn't start".to_owned())));
        }
        Ok(running) => {
            let url = format!("http://127.0.0.1:{}/goods", running.port);
            let (recipient, other) = (recipient.address(), other.address());
            let shop = Shop { market, seller, url, recipient, other };
            for method in Method::ALL {
                vectors.demand(method, running.port)?;
                let mut bought = shop.control(family, installed, buyer, method)?;
                let said = running.said();
                of_control.push(with_refusal(bought.fault.take(), &said));
                vectors.bought(method, bought, said);
            }
            for method in Method::ALL {
                let fault = shop.leash(method, &[])?;
                of_leash.push(with_refusal(fault, &running.said()));
            }
            for method in Method::ALL.into_iter().filter(|_| sellers::takes_pushed(seller.name)) {
                let fault = shop.leash(method, &["--push"])?;
                of_pushing.push(with_refusal(fault, &running.said()));
            }
        }
    }
    if options.record && of_control.iter().all(Option::is_none) {
        vectors.write()?;
    }
    let row = |buyer: &str, faults| Row { seller: seller.name, buyer: buyer.to_owned(), faults: Ok(faults) };
    let mut rows = vec![row(seller.buyer, of_control), row("leash pay", of_leash)];
    if !of_pushing.is_empty() {
        rows.push(row("leash pay --push", of_pushing));
    }
    Ok(rows)
}

/// The fault, with what the seller's facilitator said last.
fn with_refusal(fault: Option<String>, said: &[Value]) -> Option<String> {
    let fault = fault?;
    Some(match said.last() {
        Some(last) => format!("{fault}\n      the facilitator: {last}"),
        None => fault,
    })
}

/// Prints the table and, below it, what went wrong; answers how many purchases failed.
fn print(rows: &[Row]) -> usize {
    println!("\n{:<17} {:<17} {:<8} POST", "seller", "buyer", "GET");
    for Row { seller, buyer, faults } in rows {
        match faults {
            Ok(faults) => {
                let words: Vec<_> =
                    faults.iter().map(|fault| if fault.is_none() { "ok" } else { "failed" }).collect();
                println!("{seller:<17} {buyer:<17} {:<8} {}", words[0], words[1]);
            }
            Err(why) => println!("{seller:<17} {buyer:<17} not run: {why}"),
        }
    }
    println!();
    let mut lost = 0;
    for Row { seller, buyer, faults } in rows {
        for (method, fault) in Method::ALL.iter().zip(faults.iter().flatten()) {
            if let Some(fault) = fault {
                lost += 1;
                println!("{seller}, {buyer}, {}:\n      {fault}", method.name());
            }
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::{FAMILIES, Options, wanted};

    fn parse(words: &[&str]) -> Result<Options, String> {
        Options::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    fn chosen(words: &[&str]) -> Vec<(u8, &'static str)> {
        let options = parse(words).expect("options that make sense");
        wanted(&options).map(|(number, _, seller)| (number, seller.name)).collect()
    }

    #[test]
    fn sellers_are_chosen_by_name_or_by_group_and_keep_their_keys() {
        let all = chosen(&[]);
        assert_eq!(all.len(), FAMILIES.iter().map(|family| family.sellers.len()).sum::<usize>());
        let some = chosen(&["--only", "x402-hono", "--dir", "/elsewhere", "--only", "python"]);
        assert_eq!(some.iter().map(|(_, name)| *name).collect::<Vec<_>>(), ["x402-hono", "python-fastapi"]);
        assert!(some.iter().all(|seller| all.contains(seller)), "{some:?} in {all:?}");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_does() {
        for words in [&["--only"][..], &["--only", "nobody"], &["--dir"], &["mpp"]] {
            let refusal = parse(words).err().expect("a refusal");
            assert!(refusal.contains("usage: cargo xtask interop"), "{refusal}");
        }
        let refusal = parse(&["--only", "nobody"]).err().expect("a refusal");
        assert!(refusal.contains("`nobody`") && refusal.contains("mpp-sponsored"), "{refusal}");
    }
}
