//! `segue compare`: every rule on every trace.

mod answer;
mod charts;
mod effects;
mod optimum;
mod require;
mod statistics;
mod table;
mod variants;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use abr::RuleSource;
use clap::Args;
use media::Video;
use netmodel::Trace;
use qoe::{Score, Summary};
use sim::Profile;
use units::{BitRate, Seconds};

use crate::drawing::DrawingArgs;
use crate::log::{self, LogFormat};
use crate::models::{self, Models};
use crate::{Error, Progress, console, files, load};

pub use effects::{Effect, Interaction};
pub use optimum::{Optimum, optima};
pub use statistics::{Measure, Share, Statistics, Versus};
pub use variants::{Factor, Variant};

use variants::{Grid, Levels};

/// What `segue compare` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue compare --trace traces/ --video movie.json --abr bola --abr bba -o out
  segue compare --trace 'logs/bus_*.json' --trace preset:4g,seed=2 \\
      --video preset:vbr --abr bola --abr bola:gp=8 --abr robust-mpc --json
  segue compare --trace traces/ --video movie.json --abr dynamic --abr bola \\
      --baseline throughput --qoe pensieve-lin --profile default:capacity=60
  segue compare --trace 3g/ --trace 4g/ --video movie.json --abr bola --abr mpc \\
      --qoe yin --optimum -o out
  segue compare --trace traces/ --video movie.json --abr bola --abr throughput \
      --impair latency:preset=4g --impair slow-start

Whatever is given more than once is a factor: every combination is played, and paired
by trace. An option may be a list or a range: bola:gp=1..20, default:capacity=10/25/60,
preset:4g,seed=1..200 (a..b..step, too).
  segue compare --trace preset:4g,seed=1..50 --video preset:vbr --abr bola:gp=1..20
  segue compare --trace traces/ --video a.json --video b.json \
      --profile default:capacity=10/30 --abr bola --abr throughput

Exit code 1 where something is required that does not hold, for pipelines:
  segue compare --trace traces/ --video old.json --video new.json --abr bola \\
      --require no-worse --require 'stall_percent<=1'

A folder stands for the traces in it, not those of folders in it; files that are
none are skipped with a note. Charts and sentences are about the first --qoe.
Traces of one --trace (draws of one preset, files of one folder) are a class; the
chart of gains has a column for each.
With -o: charts (PNG, SVG, CSV; NAME.narrow.svg for narrow screens), sessions.csv,
summary.json, of which segue report makes a page; with --logs the
requests of the session in row N of sessions.csv are in logs/N.csv.")]
pub(crate) struct CompareArgs {
    /// Network traces: a file, a folder, a pattern or preset:NAME[,key=value...]; may be repeated
    #[arg(long, value_name = "TRACE", required = true)]
    trace: Vec<String>,
    /// Video: a file, a folder of sizes, or preset:NAME[,key=value...]; may be repeated
    #[arg(long, value_name = "VIDEO", required = true)]
    video: Vec<String>,
    /// Rule, with options: NAME[:key=value,...]; may be repeated
    #[arg(long, value_name = "RULE", required = true)]
    abr: Vec<String>,
    /// The rule that the others are compared with [default: the first --abr]
    #[arg(long, value_name = "RULE")]
    baseline: Option<String>,
    /// The video is a live event: key=value,... (segue list live)
    #[arg(long, value_name = "OPTIONS", num_args = 0..=1, default_missing_value = "")]
    live: Option<String>,
    /// QoE model, with options; may be repeated [default: bola, pensieve-lin, yin]
    #[arg(long, value_name = "MODEL")]
    qoe: Vec<String>,
    /// Player and link, with options: NAME[:key=value,...]; may be repeated
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    profile: Vec<String>,
    /// Impairment of the link, with options: NAME[:key=value,...]; may be repeated, from the trace outward. Alternatives
    /// to compare stand between bars: 'none|slow-start'
    #[arg(long, value_name = "IMPAIRMENT")]
    impair: Vec<String>,
    /// Seed of everything random; may be repeated (draws of the networks follow the first)
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true)]
    seed: Vec<u64>,
    /// Format of the traces, with options, instead of what their content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Format of the video, with options, instead of what its content shows
    #[arg(long, value_name = "FORMAT")]
    video_format: Option<String>,
    /// Write charts and tables to this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Which charts: all, none, or names such as pareto,curve
    #[arg(long, value_name = "NAMES", default_value = "all", requires = "output")]
    charts: String,
    /// Write the log of every session, one row per request, to the folder logs in the output
    #[arg(long, requires = "output")]
    logs: bool,
    /// How many threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Compare with the best that could have been done on each trace, by the first --qoe
    /// (pensieve-lin, -log, -hd, yin or bola)
    #[arg(long)]
    optimum: bool,
    /// Write the best plan of each trace: .csv of trace, segment, level and bitrate
    #[arg(long, value_name = "FILE", requires = "optimum")]
    optimum_plan: Option<PathBuf>,
    /// End with exit code 1 where a condition does not hold for every combination: MEASURE<=NUMBER (or <, >=, >) of
    /// its mean, or no-worse (than the baseline, by the first --qoe); may be repeated
    #[arg(long, value_name = "CONDITION")]
    require: Vec<String>,
    #[command(flatten)]
    drawing: DrawingArgs,
    /// Print the comparison as one JSON object
    #[arg(long)]
    json: bool,
}

impl CompareArgs {
    /// What was asked for, as it is typed; without what changes no number.
    fn command(&self) -> String {
        let mut words = vec!["segue compare".to_string()];
        let mut give = |name: &str, values: &[String]| {
            words.extend(values.iter().map(|v| format!("--{name} {}", files::quoted(v))));
        };
        give("trace", &self.trace);
        give("video", &self.video);
        give("abr", &self.abr);
        give("baseline", self.baseline.as_slice());
        give("qoe", &self.qoe);
        let told = |values: &[String], default: &str| match values {
            [one] if one == default => vec![],
            other => other.to_vec(),
        };
        give("profile", &told(&self.profile, "default"));
        give("impair", &self.impair);
        give("seed", &told(&self.seed.iter().map(u64::to_string).collect::<Vec<_>>(), "0"));
        give("format", self.format.as_slice());
        give("video-format", self.video_format.as_slice());
        words.extend(self.optimum.then(|| "--optimum".to_string()));
        words.join(" ")
    }
}

/// The name of a file, and what it holds.
type File = (String, Vec<u8>);

/// What is compared.
#[derive(Debug)]
pub struct Plan<'a, R = String> {
    /// The networks.
    pub traces: &'a [Arc<Trace>],
    /// What is played.
    pub video: &'a Video,
    /// The rules, none of them twice: specifications, or rules of one's own.
    pub rules: &'a [R],
    /// Which of the rules the others are compared with.
    pub baseline: usize,
    /// Player and link.
    pub profile: &'a Profile,
    /// The seed of everything random.
    pub seed: u64,
    /// The QoE models; charts and sentences are about the first.
    pub models: &'a Models,
}

/// One session of a comparison.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Played {
    /// Index into the variants, and into the names of [`Comparison::rules`].
    pub rule: usize,
    /// Index into the traces.
    pub trace: usize,
    /// The digest.
    pub summary: Summary,
    /// The scores, in the order of the models.
    pub scores: Vec<Score>,
    /// How long each rung played, in the order of the ladder.
    pub rungs: Vec<Seconds>,
}

/// Every rule on every trace, and what may be said of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Comparison {
    /// What is compared: the names of the variants, which are the rules where nothing else varies.
    pub rules: Vec<String>,
    /// Everything about each of them.
    pub variants: Vec<Variant>,
    /// What varies.
    pub factors: Vec<Factor>,
    /// What each factor does.
    pub effects: Vec<Effect>,
    /// How two factors act together.
    pub interactions: Vec<Interaction>,
    /// Which of the variants the others are compared with.
    pub baseline: usize,
    /// The names of the traces.
    pub traces: Vec<String>,
    /// The class of each trace (see [`Comparison::in_classes`]); empty: all are of one.
    pub classes: Vec<String>,
    /// The names of the videos, none of them twice.
    pub videos: Vec<String>,
    /// The player profiles with their impairments, none of them twice.
    pub profiles: Vec<String>,
    /// The seed of what is random in the statistics: the first.
    pub seed: u64,
    /// The QoE models, as given.
    pub models: Vec<String>,
    /// What everybody must know of the scores of a model; one entry per model.
    pub labels: Vec<Option<&'static str>>,
    /// The ladder that all videos have; empty where they differ.
    pub ladder: Vec<BitRate>,
    /// Every session, trace by trace, in the order of the rules.
    pub sessions: Vec<Played>,
    /// The statistics: the QoE models first, then bitrate, stalls, switches and startup.
    pub measures: Vec<Measure>,
    /// The share of stalled time of each rule.
    pub stalled: Vec<Option<Share>>,
    /// What is and what is not supported about the first model, one sentence per rule but the baseline.
    pub findings: Vec<String>,
    /// The offline optimum of each trace, where it was asked for (see [`Comparison::against`]).
    pub optima: Vec<Optimum>,
    /// The command that makes it again, without where it writes to; empty where no command made it.
    pub command: String,
}

/// Plays every rule on every trace, on all threads of the current rayon pool; the result does not depend on their number.
/// `done` is told after each session, from any thread.
///
/// # Errors
/// [`Error::Input`] for an unknown rule, options that do not fit trace or video, or a model that needs what the sessions
/// do not have.
pub fn compare<R: RuleSource>(plan: &Plan<'_, R>, done: &(impl Fn() + Sync)) -> Result<Comparison, Error> {
    if plan.traces.is_empty() || plan.baseline >= plan.rules.len() {
        return Err(Error::Input("a comparison needs a trace, and a rule as baseline".to_string()));
    }
    let videos = [(plan.video.name().to_string(), plan.video.clone())];
    let levels = Levels {
        abr: plan.rules,
        videos: &videos,
        profiles: std::slice::from_ref(&plan.profile.name),
        impairments: &[String::new()],
        built: std::slice::from_ref(plan.profile),
        seeds: &[plan.seed],
    };
    play(&Grid::new(plan.traces, &levels, plan.models, plan.baseline)?, done)
}

/// Plays every variant on every trace.
fn play<R: RuleSource>(grid: &Grid<'_, R>, done: &(impl Fn() + Sync)) -> Result<Comparison, Error> {
    let mut sessions: Vec<Played> = Vec::with_capacity(grid.variants.len() * grid.traces.len());
    // Variants that differ in the rule alone stand side by side and are played in one go.
    let same =
        |a: &Variant, b: &Variant| (a.video_at, a.profile_at, a.seed) == (b.video_at, b.profile_at, b.seed);
    let mut first = 0;
    for group in grid.variants.chunk_by(same) {
        let (video, profile) = (grid.videos[group[0].video_at], grid.profiles[group[0].profile_at]);
        let (traces, rules, seed) = (grid.traces, grid.rules, group[0].seed);
        // A group has every rule, in their order.
        let what = sim::Comparison { traces, video, rules, profile, seed };
        let ladder = video.ladder();
        let look = |session: &qoe::Session| {
            let mut rungs = vec![Seconds::ZERO; ladder.len()];
            for segment in session.played_segments() {
                if let Some(time) = rungs.get_mut(segment.level) {
                    *time += segment.duration;
                }
            }
            (grid.models.score(&models::viewing(session, ladder)), rungs)
        };
        for row in sim::compare(&what, look, done)? {
            let (scores, rungs) = row.value;
            let of = |e: Error| {
                let name = grid.traces[row.trace].name();
                Error::input(format_args!("{} on {name}", group[row.rule].name), e)
            };
            let scores = scores.map_err(of)?;
            let rule = first + row.rule;
            sessions.push(Played { rule, trace: row.trace, summary: row.summary, scores, rungs });
        }
        first += group.len();
    }
    // Trace by trace, in the order of the variants.
    sessions.sort_by_key(|s| (s.trace, s.rule));
    let scales: Vec<qoe::Scale> = grid.models.scales().collect();
    let labels = (0..scales.len()).map(|m| sessions.iter().find_map(|s| s.scores[m].label)).collect();
    let ladder = grid.videos[0].ladder().bitrates();
    let one_ladder = grid.videos.iter().all(|v| v.ladder().bitrates() == ladder);
    let mut comparison = Comparison {
        rules: grid.variants.iter().map(|v| v.name.clone()).collect(),
        variants: grid.variants.clone(),
        factors: grid.factors.clone(),
        effects: vec![],
        interactions: vec![],
        baseline: grid.baseline,
        traces: grid.traces.iter().map(|t| t.name().to_string()).collect(),
        classes: vec![],
        videos: distinct(grid.variants.iter().map(|v| &v.video)),
        profiles: distinct(grid.variants.iter().map(|v| &v.profile)),
        seed: grid.variants[0].seed,
        models: grid.models.names.clone(),
        labels,
        ladder: if one_ladder { ladder.to_vec() } else { vec![] },
        sessions,
        measures: vec![],
        stalled: vec![],
        findings: vec![],
        optima: vec![],
        command: String::new(),
    };
    statistics::fill(&mut comparison, &scales);
    Ok(comparison)
}

/// What is in a list, none of it twice, in its order.
fn distinct<'a>(all: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for one in all {
        if !seen.contains(one) {
            seen.push(one.clone());
        }
    }
    seen
}

impl Comparison {
    /// The same with a class for each trace, such as [`Traces::classes`](crate::Traces::classes): the chart of gains shows
    /// them apart. A list of another length than the traces is none.
    #[must_use]
    pub fn in_classes(mut self, classes: &[String]) -> Comparison {
        self.classes = if classes.len() == self.traces.len() { classes.to_vec() } else { vec![] };
        self
    }

    /// The class of a trace; empty where all are of one.
    pub fn class(&self, trace: usize) -> &str {
        self.classes.get(trace).map_or("", String::as_str)
    }

    /// The sessions of a variant, in the order of the traces.
    pub fn of_rule(&self, rule: usize) -> impl Iterator<Item = &Played> + Clone {
        self.sessions.iter().filter(move |s| s.rule == rule)
    }

    /// How long all sessions lasted, in hours.
    pub fn hours(&self) -> f64 {
        self.sessions.iter().map(|s| s.summary.wall_s).sum::<Seconds>().get() / 3600.0
    }

    /// Writes the charts as PNG and SVG with their data as CSV, `sessions.csv` and `summary.json` into a folder, which is
    /// made if need be; each file appears complete or not at all. `done` is told after each chart.
    ///
    /// # Errors
    /// [`Error::Failed`] where a file cannot be written.
    pub fn write(&self, folder: &Path, done: &(impl Fn() + Sync)) -> Result<(), Error> {
        self.write_with(folder, &self.charts(), &DrawingArgs::default(), done)
    }

    /// The same with some charts only.
    fn write_with(
        &self,
        folder: &Path,
        charts: &[(&'static str, plot::Chart)],
        drawing: &DrawingArgs,
        done: &(impl Fn() + Sync),
    ) -> Result<(), Error> {
        use rayon::prelude::*;

        files::make_folder(folder)?;
        let drawn: Vec<Result<[File; 4], Error>> = charts
            .par_iter()
            .map(|(name, chart)| {
                let chart = drawing.headed(chart);
                let png = drawing.render(&chart, plot::Format::Png)?;
                let svg = drawing.render(&chart, plot::Format::Svg)?;
                let narrow = plot::render(&chart.narrow()?, plot::Format::Svg, None)?;
                done();
                let file = |ending: &str, bytes: Vec<u8>| (format!("{name}.{ending}"), bytes);
                let data = chart.csv().into_bytes();
                Ok([file("png", png), file("svg", svg), file("narrow.svg", narrow), file("csv", data)])
            })
            .collect();
        let mut all = vec![("sessions.csv".to_string(), self.sessions_csv()?)];
        for files in drawn {
            all.extend(files?);
        }
        all.push(("summary.json".to_string(), self.to_json()?.into_bytes()));
        all.iter().try_for_each(|(name, bytes)| files::write(&folder.join(name), bytes))
    }

    /// One row per session.
    fn sessions_csv(&self) -> Result<Vec<u8>, Error> {
        let failed = |e: csv::Error| Error::Failed(format!("sessions.csv: {e}"));
        let mut csv = csv::Writer::from_writer(Vec::new());
        let names = [
            "trace",
            "class",
            "abr",
            "profile",
            "video",
            "seed",
            "segments",
            "mean_bitrate_kbps",
            "startup_delay_s",
            "stall_count",
            "stall_s",
            "stall_ratio",
            "switch_count",
            "mean_switch_kbps",
            "mean_buffer_s",
            "played_s",
            "wall_s",
        ];
        let models = self.models.iter().map(|m| format!("qoe_{m}"));
        let of_optimum = ["optimum", "optimum_bound", "regret", "optimum_share_percent"].map(str::to_string);
        let of_optimum = of_optimum.into_iter().filter(|_| !self.optima.is_empty());
        let names = names.into_iter().map(str::to_string).chain(models).chain(of_optimum);
        csv.write_record(names).map_err(failed)?;
        for s in &self.sessions {
            let k = &s.summary;
            let v = &self.variants[s.rule];
            let words: [&str; 5] = [&self.traces[s.trace], self.class(s.trace), &v.abr, &v.profile, &v.video];
            let numbers = [
                k.mean_bitrate_kbps.kbps(),
                k.startup_delay_s.get(),
                k.stall_count as f64,
                k.stall_s.get(),
                k.stall_ratio,
                k.switch_count as f64,
                k.mean_switch_kbps.kbps(),
                k.mean_buffer_s.get(),
                k.played_s.get(),
                k.wall_s.get(),
            ];
            let counts = [v.seed.to_string(), k.segments.to_string()];
            let numbers = numbers.into_iter().chain(s.scores.iter().map(|s| s.value)).map(|x| x.to_string());
            let optimum = self.optima.get(s.trace).into_iter().flat_map(|o| {
                let score = s.scores[0].value;
                let share = o.share_percent(score).map_or(String::new(), |x| x.to_string());
                let numbers = [o.value, o.bound, o.regret(score)].map(|x| x.to_string());
                numbers.into_iter().chain([share])
            });
            let row = words.map(str::to_string).into_iter().chain(counts).chain(numbers).chain(optimum);
            csv.write_record(row).map_err(failed)?;
        }
        csv.into_inner().map_err(|e| Error::Failed(format!("sessions.csv: {e}")))
    }
}

pub(crate) fn main(args: &CompareArgs) -> Result<(), Error> {
    let threads = args.jobs.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|e| Error::Failed(format!("cannot start {threads} threads: {e}")))?.install(|| work(args))
}

fn work(args: &CompareArgs) -> Result<(), Error> {
    // Everything that can be wrong is found before anything is done.
    let models = Models::new(&args.qoe)?;
    let mut rules = every(&args.abr, |option| abr::rule(option).is_ok())?;
    let baseline = args.baseline.as_ref().map(|b| b.trim().to_string());
    if let Some(baseline) = &baseline
        && !rules.contains(baseline)
    {
        rules.insert(0, baseline.clone());
    }
    let baseline = baseline.and_then(|b| rules.iter().position(|r| *r == b)).unwrap_or(0);
    models::once("rule", &rules)?;
    rules.iter().try_for_each(|r| abr::rule(r).map(|_| ()))?;
    let profiles = every(&args.profile, |option| sim::profile(option).is_ok())?;
    let chains = chains(&args.impair)?;
    let mut built = Vec::with_capacity(profiles.len() * chains.len());
    for profile in &profiles {
        for chain in &chains {
            let profile = sim::profile(profile)?.impaired(chain)?;
            built.push(match &args.live {
                Some(live) => profile.live(live)?,
                None => profile,
            });
        }
    }
    let specs = every(&args.video, load::is_video_preset)?;
    models::once("video", &specs)?;
    let mut of_videos = Vec::new();
    let mut video = |spec: &String| {
        let (video, notes) = load::video(spec, args.video_format.as_deref(), None, args.seed[0])?;
        of_videos.extend(notes);
        Ok((spec.clone(), video))
    };
    let videos = specs.iter().map(&mut video).collect::<Result<Vec<_>, Error>>()?;
    let found = load::traces_for(&built, &args.trace, args.format.as_deref(), args.seed[0])?;
    if let Some(folder) = &args.output
        && folder.exists()
        && !folder.is_dir()
    {
        return Err(Error::input(folder.display(), "is a file, expected a folder to write to"));
    }
    let guess = models.guess(&videos.iter().filter_map(|(_, v)| models::largest(v.ladder())).collect());
    let said = [found.warning(), found.doubts(), guess];
    found.notes.iter().chain(&of_videos).chain(said.iter().flatten()).for_each(|n| console::note(n));

    let traces = &found.traces;
    let impairments: Vec<String> =
        chains.iter().map(|c| if c.is_empty() { NONE.to_string() } else { c.join(" + ") }).collect();
    let levels = Levels {
        abr: &rules,
        videos: &videos,
        profiles: &profiles,
        impairments: &impairments,
        built: &built,
        seeds: &args.seed,
    };
    let grid = Grid::new(traces, &levels, &models, baseline)?;
    let comparable = grid.variants.len() > 1 && traces.len() > 1;
    let requirements = require::parse(&args.require, &models.names, comparable)?;
    let optimum = args.optimum.then(|| optimum_plan(&grid)).transpose()?;
    let objective = optimum.as_ref().map(optimum::objective).transpose()?;
    let progress = Progress::new(traces.len() * grid.variants.len(), "sessions");
    let mut comparison = play(&grid, &|| progress.step())?.in_classes(&found.classes);
    comparison.command = args.command();
    drop(progress);
    if built.iter().all(|p| p.link.end == netmodel::End::Loop) {
        let ends_before = |t: usize| {
            comparison.sessions.iter().any(|s| s.trace == t && s.summary.wall_s > traces[t].duration())
        };
        let shorter = (0..traces.len()).filter(|t| ends_before(*t)).count();
        crate::run::repeated(traces.len(), shorter).iter().for_each(|n| console::note(n));
    }
    if let (Some(plan), Some(objective)) = (optimum, objective) {
        let progress = Progress::new(traces.len(), "optima");
        let found = optimum::search(&plan, &objective, &|| progress.step())?;
        drop(progress);
        if let Some(path) = &args.optimum_plan {
            files::write(path, optimum::plans(&comparison.traces, &comparison.ladder, &found)?.as_bytes())?;
        }
        comparison = comparison.against(found.into_iter().map(|f| f.optimum).collect());
    }
    if let Some(folder) = &args.output {
        let charts = chosen(comparison.charts(), &args.charts)?;
        let progress = Progress::new(charts.len(), "charts");
        comparison.write_with(folder, &charts, &args.drawing, &|| progress.step())?;
        drop(progress);
        if args.logs {
            write_logs(&grid, &comparison, &folder.join("logs"))?;
        }
        console::note(&format!("charts and tables are in {}", folder.display()));
    }
    match args.json {
        true => console::print(&comparison.to_json()?),
        false => console::print(&comparison.to_text()),
    }?;
    comparison.meets(&requirements)
}

/// Writes the log of every session, named after its row of `sessions.csv`.
fn write_logs(grid: &Grid<'_, String>, comparison: &Comparison, folder: &Path) -> Result<(), Error> {
    files::make_folder(folder)?;
    let progress = Progress::new(comparison.sessions.len(), "logs");
    for (row, played) in comparison.sessions.iter().enumerate() {
        let v = &grid.variants[played.rule];
        let (video, profile) = (grid.videos[v.video_at], grid.profiles[v.profile_at]);
        let session = sim::session(&grid.traces[played.trace], video, &v.abr, profile, v.seed)?;
        let bytes = log::render(&session, video.ladder(), LogFormat::Csv)?;
        files::write(&folder.join(format!("{}.csv", row + 1)), &bytes)?;
        progress.step();
    }
    Ok(())
}

/// The charts of these names.
fn chosen(
    charts: Vec<(&'static str, plot::Chart)>,
    names: &str,
) -> Result<Vec<(&'static str, plot::Chart)>, Error> {
    let wanted: Vec<&str> = names.split(',').map(str::trim).collect();
    match wanted[..] {
        ["all"] => return Ok(charts),
        ["none"] => return Ok(vec![]),
        _ => {}
    }
    if let Some(unknown) = wanted.iter().find(|w| !charts.iter().any(|(name, _)| name == *w)) {
        let known: Vec<&str> = charts.iter().map(|(name, _)| *name).collect();
        let problem =
            format!("--charts: no chart '{unknown}' here, expected all, none or {}", known.join(", "));
        return Err(Error::Input(problem));
    }
    Ok(charts.into_iter().filter(|(name, _)| wanted.contains(name)).collect())
}

/// All specifications of an argument, lists and ranges taken apart.
fn every(given: &[String], is_value: impl Fn(&str) -> bool) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    for spec in given {
        all.extend(spec::expand(spec, &is_value)?);
    }
    Ok(all)
}

/// What stands for no impairment among alternatives.
const NONE: &str = "none";

/// The chains of impairments that are compared: every combination of the alternatives of each argument.
fn chains(given: &[String]) -> Result<Vec<Vec<String>>, Error> {
    let mut chains: Vec<Vec<String>> = vec![vec![]];
    for argument in given {
        let alternatives: Vec<String> = argument.split('|').map(|a| a.trim().to_string()).collect();
        let is_value = |option: &str| netmodel::impair::chain(&[option]).is_ok();
        let alternatives = every(&alternatives, is_value)?;
        chains = chains
            .iter()
            .flat_map(|chain| {
                alternatives.iter().map(move |one| {
                    let mut longer = chain.clone();
                    longer.extend((one != NONE).then(|| one.clone()));
                    longer
                })
            })
            .collect();
    }
    Ok(chains)
}

/// The plan whose optimum is searched for: there is one of a trace, a video and a player.
fn optimum_plan<'a>(grid: &Grid<'a, String>) -> Result<Plan<'a>, Error> {
    if grid.factors.iter().any(|f| f.name != "abr") {
        let problem =
            "--optimum: there is one for each video, player and network, expected only --abr to vary";
        return Err(Error::Input(problem.to_string()));
    }
    Ok(Plan {
        traces: grid.traces,
        video: grid.videos[0],
        rules: grid.rules,
        baseline: grid.baseline,
        profile: grid.profiles[0],
        seed: grid.variants[0].seed,
        models: grid.models,
    })
}
