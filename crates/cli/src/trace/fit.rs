//! `segue trace fit`: a preset out of one's own traces.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use netmodel::generators::{self, FitOptions};
use netmodel::stats;

use crate::text::{counted, fixed, pairs, short};
use crate::{Error, console, files, load};

/// What `segue trace fit` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace fit logs/*.json -o drives.preset
  segue trace generate preset:drives.preset,duration=300,seed=2 -o drive.csv
  segue run --trace preset:drives.preset,seed=2 --video preset:vbr --abr bola
  segue trace fit logs/ -o drives.preset --levels 16 --dwell lognormal
The preset is a Markov chain of the rate's level from second to second. It is
used as preset:FILE, with the options duration, latency and seed.")]
pub(crate) struct FitArgs {
    /// Files, folders, patterns or preset:NAME[,key=value...]
    #[arg(value_name = "FILE|preset:NAME", required = true)]
    traces: Vec<String>,
    /// The preset to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Levels of the logarithm of the rate; outages come on top
    #[arg(long, value_name = "N", default_value_t = FitOptions::default().levels)]
    levels: usize,
    /// How long a level lasts
    #[arg(long, value_name = "KIND", default_value = "geometric")]
    dwell: DwellKind,
    /// Format of the traces, with options, instead of what their content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Seed of presets that draw
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DwellKind {
    /// As the chain has it
    Geometric,
    /// By the stretches of the traces (semi-Markov)
    Lognormal,
}

/// Traces generated to say how far the chain is from what it was fitted to.
const COMPARED: u64 = 100;

pub(crate) fn main(args: &FitArgs) -> Result<(), Error> {
    files::check(&args.output)?;
    let found = load::load_traces(&args.traces, args.format.as_deref(), args.seed)?;
    files::distinct(&[("the preset", &args.output)], &found.files)?;
    found.notes.iter().for_each(|n| console::note(n));
    let mut options = FitOptions::default();
    (options.levels, options.dwell) = (args.levels, args.dwell == DwellKind::Lognormal);
    let fitted = generators::fit(found.traces.iter().map(AsRef::as_ref), &options)?;
    let mut bytes = Vec::new();
    fitted.write(&mut bytes)?;
    files::write(&args.output, &bytes)?;

    let Some(own) = stats::of_traces(found.traces.iter().map(AsRef::as_ref)) else { return Ok(()) };
    let length = (own.rates.duration_s / found.traces.len() as f64).clamp(10.0, 3600.0).ceil();
    let make = |seed| fitted.generate(&format!("fitted,duration={length}"), seed);
    let made = (0..COMPARED).map(make).collect::<Result<Vec<_>, _>>()?;
    let Some(made) = stats::of_traces(&made) else { return Ok(()) };
    let number = |x: Option<f64>| x.map_or("-".to_string(), |x| fixed(x, 2));
    let both = |own: String, made: String| format!("{own}, generated {made}");
    let share = |x: f64| format!("{} %", fixed(x * 100.0, 1));
    let lines = [
        ("preset", args.output.display().to_string()),
        (
            "fitted to",
            format!("{}, {} s", counted(found.traces.len(), "trace"), fixed(own.rates.duration_s, 0)),
        ),
        ("states", fitted.states().len().to_string()),
        ("mean, Mbit/s", both(short(own.rates.mean_mbps), short(made.rates.mean_mbps))),
        ("50 %, Mbit/s", both(short(own.rates.p50_mbps), short(made.rates.p50_mbps))),
        ("95 %, Mbit/s", both(short(own.rates.p95_mbps), short(made.rates.p95_mbps))),
        ("outage", both(share(own.rates.outage_share), share(made.rates.outage_share))),
        ("acf at 1 s", both(number(own.acf1_mean), number(made.acf1_mean))),
        ("acf at 5 s", both(number(own.acf5_mean), number(made.acf5_mean))),
    ];
    console::print(&pairs(&lines.map(|(name, value)| (name.to_string(), value))))
}
