//! `segue qoe-core`: the fixed-step system QOE-Core.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use media::Ladder;
use plot::{Chart, Measure, Stalls, Strip, Strips};
use serde::Serialize;
use sim::lockstep::qoe_core::{Abr, Config, Network, Options, Session, session};
use units::Seconds;

use crate::{Error, console, files, load};

/// Which rules play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Every rule
    #[value(alias = "a")]
    All,
    /// 1000 kbit/s, or the rung below
    #[value(alias = "f")]
    Fixed,
    /// By the level of the buffer
    #[value(alias = "b")]
    Buffer,
    /// By the mean of the last throughputs
    #[value(alias = "t")]
    Throughput,
}

/// What `segue qoe-core` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue qoe-core
  segue qoe-core throughput -w 5 --segment 4 --buffer-max 30 \\
      --trace preset:3g -o out
  segue qoe-core --profile qoe-core            (the original, with its defects)
  segue qoe-core --profile qoe-core:first-switch=off,score=durations --json

With -o: scores.csv and scores.json, and of every rule session-RULE.csv and
.json (its steps) and chart-RULE.png and .svg. The profile qoe-core writes
scores.csv without -o, as its original does.")]
pub(crate) struct QoeCoreArgs {
    /// Rule
    #[arg(value_enum, default_value_t = Which::All)]
    abr: Which,
    /// Throughputs in the mean of the throughput rule
    #[arg(short, long, value_name = "N", default_value_t = 3)]
    window: usize,
    /// What the buffer takes, in s
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    buffer_max: f64,
    /// Length of a segment, in s
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    segment: f64,
    /// Level at which playback starts and resumes, in s; in the profile qoe-core a step below it stalls
    #[arg(long, value_name = "S", default_value_t = 0.5)]
    stall_threshold: f64,
    /// Bitrates in kbit/s, ascending: 500,750,1000
    #[arg(long, value_name = "KBPS", value_delimiter = ',')]
    ladder: Option<Vec<f64>>,
    /// Network trace: a file, or preset:NAME[,key=value...] [default: the original's ten seconds]
    #[arg(long, value_name = "FILE|preset:NAME")]
    trace: Option<String>,
    /// Format of the trace, with options, instead of what its content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// How the system behaves: default or qoe-core, with options
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    profile: String,
    /// Seed of a trace that is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write scores, steps and charts into this folder
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print scores and steps as one JSON object
    #[arg(long)]
    json: bool,
}

/// The line of a rule in the table of scores, under the original's names.
#[derive(Serialize)]
struct Score {
    abr: &'static str,
    score: f32,
    average_bitrate: f32,
    stall_count: u32,
}

#[derive(Serialize)]
struct Json {
    schema: &'static str,
    sessions: Vec<JsonSession>,
}

#[derive(Serialize)]
struct JsonSession {
    #[serde(flatten)]
    score: Score,
    steps: Vec<JsonStep>,
}

#[derive(Serialize)]
struct JsonStep {
    timestamp: u32,
    bitrate_kbps: u32,
    buffer_level_secs: f32,
    stalled: bool,
    switch: bool,
}

fn score(session: &Session) -> Score {
    let r = &session.report;
    Score {
        abr: session.abr.name(),
        score: r.final_score,
        average_bitrate: r.average_bitrate_kbps,
        stall_count: r.stall_count,
    }
}

fn json(session: &Session) -> JsonSession {
    let steps = session.steps.iter().map(|s| JsonStep {
        timestamp: s.timestamp,
        bitrate_kbps: s.bitrate_kbps,
        buffer_level_secs: s.buffer_level_secs,
        stalled: s.stalled,
        switch: s.switch,
    });
    JsonSession { score: score(session), steps: steps.collect() }
}

/// The scores under one header row, numbers as the original writes them.
fn scores_csv(sessions: &[Session]) -> String {
    let mut text = "ABR,Score,AvgBitrateKbps,StallCount\n".to_string();
    for s in sessions.iter().map(score) {
        text += &format!("{},{:?},{:?},{}\n", s.abr, s.score, s.average_bitrate, s.stall_count);
    }
    text
}

/// The rule's name in files.
fn slug(abr: Abr) -> &'static str {
    match abr {
        Abr::Fixed => "fixed",
        Abr::BufferBased => "buffer",
        Abr::ThroughputBased { .. } => "throughput",
    }
}

/// Bitrate with red dots where it stalled, and the buffer with the threshold.
pub fn qoe_core_chart(session: &Session, config: &Config) -> Chart {
    let at: Vec<f64> = session.steps.iter().map(|s| f64::from(s.timestamp)).collect();
    let bitrate: Vec<f64> = session.steps.iter().map(|s| f64::from(s.bitrate_kbps)).collect();
    let buffer: Vec<f64> = session.steps.iter().map(|s| f64::from(s.buffer_level_secs)).collect();
    let stalled: Vec<bool> = session.steps.iter().map(|s| s.stalled).collect();
    let title = format!("Bitrate & Stalls Over Time (QoE: {:.1}/100)", session.report.final_score);
    let mut subtitle = format!(
        "{}, mean bitrate {:.0} kbit/s, {} stalled steps, {} switches",
        session.abr.name(),
        session.report.average_bitrate_kbps,
        session.report.stall_count,
        session.report.switch_count
    );
    if session.startup > Seconds::ZERO {
        subtitle +=
            &format!(", startup {:.2} s, {:.2} s in stalls", session.startup.get(), session.stalled.get());
    }
    let levels = [("Stall Threshold", config.stall_threshold.get())];
    let bitrate = [(Measure { label: "bitrate (kbps)", column: "bitrate_kbps" }, &bitrate[..])];
    let buffer = [(Measure { label: "buffer (s)", column: "buffer_level_secs" }, &buffer[..])];
    let strips = [
        Strip { axis: "bitrate (kbps)", title: "", lines: &bitrate, levels: &[], names: &[] },
        Strip { axis: "buffer (s)", title: "Buffer Level", lines: &buffer, levels: &levels, names: &[] },
    ];
    Strips {
        title: &title,
        subtitle: &subtitle,
        x: Measure { label: "step", column: "timestamp" },
        at: &at,
        strips: &strips,
        stalled: &stalled,
        stalls: Stalls::Dots(0),
    }
    .chart()
}

pub(crate) fn main(args: &QoeCoreArgs) -> Result<(), Error> {
    let options = Options::of(&args.profile)?;
    let rules = [Abr::Fixed, Abr::BufferBased, Abr::ThroughputBased { window: args.window }];
    let rules = match args.abr {
        Which::All => &rules[..],
        Which::Fixed => &rules[..1],
        Which::Buffer => &rules[1..2],
        Which::Throughput => &rules[2..],
    };
    let network = match &args.trace {
        None => Network::stock(),
        Some(spec) => Network::Trace(load::load_trace(spec, args.format.as_deref(), args.seed)?.0),
    };
    let mut base = Config {
        buffer_max: Seconds::new(args.buffer_max),
        segment: Seconds::new(args.segment),
        stall_threshold: Seconds::new(args.stall_threshold),
        ..Config::new(Abr::Fixed, options)
    };
    if let Some(kbps) = &args.ladder {
        base.ladder = Ladder::from_kbps(kbps)?;
        if options.own_tiers {
            console::note("--ladder changes nothing: in this profile every rule has bitrates of its own");
        }
    }
    let configs: Vec<Config> = rules.iter().map(|abr| Config { abr: *abr, ..base.clone() }).collect();
    let sessions: Vec<Session> =
        configs.iter().map(|c| session(c, &network)).collect::<Result<_, sim::SimError>>()?;

    let mut written = None;
    if let Some(folder) = &args.out {
        files::make_folder(folder)?;
        written = Some(folder.join("scores.csv"));
        let scores: Vec<Score> = sessions.iter().map(score).collect();
        files::write(&folder.join("scores.json"), console::pretty(&scores)?.as_bytes())?;
        for (session, config) in sessions.iter().zip(&configs) {
            write_session(folder, session, config)?;
        }
    } else if options == Options::ORIGINAL && !args.json {
        written = Some(PathBuf::from("scores.csv"));
    }
    if let Some(path) = &written {
        files::write(path, scores_csv(&sessions).as_bytes())?;
    }
    if args.json {
        return console::json(&Json {
            schema: "segue.qoe-core/1",
            sessions: sessions.iter().map(json).collect(),
        });
    }
    let mut text: String = sessions.iter().map(|s| s.line() + "\n").collect();
    if let Some(path) = written {
        text += &format!("Scores written to {}\n", path.display());
    }
    console::print(&text)
}

fn write_session(folder: &Path, session: &Session, config: &Config) -> Result<(), Error> {
    let rule = slug(session.abr);
    files::write(&folder.join(format!("session-{rule}.csv")), session.to_csv().as_bytes())?;
    files::write(&folder.join(format!("session-{rule}.json")), session.to_json().as_bytes())?;
    let chart = qoe_core_chart(session, config);
    for ending in ["png", "svg"] {
        crate::run::save_chart(&chart, &folder.join(format!("chart-{rule}.{ending}")))?;
    }
    Ok(())
}
