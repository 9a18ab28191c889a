//! The periods of a presentation, and when each of them plays (ISO/IEC 23009-1, 5.3.2.1).

use std::time::Duration;

use dash_mpd_core::{MPD, Period};
use units::Seconds;

use crate::MediaError;
use crate::error::quoted;
use crate::format::{Periods, ReadOptions};

/// Whether a presentation is live, or was.
pub(super) fn is_dynamic(mpd: &MPD) -> bool {
    mpd.mpdtype.as_deref() == Some("dynamic")
}

/// A period that is read.
pub(super) struct Part<'m> {
    pub(super) period: &'m Period,
    /// What errors and notes call it.
    pub(super) name: String,
    pub(super) span: Span,
}

/// The time of a period, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// How long the period lasts; of a dynamic one whose end is open, until the manifest was published.
    pub(super) end: Option<Seconds>,
    /// From when on segments are still there, from the beginning of the period.
    pub(super) window: Seconds,
    /// Whether the end is only that of what is there: the segment that reaches beyond it is not.
    pub(super) open: bool,
    /// How long segments stay, of a dynamic period whose end is open.
    pub(super) depth: Option<Seconds>,
}

/// A period that is there only to be removed.
const NOTHING: &str = "urn:mpeg:dash:resolve-to-zero:2013";

/// The periods that are wanted and not empty.
pub(super) fn parts<'m>(mpd: &'m MPD, options: &ReadOptions) -> Result<Vec<Part<'m>>, MediaError> {
    let all: Vec<&Period> = mpd.periods.iter().filter(|p| p.href.as_deref() != Some(NOTHING)).collect();
    if let Periods::One(number) = options.periods
        && number > all.len()
    {
        let found = format!("without a period {number}");
        return Err(MediaError::input(0, "the manifest", found, format!("a number from 1 to {}", all.len())));
    }
    let mut parts = Vec::new();
    let mut follows = Some(Seconds::ZERO);
    for (index, period) in all.iter().enumerate() {
        let start = period.start.map(seconds).or(follows);
        let own = period.duration.map(seconds);
        follows = start.zip(own).map(|(start, own)| start + own);
        if matches!(options.periods, Periods::One(number) if number != index + 1) {
            continue;
        }
        let id = period.id.as_ref().map_or(String::new(), |id| format!(" ({})", quoted(id)));
        let name = format!("period {}{id}", index + 1);
        let within = |e: MediaError| e.within(&name);
        if let Some(href) = &period.href {
            let found = format!("elsewhere (xlink {})", quoted(href));
            let expected = "the whole manifest in one file, with what it links to resolved";
            return Err(within(MediaError::input(0, "its content", found, expected)));
        }
        let span = Span::of(mpd, start, own, all.get(index + 1).copied()).map_err(within)?;
        // One that was cut away counts for nothing.
        if span.open || span.end.is_none_or(|end| end > Seconds::ZERO) {
            parts.push(Part { period, name, span });
        }
    }
    Ok(parts)
}

// Nanoseconds are what the parser has: milliseconds of a decimal fraction stay exact.
fn seconds(d: Duration) -> Seconds {
    Seconds::from_millis(d.as_nanos() as f64 / 1e6)
}

impl Span {
    fn of(
        mpd: &MPD,
        start: Option<Seconds>,
        own: Option<Seconds>,
        next: Option<&Period>,
    ) -> Result<Span, MediaError> {
        let span = Span { end: own, window: Seconds::ZERO, open: false, depth: None };
        if own.is_some() {
            return Ok(span);
        }
        let Some(start) = start else {
            let expected = "Period@start, or Period@duration of the period before";
            return Err(MediaError::input(0, "its start", "unknown", expected));
        };
        let until = match next {
            Some(next) => next.start,
            None => mpd.mediaPresentationDuration,
        };
        let end = until.map(|until| seconds(until) - start);
        if let Some(end) = end.filter(|e| *e < Seconds::ZERO) {
            return Err(MediaError::input(0, "its duration", format!("{} s", end.get()), "at least 0"));
        }
        Ok(Span { end, ..span }.published(mpd, start))
    }

    /// The same, of a period that begins at `start`, up to what was there when a dynamic manifest was published.
    fn published(self, mpd: &MPD, start: Seconds) -> Span {
        if self.end.is_some() || !is_dynamic(mpd) {
            return self;
        }
        let depth = mpd.timeShiftBufferDepth.map(|d| Seconds::new(d.as_secs_f64()));
        let Some((published, began)) = mpd.publishTime.zip(mpd.availabilityStartTime) else {
            return Span { depth, ..self };
        };
        let now = Seconds::from_millis(published.signed_duration_since(began).num_milliseconds() as f64);
        let end = now - start;
        let window = depth.map_or(Seconds::ZERO, |depth| (end - depth).max(Seconds::ZERO));
        Span { end: Some(end), window, open: true, depth }
    }
}
