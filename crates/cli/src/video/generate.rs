//! `segue video generate`: a preset as a file.

use std::path::PathBuf;

use clap::Args;
use media::formats;

use super::{check, write};
use crate::Error;

/// What `segue video generate` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue video generate preset:cbr,duration=120,ladder=300/750/1200 -o movie.json
  segue video generate vbr --seed 3 --format pensieve -o sizes/
What there is: segue list presets, segue list formats")]
pub(crate) struct GenerateArgs {
    /// A preset, with or without preset: before it
    #[arg(value_name = "preset:NAME")]
    preset: String,
    /// The file to write; a folder for the format pensieve
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Format to write
    #[arg(long, value_name = "FORMAT", default_value = "segue")]
    format: String,
    /// Seed, unless the preset has one
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

pub(crate) fn main(args: &GenerateArgs) -> Result<(), Error> {
    let (format, _) = formats::parse_spec(&args.format)?;
    check(&args.output, format)?;
    let video = media::presets::generate(&args.preset, args.seed)?;
    write(&video, format, &args.output)
}
