//! `segue twitch`: the fixed-step model of a Twitch stream.

mod sweep;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use plot::{Chart, Measure, Stalls, Strip, Strips};
use serde::Serialize;
use sim::lockstep::twitch::sweep::Model;
use sim::lockstep::twitch::{LADDER, Report, Row, Run, SCENARIOS, Scenario, published, run};

pub use sweep::{TwitchSweep, twitch_sweep};

use crate::text::{Ordered, counted};
use crate::{Error, console, files};

/// What `segue twitch` takes.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  segue twitch
  segue twitch --scenario poor --timeline --json
  segue twitch --scenario mine.toml -o out
  segue twitch --profile twitch                (the original, with its defects)
  segue twitch sweep --scenario moderate --x base_bandwidth_mbps=1:20 -o out

A scenario file has duration_s, dt and the tables [network], [buffer],
[encoder] and [quality] with the original's names; what it leaves out is the
original's default. With -o: report-NAME.txt and .json, timeline-NAME.csv,
chart-NAME.png and .svg.")]
pub(crate) struct TwitchArgs {
    #[command(subcommand)]
    command: Option<Command>,
    /// stable, moderate, poor, or a file [default: the three, in this order]
    #[arg(long, value_name = "NAME|FILE.toml")]
    scenario: Option<String>,
    /// default, or twitch: the original as it was published
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    profile: String,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// Print every step as well
    #[arg(long)]
    timeline: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
    /// Write reports, timelines and charts into this folder
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Vary two parameters, and show how QoE responds
    Sweep(sweep::SweepArgs),
}

/// A report under the original's names, with its steps where they were asked for.
#[derive(Serialize)]
struct Json<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<Vec<JsonRow>>,
}

#[derive(Serialize)]
struct JsonRow {
    t: f64,
    bandwidth_mbps: f64,
    latency_ms: f64,
    packet_loss: f64,
    congestion_level: f64,
    buffer_level_s: f64,
    is_stalled: bool,
    stall_event: bool,
    quality_name: &'static str,
    av_sync_drift_ms: f64,
    inflow_rate_s_per_s: f64,
    dropped_frames: bool,
}

impl JsonRow {
    fn of(r: &Row) -> JsonRow {
        JsonRow {
            t: r.t,
            bandwidth_mbps: r.bandwidth_mbps,
            latency_ms: r.latency_ms,
            packet_loss: r.packet_loss,
            congestion_level: r.congestion_level,
            buffer_level_s: r.buffer_level_s,
            is_stalled: r.is_stalled,
            stall_event: r.stall_event,
            quality_name: LADDER[r.level].name,
            av_sync_drift_ms: r.av_sync_drift_ms,
            inflow_rate_s_per_s: r.inflow_rate_s_per_s,
            dropped_frames: r.dropped_frames,
        }
    }
}

impl<'a> Json<'a> {
    fn of(run: &'a Run, timeline: bool) -> Json<'a> {
        let rows = || run.timeline.iter().map(JsonRow::of).collect();
        Json { report: &run.report, timeline: timeline.then(rows) }
    }
}

fn csv(run: &Run) -> Result<String, Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |e: csv::Error| Error::Failed(format!("the timeline: {e}"));
    for row in &run.timeline {
        writer.serialize(JsonRow::of(row)).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|e| Error::Failed(format!("the timeline: {e}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The scenario of a name or a file, with a word for it in the names of files.
pub(crate) fn scenario(text: &str) -> Result<(String, Scenario), Error> {
    if let Some(scenario) = Scenario::named(text) {
        return Ok((text.to_string(), scenario));
    }
    let path = Path::new(text);
    if path.extension().is_none_or(|e| e != "toml") {
        let expected = format!("expected {} or a file .toml", SCENARIOS.join(", "));
        let near = spec::nearest(text, SCENARIOS).map_or(String::new(), |n| format!("; did you mean '{n}'?"));
        return Err(Error::input(format_args!("scenario '{text}'"), format_args!("{expected}{near}")));
    }
    let content = spec::file::text(path).map_err(|e| Error::read(path.display(), e))?;
    let mut scenario: Scenario = toml::from_str(&content)
        .map_err(|e| Error::input(path.display(), e.to_string().replace('\n', " ")))?;
    let word = path.file_stem().map_or_else(|| "scenario".to_string(), |s| s.to_string_lossy().into_owned());
    if scenario.name == Scenario::default().name {
        scenario.name.clone_from(&word);
    }
    scenario.check().map_err(|e| Error::input(path.display(), e))?;
    Ok((word, scenario))
}

pub(crate) fn model(profile: &str) -> Result<Model, Error> {
    match profile {
        "default" => Ok(Model::Corrected),
        "twitch" => Ok(Model::Published),
        other => {
            let near = spec::nearest(other, ["default", "twitch"]);
            let near = near.map_or(String::new(), |n| format!("; did you mean '{n}'?"));
            Err(Error::input(
                format_args!("profile '{other}'"),
                format_args!("expected default or twitch{near}"),
            ))
        }
    }
}

pub(crate) fn main(args: &TwitchArgs) -> Result<(), Error> {
    if let Some(Command::Sweep(args)) = &args.command {
        return sweep::main(args);
    }
    let model = model(&args.profile)?;
    let scenarios: Vec<(String, Scenario)> = match &args.scenario {
        Some(text) => vec![scenario(text)?],
        None => SCENARIOS.iter().map(|name| scenario(name)).collect::<Result<_, _>>()?,
    };
    let mut runs: Vec<Run> = Vec::new();
    for (_, scenario) in &scenarios {
        runs.push(match model {
            Model::Corrected => run(scenario, args.seed)?,
            Model::Published => published(scenario, args.seed)?,
        });
    }
    if model == Model::Published && args.seed != 42 {
        console::note(&format!(
            "seed {}: the random numbers are those of numpy's default_rng, of which seed 42 was compared with the original",
            args.seed
        ));
    }
    if let Some(folder) = &args.out {
        files::make_folder(folder)?;
        for ((word, scenario), run) in scenarios.iter().zip(&runs) {
            write(folder, word, scenario, run)?;
        }
    }
    match args.json {
        true => print_json(args, &scenarios, &runs),
        false => print_text(args, &scenarios, &runs),
    }
}

fn print_json(args: &TwitchArgs, scenarios: &[(String, Scenario)], runs: &[Run]) -> Result<(), Error> {
    if let ([run], Some(_)) = (runs, &args.scenario) {
        return console::json(&Json::of(run, args.timeline));
    }
    let all = scenarios.iter().zip(runs).map(|((word, _), run)| (word.clone(), Json::of(run, args.timeline)));
    console::json(&Ordered(all.collect()))
}

fn print_text(args: &TwitchArgs, scenarios: &[(String, Scenario)], runs: &[Run]) -> Result<(), Error> {
    let mut text = String::new();
    for ((_, scenario), run) in scenarios.iter().zip(runs) {
        if args.scenario.is_none() {
            text += &format!("{}\n Scenario: {}\n", "=".repeat(52), scenario.name);
        }
        text += &run.report.to_text();
        if args.timeline {
            text += &csv(run)?;
        }
    }
    console::print(&text)
}

fn write(folder: &Path, word: &str, scenario: &Scenario, run: &Run) -> Result<(), Error> {
    files::write(&folder.join(format!("report-{word}.txt")), run.report.to_text().as_bytes())?;
    let json = console::pretty(&Json::of(run, false))?;
    files::write(&folder.join(format!("report-{word}.json")), json.as_bytes())?;
    files::write(&folder.join(format!("timeline-{word}.csv")), csv(run)?.as_bytes())?;
    let chart = twitch_chart(scenario, run);
    for ending in ["png", "svg"] {
        crate::run::save_chart(&chart, &folder.join(format!("chart-{word}.{ending}")))?;
    }
    Ok(())
}

/// Everything of a run over time.
pub fn twitch_chart(scenario: &Scenario, run: &Run) -> Chart {
    let column = |of: fn(&Row) -> f64| -> Vec<f64> { run.timeline.iter().map(of).collect() };
    let at = column(|r| r.t);
    let columns = [
        column(|r| r.bandwidth_mbps),
        column(|r| r.latency_ms),
        column(|r| 100.0 * r.packet_loss),
        column(|r| r.congestion_level),
        column(|r| r.buffer_level_s),
        column(|r| r.level as f64),
        column(|r| r.av_sync_drift_ms),
    ];
    let scores = run.scores_so_far();
    let jerkiness: Vec<f64> = scores.iter().map(|s| s.jerkiness).collect();
    let av_sync: Vec<f64> = scores.iter().map(|s| s.av_sync).collect();
    let stability: Vec<f64> = scores.iter().map(|s| s.stability).collect();
    let overall: Vec<f64> = scores.iter().map(|s| s.overall).collect();
    let names = LADDER.map(|l| l.name);
    let measures = [
        Measure { label: "bandwidth", column: "bandwidth_mbps" },
        Measure { label: "latency", column: "latency_ms" },
        Measure { label: "loss", column: "packet_loss_percent" },
        Measure { label: "congestion", column: "congestion_level" },
        Measure { label: "buffer", column: "buffer_level_s" },
        Measure { label: "quality", column: "quality_index" },
        Measure { label: "A/V drift", column: "av_sync_drift_ms" },
    ];
    let axes = ["Mbit/s", "ms", "loss, %", "congestion", "buffer, s", "quality", "drift, ms"];
    let lines: Vec<[(Measure<'_>, &[f64]); 1]> =
        measures.iter().zip(&columns).map(|(m, values)| [(*m, &values[..])]).collect();
    let out = scenario.quality.av_sync_threshold_ms;
    let levels = [("resume", scenario.buffer.rebuffer_threshold_s)];
    // The threshold of the drift only where it is near: else it would flatten the line.
    let limit = [("out of step", out)];
    let near = run.report.max_av_sync_drift_ms > 0.5 * out;
    let mut strips: Vec<Strip<'_>> = axes
        .iter()
        .zip(&lines)
        .map(|(axis, lines)| Strip {
            axis,
            title: "",
            lines,
            levels: match *axis {
                "buffer, s" => &levels,
                "drift, ms" if near => &limit,
                _ => &[],
            },
            names: if *axis == "quality" { &names } else { &[] },
        })
        .collect();
    let score = |label, column| Measure { label, column };
    let scores = [
        (score("jerkiness score", "jerkiness_score"), &jerkiness[..]),
        (score("A/V sync score", "av_sync_score"), &av_sync[..]),
        (score("stability score", "quality_stability_score"), &stability[..]),
        (score("overall QoE", "overall_qoe"), &overall[..]),
    ];
    strips.push(Strip { axis: "scores so far", title: "", lines: &scores, levels: &[], names: &[] });
    let stalled: Vec<bool> = run.timeline.iter().map(|r| r.is_stalled).collect();
    let r = &run.report;
    let subtitle = format!(
        "QoE {:.2} of 10, {}, {:.1} s stalled, {} switches, mean drift {:.1} ms",
        r.scores.overall,
        counted(r.stall_count, "stall"),
        r.total_stall_time_s,
        r.quality_switch_count,
        r.mean_av_sync_drift_ms
    );
    Strips {
        title: &scenario.name,
        subtitle: &subtitle,
        x: Measure { label: "time in s", column: "t" },
        at: &at,
        strips: &strips,
        stalled: &stalled,
        stalls: Stalls::Bands,
    }
    .chart()
}
