//! `segue trace generate`: a preset as a file, or as many.

use std::path::{Path, PathBuf};

use clap::Args;
use netmodel::formats;

use super::{encode, format_for};
use crate::{Error, Progress, console, files, load};

/// What `segue trace generate` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace generate preset:3g,duration=600,seed=3 -o 3g.json
  segue trace generate step,from=5,to=1,at=60 -o step.csv
  segue trace generate genet,range=udr2 --count 100 -o traces --to cooked
  segue trace generate drives.preset,duration=300 --seed 7 | head
The last is a file of segue trace fit, as CSV on standard output.
What there is: segue list presets")]
pub(crate) struct GenerateArgs {
    /// A preset or a fitted file, with or without preset: before it
    #[arg(value_name = "preset:NAME|FILE")]
    preset: String,
    /// The file to write [default: standard output]; with --count the folder
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Format to write, with options, instead of what the ending says
    #[arg(long, value_name = "FORMAT")]
    to: Option<String>,
    /// Seed, unless the preset has one
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// As many traces, with seeds from --seed on, into the folder of -o
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000), requires = "output")]
    count: Option<u64>,
}

pub(crate) fn main(args: &GenerateArgs) -> Result<(), Error> {
    match (&args.output, args.count) {
        (Some(folder), Some(count)) => many(args, folder, count),
        (Some(path), None) => {
            let (format, options) = format_for(path, args.to.as_deref())?;
            files::check(path)?;
            files::write(path, &encode(&load::preset(&args.preset, args.seed)?, &[], format, &options)?)
        }
        (None, _) => {
            let (format, _, options) = formats::parse_spec(args.to.as_deref().unwrap_or("csv"))?;
            let bytes = encode(&load::preset(&args.preset, args.seed)?, &[], format, &options)?;
            console::print(&String::from_utf8_lossy(&bytes))
        }
    }
}

/// Traces with seeds in a row, each in a file named after preset and seed.
fn many(args: &GenerateArgs, folder: &Path, count: u64) -> Result<(), Error> {
    let (format, _, options) = formats::parse_spec(args.to.as_deref().unwrap_or("csv"))?;
    let Some(last) = args.seed.checked_add(count - 1) else {
        return Err(Error::Input(format!("--seed {} leaves no {count} seeds after it", args.seed)));
    };
    if load::preset(&args.preset, args.seed)?.name() == load::preset(&args.preset, last)?.name() && count > 1
    {
        let problem = "has one seed, or none that counts: expected a preset that draws from --seed on";
        return Err(Error::input(&args.preset, problem));
    }
    files::make_folder(folder)?;
    let text = load::preset_name(&args.preset);
    let stem = Path::new(text).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let ending = match format.name() {
        "sabre" => "json",
        "mahimahi" => "mahi",
        name => name,
    };
    let progress = Progress::new(usize::try_from(count).unwrap_or(usize::MAX), "traces");
    for seed in args.seed..=last {
        let bytes = encode(&load::preset(&args.preset, seed)?, &[], format, &options)?;
        files::write(&folder.join(format!("{stem}-{seed}.{ending}")), &bytes)?;
        progress.step();
    }
    Ok(())
}
