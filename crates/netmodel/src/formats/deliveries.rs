//! What an application got, delivery by delivery, as an observed trace: one rule for all logs of servers and players.
//!
//! A period is a delivery: it lasts from the request to the last byte, round trip and server included, and its rate is what came
//! over that. Time between deliveries is in no period, for nothing is known of it.

use units::{BitRate, Bits, Seconds};

use super::MAX_RATE_MBPS;
use crate::recording::{Measurement, Recording, Samples};
use crate::{NetworkError, Period, Trace};

/// The shortest delivery, in ns: statistics count whole microseconds.
pub(super) const MIN_NS: i64 = 1000;

/// Something that was asked for and came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delivery {
    /// The line or the number under which the log has it; errors name it.
    pub line: usize,
    /// When it was asked for, in ns on any clock.
    pub begin_ns: i64,
    pub took_ns: i64,
    /// How much came.
    pub size: Bits,
}

/// The trace of deliveries in the order of their requests; None where none of them took time. `source` is what the log is.
///
/// ```
/// use netmodel::formats::{Delivery, Measurement, observed};
/// use units::{BitRate, Bits, Seconds};
///
/// // 1 Mbit in a second; then, 5 s later, 1 Mbit in half a second.
/// let size = Bits::from_bytes(125_000.0);
/// let at = |begin_ns, took_ns| Delivery { line: 0, begin_ns, took_ns, size };
/// let seen = observed("viewer", "HAR", Seconds::ZERO, &[at(0, 1_000_000_000), at(6_000_000_000, 500_000_000)])?;
/// let seen = seen.expect("a trace");
/// assert_eq!((seen.trace.duration(), seen.trace.period(1).rate), (Seconds::new(1.5), BitRate::from_mbps(2.0)));
/// assert_eq!(seen.measures, Measurement::Observed);
/// # Ok::<(), netmodel::NetworkError>(())
/// ```
///
/// # Errors
/// [`NetworkError::Input`] for a rate that no link has.
pub fn observed(
    name: &str,
    source: &'static str,
    latency: Seconds,
    deliveries: &[Delivery],
) -> Result<Option<Recording>, NetworkError> {
    let (mut periods, mut overlaps, mut timeless) = (Vec::with_capacity(deliveries.len()), 0usize, 0usize);
    let mut until = i64::MIN;
    for d in deliveries {
        if d.took_ns < MIN_NS {
            timeless += 1;
            continue;
        }
        overlaps += usize::from(d.begin_ns < until);
        until = d.begin_ns.saturating_add(d.took_ns);
        let duration = Seconds::from_millis(d.took_ns as f64 / 1e6);
        let rate = BitRate::from_kbps(d.size.get() / duration.millis());
        if !(0.0..=MAX_RATE_MBPS).contains(&rate.mbps()) {
            let expected = format!("a rate of at most {MAX_RATE_MBPS:e} Mbit/s");
            return Err(NetworkError::input(d.line, "size per delivery", rate.to_string(), expected));
        }
        periods.push(Period { duration, rate, latency });
    }
    if periods.is_empty() {
        return Ok(None);
    }
    let mut notes = Vec::new();
    if timeless > 0 {
        notes.push(format!("{timeless} deliveries of less than a microsecond are left out"));
    }
    if overlaps > 0 {
        notes.push(format!("{overlaps} deliveries began before the one before had ended"));
    }
    notes.push("time between deliveries is not in the trace".into());
    let recording = Recording {
        trace: Trace::new(name, periods)?,
        format: source,
        part: None,
        measures: Measurement::Observed,
        facts: serde_json::Map::new(),
        columns: vec![],
        notes,
        samples: Samples::Periods { origin: Seconds::ZERO, dropped: 0 },
    };
    Ok(Some(recording.fact("n_records", deliveries.len())))
}
