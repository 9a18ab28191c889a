//! `segue run`: one session.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use abr::RuleSource;
use clap::Args;
use media::Video;
use netmodel::Trace;
use player::{LatencyMeter, Meter, Recorder};
use plot::{Palette, Threshold, Timeline};
use qoe::{AvSync, LiveSummary, SUMMARY_SCHEMA, Score, Session, Summary, Viewing};
use serde::Serialize;
use sim::sabre::Metrics;
use sim::{Original, Profile, Stop};
use units::Seconds;

use crate::drawing::DrawingArgs;
use crate::live::Live;
use crate::load::{InputArgs, Inputs};
use crate::models::{Models, largest, viewing};
use crate::session_log::LogFormat;
use crate::text::{Ordered, pairs, short};
use crate::{Error, console, files, terminal};

/// What `segue run` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue run --trace preset:3g --video preset:cbr --abr bola
  segue run --trace drive.csv --video movie.json --abr bola-e:gp=8 \\
      --chart drive.png
  segue run --trace log.json --video movie.json --abr dynamic \\
      --profile default:capacity=20,start=4 --qoe yin --qoe bola --json
  segue run --trace preset:4g --video preset:cbr --abr bola \
      --impair connection:protocol=tls13 --impair slow-start
  segue run --trace log.json --video movie.json --abr bola --log session.json
  segue qoe session.json --model comyco        (scores that record again)
  segue run --trace preset:4g --video preset:cbr,segment=1 --abr l2a \
      --live latency=3,chunk=0.5 --chart live.png

Logs: .jsonl and .csv hold one row per request, .json the complete record. A
chart FILE.png comes with its data in FILE.csv (FILE.chart.csv if the log is
there).
What there is by name: segue list {abr,profiles,impairments,presets,qoe,formats}")]
pub(crate) struct RunArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Rule, with options: NAME[:key=value,...]
    #[arg(long, value_name = "RULE")]
    abr: String,
    /// Player and link, with options: NAME[:key=value,...]
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    profile: String,
    /// Impairment of the link, with options: NAME[:key=value,...]; may be repeated, from the trace outward
    #[arg(long, value_name = "IMPAIRMENT")]
    impair: Vec<String>,
    /// The video is a live event: key=value,... (segue list live)
    #[arg(long, value_name = "OPTIONS", num_args = 0..=1, default_missing_value = "")]
    live: Option<String>,
    /// QoE model, with options; may be repeated [default: bola, pensieve-lin, yin]
    #[arg(long, value_name = "MODEL")]
    qoe: Vec<String>,
    /// Write the log: .jsonl, .json or .csv
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Draw the session: .png, .svg or .pdf
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// Draw the session in the terminal
    #[arg(long, conflicts_with = "json")]
    plot: bool,
    #[command(flatten)]
    drawing: DrawingArgs,
    /// Print the summary as one JSON object
    #[arg(long)]
    json: bool,
}

/// One session and what is said of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// The complete record.
    pub session: Session,
    pub summary: Summary,
    /// The scores, by the specification of their model.
    pub scores: Vec<(String, Score)>,
    /// What Sabre prints, under Sabre's names; only under its profile.
    pub sabre: Option<Vec<(&'static str, f64)>>,
    /// Where the viewer of a live event was; only with `--live`.
    pub live: Option<Live>,
    /// Whether the link ended for good before everything was fetched.
    pub link_ended: bool,
}

/// Runs one session.
///
/// ```
/// let found = segue_cli::load_traces(&["preset:constant,rate=3"], None, 0)?;
/// let video = segue_cli::load_video("preset:cbr,duration=60", None, 0)?;
/// let models = segue_cli::Models::new(&["yin"])?;
/// let run = segue_cli::run(&found.traces[0], &video, "bola", &sim::profile("default")?, 0, &models)?;
/// assert_eq!(run.summary.segments, 15);
/// # Ok::<(), segue_cli::Error>(())
/// ```
///
/// # Errors
/// [`Error::Input`] for an unknown rule or option, or a model that needs what the session does not have.
pub fn run<R: RuleSource + ?Sized>(
    trace: &Arc<Trace>,
    video: &Video,
    rule: &R,
    profile: &Profile,
    seed: u64,
    models: &Models,
) -> Result<Run, Error> {
    let mut recorder = Recorder::default();
    let mut meters = (LatencyMeter::new(profile.player.target(video)), Meter::default());
    let (outcome, sabre) = match gp_of_sabre(rule.spec(), profile)? {
        None => {
            let mut all = (&mut recorder, &mut meters);
            (sim::observe(trace, video, rule, profile, seed, &mut all)?, None)
        }
        Some(gp) => {
            let mut metrics = Metrics::new(trace.clone(), profile, gp);
            let outcome =
                sim::sabre::observe(trace, video, rule, profile, seed, &mut metrics, &mut recorder)?;
            (outcome, Some(metrics.printed()))
        }
    };
    let mut session = recorder.into_session();
    session.abr = rule.name().to_string();
    session.profile = profile.name.clone();
    session.trace = trace.name().to_string();
    session.seed = seed;
    let scores = models.score(&viewing(&session, video.ladder()))?;
    let live = profile.live.as_ref().and_then(|_| meters.0.summary());
    let live = live.map(|summary| Live { summary, line: meters.0.line().to_vec() });
    Ok(Run {
        // A record does not know when the chunks of a segment came.
        summary: if live.is_some() { meters.1.summary() } else { Summary::of(&session) },
        live,
        scores: models.names.iter().cloned().zip(scores).collect(),
        session,
        sabre,
        link_ended: outcome == Stop::NetworkEnded,
    })
}

/// Under Sabre's profile, the weight by which Sabre's score counts stalls: the rule's `gp`, or Sabre's default.
fn gp_of_sabre(rule: Option<&str>, profile: &Profile) -> Result<Option<f64>, Error> {
    if profile.original != Some(Original::Sabre) {
        return Ok(None);
    }
    let Some(rule) = rule else { return Ok(Some(5.0)) };
    let (_, options) = spec::Spec::parse(rule)?.find("rule", abr::entries())?;
    Ok(Some(options.text("gp").parse().unwrap_or(5.0)))
}

#[derive(Serialize)]
pub(crate) struct Json<'a, T> {
    schema: &'static str,
    abr: &'a str,
    profile: &'a str,
    trace: &'a str,
    video: &'a str,
    seed: u64,
    #[serde(flatten)]
    summary: &'a Summary,
    av_sync: AvSync,
    qoe: Ordered<f64>,
    /// Of scores that everybody must know something about.
    #[serde(skip_serializing_if = "Option::is_none")]
    qoe_labels: Option<Ordered<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<&'a LiveSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sabre: Option<Ordered<f64>>,
    /// What only some commands know.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    more: Option<&'a T>,
}

impl Run {
    /// The summary as JSON, schema `segue.summary/1`.
    pub fn to_json(&self) -> Result<String, Error> {
        self.to_json_with::<()>(None)
    }

    /// The same, with more fields behind.
    pub(crate) fn to_json_with<T: Serialize>(&self, more: Option<&T>) -> Result<String, Error> {
        console::pretty(&self.json(more))
    }

    pub(crate) fn json<'a, T>(&'a self, more: Option<&'a T>) -> Json<'a, T> {
        let s = &self.session;
        let labels: Vec<_> = self.scores.iter().filter_map(|(n, s)| Some((n.clone(), s.label?))).collect();
        Json {
            schema: SUMMARY_SCHEMA,
            abr: &s.abr,
            profile: &s.profile,
            trace: &s.trace,
            video: &s.video,
            seed: s.seed,
            summary: &self.summary,
            av_sync: self.av_sync(),
            qoe: Ordered(self.scores.iter().map(|(n, s)| (n.clone(), s.value)).collect()),
            live: self.live.as_ref().map(|l| &l.summary),
            qoe_labels: (!labels.is_empty()).then_some(Ordered(labels)),
            sabre: self.sabre.as_ref().map(|m| Ordered(m.iter().map(|(n, v)| (n.to_string(), *v)).collect())),
            more,
        }
    }

    /// How far sound and picture were apart.
    pub fn av_sync(&self) -> AvSync {
        AvSync::of(&Viewing::of(&self.session))
    }

    /// The summary for people.
    pub fn to_text(&self) -> String {
        let (s, k, sync) = (&self.session, &self.summary, self.av_sync());
        let seconds = |x: Seconds| format!("{:.2} s", x.get());
        let mut lines: Vec<(String, String)> = [
            ("rule", s.abr.clone()),
            ("profile", s.profile.clone()),
            ("trace", s.trace.clone()),
            ("video", s.video.clone()),
            ("seed", s.seed.to_string()),
            ("", String::new()),
            ("segments", k.segments.to_string()),
            ("mean bitrate", format!("{:.0} kbit/s", k.mean_bitrate_kbps.kbps())),
            ("startup delay", seconds(k.startup_delay_s)),
            ("stalls", format!("{}, {} ({:.2} %)", k.stall_count, seconds(k.stall_s), k.stall_ratio * 100.0)),
            ("switches", format!("{}, {:.0} kbit/s in the mean", k.switch_count, k.mean_switch_kbps.kbps())),
            ("mean buffer", seconds(k.mean_buffer_s)),
            ("A/V drift", format!("{:.1} ms in the mean, {:.1} ms at most", sync.mean_ms, sync.max_ms)),
            ("played", format!("{} in {}", seconds(k.played_s), seconds(k.wall_s))),
            ("", String::new()),
        ]
        .map(|(name, value)| (name.to_string(), value))
        .into();
        if let Some(live) = &self.live {
            lines.extend(live.lines());
            lines.push((String::new(), String::new()));
        }
        for (name, score) in &self.scores {
            let label = score.label.map(|l| format!("  ({l})")).unwrap_or_default();
            let scale = score.scale.bounds().map(|(a, b)| format!("  of {a}..{b}")).unwrap_or_default();
            lines.push((format!("QoE {name}"), format!("{}{scale}{label}", short(score.value))));
        }
        if let Some(sabre) = &self.sabre {
            lines.push((String::new(), String::new()));
            lines.extend(sabre.iter().map(|(name, value)| (name.to_string(), format!("{value}"))));
        }
        pairs(&lines)
    }

    /// The timeline of the session.
    pub fn chart(&self, trace: &Trace, profile: &Profile) -> plot::Chart {
        let link = netmodel::capacity(trace, &profile.link, self.session.wall_s);
        let buffer = &profile.player.buffer;
        let mut thresholds = vec![Threshold { label: "full".to_string(), level: profile.player.capacity }];
        if buffer.resume > Seconds::ZERO {
            let label = if buffer.start == buffer.resume { "start, resume" } else { "resume" };
            thresholds.push(Threshold { label: label.to_string(), level: buffer.resume });
        }
        if buffer.start > Seconds::ZERO && buffer.start != buffer.resume {
            thresholds.push(Threshold { label: "start".to_string(), level: buffer.start });
        }
        let scores: Vec<(String, f64)> = self.scores.iter().map(|(n, s)| (n.clone(), s.value)).collect();
        let session = &self.session;
        let palette = Palette::new([session.abr.as_str()]);
        let mut chart =
            Timeline { session, link: &link, thresholds: &thresholds, scores: &scores }.chart(&palette);
        if let Some(live) = &self.live {
            live.draw(&mut chart, &session.rates);
        }
        chart
    }
}

pub(crate) fn main(args: &RunArgs) -> Result<(), Error> {
    // Everything that can be wrong is found before anything is done.
    let log = args.log.as_deref().map(|path| LogFormat::of(path).map(|f| (path, f))).transpose()?;
    let chart = args.chart.as_deref().map(|path| plot::Format::of(path).map(|_| path)).transpose()?;
    let models = Models::new(&args.qoe)?;
    let mut profile = sim::profile(&args.profile)?.impaired(&args.impair)?;
    if let Some(live) = &args.live {
        profile = profile.live(live)?;
    }
    abr::rule(&args.abr)?;
    let Inputs { trace, video, files: inputs, notes } = args.input.read(std::slice::from_ref(&profile))?;
    let table = chart.map(|c| data_of(c, log.map(|(path, _)| path)));
    let mut outputs: Vec<(&str, &Path)> = Vec::new();
    outputs.extend(log.map(|(path, _)| ("the log", path)));
    outputs.extend(chart.map(|path| ("the chart", path)));
    outputs.extend(table.as_deref().map(|path| ("the data of the chart", path)));
    files::distinct(&outputs, &inputs)?;
    outputs.iter().try_for_each(|(_, path)| files::check(path))?;

    let run = run(&trace, &video, args.abr.as_str(), &profile, args.input.seed, &models)?;
    let loops = repeated(
        1,
        usize::from(profile.link.end == netmodel::End::Loop && run.session.wall_s > trace.duration()),
    );
    let guess = models.guess(&largest(video.ladder()).into_iter().collect());
    let lacking = lacking(std::slice::from_ref(&args.abr), std::iter::once(video.ladder()))?;
    notes.iter().chain(lacking.iter()).chain(loops.iter()).chain(guess.iter()).for_each(|n| console::note(n));
    if run.link_ended {
        console::note("the link ended before the whole video was fetched");
    }
    if let Some((path, format)) = log {
        files::write(path, &crate::session_log::render(&run.session, video.ladder(), format)?)?;
    }
    if let (Some(path), Some(table)) = (chart, &table) {
        let drawn = run.chart(&trace, &profile);
        let drawn = args.drawing.titled(drawn);
        files::write(path, &args.drawing.render(&drawn, plot::Format::of(path)?)?)?;
        files::write(table, drawn.csv().as_bytes())?;
    }
    if args.plot {
        let link = netmodel::capacity(&trace, &profile.link, run.session.wall_s);
        console::print(&format!("{}\n", terminal::timeline(&run.session, &link)))?;
    }
    match args.json {
        true => console::print(&run.to_json()?),
        false => console::print(&run.to_text()),
    }
}

/// Where the data of a chart go: beside it under the ending csv, unless the log is there.
fn data_of(chart: &Path, log: Option<&Path>) -> PathBuf {
    let beside = chart.with_extension("csv");
    if log == Some(beside.as_path()) { chart.with_extension("chart.csv") } else { beside }
}

/// What the rules ask for that a ladder does not have.
pub(crate) fn lacking<'l>(
    rules: &[String],
    ladders: impl Iterator<Item = &'l media::Ladder> + Clone,
) -> Result<Vec<String>, Error> {
    let mut notes = Vec::new();
    for text in rules {
        let rule = abr::rule(text)?;
        notes.extend(ladders.clone().find_map(|l| rule.lacks(l)).map(|lacks| format!("{text}: {lacks}")));
    }
    Ok(notes)
}

/// What to say where so many of so many traces end before their sessions do.
pub(crate) fn repeated(traces: usize, shorter: usize) -> Option<String> {
    match (traces, shorter) {
        (_, 0) => None,
        (1, _) => Some("the trace is shorter than the session, and is repeated".to_string()),
        _ => {
            Some(format!("{shorter} of {traces} traces are shorter than a session on them, and are repeated"))
        }
    }
}

/// Writes a chart and, beside it, its data.
pub(crate) fn save_chart(chart: &plot::Chart, path: &Path) -> Result<(), Error> {
    let picture = plot::render(chart, plot::Format::of(path)?, None)?;
    files::write(path, &picture)?;
    files::write(&path.with_extension("csv"), chart.csv().as_bytes())
}
