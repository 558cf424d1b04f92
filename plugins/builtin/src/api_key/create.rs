//! `leash api-key create`: a key whose plaintext arrives, or that is revoked again.

use leash_output::Error;
use leash_plugin::Host;

use super::{check_network, deliver, make};
use crate::label;

#[derive(clap::Args)]
pub(super) struct Args {
    /// What you will know the key by; at most 120 characters
    #[arg(long, short, value_name = "NAME")]
    label: String,
    /// The agent's network, as a check
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,
    #[command(flatten)]
    deliver: deliver::Delivery,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    label::check(&args.label)?;
    let identity = host.identity()?;
    check_network(&identity, args.network.as_deref())?;
    let receiver = deliver::Receiver::open(&args.deliver, &identity)?;
    let budget = host.timeout()?;
    let client = host.client(identity, false)?;
    host.block_on(async {
        let progress = host.out.progress("creating the key");
        let made = match make::create(&client, &args.label, budget).await {
            Ok(made) => made,
            Err(error) => {
                receiver.abandon();
                return Err(error);
            }
        };
        drop(progress);
        match receiver.deliver(host, &made, None) {
            Ok(()) => Ok(()),
            Err(error) => Err(make::take_back(&client, &made.key, error, budget).await),
        }
    })?
}
