//! `segue trace generate`: a preset as a file.

use std::path::PathBuf;

use clap::Args;
use netmodel::formats;
use netmodel::generators::generate;

use super::{encode, format_for};
use crate::{Error, console, files};

/// What `segue trace generate` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace generate preset:3g,duration=600,seed=3 -o 3g.json
  segue trace generate step,from=5,to=1,at=60 -o step.csv
  segue trace generate 5g --seed 7 | head          (CSV on standard output)
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
}

pub(crate) fn main(args: &GenerateArgs) -> Result<(), Error> {
    match &args.output {
        Some(path) => {
            let (format, options) = format_for(path, args.to.as_deref())?;
            files::check(path)?;
            files::write(path, &encode(&generate(&args.preset, args.seed)?, format, &options)?)
        }
        None => {
            let (format, _, options) = formats::parse_spec(args.to.as_deref().unwrap_or("csv"))?;
            let bytes = encode(&generate(&args.preset, args.seed)?, format, &options)?;
            console::print(&String::from_utf8_lossy(&bytes))
        }
    }
}
