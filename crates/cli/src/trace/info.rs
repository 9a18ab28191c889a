//! `segue trace info`: the numbers of traces, one by one and together.

use clap::Args;
use netmodel::formats::Recording;
use netmodel::stats::{FamilyStats, RateStats, TraceStats, of_family, of_recording};
use rayon::prelude::*;
use serde::Serialize;

use super::why;
use crate::load::{self, Source};
use crate::text::{Ordered, Table, counted, fixed, pairs, short};
use crate::{Error, Progress, console};

/// What `segue trace info` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace info drive.csv
  segue trace info logs/ --json
  segue trace info link.down --format mahimahi:bytes=1504
  segue trace info --why drive.csv          (which format it is, and why)
Rates below 0.1 Mbit/s are an outage. acf1: autocorrelation at 1 s.")]
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

#[derive(Serialize)]
struct Json {
    schema: &'static str,
    files: Ordered<TraceStats>,
    aggregate: Option<FamilyStats>,
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
    let files = labels.into_iter().zip(recordings.iter().map(of_recording)).collect();
    let json =
        Json { schema: "segue.trace-info/1", files: Ordered(files), aggregate: of_family(&recordings) };
    match args.json {
        true => console::json(&json),
        false => console::print(&text(&json, &recordings)),
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

fn text(json: &Json, recordings: &[Recording]) -> String {
    if let ([(name, stats)], [recording]) = (&json.files.0[..], recordings) {
        return one(name, stats, recording.format);
    }
    let mut table = Table::new(["", "s", "mean", "sd", "5 %", "95 %", "out %", "acf1"]);
    let mut row = |name: &str, r: &RateStats, acf: Option<f64>| {
        let rates = [r.mean_mbps, r.std_mbps, r.p5_mbps, r.p95_mbps].map(short);
        let mut cells = vec![name.to_string(), fixed(r.duration_s, 1)];
        cells.extend(rates);
        cells.extend([fixed(r.outage_share * 100.0, 1), number(acf)]);
        table.row(cells);
    };
    for (name, stats) in &json.files.0 {
        row(name, &stats.rates, stats.acf1);
    }
    if let Some(all) = &json.aggregate {
        row("all together", &all.rates, all.acf1_mean);
    }
    let mut formats: Vec<&str> = recordings.iter().map(|r| r.format).collect();
    formats.sort_unstable();
    formats.dedup();
    let count = counted(recordings.len(), "trace");
    format!("{count}, read as {}; rates in Mbit/s\n\n{}", formats.join(", "), table.render())
}

/// Everything about one trace.
fn one(name: &str, stats: &TraceStats, format: &str) -> String {
    let r = &stats.rates;
    let mbps = |x: f64| format!("{} Mbit/s", short(x));
    let lines = [
        ("trace", name.to_string()),
        ("read as", format.to_string()),
        ("duration", format!("{} s, {}", fixed(r.duration_s, 1), counted(r.n_segments, "segment"))),
        ("carries", format!("{} Mbit", short(r.total_mbit))),
        ("mean rate", format!("{}, sd {} (cv {})", mbps(r.mean_mbps), short(r.std_mbps), number(r.cv))),
        ("5 %, 50 %, 95 %", format!("{}, {}, {}", short(r.p5_mbps), short(r.p50_mbps), mbps(r.p95_mbps))),
        ("lowest, highest", format!("{}, {}", short(r.min_mbps), mbps(r.max_mbps))),
        ("outage", format!("{} % of the time", fixed(r.outage_share * 100.0, 1))),
        ("longest outage", format!("{} s", fixed(r.longest_outage_s, 1))),
        ("autocorrelation", format!("{} at 1 s, {} at 5 s", number(stats.acf1), number(stats.acf5))),
    ];
    pairs(&lines.map(|(name, value)| (name.to_string(), value)))
}

fn number(x: Option<f64>) -> String {
    x.map_or("-".to_string(), |x| fixed(x, 2))
}
