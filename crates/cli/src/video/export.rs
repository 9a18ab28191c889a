//! `segue video export`: a video in the form that another simulator reads.

use std::path::{Path, PathBuf};

use clap::Args;
use media::formats;

use super::{check, write};
use crate::{Error, console, files, load};

/// What `segue video export` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue video export movie.json --to sabre -o bbb.json
  segue video export package/manifest.mpd --to pensieve -o sizes/
What is lost is told on standard error.")]
pub(crate) struct ExportArgs {
    /// A file or manifest, a folder of one or of sizes, or preset:NAME
    #[arg(value_name = "VIDEO")]
    video: String,
    /// Format to write: sabre, pensieve or segue
    #[arg(long, value_name = "FORMAT")]
    to: String,
    /// The file to write; a folder for the format pensieve
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
    /// Format to read, with options, instead of what the content shows
    #[arg(long, value_name = "FORMAT")]
    from: Option<String>,
    /// Seed of presets that draw
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

pub(crate) fn main(args: &ExportArgs) -> Result<(), Error> {
    let to = formats::by_name(&args.to)?;
    check(&args.output, to)?;
    files::distinct(&[("the output", &args.output)], &[Path::new(&args.video).to_path_buf()])?;
    let (video, notes) = load::video(&args.video, args.from.as_deref(), None, args.seed)?;
    notes.iter().for_each(|n| console::note(n));
    write(&video, to, &args.output)
}
