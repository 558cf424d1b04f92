//! `leash api-key create`: a key whose plaintext arrives, or that is revoked again.

use leash_command::Host;
use leash_output::Error;

use super::{check_network, deliver, make, work::Work};
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
    label::check(&args.label, "choose a label that you will know again: `--label \"local runtime\"`")?;
    let acting = host.acting(false)?;
    check_network(acting.network, args.network.as_deref())?;
    let receiver = deliver::Receiver::open(&args.deliver, &acting)?;
    let client = acting.client;
    host.block_on(async {
        let mut work = Work::begin(host, &client)?;
        let progress = host.out.progress("creating the key");
        let made =
            make::create(&mut work, &client, &args.label, None).await.map_err(|failed| failed.error)?;
        drop(progress);
        match receiver.deliver(host, &made, None) {
            Ok(()) => Ok(()),
            Err(error) => Err(make::take_back(&mut work, &client, &made.key, error).await.error),
        }
    })?
}
