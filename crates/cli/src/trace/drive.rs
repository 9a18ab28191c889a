//! `segue trace drive`: a terminal on its way through a radio network, as a trace and as what it would report.

use std::path::PathBuf;

use clap::Args;
use netmodel::radio::{self, Drive, Track};
use units::Seconds;

use super::{encode, format_for};
use crate::{Error, files};

/// What `segue trace drive` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace drive -o drive.csv --telemetry phone.csv
  segue trace drive radio,track=walk,users=5 --seed 7 --telemetry phone.csv
  segue trace drive radio-mmwave --track way.csv -o drive.json
A track is a CSV of time_s,x_m,y_m. Without telemetry and track, preset:radio
is the same trace in every command.")]
pub(crate) struct DriveArgs {
    /// radio or radio-mmwave with options (segue list presets), with or without preset: before it
    #[arg(value_name = "PRESET", default_value = "radio")]
    preset: String,
    /// The way of the terminal, instead of the preset's
    #[arg(long, value_name = "FILE")]
    track: Option<PathBuf>,
    /// The trace to write
    #[arg(short, long, value_name = "FILE", required_unless_present = "telemetry")]
    output: Option<PathBuf>,
    /// What a phone would report every second, to write as CSV
    #[arg(long, value_name = "FILE")]
    telemetry: Option<PathBuf>,
    /// Format of the trace, with options, instead of what the ending says
    #[arg(long, value_name = "FORMAT", requires = "output")]
    to: Option<String>,
    /// Seed, unless the preset has one
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

pub(crate) fn main(args: &DriveArgs) -> Result<(), Error> {
    let outputs = [("the trace", &args.output), ("the telemetry", &args.telemetry)];
    let outputs: Vec<_> = outputs.into_iter().filter_map(|(what, o)| Some((what, o.as_deref()?))).collect();
    for (_, path) in &outputs {
        files::check(path)?;
    }
    files::distinct(&outputs, args.track.as_slice())?;
    let trace = match &args.output {
        Some(path) => Some((path, format_for(path, args.to.as_deref())?)),
        None => None,
    };
    let drive = match &args.track {
        Some(path) => Drive::on_track(&args.preset, &Track::read_path(path)?, args.seed)?,
        None => Drive::from_preset(&args.preset, args.seed)?,
    };
    if let Some((path, (format, options))) = trace {
        files::write(path, &encode(drive.trace(), &[], format, &options)?)?;
    }
    if let Some(path) = &args.telemetry {
        files::write(path, radio::csv(drive.telemetry(Seconds::new(1.0))).as_bytes())?;
    }
    Ok(())
}
