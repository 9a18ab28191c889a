//! `segue video import`: a manifest, with the segments beside it, as a video file.

use std::path::PathBuf;

use clap::Args;
use media::formats;
use media::stats::of_video;

use super::{check, headline, sources, write};
use crate::{Error, console, files, load};

/// What `segue video import` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue video import package/manifest.mpd -o movie.json
  segue video import hls/ -o movie.json
  segue video import master.m3u8 --format hls:codec=hvc1 -o movie.json
Sizes are measured from the segment files beside the manifest. What is not there
is estimated, and marked so in the table and in the file. Nothing is fetched.")]
pub(crate) struct ImportArgs {
    /// A manifest (.mpd, .m3u8), or a folder with one
    #[arg(value_name = "FILE|DIR")]
    input: PathBuf,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Format, with options, instead of what the content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Periods of a manifest that are read: main (those of the ladder that plays longest), all, or the number of one
    #[arg(long, value_name = "PERIODS")]
    periods: Option<String>,
}

pub(crate) fn main(args: &ImportArgs) -> Result<(), Error> {
    let to = formats::by_name("segue")?;
    check(&args.output, to)?;
    files::distinct(&[("the output", &args.output)], std::slice::from_ref(&args.input))?;
    let import = load::import_video(&args.input, args.format.as_deref(), args.periods.as_deref())?;
    import.notes.iter().for_each(|n| console::note(&format!("{}: {n}", args.input.display())));
    write(&import.video, to, &args.output)?;
    let stats = of_video(&import.video);
    let sources = sources(&import.video).map_or(String::new(), |s| format!("\n{s}"));
    console::print(&format!(
        "{}, read as {}\n{sources}",
        headline(&import.video, &stats),
        import.format.name()
    ))
}
