//! `segue video info`: the ladder of a video, and the numbers of its sizes.

use clap::Args;
use media::stats::{VideoStats, of_video};
use serde::Serialize;

use super::{headline, sources};
use crate::text::{Table, fixed};
use crate::{Error, console, load};

/// What `segue video info` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue video info movie.json
  segue video info sizes/ --format pensieve:segment=4
  segue video info package/manifest.mpd
  segue video info preset:vbr --json")]
pub(crate) struct InfoArgs {
    /// A file or manifest, a folder of one or of sizes, or preset:NAME[,key=value...]
    #[arg(value_name = "FILE|preset:NAME")]
    video: String,
    /// Format, with options, instead of what the content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Periods of a manifest that are read: main (those of the ladder that plays longest), all, or the number of one
    #[arg(long, value_name = "PERIODS")]
    periods: Option<String>,
    /// Seed of presets that draw
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    name: &'a str,
    #[serde(flatten)]
    stats: &'a VideoStats,
}

pub(crate) fn main(args: &InfoArgs) -> Result<(), Error> {
    let (video, notes) =
        load::video(&args.video, args.format.as_deref(), args.periods.as_deref(), args.seed)?;
    notes.iter().for_each(|n| console::note(n));
    let stats = of_video(&video);
    if args.json {
        return console::json(&Json { schema: "segue.video-info/1", name: video.name(), stats: &stats });
    }
    let mut text = format!("{}\n\n", headline(&video, &stats));
    let mut table = Table::new(["rung", "nominal kbit/s", "mean", "min", "peak", "cv", "size", "MB"]);
    for (level, (r, rung)) in stats.rungs.iter().zip(video.ladder().rungs()).enumerate() {
        let pixels = rung.resolution.map_or("-".to_string(), |(w, h)| format!("{w}x{h}"));
        let rates = [r.nominal_kbps, r.mean_kbps, r.min_kbps, r.peak_kbps].map(|k| fixed(k, 0));
        let [nominal, mean, min, peak] = rates;
        let megabytes = fixed(r.total_bits / 8e6, 1);
        table.row([level.to_string(), nominal, mean, min, peak, fixed(r.cv, 2), pixels, megabytes]);
    }
    text.push_str(&table.render());
    if let Some(sources) = sources(&video) {
        text.push_str(&format!("\n{sources}"));
    }
    console::print(&text)
}
