//! `segue dashboard`: the state of a client that streams, in a browser.

use clap::Args;
use client::{Dashboard, Shown};

use crate::{Error, console};

/// What `segue dashboard` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue play http://127.0.0.1:8080 --dashboard 127.0.0.1:8886
  segue dashboard --client http://127.0.0.1:8886  (in its own process)

The client may be `segue play --dashboard`, or V-Stack's own.
The first line on standard output is the address. Ctrl+C ends it.")]
pub(crate) struct DashboardArgs {
    /// Address to listen on; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8888")]
    listen: String,
    /// The client whose state is shown
    #[arg(long, value_name = "URL")]
    client: String,
}

pub(crate) fn main(args: &DashboardArgs) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Error::Failed(format!("no runtime: {e}")))?;
    let done = runtime.block_on(async {
        let ended = console::interrupted()?;
        let dashboard = Dashboard::start(&args.listen, Shown::There(args.client.clone())).await?;
        console::print(&format!("{}\n", dashboard.url()))?;
        ended.await;
        Ok(())
    });
    runtime.shutdown_background();
    done
}
