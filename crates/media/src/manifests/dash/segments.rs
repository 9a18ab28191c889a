//! The segments of a representation, by each of the four ways to address them (ISO/IEC 23009-1, 5.3.9).

use dash_mpd_core::{Initialization, Representation, S, SegmentTimeline};
use units::Seconds;

use super::template::Template;
use super::{Levels, Span};
use crate::MediaError;
use crate::manifests::names::Place;
use crate::manifests::sidx;
use crate::manifests::survey::{ByteRange, Claim, Survey, affordable};
use crate::manifests::tracks::{self, Track};

/// What is left of a segment is no segment if it is only rounding: durations of manifests have few digits.
const ROUNDING: f64 = 1e-6;

/// Adds the segments of a representation to its track.
pub(super) fn add(
    track: &mut Track,
    representation: &Representation,
    levels: &Levels<'_>,
    span: Span,
    survey: &mut Survey<'_>,
    notes: &mut Vec<String>,
) -> Result<(), MediaError> {
    // The nearest level says how; the others only what it leaves open.
    for level in 0..levels.templates.len() {
        if levels.templates[level].is_some() {
            return template(track, representation, levels, span, survey, notes);
        }
        if levels.lists[level].is_some() {
            return list(track, levels, span, survey, notes);
        }
        if levels.bases[level].is_some() {
            return base(track, levels, survey);
        }
    }
    let whole = Claim { place: &levels.base, range: None, duration: span.known()?, bitrate: None };
    track.push(survey, &whole)
}

impl Span {
    fn known(self) -> Result<Seconds, MediaError> {
        self.end.filter(|e| e.is_finite()).ok_or_else(|| {
            let expected = "Period@duration, MPD@mediaPresentationDuration, or of a dynamic manifest publishTime and \
                            availabilityStartTime";
            MediaError::input(0, "the end of the period", "unknown", expected)
        })
    }
}

/// The first value that a level gives, from the representation up.
fn inherited<E, T>(levels: &[Option<E>; 3], get: impl Fn(&E) -> Option<T>) -> Option<T> {
    levels.iter().flatten().find_map(get)
}

fn template(
    track: &mut Track,
    representation: &Representation,
    levels: &Levels<'_>,
    span: Span,
    survey: &mut Survey<'_>,
    notes: &mut Vec<String>,
) -> Result<(), MediaError> {
    let own = &levels.templates;
    let id = representation.id.as_deref().unwrap_or_default();
    let bandwidth = representation.bandwidth.unwrap_or_default();
    let parsed = |text: &str| Template::new(text, id, bandwidth);
    let Some(media) = inherited(own, |t| t.media.as_deref()) else {
        return Err(MediaError::input(0, "SegmentTemplate@media", "absent", "the names of the segments"));
    };
    let media = parsed(media)?;
    if let Some(init) = inherited(own, |t| t.initialization.as_deref()) {
        add_init(track, &levels.base.join(&parsed(init)?.name(0, 0)), None, survey);
    } else if let Some(init) = inherited(own, |t| t.Initialization.as_ref()) {
        add_initialization(track, &levels.base, init, survey)?;
    }
    let grid = Grid {
        timescale: timescale(inherited(own, |t| t.timescale))?,
        offset: inherited(own, |t| t.presentationTimeOffset).unwrap_or(0),
        start: inherited(own, |t| t.startNumber).unwrap_or(1),
        last: inherited(own, |t| t.endNumber),
    };
    let mut push = |number: u64, time: u64, duration: Seconds| {
        let place = levels.base.join(&media.name(number, time));
        track.push(survey, &Claim { place: &place, range: None, duration, bitrate: None })
    };
    if let Some(timeline) = inherited(own, |t| t.SegmentTimeline.as_ref()) {
        return grid.timeline(timeline, span, notes, push);
    }
    match inherited(own, |t| t.duration) {
        Some(duration) => grid.regular(duration, span, push),
        // One segment for the whole period.
        None if !media.varies() => push(grid.start, 0, span.known()?),
        None => {
            let expected = "@duration, or a SegmentTimeline";
            Err(MediaError::input(0, "the duration of its segments", "absent", expected))
        }
    }
}

/// The numbers and times of segments.
struct Grid {
    timescale: u64,
    /// The time of the period's beginning on the timeline.
    offset: u64,
    /// The number of the first segment.
    start: u64,
    /// The number of the last one, if it is told.
    last: Option<u64>,
}

impl Grid {
    fn seconds(&self, ticks: f64) -> Seconds {
        Seconds::from_millis(ticks * 1e3 / self.timescale as f64)
    }

    /// Segments of one duration, the last one as long as the period allows.
    fn regular(
        &self,
        ticks: f64,
        span: Span,
        mut push: impl FnMut(u64, u64, Seconds) -> Result<(), MediaError>,
    ) -> Result<(), MediaError> {
        if !(ticks > 0.0 && ticks.is_finite()) {
            return Err(MediaError::input(0, "@duration", ticks.to_string(), "a number above 0"));
        }
        let duration = self.seconds(ticks);
        let end = match self.last {
            Some(_) if span.end.is_none() => Seconds::new(f64::INFINITY),
            _ => span.known()?,
        };
        let mut k = (span.window / duration).ceil().max(0.0);
        if self.last.is_none() {
            affordable(end / duration - k)?;
        }
        let whole = 1.0 - ROUNDING;
        let least = if span.open { whole } else { ROUNDING };
        loop {
            let rest = end - duration * k;
            let number = self.start.saturating_add(k as u64);
            let share = rest / duration;
            if share < least || self.last.is_some_and(|last| number > last) {
                return Ok(());
            }
            push(number, (k * ticks) as u64, if share < whole { rest } else { duration })?;
            k += 1.0;
        }
    }

    /// The segments of a timeline.
    fn timeline(
        &self,
        timeline: &SegmentTimeline,
        span: Span,
        notes: &mut Vec<String>,
        mut push: impl FnMut(u64, u64, Seconds) -> Result<(), MediaError>,
    ) -> Result<(), MediaError> {
        let beyond = || MediaError::input(0, "SegmentTimeline", "beyond 2^64", "times of 64 bits");
        let (mut time, mut number, mut jumps) = (0u64, self.start, 0usize);
        for (index, s) in timeline.segments.iter().enumerate() {
            if s.d == 0 {
                let field = format!("SegmentTimeline: S {}: @d", index + 1);
                return Err(MediaError::input(0, field, "0", "a number above 0"));
            }
            if s.k.is_some_and(|k| k > 1) {
                let field = format!("SegmentTimeline: S {}: @k", index + 1);
                return Err(MediaError::input(0, field, "above 1", "whole segments: sequences are not read"));
            }
            let begins = s.t.unwrap_or(time);
            jumps += usize::from(index > 0 && begins != time);
            (time, number) = (begins, s.n.unwrap_or(number));
            for _ in 0..self.count(timeline, index, s, time, span)? {
                if self.last.is_some_and(|last| number > last) {
                    return Ok(());
                }
                push(number, time, self.seconds(s.d as f64))?;
                time = time.checked_add(s.d).ok_or_else(beyond)?;
                number = number.checked_add(1).ok_or_else(beyond)?;
            }
        }
        if jumps > 0 {
            notes.push(format!("the timeline has {jumps} gap(s) or overlap(s), which are closed"));
        }
        Ok(())
    }

    /// How many segments an entry of a timeline stands for. A negative `@r` repeats until the next entry, or the end of the
    /// period.
    fn count(
        &self,
        timeline: &SegmentTimeline,
        index: usize,
        s: &S,
        time: u64,
        span: Span,
    ) -> Result<u64, MediaError> {
        let repeat = s.r.unwrap_or(0);
        if let Ok(repeat) = u64::try_from(repeat) {
            affordable(repeat as f64)?;
            return Ok(repeat.saturating_add(1));
        }
        let until = match timeline.segments.get(index + 1) {
            Some(next) => next.t.ok_or_else(|| {
                let field = format!("SegmentTimeline: S {}: @t", index + 2);
                MediaError::input(0, field, "absent", "one, after a negative @r")
            })? as f64,
            None => self.offset as f64 + span.known()?.get() * self.timescale as f64,
        };
        let count = ((until - time as f64) / s.d as f64 - ROUNDING).ceil();
        affordable(count)?;
        Ok(if count > 0.0 { count as u64 } else { 0 })
    }
}

fn list(
    track: &mut Track,
    levels: &Levels<'_>,
    span: Span,
    survey: &mut Survey<'_>,
    notes: &mut Vec<String>,
) -> Result<(), MediaError> {
    let own = &levels.lists;
    if let Some(init) = inherited(own, |l| l.Initialization.as_ref()) {
        add_initialization(track, &levels.base, init, survey)?;
    }
    if let Some(href) = inherited(own, |l| l.href.as_deref()) {
        let found = format!("elsewhere (xlink {})", crate::error::quoted(href));
        return Err(MediaError::input(0, "SegmentList", found, "its content in the manifest"));
    }
    let Some(urls) = inherited(own, |l| (!l.segment_urls.is_empty()).then_some(&l.segment_urls)) else {
        return Err(MediaError::input(0, "SegmentList", "without SegmentURL", "one per segment"));
    };
    let grid =
        Grid { timescale: timescale(inherited(own, |l| l.timescale))?, offset: 0, start: 1, last: None };
    let mut durations = Vec::new();
    if let Some(timeline) = inherited(own, |l| l.SegmentTimeline.as_ref()) {
        let mut most = urls.len();
        grid.timeline(timeline, span, notes, |_, _, duration| {
            let Some(left) = most.checked_sub(1) else {
                let expected = format!("one segment per SegmentURL ({})", urls.len());
                return Err(MediaError::input(0, "SegmentTimeline", "longer", expected));
            };
            most = left;
            durations.push(duration);
            Ok(())
        })?;
        if most > 0 {
            let expected = format!("one segment per SegmentURL ({})", urls.len());
            let found = format!("{} segments long", durations.len());
            return Err(MediaError::input(0, "SegmentTimeline", found, expected));
        }
    } else if let Some(ticks) = inherited(own, |l| l.duration) {
        let each = grid.seconds(ticks as f64);
        durations.resize(urls.len(), each);
        // The last one ends with the period, if that ends within it.
        let before = each * (urls.len() - 1) as f64;
        if let (Some(last), Some(end)) = (durations.last_mut(), span.end)
            && end > before
        {
            *last = each.min(end - before);
        }
    } else if let [_] = urls.as_slice() {
        durations.push(span.known()?);
    } else {
        let expected = "@duration, or a SegmentTimeline";
        return Err(MediaError::input(0, "the duration of its segments", "absent", expected));
    }
    for (url, duration) in urls.iter().zip(durations) {
        let place = levels.base.join(url.media.as_deref().unwrap_or_default());
        let range = url.mediaRange.as_deref().map(|r| ByteRange::parse("@mediaRange", r)).transpose()?;
        track.push(survey, &Claim { place: &place, range, duration, bitrate: None })?;
    }
    Ok(())
}

fn base(track: &mut Track, levels: &Levels<'_>, survey: &mut Survey<'_>) -> Result<(), MediaError> {
    let own = &levels.bases;
    if let Some(init) = inherited(own, |b| b.Initialization.as_ref()) {
        add_initialization(track, &levels.base, init, survey)?;
    }
    let range = inherited(own, |b| b.indexRange.as_deref());
    let range = range.map(|r| ByteRange::parse("@indexRange", r)).transpose()?;
    sidx::read(&levels.base, range, survey, track)
}

fn timescale(given: Option<u64>) -> Result<u64, MediaError> {
    match given {
        None => Ok(1),
        Some(0) => Err(MediaError::input(0, "@timescale", "0", "a number above 0")),
        Some(n) => Ok(n),
    }
}

fn add_initialization(
    track: &mut Track,
    base: &Place,
    init: &Initialization,
    survey: &Survey<'_>,
) -> Result<(), MediaError> {
    let place = base.join(init.sourceURL.as_deref().unwrap_or_default());
    let range = init.range.as_deref().map(|r| ByteRange::parse("Initialization@range", r)).transpose()?;
    add_init(track, &place, range, survey);
    Ok(())
}

/// Counts an initialization segment, if its size is known.
fn add_init(track: &mut Track, place: &Place, range: Option<ByteRange>, survey: &Survey<'_>) {
    track.init.get_or_insert_with(|| tracks::address(place, range));
    let bytes = range.map(|r| r.length).or_else(|| place.find(survey.beside()).map(|(_, size)| size));
    track.init_bytes = track.init_bytes.saturating_add(bytes.unwrap_or(0));
}
