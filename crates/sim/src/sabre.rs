//! The metrics that Sabre prints, under its own definitions.
//!
//! Source: UMass-LIDS/sabre 09b03bb, `src/sabre.py`, the globals updated in `deplete_buffer`, `process_quality_up` and the
//! main loop. Times are in seconds here; Sabre's own totals are in milliseconds.
//!
//! Named deviations from sense, reproduced on purpose:
//! - a stall that begins on an empty buffer (after an abandonment or a seek) adds time but is no event;
//! - the residue of rounding when the last segments play out may be a stall event of 0 s;
//! - over- and underestimates are told apart by the last bit on constant links.

use std::collections::VecDeque;
use std::sync::Arc;

use abr::RuleSource;
use media::Video;
use netmodel::{Link, LinkOptions, MOST_ENTRIES, NetworkModel, Trace, impair};
use player::{Event, Observer, Player, Totals};
use qoe::StallCause;
use spec::Spec;
use units::{BitRate, Seconds};

use crate::engine::{Alone, Buffer, LinkWatcher};
use crate::{Original, Profile, SimError, Stop};

/// Refuses what Sabre itself crashes on. (A seek beyond the end, its other crash, no player takes.)
pub(crate) fn check(rule: Option<&str>, video: &Video) -> Result<(), SimError> {
    let Some(rule) = rule else { return Ok(()) };
    let (entry, options) = Spec::parse(rule)?.find("rule", abr::entries())?;
    let bola_e = matches!(entry.name, "bola-e" | "dynamic-dash") && options.flag("ibr")?;
    if bola_e && video.ladder().len() == 1 {
        let why = "BOLA-E divides by zero on a ladder of one rung; the default profile plays it";
        return Err(SimError::Original { original: "Sabre", why });
    }
    Ok(())
}

/// Runs one session under the eyes of these metrics and of any observer. The metrics follow the link besides: of what it could
/// sustain while the player did something else, a player knows nothing.
///
/// # Errors
/// As [`session`](crate::session); [`SimError::Entries`] where the link enters more periods than can be followed.
pub fn observe<R: RuleSource + ?Sized, O: Observer>(
    trace: &Arc<Trace>,
    video: &Video,
    rule: &R,
    profile: &Profile,
    seed: u64,
    metrics: &mut Metrics,
    observer: &mut O,
) -> Result<Stop, SimError> {
    if profile.original == Some(Original::Sabre) {
        check(rule.spec(), video)?;
    }
    let adapted = profile.adapt(video);
    let mut player = Player::new(adapted.as_ref().unwrap_or(video), rule.build()?, profile.player.clone())?;
    let options = LinkOptions { note_entries: true, ..profile.link };
    let mut both = (metrics, observer);
    if profile.impairments.is_empty() {
        let mut link = Link::new(trace.clone(), options)?;
        let stop = Alone::new(&mut link).run_watched(&mut player, &mut both, &mut Following);
        return followed(&link, stop);
    }
    let mut link = impair::link(trace.clone(), options, &profile.impairments, seed)?;
    let stop = Alone::new(&mut link).run_watched(&mut player, &mut both, &mut Following);
    followed(&link, stop)
}

/// How the session ended, if the metrics could follow its link to the end.
fn followed(link: &impl NetworkModel, stop: Stop) -> Result<Stop, SimError> {
    match link.entries().len() < MOST_ENTRIES {
        true => Ok(stop),
        false => Err(SimError::Entries { most: MOST_ENTRIES }),
    }
}

/// Shows the metrics what the link entered.
struct Following;

impl<O, N: NetworkModel> LinkWatcher<(&mut Metrics, O), N> for Following {
    fn moved(&mut self, both: &mut (&mut Metrics, O), link: &N, buffer: &Buffer) {
        both.0.follow(link.entries(), buffer.tags().map(|tag| tag.1).max());
    }
}

/// Mean and count of one kind of estimate error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    pub count: u64,
    /// Their mean, kbit/s.
    pub mean: f64,
}

impl Mean {
    fn push(&mut self, x: f64) {
        self.count += 1;
        self.mean += (x - self.mean) / self.count as f64;
    }
}

/// An upward change of the sustainable quality that has not been answered yet.
#[derive(Clone, Copy, Debug)]
struct Pending {
    since: Seconds,
    quality: usize,
    answered: Option<Seconds>,
}

/// Collects what Sabre prints; an [`Observer`].
#[derive(Clone, Debug)]
pub struct Metrics {
    trace: Arc<Trace>,
    rate_multiplier: f64,
    capacity: Seconds,
    /// The quality of `-rmp`, or the sustainable one.
    ramp_quality: Option<usize>,
    gp: f64,
    rates: Vec<f64>,
    segment: Seconds,
    end: usize,
    utility: f64,
    bitrate: f64,
    change: f64,
    log_change: f64,
    events: u64,
    playing: Option<usize>,
    origin: Seconds,
    ramp: Option<Seconds>,
    pending: VecDeque<Pending>,
    reaction: Seconds,
    /// Periods of the link that were looked at, and what the last of them sustains.
    periods: usize,
    sustainable: usize,
    estimate: Option<BitRate>,
    over: Mean,
    under: Mean,
    error: Mean,
    too_late: u64,
    totals: Totals,
}

impl Metrics {
    /// For a session on this trace under this profile; `gp` weighs the score.
    pub fn new(trace: Arc<Trace>, profile: &Profile, gp: f64) -> Metrics {
        Metrics {
            trace,
            rate_multiplier: profile.link.rate_multiplier,
            capacity: profile.player.capacity,
            ramp_quality: profile.ramp,
            gp,
            rates: Vec::new(),
            segment: Seconds::ZERO,
            end: 0,
            utility: 0.0,
            bitrate: 0.0,
            change: 0.0,
            log_change: 0.0,
            events: 0,
            playing: None,
            origin: Seconds::ZERO,
            ramp: None,
            pending: VecDeque::new(),
            reaction: Seconds::ZERO,
            periods: 0,
            sustainable: 0,
            estimate: None,
            over: Mean::default(),
            under: Mean::default(),
            error: Mean::default(),
            too_late: 0,
            totals: Totals::default(),
        }
    }

    /// The sum of `ln(b_q / b_0)` over the segments that began to play.
    pub fn played_utility(&self) -> f64 {
        self.utility
    }

    /// The sum of their nominal bitrates, kbit/s.
    pub fn played_bitrate(&self) -> f64 {
        self.bitrate
    }

    /// From the first request to the end.
    pub fn total_play_time(&self) -> Seconds {
        self.totals.wall
    }

    /// Stalled time; startup excluded, the refill after a seek included.
    pub fn rebuffer_time(&self) -> Seconds {
        self.totals.stalled
    }

    /// Stalls that began while something was buffered.
    pub fn rebuffer_events(&self) -> u64 {
        self.events
    }

    /// The sum of `|b - b'|` over segments played one after the other, kbit/s.
    pub fn total_bitrate_change(&self) -> f64 {
        self.change
    }

    /// The sum of `|ln(b / b')|` over segments played one after the other.
    pub fn total_log_bitrate_change(&self) -> f64 {
        self.log_change
    }

    /// Requests whose throughput was below the estimate, and by how much in the mean.
    pub fn overestimates(&self) -> Mean {
        self.over
    }

    /// Requests whose throughput was at least the estimate, and by how much above it in the mean.
    pub fn underestimates(&self) -> Mean {
        self.under
    }

    /// Estimate less measurement, over all requests.
    pub fn estimate_error(&self) -> Mean {
        self.error
    }

    /// When the first segment of the quality to reach began to play, since the start or the seek; None if never.
    pub fn ramp_up(&self) -> Option<Seconds> {
        self.ramp
    }

    /// How long upward changes of the sustainable quality waited for an answer, in all.
    pub fn total_reaction_time(&self) -> Seconds {
        self.reaction
    }

    /// What Sabre prints, by its own names (times in seconds, as printed; the ramp-up is the length of the movie where there
    /// was none).
    pub fn printed(&self) -> Vec<(&'static str, f64)> {
        let (play, segment) = (self.totals.wall.millis(), self.segment.millis());
        let stall = self.totals.stalled.millis();
        let per = segment / play;
        let movie = Seconds::from_millis(self.end as f64 * segment);
        vec![
            ("buffer size", self.capacity.millis()),
            ("total played utility", self.utility),
            ("time average played utility", self.utility * per),
            ("total played bitrate", self.bitrate),
            ("time average played bitrate", self.bitrate * per),
            ("total play time", play / 1000.0),
            ("total play time chunks", play / segment),
            ("total rebuffer", stall / 1000.0),
            ("rebuffer ratio", stall / play),
            ("time average rebuffer", stall / 1000.0 * per),
            ("total rebuffer events", self.events as f64),
            ("time average rebuffer events", self.events as f64 * per),
            ("total bitrate change", self.change),
            ("time average bitrate change", self.change * per),
            ("total log bitrate change", self.log_change),
            ("time average log bitrate change", self.log_change * per),
            ("time average score", per * (self.utility - self.gp * stall / segment)),
            ("over estimate count", self.over.count as f64),
            ("over estimate", self.over.mean),
            ("leq estimate count", self.under.count as f64),
            ("leq estimate", self.under.mean),
            ("estimate", self.error.mean),
            ("rampup time", self.ramp.unwrap_or(movie).get()),
            ("total reaction time", self.reaction.get()),
        ]
    }

    /// Replacements that came too late.
    pub fn late_replacements(&self) -> u64 {
        self.too_late
    }

    /// The largest quality so that all up to it fit into the rate, less the share of a segment that latency takes.
    fn sustained(&self, period: usize) -> usize {
        let p = self.trace.period(period);
        let rate = p.rate * self.rate_multiplier;
        let effective = (rate * (1.0 - p.latency / self.segment)).kbps();
        let mut k = 0;
        while k + 1 < self.rates.len() && self.rates[k + 1] <= effective {
            k += 1;
        }
        k
    }

    /// Follows the link through the periods it has entered.
    fn follow(&mut self, entries: &[Seconds], best_buffered: Option<usize>) {
        for at in &entries[self.periods..] {
            let quality = self.sustained(self.periods % self.trace.periods().len());
            if self.periods > 0 && quality != self.sustainable {
                self.quality_changed(*at, quality, best_buffered);
            }
            self.sustainable = quality;
            self.periods += 1;
        }
    }

    fn quality_changed(&mut self, now: Seconds, quality: usize, best_buffered: Option<usize>) {
        self.close_old(now);
        for p in &mut self.pending {
            if p.answered.is_none() && p.quality > quality {
                p.answered = Some(now);
            }
        }
        let news = quality > self.sustainable
            && best_buffered.is_none_or(|q| quality > q)
            && self.pending.iter().all(|p| quality > p.quality);
        if news {
            self.pending.push_back(Pending { since: now, quality, answered: None });
        }
    }

    fn close_old(&mut self, now: Seconds) {
        while let Some(p) = self.pending.front()
            && p.since < now - self.capacity
        {
            self.reaction += p.answered.map_or(self.capacity, |end| self.capacity.min(end - p.since));
            self.pending.pop_front();
        }
    }

    fn plays(&mut self, at: Seconds, q: usize) {
        let utility = libm::log(self.rates[q]) + (0.0 - libm::log(self.rates[0]));
        self.utility += utility;
        self.bitrate += self.rates[q];
        if let Some(before) = self.playing
            && before != q
        {
            self.change += (self.rates[q] - self.rates[before]).abs();
            self.log_change += libm::log(self.rates[q] / self.rates[before]).abs();
        }
        self.playing = Some(q);
        if self.ramp.is_none() && q >= self.ramp_quality.unwrap_or(self.sustainable) {
            self.ramp = Some(at - self.origin);
        }
        for p in &mut self.pending {
            if p.answered.is_none() && q >= p.quality {
                p.answered = Some(at);
            }
        }
    }
}

impl Observer for Metrics {
    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        match event {
            Event::Began { video, end } => {
                self.rates = video.ladder().bitrates().iter().map(|b| b.kbps()).collect();
                (self.segment, self.end) = (video.duration(0), *end);
                self.follow(&[Seconds::ZERO], None);
            }
            Event::Plays { level, .. } => self.plays(at, *level),
            Event::Boundary => self.close_old(at),
            Event::Stalled { cause: StallCause::Rebuffer, ran_dry: true, .. } => self.events += 1,
            Event::Seeked { .. } => (self.origin, self.ramp) = (at, None),
            Event::Finished(f) => {
                if let Some(estimate) = self.estimate {
                    let measured = (f.received / (f.elapsed - f.latency)).kbps();
                    let error = estimate.kbps() - measured;
                    if error > 0.0 {
                        self.over.push(error);
                    } else {
                        self.under.push(-error);
                    }
                    self.error.push(error);
                }
                self.estimate = f.estimate.map(|e| e.throughput);
                self.too_late += u64::from(f.too_late);
            }
            Event::Ended(totals) => self.totals = **totals,
            _ => {}
        }
    }
}
