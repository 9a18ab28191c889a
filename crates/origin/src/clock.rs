//! The clock of an origin. Clocks are read here.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use units::Seconds;

/// Reads the clock: an origin and the client are where Segue does.
#[allow(clippy::disallowed_methods, reason = "an origin lives in real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A duration of the system as a time.
pub(crate) fn seconds(duration: Duration) -> Seconds {
    Seconds::from_millis(duration.as_secs_f64() * 1000.0)
}

pub(crate) fn since(instant: Instant) -> Seconds {
    seconds(now().saturating_duration_since(instant))
}

/// A time as a duration of the system: not below nothing, and at most a day.
pub(crate) fn duration(time: Seconds) -> Duration {
    Duration::from_secs_f64(time.max(Seconds::ZERO).min(Seconds::new(86_400.0)).get())
}

/// The runtime sleeps in whole milliseconds, and wakes up to one and a half late.
const COARSE: Duration = Duration::from_micros(1500);

/// How much of a time may be slept away by somebody who must not be late; None when the rest is so short that they look again at
/// once.
pub(crate) fn nap(time: Duration) -> Option<Duration> {
    time.checked_sub(COARSE).filter(|nap| !nap.is_zero())
}

/// When an origin was started, as an instant and as a date.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
    date: SystemTime,
}

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "a live manifest says when the stream began")]
    pub(crate) fn start() -> Clock {
        Clock { start: now(), date: SystemTime::now() }
    }

    /// The time since the start.
    pub(crate) fn time(self) -> Seconds {
        since(self.start)
    }

    /// The date of a time after the start, or before it (ISO 8601, UTC).
    pub(crate) fn date(self, time: Seconds) -> String {
        match time >= Seconds::ZERO {
            true => date(self.date + duration(time)),
            false => date(self.date - duration(-time)),
        }
    }

    /// The date and time of day of a time after the start, as SQLite writes them.
    pub(crate) fn stamp(self, time: Seconds) -> String {
        self.date(time)[..19].replace('T', " ")
    }
}

/// A date as ISO 8601 with milliseconds, UTC.
fn date(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Days to year, month and day, counted from 1 March of year 0, when leap days are last in their year (H. Hinnant,
    // "chrono-compatible low-level date algorithms", days_to_civil).
    let z = days + 719_468;
    let (era, day) = (z / 146_097, z % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let in_year = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * in_year + 2) / 153;
    let d = in_year - (153 * shifted + 2) / 5 + 1;
    let m = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let y = era * 400 + year + u64::from(m <= 2);
    let (h, min, s) = (second / 3600, second / 60 % 60, second % 60);
    format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}.{:03}Z", since.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // From `date -u -d @N +%FT%T`.
        for (unix, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000Z"),
            (1_709_251_200, "2024-03-01T00:00:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
            (1_798_761_599, "2026-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(date(UNIX_EPOCH + Duration::from_secs(unix)), text);
        }
    }
}
