//! `segue compare`: every combination of what varies on every trace, and what may be said of it.

mod answer;
mod charts;
mod command;
mod effects;
mod metric;
mod optimum;
mod require;
mod statistics;
mod table;
mod variants;

use std::path::Path;
use std::sync::Arc;

use abr::RuleSource;
use media::Video;
use netmodel::Trace;
use qoe::{AvSync, LiveSummary, Score, Summary};
use sim::Profile;
use units::{BitRate, Seconds};

use crate::Error;
use crate::drawing::DrawingArgs;
use crate::files::{self, Filled};
use crate::models::{self, Models};

pub(crate) use command::{CompareArgs, main};
pub use effects::{Effect, Interaction};
pub use optimum::{Optimum, optima};
pub use statistics::{Measure, Share, Statistics, Versus};
pub use variants::{Factor, Variant};

use variants::{Grid, Levels};

/// The name of a file, and what it holds.
type File = (String, Vec<u8>);

/// What is compared.
#[derive(Debug)]
pub struct Plan<'a, R = String> {
    pub traces: &'a [Arc<Trace>],
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
    pub summary: Summary,
    /// How far sound and picture were apart.
    pub av_sync: AvSync,
    /// Where the viewer of a live event was; None on demand.
    pub live: Option<LiveSummary>,
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
    pub factors: Vec<Factor>,
    /// What each factor does.
    pub effects: Vec<Effect>,
    /// How two factors act together.
    pub interactions: Vec<Interaction>,
    /// Which of the variants the others are compared with.
    pub baseline: usize,
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
            let viewing = models::viewing(session, ladder);
            (grid.models.score(&viewing), AvSync::of(&viewing), rungs)
        };
        for row in sim::compare(&what, look, done)? {
            let (scores, av_sync, rungs) = row.value;
            let of = |e: Error| {
                let name = grid.traces[row.trace].name();
                Error::input(format_args!("{} on {name}", group[row.rule].name), e)
            };
            let scores = scores.map_err(of)?;
            let rule = first + row.rule;
            let (trace, summary, live) = (row.trace, row.summary, row.live);
            sessions.push(Played { rule, trace, summary, av_sync, live, scores, rungs });
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

const SESSIONS: &str = "sessions.csv";
const SUMMARY: &str = "summary.json";

/// The files of a chart: two pictures, one for narrow pages, and its data.
fn names_of(chart: &str) -> [String; 4] {
    ["png", "svg", "narrow.svg", "csv"].map(|ending| format!("{chart}.{ending}"))
}

/// All that is written of a comparison with these charts.
fn names(charts: &[(&'static str, plot::Chart)]) -> Vec<String> {
    let of_charts = charts.iter().flat_map(|(name, _)| names_of(name));
    of_charts.chain([SESSIONS, SUMMARY].map(str::to_string)).collect()
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
    /// made if need be; each file appears complete or not at all. What an earlier comparison wrote there goes. `done` is told after
    /// each chart.
    pub fn write(&self, folder: &Path, done: &(impl Fn() + Sync)) -> Result<(), Error> {
        let charts = self.charts();
        let filled = Filled::begin(folder, names(&charts))?;
        self.write_with(folder, &charts, &DrawingArgs::default(), done)?;
        filled.finish()
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

        let drawn: Vec<Result<[File; 4], Error>> = charts
            .par_iter()
            .map(|(name, chart)| {
                let chart = drawing.headed(chart);
                let png = drawing.render(&chart, plot::Format::Png)?;
                let svg = drawing.render(&chart, plot::Format::Svg)?;
                let narrow = plot::render(&chart.narrow()?, plot::Format::Svg, None)?;
                done();
                let [of_png, of_svg, of_narrow, of_csv] = names_of(name);
                let data = chart.csv().into_bytes();
                Ok([(of_png, png), (of_svg, svg), (of_narrow, narrow), (of_csv, data)])
            })
            .collect();
        let mut all = vec![(SESSIONS.to_string(), self.sessions_csv()?)];
        for files in drawn {
            all.extend(files?);
        }
        all.push((SUMMARY.to_string(), self.to_json()?.into_bytes()));
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
            "av_sync_mean_ms",
            "av_sync_max_ms",
        ];
        let of_live = [
            "target_s",
            "latency_mean_s",
            "latency_p95_s",
            "behind_target_s",
            "rate_changes",
            "skips",
            "skipped_s",
        ];
        let live = self.sessions.iter().any(|s| s.live.is_some());
        let live_columns = of_live.len();
        let of_live = of_live.map(str::to_string).into_iter().filter(|_| live);
        let models = self.models.iter().map(|m| format!("qoe_{m}"));
        let of_optimum = ["optimum", "optimum_bound", "regret", "optimum_share_percent"].map(str::to_string);
        let of_optimum = of_optimum.into_iter().filter(|_| !self.optima.is_empty());
        let names = names.into_iter().map(str::to_string).chain(of_live).chain(models).chain(of_optimum);
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
                s.av_sync.mean_ms,
                s.av_sync.max_ms,
            ];
            let counts = [v.seed.to_string(), k.segments.to_string()];
            let numbers = numbers.into_iter().map(|x| x.to_string());
            let where_live = s.live.map(|l| {
                let times =
                    [l.target_s, l.latency_mean_s, l.latency_p95_s, l.behind_target_s].map(Seconds::get);
                let times = times.map(|x| x.to_string());
                let counts = [l.rate_changes, l.skips].map(|n| n.to_string());
                times.into_iter().chain(counts).chain([l.skipped_s.get().to_string()])
            });
            let scores = s.scores.iter().map(|s| s.value.to_string());
            let optimum = self.optima.get(s.trace).into_iter().flat_map(|o| {
                let score = s.scores[0].value;
                let share = o.share_percent(score).map_or(String::new(), |x| x.to_string());
                let numbers = [o.value, o.bound, o.regret(score)].map(|x| x.to_string());
                numbers.into_iter().chain([share])
            });
            let row = words.map(str::to_string).into_iter().chain(counts).chain(numbers);
            // A profile of its own may be on demand beside one that is live.
            let no_place = if live && where_live.is_none() { live_columns } else { 0 };
            let where_live =
                where_live.into_iter().flatten().chain(std::iter::repeat_n(String::new(), no_place));
            let row = row.chain(where_live).chain(scores).chain(optimum);
            csv.write_record(row).map_err(failed)?;
        }
        csv.into_inner().map_err(|e| Error::Failed(format!("sessions.csv: {e}")))
    }
}
