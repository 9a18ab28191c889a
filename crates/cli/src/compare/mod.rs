//! `segue compare`: every rule on every trace.

mod charts;
mod optimum;
mod statistics;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use abr::RuleSource;
use clap::Args;
use media::Video;
use netmodel::Trace;
use qoe::{Score, Summary};
use sim::Profile;
use units::{BitRate, Seconds};

use crate::models::{self, Models};
use crate::{Error, Progress, console, files, load};

pub use optimum::{Optimum, optima};
pub use statistics::{Measure, Share, Statistics, Versus};

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

A folder stands for the traces in it, not those of folders in it; files that are
none are skipped with a note. Charts and sentences are about the first --qoe.
Traces of one --trace (draws of one preset, files of one folder) are a class; the
chart of gains has a column for each.
With -o: charts (PNG, SVG, CSV), sessions.csv, summary.json.")]
pub(crate) struct CompareArgs {
    /// Network traces: a file, a folder, a pattern or preset:NAME[,key=value...]; may be repeated
    #[arg(long, value_name = "PATH|preset:NAME", required = true)]
    trace: Vec<String>,
    /// Video: a file, a folder of sizes, or preset:NAME[,key=value...]
    #[arg(long, value_name = "FILE|preset:NAME")]
    video: String,
    /// Rule, with options: NAME[:key=value,...]; may be repeated
    #[arg(long, value_name = "RULE", required = true)]
    abr: Vec<String>,
    /// The rule that the others are compared with [default: the first --abr]
    #[arg(long, value_name = "RULE")]
    baseline: Option<String>,
    /// QoE model, with options; may be repeated [default: bola, pensieve-lin, yin]
    #[arg(long, value_name = "MODEL")]
    qoe: Vec<String>,
    /// Player and link, with options: NAME[:key=value,...]
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    profile: String,
    /// Impairment of the link, with options: NAME[:key=value,...]; may be repeated, from the trace outward
    #[arg(long, value_name = "IMPAIRMENT")]
    impair: Vec<String>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
    /// Format of the traces, with options, instead of what their content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Format of the video, with options, instead of what its content shows
    #[arg(long, value_name = "FORMAT")]
    video_format: Option<String>,
    /// Write charts and tables to this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// How many threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Compare with the best that could have been done on each trace, by the first --qoe
    /// (pensieve-lin, -log, -hd, yin or bola)
    #[arg(long)]
    optimum: bool,
    /// Print the comparison as one JSON object
    #[arg(long)]
    json: bool,
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
    /// Index into the rules.
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
    /// The rules.
    pub rules: Vec<String>,
    /// Which of them the others are compared with.
    pub baseline: usize,
    /// The names of the traces.
    pub traces: Vec<String>,
    /// The class of each trace (see [`Comparison::in_classes`]); empty: all are of one.
    pub classes: Vec<String>,
    /// The name of the video.
    pub video: String,
    /// The player profile.
    pub profile: String,
    /// The seed.
    pub seed: u64,
    /// The QoE models, as given.
    pub models: Vec<String>,
    /// What everybody must know of the scores of a model; one entry per model.
    pub labels: Vec<Option<&'static str>>,
    /// The ladder.
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
}

/// Plays every rule on every trace, on all threads of the current rayon pool; the result does not depend on their number.
/// `done` is told after each session, from any thread.
///
/// # Errors
/// [`Error::Input`] for an unknown rule, options that do not fit trace or video, or a model that needs what the sessions
/// do not have.
pub fn compare<R: RuleSource>(plan: &Plan<'_, R>, done: &(impl Fn() + Sync)) -> Result<Comparison, Error> {
    let rules: Vec<String> = plan.rules.iter().map(|r| r.name().to_string()).collect();
    models::once("rule", &rules)?;
    if plan.traces.is_empty() || plan.baseline >= rules.len() {
        return Err(Error::Input("a comparison needs a trace, and a rule as baseline".to_string()));
    }
    let ladder = plan.video.ladder();
    let what = sim::Comparison {
        traces: plan.traces,
        video: plan.video,
        rules: plan.rules,
        profile: plan.profile,
        seed: plan.seed,
    };
    let look = |session: &qoe::Session| {
        let mut rungs = vec![Seconds::ZERO; ladder.len()];
        for segment in session.played_segments() {
            if let Some(time) = rungs.get_mut(segment.level) {
                *time += segment.duration;
            }
        }
        (plan.models.score(&models::viewing(session, ladder)), rungs)
    };
    let mut sessions = Vec::with_capacity(plan.rules.len() * plan.traces.len());
    for row in sim::compare(&what, look, done)? {
        let (scores, rungs) = row.value;
        let of = |e: Error| {
            Error::input(format_args!("{} on {}", rules[row.rule], plan.traces[row.trace].name()), e)
        };
        let scores = scores.map_err(of)?;
        sessions.push(Played { rule: row.rule, trace: row.trace, summary: row.summary, scores, rungs });
    }
    let scales: Vec<qoe::Scale> = plan.models.scales().collect();
    let labels = (0..scales.len()).map(|m| sessions.iter().find_map(|s| s.scores[m].label)).collect();
    let mut comparison = Comparison {
        rules,
        baseline: plan.baseline,
        traces: plan.traces.iter().map(|t| t.name().to_string()).collect(),
        classes: vec![],
        video: plan.video.name().to_string(),
        profile: plan.profile.name.clone(),
        seed: plan.seed,
        models: plan.models.names.clone(),
        labels,
        ladder: ladder.bitrates().to_vec(),
        sessions,
        measures: vec![],
        stalled: vec![],
        findings: vec![],
        optima: vec![],
    };
    statistics::fill(&mut comparison, &scales);
    Ok(comparison)
}

impl Comparison {
    /// The same with a class for each trace, such as [`Traces::classes`](crate::Traces::classes): the chart of gains shows
    /// them apart. A list of another length than the traces is none.
    #[must_use]
    pub fn in_classes(mut self, classes: &[String]) -> Comparison {
        self.classes = if classes.len() == self.traces.len() { classes.to_vec() } else { vec![] };
        self
    }

    /// The sessions of a rule, in the order of the traces.
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
        use rayon::prelude::*;

        files::make_folder(folder)?;
        let drawn: Vec<Result<[File; 3], Error>> = self
            .charts()
            .par_iter()
            .map(|(name, chart)| {
                let png = plot::render(chart, plot::Format::Png, None)?;
                let svg = plot::render(chart, plot::Format::Svg, None)?;
                done();
                let file = |ending: &str, bytes: Vec<u8>| (format!("{name}.{ending}"), bytes);
                Ok([file("png", png), file("svg", svg), file("csv", chart.csv().into_bytes())])
            })
            .collect();
        let mut all = vec![("sessions.csv".to_string(), self.sessions_csv()?)];
        for three in drawn {
            all.extend(three?);
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
            let words = [&self.traces[s.trace], &self.rules[s.rule], &self.profile, &self.video];
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
            let counts = [self.seed.to_string(), k.segments.to_string()];
            let numbers = numbers.into_iter().chain(s.scores.iter().map(|s| s.value)).map(|x| x.to_string());
            let optimum = self.optima.get(s.trace).into_iter().flat_map(|o| {
                let score = s.scores[0].value;
                let share = o.share_percent(score).map_or(String::new(), |x| x.to_string());
                let numbers = [o.value, o.bound, o.regret(score)].map(|x| x.to_string());
                numbers.into_iter().chain([share])
            });
            let row = words.into_iter().cloned().chain(counts).chain(numbers).chain(optimum);
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
    let profile = sim::profile(&args.profile)?.impaired(&args.impair)?;
    let mut rules: Vec<String> = args.abr.iter().map(|r| r.trim().to_string()).collect();
    let baseline = args.baseline.as_ref().map(|b| b.trim().to_string());
    if let Some(baseline) = &baseline
        && !rules.contains(baseline)
    {
        rules.insert(0, baseline.clone());
    }
    let baseline = baseline.and_then(|b| rules.iter().position(|r| *r == b)).unwrap_or(0);
    models::once("rule", &rules)?;
    rules.iter().try_for_each(|r| abr::rule(r).map(|_| ()))?;
    let video = load::load_video(&args.video, args.video_format.as_deref(), args.seed)?;
    let found = load::load_traces(&args.trace, args.format.as_deref(), args.seed)?;
    if let Some(folder) = &args.output
        && folder.exists()
        && !folder.is_dir()
    {
        return Err(Error::input(folder.display(), "is a file, expected a folder to write to"));
    }
    let said = [found.warning(), load::estimates(&video)];
    found.notes.iter().chain(said.iter().flatten()).for_each(|n| console::note(n));

    let traces = &found.traces;
    let plan = Plan {
        traces,
        video: &video,
        rules: &rules,
        baseline,
        profile: &profile,
        seed: args.seed,
        models: &models,
    };
    let objective = args.optimum.then(|| optimum::objective(&plan)).transpose()?;
    let progress = Progress::new(traces.len() * rules.len(), "sessions");
    let mut comparison = compare(&plan, &|| progress.step())?.in_classes(&found.classes);
    drop(progress);
    if let Some(objective) = objective {
        let progress = Progress::new(traces.len(), "optima");
        comparison = comparison.against(optimum::search(&plan, &objective, &|| progress.step())?);
        drop(progress);
    }
    if let Some(folder) = &args.output {
        let progress = Progress::new(comparison.charts().len(), "charts");
        comparison.write(folder, &|| progress.step())?;
        drop(progress);
        console::note(&format!("charts and tables are in {}", folder.display()));
    }
    match args.json {
        true => console::print(&comparison.to_json()?),
        false => console::print(&comparison.to_text()),
    }
}
