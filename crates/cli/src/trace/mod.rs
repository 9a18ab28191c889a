//! `segue trace`: describe, convert, make and draw network traces.

mod convert;
mod generate;
mod info;
mod plot;
mod why;

use std::path::Path;

use clap::{Args, Subcommand};
use netmodel::formats::{self, Format, WriteOptions};

use crate::{Error, console};

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
    /// Draw traces
    Plot(plot::PlotArgs),
}

pub(crate) fn main(args: &TraceArgs) -> Result<(), Error> {
    match &args.command {
        TraceCommand::Info(args) => info::main(args),
        TraceCommand::Convert(args) => convert::main(args),
        TraceCommand::Generate(args) => generate::main(args),
        TraceCommand::Plot(args) => plot::main(args),
    }
}

/// The format to write: the one that is named, else the one that the ending of the file's name stands for.
fn format_for(path: &Path, named: Option<&str>) -> Result<(&'static Format, WriteOptions), Error> {
    if let Some(name) = named {
        let (format, _, options) = formats::parse_spec(name)?;
        return Ok((format, options));
    }
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    let name = match ending.as_deref() {
        Some("csv") => "csv",
        Some("json") => "sabre",
        Some("cooked") => "cooked",
        Some("mahi" | "mahimahi" | "up" | "down") => "mahimahi",
        _ => {
            let known: Vec<&str> =
                formats::all().iter().filter(|f| f.can_write()).map(|f| f.name()).collect();
            let problem =
                format!("its ending names no trace format, give one of {} with --to", known.join(", "));
            return Err(Error::input(path.display(), problem));
        }
    };
    Ok((formats::by_name(name)?, WriteOptions::default()))
}

/// The bytes of a trace in a format; what is lost is told.
fn encode(trace: &netmodel::Trace, format: &Format, options: &WriteOptions) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let losses = formats::write(trace, format, &mut bytes, options)?;
    losses.iter().for_each(|l| console::note(&format!("lost in {}: {l}", format.name())));
    Ok(bytes)
}
