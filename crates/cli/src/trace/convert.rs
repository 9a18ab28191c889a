//! `segue trace convert`: a trace in another format.

use std::path::{Path, PathBuf};

use clap::Args;
use netmodel::formats::{self, ReadOptions};

use super::{encode, format_for};
use crate::{Error, console, files, load};

/// What `segue trace convert` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace convert cooked.log drive.csv
  segue trace convert cooked.log link.down --from cooked:column=2 --to mahimahi
  segue trace convert drive.csv drive.json --to sabre
Without --to the ending says the format: .csv, .json (sabre), .cooked,
.mahi, .up and .down (mahimahi). What is lost is told on standard error.")]
pub(crate) struct ConvertArgs {
    /// The file to read
    input: PathBuf,
    /// The file to write
    output: PathBuf,
    /// Format to read, with options, instead of what the content shows
    #[arg(long, value_name = "FORMAT")]
    from: Option<String>,
    /// Format to write, with options, instead of what the ending says
    #[arg(long, value_name = "FORMAT")]
    to: Option<String>,
}

pub(crate) fn main(args: &ConvertArgs) -> Result<(), Error> {
    let (to, options) = format_for(&args.output, args.to.as_deref())?;
    files::check(&args.output)?;
    files::distinct(&[("the output", &args.output)], std::slice::from_ref(&args.input))?;
    if !args.input.exists() {
        // The error that also knows what may be meant.
        load::find(&[args.input.display().to_string()], None)?;
    }
    let recording = match args.from.as_deref().map(formats::parse_spec).transpose()? {
        Some((from, read, _)) => formats::read_path(&args.input, Some(from), &read)?,
        None => formats::read_path(&args.input, None, &ReadOptions::default())?,
    };
    let notes = load::said_of(Path::new(&args.input), &recording.notes);
    notes.iter().for_each(|n| console::note(n));
    let bytes = encode(&recording.trace, to, &options)?;
    files::write(&args.output, &bytes)
}
