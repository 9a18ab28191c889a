//! `segue video`: describe and make videos.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use media::formats;
use media::stats::{VideoStats, of_video};
use serde::Serialize;

use crate::text::{Table, fixed};
use crate::{Error, console, files, load};

/// What `segue video` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue video info movie.json
  segue video generate preset:vbr,duration=300,seed=3 -o movie.json")]
pub(crate) struct VideoArgs {
    #[command(subcommand)]
    command: VideoCommand,
}

#[derive(Subcommand, Debug)]
enum VideoCommand {
    /// Describe a video: ladder, sizes, durations
    Info(InfoArgs),
    /// Make a video out of a preset
    Generate(GenerateArgs),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue video info movie.json
  segue video info sizes/ --format pensieve:segment=4
  segue video info preset:vbr --json")]
struct InfoArgs {
    /// A file, a folder of sizes, or preset:NAME[,key=value...]
    #[arg(value_name = "FILE|preset:NAME")]
    video: String,
    /// Format, with options, instead of what the content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Seed of presets that draw
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue video generate preset:cbr,duration=120,ladder=300/750/1200 -o movie.json
  segue video generate vbr --seed 3 --format pensieve -o sizes/
What there is: segue list presets, segue list formats")]
struct GenerateArgs {
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
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    name: &'a str,
    #[serde(flatten)]
    stats: &'a VideoStats,
}

pub(crate) fn main(args: &VideoArgs) -> Result<(), Error> {
    match &args.command {
        VideoCommand::Info(args) => info(args),
        VideoCommand::Generate(args) => generate(args),
    }
}

fn info(args: &InfoArgs) -> Result<(), Error> {
    let video = load::load_video(&args.video, args.format.as_deref(), args.seed)?;
    let stats = of_video(&video);
    if args.json {
        return console::json(&Json { schema: "segue.video-info/1", name: video.name(), stats: &stats });
    }
    let lengths = match stats.segment_min_s == stats.segment_max_s {
        true => format!("{} s", stats.segment_max_s),
        false => format!("{} to {} s", stats.segment_min_s, stats.segment_max_s),
    };
    let mut text =
        format!("{}: {:.1} s, {} segments of {lengths}\n\n", video.name(), stats.duration_s, stats.segments);
    let mut table = Table::new(["rung", "nominal kbit/s", "mean", "min", "peak", "cv", "size", "MB"]);
    for (level, (r, rung)) in stats.rungs.iter().zip(video.ladder().rungs()).enumerate() {
        let pixels = rung.resolution.map_or("-".to_string(), |(w, h)| format!("{w}x{h}"));
        let rates = [r.nominal_kbps, r.mean_kbps, r.min_kbps, r.peak_kbps].map(|k| fixed(k, 0));
        let [nominal, mean, min, peak] = rates;
        let megabytes = fixed(r.total_bits / 8e6, 1);
        table.row([level.to_string(), nominal, mean, min, peak, fixed(r.cv, 2), pixels, megabytes]);
    }
    text.push_str(&table.render());
    console::print(&text)
}

fn generate(args: &GenerateArgs) -> Result<(), Error> {
    let (format, _) = formats::parse_spec(&args.format)?;
    let video = media::presets::generate(&args.preset, args.seed)?;
    let written = formats::write(&video, format)?;
    match format.folder {
        false => {
            files::check(&args.output)?;
            for file in &written.files {
                files::write(&args.output, &file.bytes)?;
            }
        }
        true => write_folder(&args.output, &written.files)?,
    }
    written.losses.iter().for_each(|l| console::note(&format!("{}: {l}", format.name())));
    Ok(())
}

/// Writes a folder that was not there, all of it or nothing.
fn write_folder(path: &Path, contents: &[formats::SourceFile]) -> Result<(), Error> {
    let trimmed: PathBuf = path.components().collect(); // without a slash at its end
    if trimmed.exists() {
        return Err(Error::input(path.display(), "exists already, expected the name of a new folder"));
    }
    files::check(&trimmed)?;
    let parent = trimmed.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |e: std::io::Error| Error::write(path, e);
    let holder = tempfile::Builder::new().prefix(".segue-").tempdir_in(parent).map_err(failed)?;
    let whole = holder.path().join("whole");
    std::fs::create_dir(&whole).map_err(failed)?;
    for file in contents {
        std::fs::write(whole.join(&file.name), &file.bytes).map_err(failed)?;
    }
    std::fs::rename(&whole, &trimmed).map_err(failed)
}
