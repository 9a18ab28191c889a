//! `segue play`: a video over real HTTP, by the rule and the player that the simulation has.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use client::{Config, Dashboard, Feed, Report, Shown, Sink, SmartClient, Status, Streaming, Transport};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use qoe::Summary;
use serde::Serialize;
use sim::Profile;
use units::Seconds;

use crate::live::Live;
use crate::models::{Models, viewing};
use crate::run::Run;
use crate::session_log::LogFormat;
use crate::twin::Twin;
use crate::{Error, console, files, load};

/// What `segue play` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue play http://127.0.0.1:8080/manifest.mpd --abr bola
  segue play http://127.0.0.1:8081 http://127.0.0.1:8082  (replicas of one video)
  segue play http://127.0.0.1:8080 --sink - | mpv -
  segue play http://127.0.0.1:8080 --twin drive.csv --json
  segue play VIDEO_ID --metadata http://127.0.0.1:8080  (V-Stack's services)
  segue play VIDEO_ID --metadata http://127.0.0.1:8080 --profile v-stack

An address without a path means /manifest.mpd or /master.m3u8 there.
Exit code 1 if it could not be played to its end; the record is written all the
same.")]
pub(crate) struct PlayArgs {
    /// Manifests (DASH or HLS), replicas of one video; or the name of a video of V-Stack
    #[arg(value_name = "URL|VIDEO_ID", required = true)]
    what: Vec<String>,
    /// V-Stack's metadata service [default: the environment variable METADATA_SERVICE_URL]
    #[arg(long, value_name = "URL")]
    metadata: Option<String>,
    /// Rule, with options: NAME[:key=value,...]
    #[arg(long, value_name = "RULE", default_value = "bola")]
    abr: String,
    /// Player, with options: NAME[:key=value,...]; v-stack for V-Stack's own client, bugs included
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    profile: String,
    /// Play so many seconds of media at most
    #[arg(long, value_name = "SECONDS")]
    duration: Option<f64>,
    /// Hand media on: - for standard output, a file, or http://HOST:PORT (a server there takes POST; if nobody is there, a GET gets all)
    #[arg(long, value_name = "WHERE")]
    sink: Option<String>,
    /// Certificates that are trusted besides those of this machine, for https:// (PEM)
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Write the log: .jsonl, .json or .csv
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Serve a dashboard at this address; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS")]
    dashboard: Option<String>,
    /// Simulate the same session over the trace that the origin was shaped with, and say where they part
    #[arg(long, value_name = "FILE|preset:NAME")]
    twin: Option<String>,
    /// QoE model, with options; may be repeated [default: bola, pensieve-lin, yin]
    #[arg(long, value_name = "MODEL")]
    qoe: Vec<String>,
    /// Seed of everything random in the twin
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print the summary as one JSON object
    #[arg(long)]
    json: bool,
}

/// What the JSON of `segue play` has beyond that of `segue run`.
#[derive(Serialize)]
struct More<'a> {
    completed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    #[serde(flatten)]
    transport: &'a Transport,
    #[serde(skip_serializing_if = "Option::is_none")]
    twin: Option<&'a Twin>,
}

enum What {
    Manifests(Vec<String>),
    Chunks { id: String, metadata: String },
}

/// The profile that V-Stack's own client is.
const V_STACK: &str = "v-stack";

pub(crate) fn main(args: &PlayArgs) -> Result<(), Error> {
    // Everything that can be wrong is found before anything is done.
    let what = what(args)?;
    let log = args.log.as_deref().map(|path| LogFormat::of(path).map(|f| (path, f))).transpose()?;
    let models = Models::new(&args.qoe)?;
    let original = args.profile.trim() == V_STACK;
    if original && matches!(what, What::Manifests(_)) {
        let problem = "plays chunks of V-Stack's services only: name a video and --metadata";
        return Err(Error::input("the profile 'v-stack'", problem));
    }
    let profile = sim::profile(if original { "default" } else { &args.profile })?;
    abr::rule(&args.abr)?;
    let limit = match args.duration {
        Some(s) if s.is_finite() && s > 0.0 => Some(Seconds::new(s)),
        Some(s) => return Err(Error::input("--duration", format_args!("is {s}, expected seconds above 0"))),
        None => None,
    };
    let to_stdout = args.sink.as_deref() == Some("-");
    let sink = match args.sink.as_deref() {
        Some(_) if to_stdout => Sink::Opened("standard output", console::bytes),
        Some(to) => Sink::parse(to)?,
        None => Sink::None,
    };
    if to_stdout && args.json {
        return Err(Error::input("--json", "standard output takes the media (--sink -)"));
    }
    let twin = match (&args.twin, &what) {
        (Some(_), What::Chunks { .. }) => {
            return Err(Error::input("--twin", "compares players of DASH and HLS: give it a manifest"));
        }
        (Some(spec), What::Manifests(_)) => Some(load::load_trace(spec, None, args.seed)?.0),
        (None, _) => None,
    };
    let sink_file = match &sink {
        Sink::File(path) => Some(path.clone()),
        _ => None,
    };
    let mut outputs: Vec<(&str, &Path)> = Vec::new();
    outputs.extend(log.map(|(path, _)| ("the log", path)));
    outputs.extend(sink_file.as_deref().map(|path| ("the media", path)));
    files::distinct(&outputs, &[])?;
    outputs.iter().try_for_each(|(_, path)| files::check(path))?;

    let report = played(args, what, &profile, sink, limit)?;
    let (run, twin) = described(args, &report, &profile, &models, twin.as_ref())?;
    if let (Some((path, format)), Some(ladder)) = (log, ladder(&report)) {
        files::write(path, &crate::session_log::render(&run.session, &ladder, format)?)?;
    }
    let text = |run: &Run| {
        format!(
            "{}{}{}",
            run.to_text(),
            transport_text(&report),
            twin.as_ref().map_or(String::new(), Twin::to_text)
        )
    };
    match (args.json, to_stdout) {
        (true, _) => {
            let problem = report.incomplete.as_deref();
            let more = More {
                completed: problem.is_none(),
                problem,
                transport: &report.transport,
                twin: twin.as_ref(),
            };
            console::print(&run.to_json_with(Some(&more))?)?;
        }
        (false, false) => console::print(&text(&run))?,
        (false, true) => console::aside(&text(&run)),
    }
    match &report.incomplete {
        None => Ok(()),
        Some(why) => Err(Error::Failed(format!("{}: not played to its end: {why}", args.what.join(" ")))),
    }
}

fn what(args: &PlayArgs) -> Result<What, Error> {
    let urls = args.what.iter().filter(|w| w.contains("://")).count();
    if urls == args.what.len() {
        return Ok(What::Manifests(args.what.clone()));
    }
    let [id] = args.what.as_slice() else {
        return Err(Error::input(
            args.what.join(" "),
            "expected addresses of manifests, or the name of one video",
        ));
    };
    let known = id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if !known || id.is_empty() {
        return Err(Error::input(id, "is no address and no name of a video (letters, digits, - _ .)"));
    }
    let metadata = args.metadata.clone().or_else(|| std::env::var("METADATA_SERVICE_URL").ok());
    match metadata {
        Some(metadata) => Ok(What::Chunks { id: id.clone(), metadata }),
        None => Err(Error::input(
            id,
            "is no address; a video of V-Stack needs --metadata URL or METADATA_SERVICE_URL",
        )),
    }
}

/// Plays it, with a dashboard and a line of progress beside it.
fn played(
    args: &PlayArgs,
    what: What,
    profile: &Profile,
    sink: Sink,
    limit: Option<Seconds>,
) -> Result<Report, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|e| Error::Failed(format!("no runtime: {e}")))?;
    let done = runtime.block_on(async {
        let interrupted = console::interrupted()?;
        let (playing, feed, smart) = match what {
            What::Manifests(urls) => {
                let feed = Feed::default();
                let streaming = Streaming {
                    urls,
                    rule: abr::rule(&args.abr)?,
                    player: profile.player.clone(),
                    config: Config { ca: args.ca.clone(), ..Config::default() },
                    sink,
                    feed: feed.clone(),
                    limit,
                };
                (Playing::Manifests(Box::new(streaming)), feed, None)
            }
            What::Chunks { id, metadata } => {
                let base = match args.profile.trim() == V_STACK {
                    true => Config::v_stack(),
                    false => of_capacity(profile.player.capacity),
                };
                let config = Config { metadata_service_url: metadata, ca: args.ca.clone(), ..base };
                let client =
                    SmartClient::new(config).with_sink(sink).with_limit(limit.unwrap_or(Seconds::INFINITY));
                let feed = client.feed().clone();
                (Playing::Chunks(Box::new(client.clone()), id), feed, Some(client))
            }
        };
        let _dashboard = match &args.dashboard {
            Some(listen) => {
                let dashboard =
                    Dashboard::start(listen, Shown::Here(feed.clone(), smart.map(Box::new))).await?;
                console::note(&format!("the dashboard is at {}", dashboard.url()));
                Some(dashboard)
            }
            None => None,
        };
        let watching = tokio::spawn(progress(feed.clone()));
        let play = playing.play();
        tokio::pin!(play, interrupted);
        let report = tokio::select! {
            report = &mut play => report,
            () = &mut interrupted => {
                feed.stop();
                play.await
            }
        };
        watching.abort();
        let _ = watching.await;
        Ok::<_, Error>(report?)
    });
    runtime.shutdown_background();
    done
}

enum Playing {
    Manifests(Box<Streaming>),
    Chunks(Box<SmartClient>, String),
}

impl Playing {
    async fn play(self) -> Result<Report, client::ClientError> {
        match self {
            Playing::Manifests(streaming) => streaming.play().await,
            Playing::Chunks(client, id) => client.play_video(&id).await,
        }
    }
}

/// The smart client with a buffer of this size.
fn of_capacity(capacity: Seconds) -> Config {
    let low_water_mark_sec = Config::default().low_water_mark_sec.min(capacity * 0.5);
    Config { target_buffer_sec: capacity, low_water_mark_sec, ..Config::default() }
}

/// A line on standard error, if that is a terminal: buffer, rung, throughput and source.
async fn progress(feed: Feed) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(
        ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut heard = feed.listen();
    while heard.changed().await.is_ok() {
        let status = heard.borrow_and_update().clone();
        if let Some(status) = status {
            bar.set_message(line(&status));
            if status.ended.is_some() {
                break;
            }
        }
    }
    bar.finish_and_clear();
}

fn line(s: &Status) -> String {
    let rung =
        s.rung.map_or(String::new(), |(level, kbps)| format!("rung {} ({kbps:.0} kbit/s), ", level + 1));
    let rate = s.throughput_mbps.map_or(String::new(), |r| format!("{r:.1} Mbit/s, "));
    let source = s.chunk_sources.last_key_value().map_or("", |(_, url)| url.trim_start_matches("http://"));
    let stalls = s.buffer_stats.rebuffering_events;
    format!("buffer {:.1} s, {rung}{rate}{stalls} interruptions, from {source}", s.buffer.buffer_level_sec)
}

/// The ladder of what was played: that of the manifest, or the one rung of V-Stack's chunks.
fn ladder(report: &Report) -> Option<media::Ladder> {
    match &report.video {
        Some(video) => Some(video.ladder().clone()),
        None => {
            media::Ladder::new(report.session.ladder_kbps.iter().map(|b| media::Rung::new(*b)).collect()).ok()
        }
    }
}

/// The summary of what was played, and the simulation of the same.
fn described(
    args: &PlayArgs,
    report: &Report,
    profile: &Profile,
    models: &Models,
    trace: Option<&Arc<netmodel::Trace>>,
) -> Result<(Run, Option<Twin>), Error> {
    let mut session = report.session.clone();
    session.abr = args.abr.trim().to_string();
    session.profile = args.profile.trim().to_string();
    session.seed = args.seed;
    // Where nothing was played, there is nothing to score.
    let scores = match ladder(report).filter(|_| !session.played_segments().is_empty()) {
        Some(ladder) => models.score(&viewing(&session, &ladder))?,
        None => Vec::new(),
    };
    let twin = match (trace, &report.video) {
        (Some(trace), Some(video)) => {
            let mut profile = profile.clone();
            // A live event has set some of its options.
            profile.player = report.player.clone().unwrap_or(profile.player);
            profile.player.segments = match session.played_segments().last() {
                Some(last) if report.incomplete.is_none() => Some(last.index + 1),
                _ => profile.player.segments,
            };
            let simulated = sim::session(trace, video, &args.abr, &profile, args.seed)?;
            Some(Twin::of(&session, &simulated))
        }
        _ => None,
    };
    let run = Run {
        summary: Summary::of(&session),
        scores: models.names.iter().cloned().zip(scores).collect(),
        session,
        sabre: None,
        live: report
            .live
            .as_ref()
            .and_then(|m| Some(Live { summary: m.summary()?, line: m.line().to_vec() })),
        link_ended: false,
    };
    Ok((run, twin))
}

fn transport_text(report: &Report) -> String {
    let t = &report.transport;
    let mut lines: Vec<(String, String)> = vec![(String::new(), String::new())];
    let mut add = |name: &str, value: String| lines.push((name.to_string(), value));
    for (url, segments) in &t.sources {
        add("source", format!("{url}: {segments} segments"));
    }
    add("retries", t.retries.to_string());
    add("failovers", format!("{}, second requests {}", t.failovers, t.hedges));
    add("lost", format!("{}, doubled {}", t.lost, t.duplicated));
    add("received", format!("{:.2} MB", t.bytes as f64 / 1e6));
    crate::text::pairs(&lines)
}
