//! From requests and interruptions to a session record.

use std::collections::BTreeMap;

use units::{BitRate, Bits, Seconds};

use super::Fault;
use crate::{Download, Outcome, Record, RungDetails, Session, Stall, StallCause};

/// The most requests or interruptions that one session may have, and the most pairs of both: each is set against each.
const MOST: usize = 1_000_000;
const MOST_PAIRS: usize = 100_000_000;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rung {
    /// By its nominal bitrate, in bit/s.
    Nominal(u64),
    /// By a name; its bitrate is the mean of its measured sizes.
    Named(String),
}

/// A segment that arrived. Times are in s on the clock of the log.
pub(super) struct Fetched {
    pub(super) rung: Rung,
    pub(super) bytes: f64,
    pub(super) request: f64,
    pub(super) first_byte: f64,
    pub(super) finish: f64,
    pub(super) duration: f64,
    pub(super) ssim: Option<f64>,
}

/// What is known of a session, in s on the clock of the log.
#[derive(Default)]
pub(super) struct Timeline {
    /// Segments of the picture.
    pub(super) fetched: Vec<Fetched>,
    /// When the session began.
    pub(super) origin: f64,
    /// From then to the first frame.
    pub(super) startup: f64,
    /// When playback stood still for lack of media, and how long.
    pub(super) stalls: Vec<(f64, f64)>,
    /// When the viewer went elsewhere, and how long that took.
    pub(super) seeks: Vec<(f64, f64)>,
    /// When the viewer paused, and how long.
    pub(super) pauses: Vec<(f64, f64)>,
}

impl Timeline {
    /// A session of which only arrivals are known: it starts to play with the first segment, and stands still whenever a
    /// segment comes after the end of the one before.
    pub(super) fn of_arrivals(mut fetched: Vec<Fetched>) -> Timeline {
        fetched.sort_by(|a, b| a.request.total_cmp(&b.request));
        let Some(first) = fetched.first() else { return Timeline::default() };
        let (origin, mut end) = (first.request, first.finish);
        let (startup, mut stalls) = (first.finish - first.request, Vec::new());
        for f in &fetched {
            if f.finish > end {
                stalls.push((end, f.finish - end));
                end = f.finish;
            }
            end += f.duration;
        }
        Timeline { fetched, origin, startup, stalls, ..Timeline::default() }
    }

    /// The record. `source` stands where a simulated session names its rule.
    pub(super) fn record(mut self, source: &str) -> Result<Record, Fault> {
        self.check()?;
        let since = |t: f64| (t - self.origin).max(0.0);
        self.fetched.sort_by(|a, b| a.request.total_cmp(&b.request));
        for list in [&mut self.stalls, &mut self.seeks, &mut self.pauses] {
            list.iter_mut().for_each(|s| s.0 = since(s.0));
            list.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let (ladder, rungs) = ladder(&self.fetched);
        let levels: BTreeMap<&Rung, usize> =
            ladder.iter().enumerate().map(|(i, (rung, _))| (rung, i)).collect();
        let played_at = |t: f64| {
            let all = self.stalls.iter().chain(&self.seeks).chain(&self.pauses);
            let stood: f64 = all.map(|(at, d)| (t - at).clamp(0.0, *d)).sum();
            (t - self.startup - stood).max(0.0)
        };
        let mut charged = vec![0.0; self.fetched.len()];
        for (at, duration) in self.stalls.iter().chain(&self.seeks) {
            // The segment that playback waited for; after the last one, that one.
            let waited = self.fetched.iter().position(|f| since(f.finish) > *at);
            let waited = waited.unwrap_or(self.fetched.len() - 1);
            charged[waited] += duration;
        }
        let (mut appended, mut before) = (0.0, 0.0f64);
        let mut downloads = Vec::with_capacity(self.fetched.len());
        for (index, (f, stall)) in self.fetched.iter().zip(&charged).enumerate() {
            let level = levels[&f.rung];
            let (request, finish) = (since(f.request), since(f.finish));
            let buffer = |media: f64, t: f64| Seconds::new((media - played_at(t)).max(0.0));
            let size = Bits::from_bytes(f.bytes);
            downloads.push(Download {
                index,
                level,
                bitrate_kbps: BitRate::from_kbps(ladder[level].1),
                size_bits: size,
                request_s: Seconds::new(request),
                first_byte_s: Seconds::new(since(f.first_byte)),
                finish_s: Seconds::new(finish),
                buffer_before_s: buffer(appended, request),
                buffer_after_s: buffer(appended + f.duration, finish),
                wait_s: Seconds::new((request - before).max(0.0)),
                stall_s: Seconds::new(*stall),
                outcome: Outcome::Done,
                received_bits: size,
                duration_s: Seconds::new(f.duration),
                source: 0,
                vmaf: None,
                ssim: f.ssim,
            });
            appended += f.duration;
            before = before.max(finish);
        }
        let total = |list: &[(f64, f64)]| list.iter().map(|s| s.1).sum::<f64>();
        let (stood, paused) = (total(&self.stalls) + total(&self.seeks), total(&self.pauses));
        let stall = |(at, duration): &(f64, f64), cause| Stall {
            start_s: Seconds::new(*at),
            duration_s: Seconds::new(*duration),
            media_s: Seconds::new(played_at(*at)),
            cause,
        };
        let seeks = self.seeks.iter().map(|s| stall(s, StallCause::Seek));
        let mut stalls: Vec<Stall> =
            self.stalls.iter().map(|s| stall(s, StallCause::Rebuffer)).chain(seeks).collect();
        stalls.sort_by(|a, b| a.start_s.millis().total_cmp(&b.start_s.millis()));
        let session = Session {
            abr: source.to_string(),
            ladder_kbps: ladder.iter().map(|l| BitRate::from_kbps(l.1)).collect(),
            downloads,
            stalls,
            startup_delay_s: Seconds::new(self.startup),
            played_s: Seconds::new(appended),
            paused_s: Seconds::new(paused),
            wall_s: Seconds::new(self.startup + appended + stood + paused),
            ..Session::default()
        };
        session.check().map_err(|(field, problem)| Fault::new(field, problem))?;
        Ok(Record { session, rungs })
    }

    /// Only numbers that a session can have.
    fn check(&self) -> Result<(), Fault> {
        if self.fetched.is_empty() {
            return Err(Fault::new(
                "the log",
                "has no segment of the picture that arrived, expected at least one",
            ));
        }
        let requests = self.fetched.len();
        let stood = self.stalls.len() + self.seeks.len() + self.pauses.len();
        if requests > MOST || stood > MOST || requests * stood > MOST_PAIRS {
            let expected = format!("at most {MOST} of either and {MOST_PAIRS} pairs");
            return Err(Fault::new(
                "the log",
                format!("has {requests} requests and {stood} interruptions, expected {expected}"),
            ));
        }
        let time = |what: &str, i: usize, x: f64, least: f64| match x.is_finite() && x >= least && x < 1e11 {
            true => Ok(()),
            false => Err(Fault::new(
                format!("{what} of segment {i}"),
                format!("is {x}, expected a number from {least}"),
            )),
        };
        for (i, f) in self.fetched.iter().enumerate() {
            time("the request", i, f.request, self.origin)?;
            time("the first byte", i, f.first_byte, f.request)?;
            time("the end", i, f.finish, f.first_byte)?;
            time("the duration in s", i, f.duration, 1e-3)?;
            time("the size in bytes", i, f.bytes, 1.0)?;
        }
        let mut all = self.stalls.iter().chain(&self.seeks).chain(&self.pauses);
        let fine = |x: f64| x.is_finite() && x >= 0.0;
        match fine(self.startup) && all.all(|(at, d)| at.is_finite() && fine(*d)) {
            true => Ok(()),
            false => Err(Fault::new("the playback", "starts or stands still for a time below 0")),
        }
    }
}

/// The rungs from the lowest, each with its nominal bitrate in kbit/s; and what is known of them.
fn ladder(fetched: &[Fetched]) -> (Vec<(Rung, f64)>, Vec<RungDetails>) {
    let mut sizes: BTreeMap<&Rung, (f64, f64)> = BTreeMap::new();
    for f in fetched {
        let (bits, seconds) = sizes.entry(&f.rung).or_default();
        (*bits, *seconds) = (*bits + 8.0 * f.bytes, *seconds + f.duration);
    }
    let kbps = |(rung, (bits, seconds)): (&Rung, (f64, f64))| match rung {
        Rung::Nominal(bps) => (rung.clone(), *bps as f64 / 1e3),
        Rung::Named(_) => (rung.clone(), bits / seconds / 1e3),
    };
    let mut ladder: Vec<(Rung, f64)> = sizes.into_iter().map(kbps).collect();
    ladder.sort_by(|a, b| a.1.total_cmp(&b.1));
    // Puffer names a rung by its resolution and its quantiser: 1280x720-26.
    let details = |(rung, _): &(Rung, f64)| RungDetails {
        resolution: match rung {
            Rung::Named(name) => crate::Resolution::parse(name.split('-').next().unwrap_or_default()),
            Rung::Nominal(_) => None,
        },
        ..RungDetails::default()
    };
    let mut rungs: Vec<RungDetails> = ladder.iter().map(details).collect();
    if rungs.iter().any(|r| r.resolution.is_none()) {
        rungs.clear();
    }
    (ladder, rungs)
}
