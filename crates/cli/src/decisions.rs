//! `segue decisions`: which rung a rule asks for, at every throughput and buffer level.

use std::path::PathBuf;

use clap::Args;
use media::Video;
use plot::{Chart, DecisionMap};
use sim::Profile;
use units::{BitRate, Seconds};

use crate::drawing::DrawingArgs;
use crate::{Error, files, load};

/// How many throughputs are tried.
const RATES: u32 = 60;
/// How many buffer levels are tried.
const LEVELS: u32 = 52;
/// How far the throughputs go, in the highest bitrate of the ladder.
const BEYOND: f64 = 1.4;

/// What `segue decisions` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue decisions --abr bba --video preset:cbr -o bba.png
  segue decisions --abr bola:gp=8 --video movie.json \\
      --profile default:capacity=60 -o bola.svg
Every answer is that of a fresh rule in the middle of the video, which has seen
five downloads at just this throughput. The data is written beside the picture.")]
pub(crate) struct DecisionsArgs {
    /// Rule, with options: NAME[:key=value,...]
    #[arg(long, value_name = "RULE")]
    abr: String,
    /// Video: a file, a folder of sizes, or preset:NAME[,key=value...]
    #[arg(long, value_name = "VIDEO")]
    video: String,
    /// Player and link, with options: NAME[:key=value,...]
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    profile: String,
    /// The picture to write: .png, .svg or .pdf
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Seed of presets that draw
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Format of the video, with options, instead of what its content shows
    #[arg(long, value_name = "FORMAT")]
    video_format: Option<String>,
    #[command(flatten)]
    drawing: DrawingArgs,
}

pub(crate) fn main(args: &DecisionsArgs) -> Result<(), Error> {
    plot::Format::of(&args.output)?;
    abr::rule(&args.abr)?;
    let profile = sim::profile(&args.profile)?;
    let video = load::load_video(&args.video, args.video_format.as_deref(), args.seed)?;
    let table = args.output.with_extension("csv");
    let inputs: Vec<PathBuf> =
        PathBuf::from(&args.video).is_file().then(|| args.video.clone().into()).into_iter().collect();
    let outputs = [("the picture", args.output.as_path()), ("the data of the chart", table.as_path())];
    files::distinct(&outputs, &inputs)?;
    outputs.iter().try_for_each(|(_, path)| files::check(path))?;
    args.drawing.save(decision_map(&args.abr, &video, &profile)?, &args.output)
}

/// The map of a rule's decisions: throughputs to beyond the top of the ladder, buffers to what the player holds.
///
/// ```
/// let video = segue_cli::load_video("preset:cbr,duration=60", None, 0)?;
/// let chart = segue_cli::decision_map("bba", &video, &sim::profile("default")?)?;
/// assert_eq!(chart.title, "What bba asks for");
/// # Ok::<(), segue_cli::Error>(())
/// ```
///
/// # Errors
/// [`Error::Input`] for an unknown rule or option.
pub fn decision_map(rule: &str, video: &Video, profile: &Profile) -> Result<Chart, Error> {
    let ladder = video.ladder().bitrates();
    let top = ladder.last().map_or(1.0, |b| b.kbps()) * BEYOND;
    let full = profile.player.capacity;
    let throughput: Vec<BitRate> =
        (1..=RATES).map(|i| BitRate::from_kbps(top * f64::from(i) / f64::from(RATES))).collect();
    let buffer: Vec<Seconds> = (0..=LEVELS).map(|i| full * (f64::from(i) / f64::from(LEVELS))).collect();
    let levels = sim::decisions(rule, video, profile, &throughput, &buffer)?;
    Ok(DecisionMap { rule, throughput: &throughput, buffer: &buffer, ladder, levels: &levels }.chart())
}
