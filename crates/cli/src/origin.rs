//! `segue origin`: a video over HTTP, over a link shaped by a network model.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use media::{Audio, Availability, Ladder, Video};
use netmodel::impair::{self, AnyChannel};
use netmodel::{LinkOptions, Trace};
use origin::{Config, Content, Fault, Log, Origin, OriginError, Shape};
use serde::Serialize;
use sim::LivePlay;
use units::{BitRate, Bits, Seconds};

use crate::{Error, console, load};

/// The schema of the first line.
const SCHEMA: &str = "segue.origin/1";

/// What `segue origin` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue origin --rate 3
  segue origin --listen 127.0.0.1:8080 --video movie.json --trace drive.csv \\
      --latency 40
  segue origin --package dash/ --trace preset:4g --impair slow-start \\
      --per connection
  segue origin --video preset:cbr,segment=2 --live --rate 5 \\
      --fault error:share=0.1
  segue origin --video preset:cbr,segment=2 --live latency=3,chunk=0.5,window=60
  segue origin --fault refuse:from=30,until=50       (down for 20 s)
  segue origin --metadata http://127.0.0.1:8080 --id node-1 --rate 20

The first line on standard output is one JSON object with the address; the log,
a JSON object per request, goes to standard error. Ctrl+C ends it.
The video is at /manifest.mpd (DASH) and /master.m3u8 (HLS).
What there is by name: segue list {faults,impairments,presets}")]
pub(crate) struct OriginArgs {
    /// Address to listen on; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: String,
    /// Video to make on the fly: a file, a folder of sizes, or preset:NAME[,key=value...]
    #[arg(long, value_name = "FILE|preset:NAME", default_value = "preset:cbr", conflicts_with = "package")]
    video: String,
    /// Folder with a real package to serve instead
    #[arg(long, value_name = "FOLDER")]
    package: Option<PathBuf>,
    /// Network trace that shapes the link: a file, or preset:NAME[,key=value...]
    #[arg(long, value_name = "FILE|preset:NAME", conflicts_with = "rate")]
    trace: Option<String>,
    /// Constant rate of the link in Mbit/s; without it and without a trace the link is not shaped
    #[arg(long, value_name = "MBIT")]
    rate: Option<f64>,
    /// Latency of every request in ms, instead of the trace's own
    #[arg(long, value_name = "MS")]
    latency: Option<f64>,
    /// Impairment of the link, with options: NAME[:key=value,...]; may be repeated, from the trace outward
    #[arg(long, value_name = "IMPAIRMENT")]
    impair: Vec<String>,
    /// One link for all connections, or one for each
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Per::Origin)]
    per: Per,
    /// Name of this origin [default: origin-PORT]
    #[arg(long, value_name = "NAME")]
    id: Option<String>,
    /// Highest bitrate in kbit/s that players are told to play (CMSD's mb)
    #[arg(long, value_name = "KBIT")]
    max_bitrate: Option<f64>,
    /// Bitrate of the sound beside the picture in kbit/s (silence); without it there is no sound
    #[arg(long, value_name = "KBIT", conflicts_with = "package")]
    audio: Option<f64>,
    /// Publish segments, and chunks of them, as time passes; with options as `segue run --live` takes them
    #[arg(long, value_name = "OPTIONS", num_args = 0..=1, default_missing_value = "", conflicts_with = "package")]
    live: Option<String>,
    /// Chunks per segment of a live stream, 1 to 20 [default: 4, or as --live says]
    #[arg(long, value_name = "N", requires = "live", value_parser = clap::value_parser!(u8).range(1..=20))]
    chunks: Option<u8>,
    /// What goes wrong: NAME[:key=value,...]; may be repeated, the first that meets a request counts
    #[arg(long, value_name = "FAULT")]
    fault: Vec<String>,
    /// V-Stack metadata service to register with, http://HOST:PORT; every origin is one
    #[arg(long, value_name = "URL")]
    metadata: Option<String>,
    /// Address of this origin as others see it, where that is not the one it listens on
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Per {
    Origin,
    Connection,
}

/// The first line.
#[derive(Serialize)]
struct Hello<'a> {
    schema: &'static str,
    url: String,
    id: &'a str,
}

pub(crate) fn main(args: &OriginArgs) -> Result<(), Error> {
    let config = config(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|e| Error::Failed(format!("no runtime: {e}")))?;
    let done = runtime.block_on(async {
        let ended = crate::console::interrupted()?;
        let origin = Origin::start(config).await?;
        let hello = Hello { schema: SCHEMA, url: origin.url(), id: origin.id() };
        let line = serde_json::to_string(&hello).map_err(|e| Error::Failed(format!("JSON: {e}")))?;
        console::print(&format!("{line}\n"))?;
        ended.await;
        origin.stop().await;
        Ok(())
    });
    runtime.shutdown_background();
    done
}

fn config(args: &OriginArgs) -> Result<Config, Error> {
    let content = match &args.package {
        Some(folder) => Content::Package(folder.clone()),
        None => {
            let video: Video = load::load_video(&args.video, None, args.seed)?;
            let video = with_sound(video, args.audio)?;
            match &args.live {
                Some(said) => live(video, said, args.chunks.map(usize::from))?,
                None => Content::Video(video),
            }
        }
    };
    let mut config = Config::new(content);
    config.listen = args.listen.clone();
    config.shape = shape(args)?;
    config.faults = args.fault.iter().map(|f| Fault::parse(f)).collect::<Result<_, _>>()?;
    config.id = args.id.clone();
    config.max_bitrate = match args.max_bitrate {
        Some(kbps) if kbps.is_finite() && kbps >= 1.0 => Some(BitRate::from_kbps(kbps)),
        Some(kbps) => {
            let problem = format_args!("is {kbps}, expected kbit/s, at least 1");
            return Err(Error::input("--max-bitrate", problem));
        }
        None => None,
    };
    (config.metadata, config.url) = (args.metadata.clone(), args.url.clone());
    config.log = Log::new(|served| {
        if let Ok(line) = serde_json::to_string(served) {
            console::log(&line);
        }
    });
    Ok(config)
}

/// The video with sound of a constant bitrate, cut as the picture is, or with none.
fn with_sound(video: Video, kbps: Option<f64>) -> Result<Video, Error> {
    let Some(kbps) = kbps else { return Ok(video.with_audio(Vec::new())) };
    if !(8.0..=10_000.0).contains(&kbps) {
        return Err(Error::input("--audio", format_args!("is {kbps}, expected 8 to 10000 kbit/s")));
    }
    let ladder = Ladder::from_kbps(&[kbps])?;
    let durations: Vec<Seconds> = (0..video.segments()).map(|k| video.duration(k)).collect();
    let sizes: Vec<Vec<Bits>> = durations.iter().map(|d| vec![ladder.bitrate(0) * *d]).collect();
    let track = Video::new("silence", ladder, durations, &sizes)?;
    Ok(video.with_audio(vec![Audio { language: None, track }]))
}

/// The live stream of `--live`. Without options it begins with the origin; with them, a player that comes at once finds what
/// `segue run --live` simulates. What only a player does with it (catching up) is the player's.
fn live(video: Video, said: &str, chunks: Option<usize>) -> Result<Content, Error> {
    if said.trim().is_empty() {
        return Ok(Content::Live { video, chunks: chunks.unwrap_or(4), latency: None });
    }
    let play = LivePlay::read(said, true)?.0;
    let segment = video.longest_segment();
    let chunks = match (play.event.chunk, chunks) {
        (Some(_), Some(_)) => {
            return Err(Error::input(
                "--chunks",
                "is said twice: --live has chunk= too; leave one of them out",
            ));
        }
        (Some(chunk), None) => (segment / chunk - 1e-6).ceil().max(1.0),
        (None, chunks) => chunks.unwrap_or(1) as f64,
    };
    if chunks > 20.0 {
        let least = segment.get() / 20.0;
        let problem =
            format_args!("chunk makes {chunks} chunks of a segment, expected at most 20: {least} s or more");
        return Err(Error::input("--live", problem));
    }
    let video = video.with_availability(Availability::Live(play.event));
    Ok(Content::Live { video, chunks: chunks as usize, latency: Some(play.latency) })
}

/// The link of the command line.
fn shape(args: &OriginArgs) -> Result<Shape, Error> {
    let latency = match args.latency {
        Some(ms) if ms.is_finite() && (0.0..=60_000.0).contains(&ms) => Some(Seconds::from_millis(ms)),
        Some(ms) => {
            return Err(Error::input("--latency", format_args!("is {ms}, expected 0 to 60000 ms")));
        }
        None => None,
    };
    let trace: Arc<Trace> = match (&args.trace, args.rate) {
        (Some(spec), _) => {
            let (trace, all) = load::load_trace(spec, None, args.seed)?;
            all.notes.iter().for_each(|n| console::note(n));
            trace
        }
        (None, Some(rate)) if rate.is_finite() && rate > 0.0 => {
            let name = format!("constant {rate} Mbit/s");
            Arc::new(Trace::steps(name, &[(60.0, rate)], Seconds::ZERO)?)
        }
        (None, Some(rate)) => {
            return Err(Error::input("--rate", format_args!("is {rate}, expected more than 0 Mbit/s")));
        }
        (None, None) if args.impair.is_empty() => return Ok(Shape::Unshaped(latency.unwrap_or_default())),
        (None, None) => return Err(Error::input("--impair", "needs --trace or --rate: a link to impair")),
    };
    let chain = impair::chain(&args.impair)?;
    let options = LinkOptions { latency, ..LinkOptions::default() };
    let seed = args.seed;
    let make = move |connection: u64| -> Result<AnyChannel, OriginError> {
        Ok(impair::link(trace.clone(), options, &chain, seed.wrapping_add(connection))?.into_channel())
    };
    Ok(match args.per {
        Per::Origin => Shape::Origin(Arc::new(make)),
        Per::Connection => Shape::Connection(Arc::new(make)),
    })
}
