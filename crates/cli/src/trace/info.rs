//! `segue trace info`: the numbers of traces, one by one and together.

use clap::Args;
use netmodel::formats::Recording;
use rayon::prelude::*;

use super::report::Report;
use super::why;
use crate::load::{self, Source};
use crate::{Error, Progress, console};

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
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
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
        return why::main(&args.traces);
    }
    let found = load::find(&args.traces, args.format.as_deref())?;
    let progress = Progress::new(found.sources.len(), "traces");
    let read: Vec<Result<Vec<Recording>, Error>> = found
        .sources
        .par_iter()
        .map(|source| {
            let recordings = source.recordings(args.seed);
            progress.step();
            recordings
        })
        .collect();
    let read = read.into_iter().collect::<Result<Vec<_>, _>>()?;
    drop(progress);
    found.notes.iter().for_each(|n| console::note(n));
    let (mut labels, mut recordings) = (Vec::new(), Vec::new());
    for ((source, name), read) in found.sources.iter().zip(names(&found.sources)).zip(read) {
        for recording in read {
            if let Source::File(file) = source {
                load::said_of(&file.path, &recording.notes).iter().for_each(|n| console::note(n));
            }
            labels.push(match &recording.part {
                Some(part) => format!("{name}#{part}"),
                None => name.clone(),
            });
            recordings.push(recording);
        }
    }
    let report = Report::of(&labels, &recordings);
    match args.json {
        true => console::json(&report),
        false => console::print(&report.text(&recordings)),
    }
}

/// The names of files; of files that share a name, their paths.
fn names(sources: &[Source]) -> Vec<String> {
    let name = |source: &Source| match source {
        Source::Preset(text) => text.clone(),
        Source::File(file) => {
            file.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
        }
    };
    let mut count = std::collections::BTreeMap::new();
    sources.iter().for_each(|s| *count.entry(name(s)).or_insert(0usize) += 1);
    let own = |s: &Source| match s {
        Source::File(file) if count.get(&name(s)).is_some_and(|n| *n > 1) => file.path.display().to_string(),
        _ => name(s),
    };
    sources.iter().map(own).collect()
}
