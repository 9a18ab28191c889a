//! Every rule on every trace.

use std::sync::Arc;

use abr::RuleSource;
use media::Video;
use netmodel::Trace;
use player::{LatencyMeter, Meter};
use qoe::{LiveSummary, Session, Summary};
use rayon::prelude::*;

use crate::{Network, Profile, SimError, session_with};

/// What is compared.
#[derive(Clone, Debug)]
pub struct Comparison<'a, R = String, N = Arc<Trace>> {
    /// The networks: traces, or networks of one's own ([`made_network`](crate::made_network)).
    pub traces: &'a [N],
    pub video: &'a Video,
    /// The rules: specifications as [`abr::rule`] takes them, or rules of one's own.
    pub rules: &'a [R],
    pub profile: &'a Profile,
    /// The seed of everything random.
    pub seed: u64,
}

/// One session of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<T> {
    /// Index into the rules.
    pub rule: usize,
    /// Index into the traces.
    pub trace: usize,
    pub summary: Summary,
    /// Where the viewer of a live event was; None on demand.
    pub live: Option<LiveSummary>,
    /// What the caller made of the full record.
    pub value: T,
}

/// Runs every rule on every trace, on all threads of the current rayon pool. `look` makes of each record what shall be kept
/// of it, and `done` is told after each session (from any thread). The rows come trace by trace, rule by rule, whatever the
/// number of threads.
///
/// # Errors
/// The first [`SimError`] in the order of the rows; rules are checked before anything runs.
pub fn compare<R: RuleSource, N: Network, T: Send>(
    what: &Comparison<'_, R, N>,
    look: impl Fn(&Session) -> T + Sync,
    done: impl Fn() + Sync,
) -> Result<Vec<Row<T>>, SimError> {
    for rule in what.rules {
        rule.build()?;
    }
    let adapted = what.profile.adapt(what.video);
    let video = adapted.as_ref().unwrap_or(what.video);
    let n = what.rules.len();
    let rows: Vec<Result<Row<T>, SimError>> = (0..n * what.traces.len())
        .into_par_iter()
        .map(|i| {
            let (trace, rule) = (i / n, i % n);
            let (network, asked) = (&what.traces[trace], &what.rules[rule]);
            let mut meters = (Meter::default(), LatencyMeter::new(what.profile.player.target(video)));
            let session = session_with(network, video, asked, what.profile, what.seed, &mut meters)?;
            let (summary, live) = match what.profile.live {
                // A record does not know when the chunks of a segment came.
                Some(_) => (meters.0.summary(), meters.1.summary()),
                None => (Summary::of(&session), None),
            };
            let row = Row { rule, trace, summary, live, value: look(&session) };
            done();
            Ok(row)
        })
        .collect();
    rows.into_iter().collect()
}
