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
//! Belgian 4G in Sabre's form, Mahimahi's cellular traces), in which nothing is found. Cuts and changes that
//! leave no trace in the numbers cannot be detected: Pensieve's `norway_*` windows, for example, had no sample near the cut.
//!
//! Each kind is a file with its thresholds.
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

mod application_limited;
mod cut_outages;
mod dead;
mod gap;
mod overlap;
mod problem;
mod repeated_times;
mod short;
mod staged;
mod stitched;
mod twice;
mod unit;

pub use problem::{Kind, Problem, Shared};

use crate::stats::Measured;
use problem::Subject;

static KINDS: [&Kind; 11] = [
    &cut_outages::KIND,
    &stitched::KIND,
    &unit::KIND,
    &repeated_times::KIND,
    &gap::KIND,
    &application_limited::KIND,
    &dead::KIND,
    &short::KIND,
    &staged::KIND,
    &overlap::KIND,
    &twice::KIND,
];

/// All kinds, in the order in which they are looked for.
pub fn kinds() -> &'static [&'static Kind] {
    &KINDS
}

/// What is wrong with one trace. Its name is that of the file it came from, without an ending.
pub fn of_trace(name: &str, measured: &Measured) -> Vec<Problem> {
    const DETECTORS: [fn(&Subject<'_>) -> Option<Problem>; 8] = [
        cut_outages::of_trace,
        stitched::of_trace,
        unit::of_trace,
        repeated_times::of_trace,
        gap::of_trace,
        application_limited::of_trace,
        dead::of_trace,
        short::of_trace,
    ];
    let subject = Subject { name, measured };
    DETECTORS.iter().filter_map(|detect| detect(&subject)).collect()
}

/// What is wrong with a set of traces that none of them shows alone.
pub fn of_set(members: &[(&str, &Measured)]) -> Vec<Shared> {
    let mut found: Vec<Shared> =
        cut_outages::of_set(members).into_iter().chain(staged::of_set(members)).collect();
    let twins = twice::twins(members);
    found.extend(overlap::of_set(members, &twins));
    found.extend(twice::of_set(members, twins));
    found
}
