//! `segue trace generate`: a preset as a file.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use netmodel::generators::generate;
use netmodel::radio::{self, Drive, Track};
use netmodel::{Trace, formats};
use units::Seconds;

use super::{encode, format_for};
use crate::{Error, console, files};

/// What `segue trace generate` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace generate preset:3g,duration=600,seed=3 -o 3g.json
  segue trace generate step,from=5,to=1,at=60 -o step.csv
  segue trace generate 5g --seed 7 | head          (CSV on standard output)
  segue trace generate radio,users=5 -o drive.csv --telemetry phone.csv
What there is: segue list presets")]
pub(crate) struct GenerateArgs {
    /// A preset, with or without preset: before it
    #[arg(value_name = "preset:NAME")]
    preset: String,
    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Format to write, with options, instead of what the ending says
    #[arg(long, value_name = "FORMAT")]
    to: Option<String>,
    /// Seed, unless the preset has one
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
    /// Also write what a phone would report every second, as CSV (radio presets)
    #[arg(long, value_name = "FILE")]
    telemetry: Option<PathBuf>,
    /// The way of the terminal, a CSV of time_s,x_m,y_m (radio presets)
    #[arg(long, value_name = "FILE")]
    track: Option<PathBuf>,
}

pub(crate) fn main(args: &GenerateArgs) -> Result<(), Error> {
    let outputs = [("the trace", &args.output), ("the telemetry", &args.telemetry)];
    let outputs: Vec<_> = outputs.into_iter().filter_map(|(what, o)| Some((what, o.as_deref()?))).collect();
    for (_, path) in &outputs {
        files::check(path)?;
    }
    files::distinct(&outputs, args.track.as_slice())?;
    match &args.output {
        Some(path) => {
            let (format, options) = format_for(path, args.to.as_deref())?;
            files::write(path, &encode(&*make(args)?, format, &options)?)
        }
        None => {
            let (format, _, options) = formats::parse_spec(args.to.as_deref().unwrap_or("csv"))?;
            let bytes = encode(&*make(args)?, format, &options)?;
            console::print(&String::from_utf8_lossy(&bytes))
        }
    }
}

/// The trace; the telemetry that was asked for is written.
fn make(args: &GenerateArgs) -> Result<Arc<Trace>, Error> {
    let drive = match (&args.track, &args.telemetry) {
        (Some(path), _) => Drive::on_track(&args.preset, &Track::read_path(path)?, args.seed)?,
        (None, Some(_)) => Drive::from_preset(&args.preset, args.seed)?,
        (None, None) => return Ok(generate(&args.preset, args.seed)?.into()),
    };
    if let Some(path) = &args.telemetry {
        files::write(path, radio::csv(drive.telemetry(Seconds::new(1.0))).as_bytes())?;
    }
    Ok(drive.trace().clone())
}
