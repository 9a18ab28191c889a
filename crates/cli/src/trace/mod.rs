//! `segue trace`: describe, convert, make and draw network traces.

mod convert;
mod corpus;
mod drive;
mod explain;
mod fit;
mod generate;
mod info;
mod plot;
mod report;

use std::path::Path;

use clap::{Args, Subcommand};
use netmodel::formats::{self, Format, Recording, WriteOptions};

use crate::{Error, console};

pub use plot::{trace_chart, traces_chart};

/// What `segue trace` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace info logs/*.json
  segue trace convert drive.csv drive.json --to sabre
  segue trace generate preset:4g,duration=300,seed=2 -o 4g.csv
  segue trace plot drive.csv -o drive.png")]
pub(crate) struct TraceArgs {
    #[command(subcommand)]
    command: TraceCommand,
}

#[derive(Subcommand, Debug)]
enum TraceCommand {
    /// Print the statistics of traces
    Info(info::InfoArgs),
    /// Write a trace in another format
    Convert(convert::ConvertArgs),
    /// Make a trace out of a preset
    Generate(generate::GenerateArgs),
    /// Drive through a radio network
    Drive(drive::DriveArgs),
    /// Make a preset out of traces
    Fit(fit::FitArgs),
    /// Draw traces
    Plot(plot::PlotArgs),
}

pub(crate) fn main(args: &TraceArgs) -> Result<(), Error> {
    match &args.command {
        TraceCommand::Info(args) => info::main(args),
        TraceCommand::Convert(args) => convert::main(args),
        TraceCommand::Generate(args) => generate::main(args),
        TraceCommand::Drive(args) => drive::main(args),
        TraceCommand::Fit(args) => fit::main(args),
        TraceCommand::Plot(args) => plot::main(args),
    }
}

/// The format to write: the one that is named, else the one that the ending of the file's name stands for.
fn format_for(path: &Path, named: Option<&str>) -> Result<(&'static Format, WriteOptions), Error> {
    if let Some(name) = named {
        let (format, _, options) = formats::parse_spec(name)?;
        return Ok((format, options));
    }
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).unwrap_or_default();
    match ENDINGS.iter().find(|(_, endings)| endings.contains(&ending.as_str())) {
        Some((name, _)) => Ok((formats::by_name(name)?, WriteOptions::default())),
        None => {
            let known: Vec<&str> =
                formats::all().iter().filter(|f| f.can_write()).map(|f| f.name()).collect();
            let problem =
                format!("its ending names no trace format, give one of {} with --to", known.join(", "));
            Err(Error::input(path.display(), problem))
        }
    }
}

/// The endings of files that stand for a format; the first is the one that files get.
const ENDINGS: [(&str, &[&str]); 4] = [
    ("csv", &["csv"]),
    ("sabre", &["json"]),
    ("cooked", &["cooked"]),
    ("mahimahi", &["mahi", "mahimahi", "up", "down"]),
];

fn ending(format: &Format) -> &'static str {
    let own = ENDINGS.iter().find(|(name, _)| *name == format.name());
    own.map_or(format.name(), |(_, endings)| endings[0])
}

/// The bytes of a trace in a format; what is lost is told, and that these columns are.
fn encode(
    trace: &netmodel::Trace,
    columns: &[String],
    format: &Format,
    options: &WriteOptions,
) -> Result<Vec<u8>, Error> {
    let (bytes, mut losses) = encoded(trace, format, options)?;
    losses.extend(columns_lost(columns));
    losses.iter().for_each(|l| console::note(&format!("lost in {}: {l}", format.name())));
    Ok(bytes)
}

/// The names of what was measured beside the rate.
pub(crate) fn column_names(recording: &Recording) -> Vec<String> {
    recording.columns.iter().map(|c| c.name.clone()).collect()
}

/// What a trace of rates has no place for: columns by their names, of many the first.
pub(crate) fn columns_lost(names: &[String]) -> Option<String> {
    const SHOWN: usize = 6;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        1 => Some(format!("the column {shown} is not written")),
        n if n <= SHOWN => Some(format!("the columns {shown} are not written")),
        n => Some(format!("the columns {shown} and {} more are not written", n - SHOWN)),
    }
}

/// The bytes of a trace in a format, and what is lost.
pub(crate) fn encoded(
    trace: &netmodel::Trace,
    format: &Format,
    options: &WriteOptions,
) -> Result<(Vec<u8>, Vec<String>), Error> {
    let mut bytes = Vec::new();
    let losses = formats::write(trace, format, &mut bytes, options)?;
    Ok((bytes, losses))
}
