//! The offline optimum: how much of what could have been had a rule got.

use abr::RuleSource;
use qoe::{BoxedAdditive, First, Meta, Scratch, Segment, Total};
use rayon::prelude::*;
use serde::Serialize;
use sim::optimal::{Limits, Objective, optimal, replay};
use units::{BitRate, Seconds};

use super::{Comparison, Plan, statistics};
use crate::models::viewing;
use crate::{Error, Models};

/// The models whose optimum can be found, by name.
const MODELS: [&str; 5] = ["pensieve-lin", "pensieve-log", "pensieve-hd", "yin", "bola"];
/// How close the bound is to come to the plan, relative to its value.
const GAP: f64 = 5e-4;
/// An optimum counts as proven where the bound comes as close as this.
const PROVEN: f64 = 5e-3;

/// The offline optimum of a trace by the first model of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Optimum {
    /// The best score that is known: of the plan that was found, replayed through the engine, or of a rule of the comparison
    /// that does better without exceeding the bound.
    pub value: f64,
    /// What no rule can exceed that fetches every segment once, in order (see [`sim::optimal`]).
    pub bound: f64,
}

impl Optimum {
    /// How far value and bound are apart, relative to the value.
    pub fn gap(&self) -> f64 {
        let apart = self.bound - self.value;
        if apart > 0.0 { apart / self.value.abs() } else { 0.0 }
    }

    /// Whether the bound is within half a percent of the value. Where it is not, the search gave up: the truth lies between.
    pub fn is_proven(&self) -> bool {
        self.gap() <= PROVEN
    }

    /// How much is missing to the optimum; always defined. At most so much more where it is not proven: [`bound`](Self::bound)
    /// less [`value`](Self::value).
    pub fn regret(&self, score: f64) -> f64 {
        self.value - score
    }

    /// The share of the optimum that a score reaches, in percent; `None` where the optimum is not above 0, so that a share
    /// of it means nothing.
    pub fn share_percent(&self, score: f64) -> Option<f64> {
        (self.value > 0.0).then(|| score / self.value * 100.0)
    }

    /// The same of the bound: the share is at least this (of a score above 0, and at most this below).
    pub fn share_of_bound_percent(&self, score: f64) -> Option<f64> {
        (self.value > 0.0).then(|| score / self.bound * 100.0)
    }
}

/// The offline optimum of every trace by the first model, on all threads of the current rayon pool; the result does not
/// depend on their number. `done` is told after each trace, from any thread.
///
/// # Errors
/// [`Error::Input`] for a model that cannot be planned for, or a session whose optimum is not defined.
pub fn optima<R: RuleSource>(plan: &Plan<'_, R>, done: &(impl Fn() + Sync)) -> Result<Vec<Optimum>, Error> {
    Ok(search(plan, &objective(plan)?, done)?.into_iter().map(|f| f.optimum).collect())
}

/// An optimum, and the levels that score [`Optimum::value`], unless a rule did better since.
pub(super) struct Found {
    pub(super) optimum: Optimum,
    pub(super) levels: Vec<usize>,
}

/// The plans as a table: trace, segment, level and nominal bitrate.
pub(super) fn plans(traces: &[String], ladder: &[BitRate], found: &[Found]) -> Result<String, Error> {
    let failed = |e: csv::Error| Error::Failed(e.to_string());
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["trace", "segment", "level", "bitrate_kbps"]).map_err(failed)?;
    for (trace, found) in traces.iter().zip(found) {
        for (segment, level) in found.levels.iter().enumerate() {
            let rate = ladder.get(*level).map_or(0.0, |r| r.kbps());
            let row = [trace.clone(), segment.to_string(), level.to_string(), rate.to_string()];
            table.write_record(&row).map_err(failed)?;
        }
    }
    let bytes = table.into_inner().map_err(|e| Error::Failed(e.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(super) fn search<R: RuleSource>(
    plan: &Plan<'_, R>,
    objective: &Objective,
    done: &(impl Fn() + Sync),
) -> Result<Vec<Found>, Error> {
    let limits = Limits { gap: GAP, ..Limits::default() };
    let names = &plan.models.names[..1];
    let model = Models::new(names)?;
    let of_session = qoe::additive(&names[0])?.conventions().total == Total::PerSegmentOfSession;
    let of = |trace: &std::sync::Arc<netmodel::Trace>| {
        let score = |levels: &[usize]| -> Result<(f64, qoe::Session), Error> {
            let session = replay(trace, plan.video, plan.profile, levels)?;
            let value = model.score(&viewing(&session, plan.video.ladder()))?[0].value;
            Ok((value, session))
        };
        let found = optimal(trace, plan.video, plan.profile, objective, &limits)?;
        let (value, session) = score(&found.plan)?;
        // The model may say a mean where the search says a sum.
        let segments = (session.played_segments().len() - usize::from(objective.skip_first)).max(1) as f64;
        let media = session.played_segments().iter().map(|s| s.duration.get()).sum::<f64>();
        let wall = media + session.stall_time().get() + session.startup_delay_s.get();
        let of_segments = segments * wall / media;
        let by = [1.0, segments, of_segments].into_iter().find(|by| {
            let same = (found.value / by - value).abs();
            same <= 1e-9 * value.abs().max(1.0)
        });
        let Some(by) = by else {
            let problem = format!("the plan scores {value}, but {} was expected", found.value);
            return Err(Error::Failed(format!("optimum: {problem}")));
        };
        let (value, bound, levels) = match of_session && found.bound > 0.0 {
            false => (value, found.bound / by, found.plan),
            true => {
                // The score is a quotient, sum / time. No plan has a larger one than `least` where no plan has a larger
                // sum - least * time: a sum again, with seconds of waiting charged for their time (Dinkelbach, 1967).
                let least = value.max(0.0);
                let second = least * segments / media;
                let mut charged = objective.clone();
                charged.stall_penalty += second;
                charged.startup_penalty += second;
                let better = optimal(trace, plan.video, plan.profile, &charged, &limits)?;
                let (again, _) = score(&better.plan)?;
                // At least all of it is played: the excess of the sum over its time is divided by no less than that.
                let excess = (better.bound - second * media).max(0.0) / segments;
                let levels = if again > value { better.plan } else { found.plan };
                (value.max(again), least + excess, levels)
            }
        };
        done();
        Ok(Found { optimum: Optimum { value, bound: bound.max(value) }, levels })
    };
    let named = |trace: &std::sync::Arc<netmodel::Trace>| {
        of(trace).map_err(|e| match e {
            Error::Input(problem) => Error::input(format_args!("optimum on {}", trace.name()), problem),
            other => other,
        })
    };
    // All are tried, so that the error is the same on any number of threads.
    let all: Vec<Result<Found, Error>> = plan.traces.par_iter().map(named).collect();
    all.into_iter().collect()
}

/// The first model of a comparison as an objective.
pub(super) fn objective<R: RuleSource>(plan: &Plan<'_, R>) -> Result<Objective, Error> {
    let name = plan.models.names.first().map_or("", String::as_str);
    let wrong = |problem: &str| {
        Error::Input(format!(
            "--optimum: the first QoE model is '{name}', {problem}; it works with {}",
            MODELS.join(", ")
        ))
    };
    let model = qoe::model(name)?;
    if !MODELS.contains(&model.about().id) {
        return Err(wrong("for which there is no search"));
    }
    let model = qoe::additive(name)?;
    let conventions = model.conventions();
    if conventions.total == Total::PerSecond {
        return Err(wrong("which divides by the time of the session"));
    }
    let adapted = plan.profile.adapt(plan.video);
    let video = adapted.as_ref().unwrap_or(plan.video);
    let meta = Meta { ladder: video.ladder().bitrates().to_vec(), ..Meta::default() };
    let ask = Asked { model: &model, meta: &meta };
    let mut durations: Vec<Seconds> = (0..video.segments()).map(|i| video.duration(i)).collect();
    let bitrates = video.ladder().bitrates();
    let row = |duration: Seconds| -> Result<Vec<f64>, Error> {
        bitrates.iter().map(|b| ask.quality(duration, *b)).collect()
    };
    let mut quality = durations.iter().map(|d| row(*d)).collect::<Result<Vec<_>, _>>()?;
    quality.dedup();
    if quality.len() > 1 {
        quality = durations.iter().map(|d| row(*d)).collect::<Result<_, _>>()?;
    }
    durations.dedup();
    let (lowest, highest) = (bitrates[0], bitrates[bitrates.len() - 1]);
    let first = durations.first().copied().unwrap_or(Seconds::new(1.0));
    let stall_penalty = ask.stall(first, lowest)?;
    let same = |a: f64, b: f64| (a - b).abs() <= 1e-12 * a.abs().max(b.abs()).max(1.0);
    for duration in &durations {
        if !same(ask.stall(*duration, lowest)?, stall_penalty) {
            return Err(wrong(
                "which weighs stalls by the length of a segment, and the segments differ in length",
            ));
        }
    }
    let rise = ask.change(first, lowest, highest)?;
    if !same(rise, ask.change(first, highest, lowest)?) {
        return Err(wrong("which weighs rises and falls differently"));
    }
    if conventions.first == First::Keep && ask.first_change(first, [lowest, highest])? {
        return Err(wrong("which counts a change before the first segment (use first=drop)"));
    }
    Ok(Objective {
        quality,
        switch_penalty: rise,
        stall_penalty,
        startup_penalty: 0.0 - model.startup(&meta, Seconds::new(1.0))?.startup,
        skip_first: conventions.first == First::Drop,
        first_level: None,
    })
}

/// A model that is asked what things weigh.
struct Asked<'a> {
    model: &'a BoxedAdditive,
    meta: &'a Meta,
}

impl Asked<'_> {
    fn quality(&self, duration: Seconds, bitrate: BitRate) -> Result<f64, Error> {
        let segment = Segment::new(duration, bitrate);
        Ok(self
            .model
            .step(self.meta, Some(&segment), &segment, Seconds::ZERO, &mut Scratch::default())?
            .quality)
    }

    fn stall(&self, duration: Seconds, bitrate: BitRate) -> Result<f64, Error> {
        let segment = Segment::new(duration, bitrate);
        Ok(0.0
            - self
                .model
                .step(self.meta, Some(&segment), &segment, Seconds::new(1.0), &mut Scratch::default())?
                .stall)
    }

    /// What a unit of change takes.
    fn change(&self, duration: Seconds, from: BitRate, to: BitRate) -> Result<f64, Error> {
        let size = (self.quality(duration, to)? - self.quality(duration, from)?).abs();
        if size == 0.0 {
            return Ok(0.0);
        }
        let (from, to) = (Segment::new(duration, from), Segment::new(duration, to));
        Ok((0.0
            - self
                .model
                .step(self.meta, Some(&from), &to, Seconds::ZERO, &mut Scratch::default())?
                .switching)
            / size)
    }

    /// Whether the first segment can be a change.
    fn first_change(&self, duration: Seconds, bitrates: [BitRate; 2]) -> Result<bool, Error> {
        for bitrate in bitrates {
            let first = self.model.step(
                self.meta,
                None,
                &Segment::new(duration, bitrate),
                Seconds::ZERO,
                &mut Scratch::default(),
            )?;
            if first.switching != 0.0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Comparison {
    /// The same held against the offline optimum of each trace (see [`optima`]): two measures more, `regret` and
    /// `optimum_share_percent`, and their chart. A list of another length than the traces is none.
    #[must_use]
    pub fn against(mut self, optima: Vec<Optimum>) -> Comparison {
        if optima.len() == self.traces.len() && !self.measures.is_empty() {
            self.optima = optima;
            for s in &self.sessions {
                let (optimum, score) = (&mut self.optima[s.trace], s.scores[0].value);
                // What exceeds the bound did what no plan may: it fetched segments twice.
                if score <= optimum.bound {
                    optimum.value = optimum.value.max(score);
                }
            }
            statistics::fill_optimum(&mut self);
        }
        self
    }
}
