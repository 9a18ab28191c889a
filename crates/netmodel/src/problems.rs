//! What is wrong with a trace, or with a set of traces, as far as its numbers and its name show it.
//!
//! | name | looks for | found by |
//! |---|---|---|
//! | `cut-outages` | outages deleted from a log, the time axis closed up (Pensieve's cooked HSDPA set) | many samples just above 100 kbit/s, not one below, in a trace that varies deeply |
//! | `stitched` | separate tests put end to end (Pensieve's and Genet's cooked FCC sets) | rates held in blocks of equal length that hardly depend on each other; or the name of an FCC web test |
//! | `unit` | rates in another unit than their format says | rates beyond any access link; whole multiples of 1024 bit/s; MByte/s of Puffer sessions |
//! | `repeated-times` | samples with the time stamp of their predecessor | their number |
//! | `gap` | one sample that stands for a long stretch in which the link was up | its length against the median |
//! | `application-limited` | a sender that paused: idle time, not outages | silence and short bursts in turn |
//! | `dead` | links that carry nothing | share of time below 100 kbit/s |
//! | `short` | traces that end within any video | duration |
//! | `staged` | sets whose traces all change at the same second (FCC in Sabre's form) | a jump that nearly all share |
//! | `overlap` | traces of a set that share a stretch of samples | runs of equal rates |
//! | `twice` | traces of a set that are equal | all samples |
//!
//! A finding is a suspicion with its evidence, never a proof: thresholds stand below with the reason for each, and were held
//! against public sets of which it is known what is wrong with them, and sets that are known to be good (HSDPA and
//! Belgian 4G in Sabre's form, Mahimahi's cellular traces), in which nothing is found. What was cut or
//! changed without a trace in the numbers cannot be found: Pensieve's `norway_*` windows, say, had no sample near
//! the cut.
//!
//! ```
//! use netmodel::{Trace, problems, stats::Measured};
//! use units::Seconds;
//!
//! let tunnel = Measured::of_trace(&Trace::steps("tunnel", &[(30.0, 0.0)], Seconds::ZERO)?);
//! let found = problems::of_trace("tunnel", &tunnel);
//! assert_eq!(found.iter().map(|p| p.kind.name).collect::<Vec<_>>(), ["dead", "short"]);
//! # Ok::<(), netmodel::NetworkError>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::stats::{Measured, OUTAGE_BPS, Segment, acf};

/// A kind of problem.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// What to do about it, in one line.
    pub advice: &'static str,
}

static CUT_OUTAGES: Kind = Kind {
    name: "cut-outages",
    about: "the outages seem to be deleted and the time axis closed up: stall results are optimistic",
    advice: "use the log that this was made from (for HSDPA Sabre's JSON or the raw log)",
};
static STITCHED: Kind = Kind {
    name: "stitched",
    about: "separate tests seem to be put end to end: how the rate goes from one to the next is no property of a link",
    advice: "use its rates as a distribution, not as a time series; no conclusions on prediction or adaptation",
};
static UNIT: Kind = Kind {
    name: "unit",
    about: "the rates seem to be in another unit than the format says",
    advice: "find out where the file comes from, and read it with its true unit",
};
static REPEATED_TIMES: Kind = Kind {
    name: "repeated-times",
    about: "samples have the time stamp of the sample before: they hold on no interval, and do not count",
    advice: "if every row stands for the same time, make the times anew from the row numbers",
};
static GAP: Kind = Kind {
    name: "gap",
    about: "one sample stands for a long stretch, though the link was up: the log paused, or its clock jumped",
    advice: "cut the trace there, and use the parts",
};
static APPLICATION_LIMITED: Kind = Kind {
    name: "application-limited",
    about: "silence and short bursts in turn: the sender paused, so this is no capacity",
    advice: "use a log of a saturating download; replayed as a capacity, this one biases every answer",
};
static DEAD: Kind = Kind {
    name: "dead",
    about: "the link carries nothing, or next to nothing",
    advice: "leave it out, or say that it is in: no rule can play anything on it",
};
static SHORT: Kind = Kind {
    name: "short",
    about: "the trace ends before any video does: a session plays on repetitions of it",
    advice: "join traces of one place, or take longer ones",
};
static OVERLAP: Kind = Kind {
    name: "overlap",
    about: "traces share a stretch of samples: they are windows of one log, or one log in two formats",
    advice: "keep them on one side of a train/test split, and do not count them as independent sessions",
};
static STAGED: Kind = Kind {
    name: "staged",
    about: "nearly all traces change by a factor of 2 at the same second: a scenario, not recordings",
    advice: "say so; results depend on when the scenario changes, and more traces add no evidence about it",
};
static TWICE: Kind = Kind {
    name: "twice",
    about: "traces are equal, sample by sample",
    advice: "keep one of them: the others add weight, not evidence",
};

static KINDS: [&Kind; 11] = [
    &CUT_OUTAGES,
    &STITCHED,
    &UNIT,
    &REPEATED_TIMES,
    &GAP,
    &APPLICATION_LIMITED,
    &DEAD,
    &SHORT,
    &STAGED,
    &OVERLAP,
    &TWICE,
];

/// All kinds, in the order in which they are looked for.
pub fn kinds() -> &'static [&'static Kind] {
    &KINDS
}

/// Something wrong, and what shows it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// What it is.
    pub kind: &'static Kind,
    /// What shows it, in a sentence.
    pub evidence: String,
    /// The numbers of that sentence, each with its unit in its name.
    pub numbers: Vec<(&'static str, f64)>,
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Numbers<'a>(&'a [(&'static str, f64)]);
        impl Serialize for Numbers<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.0.len()))?;
                self.0.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
        let mut out = serializer.serialize_struct("Problem", 5)?;
        out.serialize_field("problem", self.kind.name)?;
        out.serialize_field("about", self.kind.about)?;
        out.serialize_field("evidence", &self.evidence)?;
        out.serialize_field("numbers", &Numbers(&self.numbers))?;
        out.serialize_field("advice", self.kind.advice)?;
        out.end()
    }
}

/// A problem of several traces of a set together.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Shared {
    /// What it is.
    pub problem: Problem,
    /// Which traces, by their place in the set; ascending.
    pub members: Vec<usize>,
}

/// A trace and what is looked at of it.
struct Subject<'a> {
    name: &'a str,
    measured: &'a Measured,
}

/// What is wrong with one trace. Its name is that of the file it came from, without an ending.
pub fn of_trace(name: &str, measured: &Measured) -> Vec<Problem> {
    const RULES: [fn(&Subject<'_>) -> Option<Problem>; 8] =
        [cut_outages, stitched, unit, repeated_times, gap, application_limited, dead, short];
    let subject = Subject { name, measured };
    RULES.iter().filter_map(|rule| rule(&subject)).collect()
}

/// What is wrong with a set of traces that none of them shows alone.
pub fn of_set(members: &[(&str, &Measured)]) -> Vec<Shared> {
    let mut found: Vec<Shared> = cut_outages_of_set(members).into_iter().chain(staged(members)).collect();
    let twins = twins(members);
    found.extend(overlaps(members, &twins));
    found.extend(twins.into_iter().map(|group| {
        let evidence =
            format!("{} traces are equal, e.g. {}", group.len(), pair(members, group[0], group[1]));
        let numbers = vec![("traces", group.len() as f64)];
        Shared { problem: Problem { kind: &TWICE, evidence, numbers }, members: group }
    }));
    found
}

fn pair(members: &[(&str, &Measured)], a: usize, b: usize) -> String {
    format!("{} and {}", members[a].0, members[b].0)
}

impl Subject<'_> {
    fn segments(&self) -> &[Segment] {
        self.measured.segments()
    }

    fn seconds(&self) -> f64 {
        self.segments().iter().map(|s| s.us).sum::<i64>() as f64 / 1e6
    }
}

// Outages cut out.

/// So many samples from 100 to 200 kbit/s without a single one below. In sets that keep their outages more than half of the
/// samples below 200 kbit/s are below 100 (HSDPA 56 %, Mahimahi 63 %), in single logs at least a fifth: 0.8^16 is 3 %. Of 330
/// public files only those with cut outages have more than 5 and none below.
const NEAR_CUT: usize = 16;
/// A link that varies by less never came near the cut, however slow it is.
const DEEP: f64 = 4.0;

/// How many samples lie just above the cut, and the lowest of them; None for a trace with samples below it, or one that
/// hardly varies.
fn above_cut(measured: &Measured) -> Option<(usize, f64)> {
    let rates = || measured.segments().iter().map(|s| s.bps);
    let lowest = rates().fold(f64::INFINITY, f64::min);
    let [p5, p95] = measured.quantiles(&[5, 95])[..] else { return None };
    let varies = p95 >= DEEP * p5;
    (lowest >= OUTAGE_BPS && varies).then(|| (rates().filter(|r| *r < 2.0 * OUTAGE_BPS).count(), lowest))
}

fn cut_outages(subject: &Subject<'_>) -> Option<Problem> {
    let (near, lowest) = above_cut(subject.measured)?;
    (near >= NEAR_CUT).then(|| cut_problem("", near, lowest))
}

fn cut_problem(who: &str, near: usize, lowest: f64) -> Problem {
    let evidence = format!(
        "{who}{near} samples from 100 to 200 kbit/s and none below 100, the lowest at {:.1}",
        lowest / 1e3
    );
    let numbers = vec![("samples_100_to_200_kbps", near as f64), ("lowest_kbps", lowest / 1e3)];
    Problem { kind: &CUT_OUTAGES, evidence, numbers }
}

/// What a trace alone has too few samples for, a set may show: not one sample of all its traces below the cut.
fn cut_outages_of_set(members: &[(&str, &Measured)]) -> Option<Shared> {
    let lowest = |m: &Measured| m.segments().iter().map(|s| s.bps).fold(f64::INFINITY, f64::min);
    if members.len() < 2 || members.iter().any(|(_, m)| lowest(m) < OUTAGE_BPS) {
        return None;
    }
    let found: Vec<(usize, usize, f64)> = members
        .iter()
        .enumerate()
        .filter_map(|(i, (_, m))| above_cut(m).map(|(near, lowest)| (i, near, lowest)))
        .filter(|(_, near, _)| *near > 0)
        .collect();
    let near: usize = found.iter().map(|f| f.1).sum();
    if near < NEAR_CUT {
        return None;
    }
    let lowest = found.iter().map(|f| f.2).fold(f64::INFINITY, f64::min);
    let problem = cut_problem(&format!("all {} traces together: ", members.len()), near, lowest);
    Some(Shared { problem, members: found.iter().map(|f| f.0).collect() })
}

// Tests put end to end.

/// Rates are held in blocks if so many of their changes fall on one beat (by chance one in the length of the block) ...
const ON_BEAT: f64 = 0.95;
/// ... of at least so many changes, each by more than this share of the mean rate.
const CHANGES: usize = 20;
const CHANGE: f64 = 0.02;
/// The longest beat that is looked for, in s.
const BEAT_MOST: usize = 30;
/// Of fewer blocks the autocorrelation says little: it is uncertain by 1/sqrt(n).
const BLOCKS: usize = 48;
/// Means over 5 s of logs that were recorded in one go correlate with their neighbours by 0.48 to 0.96 (HSDPA), 0.54 to 0.93
/// (Belgian 4G), 0.60 and more (Mahimahi).
const NEIGHBOURS: f64 = 0.5;

/// The length in s, and the autocorrelation, of the blocks in which a trace holds its rates.
fn blocks(bins: &[f64]) -> Option<(usize, f64)> {
    let mean = bins.iter().sum::<f64>() / bins.len().max(1) as f64;
    let changes: Vec<usize> = bins
        .windows(2)
        .enumerate()
        .filter(|(_, w)| (w[1] - w[0]).abs() > CHANGE * mean)
        .map(|(i, _)| i + 1)
        .collect();
    if changes.len() < CHANGES {
        return None;
    }
    let on_beat = |length: usize| {
        let mut counts = vec![0usize; length];
        changes.iter().for_each(|c| counts[c % length] += 1);
        let (phase, most) = counts.into_iter().enumerate().max_by_key(|(_, n)| *n)?;
        (most as f64 >= ON_BEAT * changes.len() as f64).then_some((length, phase))
    };
    let (length, phase) = (2..=BEAT_MOST).rev().find_map(on_beat)?;
    let blocks: Vec<f64> =
        bins[phase..].chunks_exact(length).map(|b| b.iter().sum::<f64>() / length as f64).collect();
    if blocks.len() < BLOCKS {
        return None;
    }
    acf(&blocks, 1).map(|r| (length, r))
}

fn stitched(subject: &Subject<'_>) -> Option<Problem> {
    let found = blocks(subject.measured.bins()).filter(|(_, r)| *r < NEIGHBOURS);
    // The FCC's web-browsing test (curr_webget) of one unit and one site, about one row an hour.
    let named = subject.name.contains("http---");
    let mut numbers = Vec::new();
    let mut evidence = Vec::new();
    if let Some((length, r)) = found {
        evidence.push(format!("rates are held in blocks of {length} s, neighbours correlate by {r:.2} only"));
        numbers.extend([("block_s", length as f64), ("neighbours_acf", r)]);
    }
    if named {
        evidence.push("by its name an FCC web test, whose rows are about an hour apart".to_string());
    }
    (named || found.is_some()).then(|| Problem { kind: &STITCHED, evidence: evidence.join("; "), numbers })
}

// Units.

/// The fastest access link in any public set reaches 3 Gbit/s (mid-band 5G with carrier aggregation).
const FASTEST_BPS: f64 = 1e10;
/// GPRS, the slowest link that anyone ever streamed on, has 20 kbit/s and more.
const SLOWEST_BPS: f64 = 1e4;

/// Whole Mbit/s are what coarse logs have (Lumos5G, medians up to 811); above this median whole numbers are those of kbit/s,
/// in which 3G and 4G have the same range.
const FAST_WHOLE_BPS: f64 = 1e9;
/// Of fewer rates, all may be whole by chance.
const WHOLE: usize = 8;

fn unit(subject: &Subject<'_>) -> Option<Problem> {
    too_fast_or_slow(subject).or_else(|| binary_multiples(subject)).or_else(|| puffer_bytes(subject))
}

fn too_fast_or_slow(subject: &Subject<'_>) -> Option<Problem> {
    let [median, p95, highest] = subject.measured.quantiles(&[50, 95, 100])[..] else { return None };
    let problem = |evidence| {
        let numbers = vec![("p95_mbps", p95), ("highest_mbps", highest)];
        Some(Problem { kind: &UNIT, evidence, numbers })
    };
    if p95 * 1e6 > FASTEST_BPS {
        let rest = "no access link is that fast: are these kbit/s or bit/s?";
        return problem(format!("5 % of the time is above {p95:.0} Mbit/s, {rest}"));
    }
    let segments = subject.segments();
    let whole = || segments.iter().all(|s| is_whole(s.bps / 1e6));
    if segments.len() >= WHOLE && median * 1e6 > FAST_WHOLE_BPS && whole() {
        let rest = "a factor of 1000: are these kbit/s?";
        return problem(format!(
            "all {} rates are whole Mbit/s, the median {median:.0}, {rest}",
            segments.len()
        ));
    }
    if highest > 0.0 && highest * 1e6 < SLOWEST_BPS {
        let rest = "no access link is that slow: are these Gbit/s or Mbit/s?";
        return problem(format!("the highest rate is {:.3} kbit/s, {rest}", highest * 1e3));
    }
    None
}

/// But for what rounding leaves: a decimal of a file has passed through two multiplications.
fn is_whole(x: f64) -> bool {
    (x - x.round()).abs() <= 1e-12 * x.abs().max(1e6)
}

/// Rates that are whole multiples of 1024 bit/s, and not of 1000: someone's kilo is 1024. One in 128 whole kbit/s is both.
fn binary_multiples(subject: &Subject<'_>) -> Option<Problem> {
    let mut rates: Vec<f64> = subject.segments().iter().map(|s| s.bps).filter(|r| *r > 0.0).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let whole = |unit: f64| rates.iter().filter(|r| is_whole(**r / unit)).count();
    let (binary, decimal) = (whole(1024.0), whole(1000.0));
    (rates.len() >= 3 && binary == rates.len() && 2 * decimal < rates.len()).then(|| {
        let n = rates.len();
        let evidence =
            format!("all {n} rates are whole multiples of 1024 bit/s, {decimal} of 1000: a kilo of 1024?");
        let numbers = vec![("rates", n as f64), ("multiples_of_1000_bps", decimal as f64)];
        Problem { kind: &UNIT, evidence, numbers }
    })
}

/// Puffer logs whole bytes per second. In a file of Mbit/s each rate is then a multiple of 8 bit/s; in MERINA's, which are
/// MByte/s under the name of Mbit/s, one in eight is by chance.
fn puffer_bytes(subject: &Subject<'_>) -> Option<Problem> {
    let session = subject.name.strip_prefix("trace")?;
    let (id, index) = session.split_once("=_")?;
    let base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
    if id.len() != 43 || !id.bytes().all(base64) || index.parse::<u32>().is_err() {
        return None;
    }
    let rates = || subject.segments().iter().map(|s| s.bps);
    let n = subject.segments().len();
    let bytes = rates().filter(|r| is_whole(r / 8.0)).count();
    (rates().all(is_whole) && 2 * bytes < n).then(|| {
        let share = 100.0 * bytes as f64 / n as f64;
        let evidence = format!(
            "by its name a Puffer session, whose rates are whole byte/s; as Mbit/s only {share:.0} % of them are: MByte/s?"
        );
        let numbers = vec![("samples", n as f64), ("whole_bytes_percent", share)];
        Problem { kind: &UNIT, evidence, numbers }
    })
}

// Times.

fn repeated_times(subject: &Subject<'_>) -> Option<Problem> {
    let dropped = subject.measured.dropped();
    (dropped > 0).then(|| {
        let all = dropped + subject.segments().len();
        let evidence = format!("{dropped} of {all} samples have the time stamp of the sample before");
        let numbers = vec![("repeated", dropped as f64), ("samples", all as f64)];
        Problem { kind: &REPEATED_TIMES, evidence, numbers }
    })
}

/// The longest sample above 100 kbit/s in the HSDPA logs, 12.9 s, is still a slow measurement; below that rate a log has
/// nothing to write, and a long sample is an outage.
const GAP_US: i64 = 15_000_000;
/// Against the median sample, so that coarse grids are none.
const GAP_TIMES: i64 = 10;

fn gap(subject: &Subject<'_>) -> Option<Problem> {
    let segments = subject.segments();
    let mut lengths: Vec<i64> = segments.iter().map(|s| s.us).collect();
    lengths.sort_unstable();
    let median = *lengths.get(lengths.len() / 2)?;
    // Equal seconds of delivery opportunities that stand as one are no long sample.
    if segments.len() < 10 || subject.measured.count() > segments.len() {
        return None;
    }
    let starts = segments.iter().scan(0i64, |now, s| {
        let at = *now;
        *now += s.us;
        Some(at)
    });
    let long =
        |s: &Segment| s.us >= GAP_US && s.us >= median.saturating_mul(GAP_TIMES) && s.bps >= OUTAGE_BPS;
    let found: Vec<(i64, &Segment)> = starts.zip(segments).filter(|(_, s)| long(s)).collect();
    let (at, longest) = found.iter().max_by_key(|(_, s)| s.us)?;
    let seconds = |us: i64| us as f64 / 1e6;
    let evidence = format!(
        "{} sample(s) of 15 s or more with the link up, the longest, at {:.1} s, of {:.1} s; the median of {:.2} s",
        found.len(),
        seconds(*at),
        seconds(longest.us),
        seconds(median)
    );
    let numbers = vec![
        ("gaps", found.len() as f64),
        ("at_s", seconds(*at)),
        ("longest_s", seconds(longest.us)),
        ("median_s", seconds(median)),
    ];
    Some(Problem { kind: &GAP, evidence, numbers })
}

// What the application or the place did.

/// Share of idle seconds: 0.42 to 0.93 in the Irish set's video logs, at most 0.17 in its downloads.
const IDLE: f64 = 0.3;
/// Mean length of what lies between, in s: 1.7 to 7.7 there; 12.8 and more in downloads, 27 and more in HSDPA logs with as
/// many outages.
const BURST_S: f64 = 10.0;
/// Idle stretches per minute: 1.3 and more there.
const PAUSES: f64 = 1.0;
/// A link that never gets above a few hundred kbit/s crosses 100 kbit/s without any help of a sender.
const BURST_MBPS: f64 = 1.0;

fn application_limited(subject: &Subject<'_>) -> Option<Problem> {
    let bins = subject.measured.bins();
    let minutes = bins.len() as f64 / 60.0;
    if minutes < 1.0 {
        return None;
    }
    let idle = |b: &f64| *b < OUTAGE_BPS;
    let silent = bins.iter().filter(|b| idle(b)).count();
    let begins = |from: bool| bins.windows(2).filter(|w| idle(&w[0]) == from && idle(&w[1]) != from).count();
    let pauses = begins(false) + usize::from(idle(&bins[0]));
    let bursts = begins(true) + usize::from(!idle(&bins[0]));
    let share = silent as f64 / bins.len() as f64;
    let burst = (bins.len() - silent) as f64 / bursts.max(1) as f64;
    let per_minute = pauses as f64 / minutes;
    let fast = subject.measured.quantiles(&[95])[0] >= BURST_MBPS;
    (fast && share >= IDLE && burst <= BURST_S && per_minute >= PAUSES).then(|| {
        let evidence = format!(
            "idle for {:.0} % of the time, in {per_minute:.1} pauses a minute, with bursts of {burst:.1} s between them",
            100.0 * share
        );
        let numbers = vec![
            ("idle_percent", 100.0 * share),
            ("pauses_per_minute", per_minute),
            ("mean_burst_s", burst),
        ];
        Problem { kind: &APPLICATION_LIMITED, evidence, numbers }
    })
}

/// The worst log of the HSDPA set, with a pause of 995 s, is out for 85 % of its time and still of use.
const DEAD_SHARE: f64 = 0.95;

fn dead(subject: &Subject<'_>) -> Option<Problem> {
    let rates = subject.measured.rates();
    (rates.outage_share >= DEAD_SHARE).then(|| {
        let evidence = match rates.max_mbps > 0.0 {
            true => format!("below 100 kbit/s for {:.1} % of the time", 100.0 * rates.outage_share),
            false => "every rate is zero".to_string(),
        };
        let numbers = vec![("outage_percent", 100.0 * rates.outage_share), ("highest_mbps", rates.max_mbps)];
        Problem { kind: &DEAD, evidence, numbers }
    })
}

/// No video of an evaluation is shorter than a minute.
const SHORT_S: f64 = 60.0;

fn short(subject: &Subject<'_>) -> Option<Problem> {
    let seconds = subject.seconds();
    (seconds < SHORT_S).then(|| {
        let evidence = format!("lasts {seconds:.1} s");
        Problem { kind: &SHORT, evidence, numbers: vec![("duration_s", seconds)] }
    })
}

// Sets.

/// Of so many traces at least ...
const STAGED_TRACES: usize = 10;
/// ... this share jumps by this factor at the same second. By chance it is 0.31 (Belgian 4G, 8 of 26) in public sets; in
/// Sabre's FCC set it is 1: all 62 known files go up by 5 and more at 60 s.
const STAGED_SHARE: f64 = 0.9;
const JUMP: f64 = 2.0;
/// In its first seconds every transfer ramps up (nine of ten of Genet's Pantheon runs do at 1 s).
const RAMP_S: usize = 5;

fn staged(members: &[(&str, &Measured)]) -> Option<Shared> {
    if members.len() < STAGED_TRACES {
        return None;
    }
    // Who goes up, and who down, by second.
    let mut jumps: BTreeMap<(usize, bool), Vec<usize>> = BTreeMap::new();
    for (member, (_, measured)) in members.iter().enumerate() {
        for (at, pair) in measured.bins().windows(2).enumerate().skip(RAMP_S) {
            let up = pair[1] > JUMP * pair[0];
            if up || pair[0] > JUMP * pair[1] {
                jumps.entry((at + 1, up)).or_default().push(member);
            }
        }
    }
    let ((at, up), who) =
        jumps.into_iter().max_by_key(|((at, _), who)| (who.len(), std::cmp::Reverse(*at)))?;
    (who.len() as f64 >= STAGED_SHARE * members.len() as f64).then(|| {
        let (way, n) = (if up { "up" } else { "down" }, who.len());
        let evidence = format!("{n} of {} traces go {way} by a factor of 2 or more at {at} s", members.len());
        let numbers = vec![("traces", n as f64), ("of", members.len() as f64), ("at_s", at as f64)];
        Shared { problem: Problem { kind: &STAGED, evidence, numbers }, members: who }
    })
}

/// Groups of equal traces, two and more in each.
fn twins(members: &[(&str, &Measured)]) -> Vec<Vec<usize>> {
    let key = |m: &Measured| digest(m.segments().iter().flat_map(|s| [s.us as u64, s.bps.to_bits()]));
    let mut groups: BTreeMap<u64, Vec<Vec<usize>>> = BTreeMap::new();
    for (i, (_, m)) in members.iter().enumerate() {
        let same_key = groups.entry(key(m)).or_default();
        match same_key.iter_mut().find(|g| members[g[0]].1.segments() == m.segments()) {
            Some(group) => group.push(i),
            None => same_key.push(vec![i]),
        }
    }
    let mut found: Vec<Vec<usize>> = groups.into_values().flatten().filter(|g| g.len() > 1).collect();
    found.sort();
    found
}

/// FNV-1a over whole numbers (G. Fowler, L. C. Noll, K.-P. Vo): only to find candidates, which are then compared.
fn digest(values: impl Iterator<Item = u64>) -> u64 {
    values
        .fold(0xcbf2_9ce4_8422_2325, |hash, v| (hash ^ v).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29))
}

/// So many samples in a row that are equal to 1 kbit/s, of which at least `DIFFERENT` differ from each other, do not happen
/// twice.
const ROW: usize = 20;
const DIFFERENT: usize = 8;

/// A place in a trace of the set.
#[derive(Clone, Copy)]
struct Place {
    member: usize,
    at: usize,
}

/// Two traces that share a stretch, and its length in s.
type Pair = (usize, usize, f64);

/// Groups of traces that share stretches, directly or through others. Of equal traces only the first is looked at.
fn overlaps(members: &[(&str, &Measured)], twins: &[Vec<usize>]) -> Vec<Shared> {
    let copies: BTreeSet<usize> = twins.iter().flat_map(|g| &g[1..]).copied().collect();
    let looked_at: Vec<usize> = (0..members.len()).filter(|i| !copies.contains(i)).collect();
    let mut pairs = same_rows(members, &looked_at);
    pairs.extend(windows(members, &looked_at));
    let mut group: Vec<usize> = (0..members.len()).collect();
    pairs.iter().for_each(|(a, b, _)| join(&mut group, *a, *b));
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..group.len() {
        groups.entry(leader(&group, i)).or_default().push(i);
    }
    let mut longest: BTreeMap<usize, &Pair> = BTreeMap::new();
    for pair in &pairs {
        let known = longest.entry(leader(&group, pair.0)).or_insert(pair);
        if pair.2.total_cmp(&known.2).is_ge() {
            *known = pair;
        }
    }
    let shared = |(first, all): (usize, Vec<usize>)| {
        let (a, b, seconds) = longest.get(&first)?;
        let evidence = format!(
            "{} traces share stretches of up to {seconds:.0} s, e.g. {}",
            all.len(),
            pair(members, *a, *b)
        );
        let numbers = vec![("traces", all.len() as f64), ("longest_shared_s", *seconds)];
        Some(Shared { problem: Problem { kind: &OVERLAP, evidence, numbers }, members: all })
    };
    groups.into_iter().filter_map(shared).collect()
}

/// Pairs that share a row of samples, anywhere.
fn same_rows(members: &[(&str, &Measured)], looked_at: &[usize]) -> Vec<Pair> {
    // Formats keep rates with different precision, and converters cut digits off: whole kbit/s are left in all of them.
    let kbps = |m: &Measured| m.segments().iter().map(|s| (s.bps / 1e3 + 1e-6).floor() as u64).collect();
    let series: Vec<Vec<u64>> = members.iter().map(|(_, m)| kbps(m)).collect();
    let mut known: BTreeMap<u64, Place> = BTreeMap::new();
    let mut pairs = Vec::new();
    for &member in looked_at {
        let rates = &series[member];
        let mut at = 0;
        while at + ROW <= rates.len() {
            let row = &rates[at..at + ROW];
            let hit = known.get(&digest(row.iter().copied()));
            let hit = hit.filter(|p| series[p.member][p.at..p.at + ROW] == *row && differ(row));
            at += match hit {
                Some(place) => {
                    let other = &series[place.member][place.at..];
                    let length = rates[at..].iter().zip(other).take_while(|(a, b)| a == b).count();
                    let us: i64 = members[member].1.segments()[at..at + length].iter().map(|s| s.us).sum();
                    pairs.push((place.member, member, us as f64 / 1e6));
                    length
                }
                None => 1,
            };
        }
        for at in (0..rates.len().saturating_sub(ROW - 1)).step_by(ROW / 2) {
            let row = &rates[at..at + ROW];
            if differ(row) {
                known.entry(digest(row.iter().copied())).or_insert(Place { member, at });
            }
        }
    }
    pairs
}

/// Windows of one log agree, second by second, within this share of the rate (Genet rounds each of its windows to whole
/// packets anew) ...
const ALIKE: f64 = 0.03;
/// ... for this share of the seconds that they share; one second off it is 0.96 at most ...
const AGREE: f64 = 0.97;
/// ... of which there are so many, with so many changes among them: two constant stretches agree without being one.
const SHARED_S: usize = 30;
const SHARED_CHANGES: usize = 5;

/// Pairs whose names differ in their last numbers only, the first of them being where the window begins, in s
/// (`..._180_0`), and that agree where their windows overlap.
fn windows(members: &[(&str, &Measured)], looked_at: &[usize]) -> Vec<Pair> {
    let mut logs: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for &member in looked_at {
        if let Some((log, begin)) = window(members[member].0) {
            logs.entry(log).or_default().push((begin, member));
        }
    }
    let mut pairs = Vec::new();
    for log in logs.values_mut() {
        log.sort_unstable();
        for (i, (begin, member)) in log.iter().enumerate() {
            let bins = members[*member].1.bins();
            for (other_begin, other) in &log[i + 1..] {
                let apart = other_begin - begin;
                if apart == 0 || apart + SHARED_S > bins.len() {
                    break;
                }
                let (a, b) = (&bins[apart..], members[*other].1.bins());
                if agree(a, b) {
                    pairs.push((*member, *other, a.len().min(b.len()) as f64));
                }
            }
        }
    }
    pairs
}

/// The log and the beginning of a window, by its name.
fn window(name: &str) -> Option<(&str, usize)> {
    let mut log = name;
    let mut begin = None;
    while let Some((before, number)) = log.rsplit_once('_') {
        let Ok(number) = number.parse() else { break };
        (log, begin) = (before, Some(number));
    }
    begin.map(|begin| (log, begin))
}

/// Whether two series are the same link at the same time.
fn agree(a: &[f64], b: &[f64]) -> bool {
    let all = a.len().min(b.len());
    let alike = |x: f64, y: f64| (x - y).abs() <= ALIKE * x.max(y);
    let allowed = ((1.0 - AGREE) * all as f64) as usize;
    let differing = a.iter().zip(b).filter(|(x, y)| !alike(**x, **y)).take(allowed + 1).count();
    let changes = || a[..all].windows(2).filter(|w| !alike(w[0], w[1])).count();
    all >= SHARED_S && differing <= allowed && changes() >= SHARED_CHANGES
}

/// Whether enough of a row's rates differ.
fn differ(row: &[u64]) -> bool {
    let mut row = row.to_vec();
    row.sort_unstable();
    row.dedup();
    row.len() >= DIFFERENT
}

/// The first member of a member's group.
fn leader(group: &[usize], mut i: usize) -> usize {
    while group[i] != i {
        i = group[i];
    }
    i
}

fn join(group: &mut [usize], a: usize, b: usize) {
    let (a, b) = (leader(group, a), leader(group, b));
    group[a.max(b)] = a.min(b);
}
