//! `segue qos capacity`: how many viewers a cell or a link carries.

use clap::Args;
use feedback::capacity::{Capacity, Load, capacity};
use serde::Serialize;
use units::Seconds;

use crate::text::{Table, fixed};
use crate::{Error, console, load};

/// What `segue qos capacity` takes.
#[derive(Args, Debug)]
#[command(
    override_usage = "segue qos capacity [OPTIONS] --trace <TRACE> --video <VIDEO> \\\n         --abr <RULE> --target <SCORE>"
)]
#[command(after_help = "\
Examples:
  segue qos capacity --trace preset:constant,rate=40 --video preset:cbr \\
      --abr bola --target 1.5
  segue qos capacity --trace preset:radio,duration=600 --video preset:vbr \\
      --abr throughput --qoe pensieve-lin --target 1 --stagger 2 --json
Crowds of growing size are played over the one link, which they share max-min
(segue crowd plays one of them). The answer is the largest whose mean QoE
reaches the target.")]
pub(crate) struct CapacityArgs {
    /// The link or the cell: a trace file, or preset:NAME[,key=value...]
    #[arg(long, value_name = "TRACE")]
    trace: String,
    /// Video, with the ladder that is planned for: a file, a folder of sizes, or preset:NAME[,key=value...]
    #[arg(long, value_name = "VIDEO")]
    video: String,
    /// Rule, with options: NAME[:key=value,...]
    #[arg(long, value_name = "RULE")]
    abr: String,
    /// The least mean score
    #[arg(long, value_name = "SCORE")]
    target: f64,
    /// QoE model, with options
    #[arg(long, value_name = "MODEL", default_value = "bola")]
    qoe: String,
    /// Player and link, with options
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    profile: String,
    /// Seconds between the starts of two viewers
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    stagger: f64,
    /// The most viewers that are tried
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    most: u32,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    qoe: &'a str,
    target: f64,
    #[serde(flatten)]
    capacity: &'a Capacity,
}

pub(crate) fn main(args: &CapacityArgs) -> Result<(), Error> {
    abr::rule(&args.abr)?;
    let profile = sim::profile(&args.profile)?;
    if !(0.0..=1e6).contains(&args.stagger) {
        return Err(Error::input("--stagger", format!("{}, expected 0 to 1000000 seconds", args.stagger)));
    }
    let (trace, found) = load::load_trace(&args.trace, None, args.seed)?;
    let video = load::load_video(&args.video, None, args.seed)?;
    found.notes.iter().chain(found.warning().iter()).for_each(|n| console::note(n));
    let capacity = capacity(&Load {
        trace: &trace,
        video: &video,
        rule: &args.abr,
        profile: &profile,
        stagger: Seconds::new(args.stagger),
        model: &args.qoe,
        target: args.target,
        most: args.most as usize,
        seed: args.seed,
    })?;
    if args.json {
        let (qoe, target) = (args.qoe.as_str(), args.target);
        return console::json(&Json { schema: "segue.qos-capacity/1", qoe, target, capacity: &capacity });
    }
    console::print(&text(args, &capacity))
}

fn text(args: &CapacityArgs, capacity: &Capacity) -> String {
    let most = if capacity.at_the_most { " or more (--most)" } else { "" };
    let (n, qoe, target) = (capacity.viewers, &args.qoe, args.target);
    let mut text = format!("{n} viewers{most} at a mean {qoe} score of at least {target}\n\n");
    let mut table = Table::new(["viewers", "QoE", "kbit/s", "stalled %"]);
    for crowd in &capacity.tried {
        table.row([
            crowd.viewers.to_string(),
            fixed(crowd.qoe, 3),
            fixed(crowd.mean_kbps, 0),
            fixed(100.0 * crowd.stall_ratio, 2),
        ]);
    }
    text += &table.render();
    text
}
