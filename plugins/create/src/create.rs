//! `leash agent create`: step by step, each noted before and after, so that a re-run goes on where the last one stopped.

use leash_chain::{Address, parse_amount};
use leash_command::Host;
use leash_connect::rpc_error;
use leash_output::{Error, escape};

use crate::key::{self, KeyArgs};
use crate::meta::{Meta, service};
use crate::pending::Pending;
use crate::place::PlaceArgs;
use crate::purse::{self, Coin};
use crate::work::{Lock, Work, found};
use crate::{needed, report, untold};

/// What payments may spend where nothing is said: 10 USDC.
const CAP: u64 = 10_000_000;
const DECIMALS: u8 = 6;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    /// What the agent is called
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// What it does
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The URL of its picture
    #[arg(long, value_name = "URL")]
    image: Option<String>,
    /// What it offers, and where; may be repeated
    #[arg(long, value_name = "NAME=URL")]
    service: Vec<String>,
    /// What payments may spend of the treasury, in USDC; 10 where nothing is said, 0 for nothing
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, conflicts_with = "unlimited")]
    cap: Option<String>,
    /// Let payments spend all there ever is
    #[arg(long)]
    unlimited: bool,
    #[command(flatten)]
    key: KeyArgs,
    /// Build the mint here, without asking a mint API
    #[arg(long)]
    direct: bool,
    /// Wait until the key is funded, then go on
    #[arg(long)]
    wait: bool,
}

/// Creates an agent, or goes on with it.
///
/// # Errors
/// Whatever stopped it; running it again goes on.
pub fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let mut meta = Meta {
        name: args.name.clone(),
        description: args.description.clone(),
        image_url: args.image.clone(),
        services: args.service.iter().map(|text| service(text)).collect::<Result<_, _>>()?,
    };
    meta.check()?;
    let cap = cap(args)?;
    let place = args.place.find(host)?;
    let lock = Lock::take(host.paths()?, &place.name)?;
    let untold = untold::find(host.paths()?, &place.name)?;
    let earlier = if untold.is_none() { found(host.paths()?, &place.name)? } else { None };
    let brought = args.key.read()?;
    if let Some(made) = untold {
        if brought.is_none_or(|key| key.public().to_string() == made.executive) {
            return untold::told(host.paths()?, &place.name, report::done(host, &place.name, &made));
        }
        // It is there, with another key, which is an error.
        return found(host.paths()?, &place.name).map(drop);
    }
    let is_new = earlier.is_none();
    let (place, mut pending) = match earlier {
        None => {
            let network = place.network()?;
            let imported = brought.is_some();
            let executive = brought.map_or_else(key::generate, Ok)?;
            let mut pending = Pending::begin(executive, network, std::mem::take(&mut meta));
            pending.progress.imported = imported;
            (place, pending)
        }
        Some((file, mut pending)) => {
            if brought.is_some_and(|key| key.public() != pending.executive.public()) {
                return Err(Error::failure(
                    leash_identity::AGENT_EXISTS,
                    format!(
                        "agent `{}` is being made with another key, `{}`",
                        place.name,
                        pending.executive.public()
                    ),
                )
                .hint("nothing was overwritten: choose another name, `leash agent create NAME`"));
            }
            let begun = pending.progress.asset.is_some() || pending.progress.under_way.is_some();
            if !begun {
                pending.meta.adopt(&meta);
            } else if !meta.is_empty() {
                host.out.warn("what the agent says of itself is fixed: its mint is under way or done");
            }
            (place.over(&file, pending.network)?, pending)
        }
    };
    if pending.progress.delegate.is_none() {
        pending.progress.cap = cap.or(pending.progress.cap).or(Some(CAP));
    }
    let mut work = Work::begin(host, place, pending, is_new, lock)?;
    work.settle()?;
    if work.pending.progress.asset.is_none() {
        if !funded(&work, args.wait)? {
            return Err(Error::reported_negative());
        }
        work.mint(args.direct)?;
    }
    let asset: Address = (work.pending.progress.asset.as_deref().and_then(|asset| asset.parse().ok()))
        .ok_or_else(|| Error::failure("internal", "a mint without an asset"))?;
    work.look_at(&asset)?;
    if work.pending.progress.unregistered {
        work.register(&asset)?;
    }
    let cap = work.pending.progress.cap.unwrap_or(CAP);
    if work.pending.progress.delegate.is_none() && cap > 0 {
        work.delegate(&asset, cap)?;
    }
    let receipts = work.record(&asset.to_string())?;
    let made = untold::Made {
        agent_mint: asset.to_string(),
        executive: work.pending.executive.public().to_string(),
        network: work.pending.network.to_string(),
        cap,
        receipts,
        mint: work.pending.progress.mint.clone(),
        delegate: work.pending.progress.delegate.clone(),
    };
    untold::note(host.paths()?, &work.place.name, &made)?;
    work.finish(&made.agent_mint)?;
    untold::told(host.paths()?, &work.place.name, report::done(host, &work.place.name, &made))
}

fn cap(args: &Args) -> Result<Option<u64>, Error> {
    let Some(text) = &args.cap else { return Ok(args.unlimited.then_some(u64::MAX)) };
    match parse_amount(text, DECIMALS) {
        Ok(u64::MAX) => {
            Err(Error::usage("that amount means no limit at all").hint("if you mean it, type `--unlimited`"))
        }
        Ok(cap) => Ok(Some(cap)),
        Err(error) => Err(Error::usage(format!("`{}` is no amount of USDC: {error}", escape(text)))
            .hint("an amount is a decimal number with at most 6 decimals: `--cap 1.5`")),
    }
}

/// Whether the key can pay; if not, says what is missing, or waits for it.
fn funded(work: &Work<'_>, wait: bool) -> Result<bool, Error> {
    let address = work.pending.executive.public();
    let coin = Coin::Sol(&address);
    let needed = needed(&work.pending.meta.registration(&address.to_string()));
    let balance = work.host.block_on(coin.balance(&work.rpc))?.map_err(rpc_error)?;
    if balance >= needed {
        return Ok(true);
    }
    let unfunded = report::Unfunded {
        name: &work.place.name,
        path: &work.path,
        network: work.pending.network,
        imported: work.pending.progress.imported,
    };
    report::unfunded(work.host, &unfunded, &address, needed, balance, wait)?;
    if wait {
        // A person sends the money.
        work.host.prompt(|| purse::wait(work.host, &work.rpc, &coin, needed))?;
    }
    Ok(wait)
}
