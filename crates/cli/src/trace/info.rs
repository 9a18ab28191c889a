//! `segue trace info`: the numbers of traces, one by one and together.

use clap::Args;

use super::corpus;
use super::explain;
use super::report::Report;
use crate::{Error, console};

/// What `segue trace info` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace info drive.csv
  segue trace info logs/ --json
  segue trace info link.down --format mahimahi:bytes=1504
  segue trace info --why drive.csv          (which format it is, and why)
Rates below 0.1 Mbit/s are an outage. acf1: autocorrelation at 1 s. Problems are
suspicions with their evidence (docs/problems.md).")]
pub(crate) struct InfoArgs {
    /// Files, folders, patterns or preset:NAME[,key=value...]
    #[arg(value_name = "FILE|preset:NAME", required = true)]
    traces: Vec<String>,
    /// Format of the traces, with options, instead of what their content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Seed of presets that draw
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print what the files are recognised as and by what, instead of their statistics
    #[arg(long, conflicts_with_all = ["json", "format"])]
    why: bool,
}

pub(crate) fn main(args: &InfoArgs) -> Result<(), Error> {
    if args.why {
        return explain::main(&args.traces);
    }
    let corpus = corpus::read(&args.traces, args.format.as_deref(), args.seed)?;
    let report = Report::of(&corpus);
    match args.json {
        true => console::json(&report),
        false => console::print(&report.text(&corpus.recordings)),
    }
}
