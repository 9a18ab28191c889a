//! The segments of a representation, by each of the four ways to address them (ISO/IEC 23009-1, 5.3.9).

use dash_mpd_core::{
    Initialization, Representation, S, SegmentBase, SegmentList, SegmentTemplate, SegmentTimeline,
};
use units::{Bits, Seconds};

use super::periods::Span;
use super::template::Template;
use crate::manifests::limits::affordable;
use crate::manifests::reference::Place;
use crate::manifests::sidx;
use crate::manifests::sizes::{ByteRange, Claim, SegmentSizes};
use crate::manifests::tracks::{self, MAX_SKEW, Track};
use crate::{MediaError, SizeSource};

/// The segment elements and base of a representation: those of its own, of its set and of its period.
pub(super) struct Levels<'m> {
    pub(super) base: Place,
    pub(super) templates: [Option<&'m SegmentTemplate>; 3],
    pub(super) lists: [Option<&'m SegmentList>; 3],
    pub(super) bases: [Option<&'m SegmentBase>; 3],
}

/// What is left of a segment is no segment if it is only rounding: durations of manifests have few digits.
const ROUNDING: f64 = 1e-6;

/// Adds the segments of a representation to its track.
pub(super) fn add(
    track: &mut Track,
    representation: &Representation,
    levels: &Levels<'_>,
    span: Span,
    sizes: &mut SegmentSizes<'_>,
    notes: &mut Vec<String>,
) -> Result<(), MediaError> {
    // The nearest level says how; the others only what it leaves open.
    for level in 0..levels.templates.len() {
        if levels.templates[level].is_some() {
            return template(track, representation, levels, span, sizes, notes);
        }
        if levels.lists[level].is_some() {
            return list(track, levels, span, sizes, notes);
        }
        if levels.bases[level].is_some() {
            return base(track, levels, span, sizes, notes);
        }
    }
    let whole = Claim { place: &levels.base, range: None, duration: span.known()?, bitrate: None };
    track.push(sizes, &whole)
}

/// Which segments of a list lie in their period (ISO/IEC 23009-1, 5.3.9.2): those that end after its beginning and begin
/// before its end. What reaches beyond either counts up to there.
struct Clip {
    end: Option<Seconds>,
    /// A list that lies outside of its period as a whole has another clock than it says, and is taken as it is.
    whole: bool,
    before: usize,
    after: usize,
    cut: usize,
}

impl Clip {
    /// For segments that begin and last so; times are from the beginning of the period.
    fn of(span: Span, mut segments: impl Iterator<Item = (Seconds, Seconds)>) -> Clip {
        let end = span.end.filter(|_| !span.open);
        let mut clip = Clip { end, whole: false, before: 0, after: 0, cut: 0 };
        clip.whole = !segments.any(|(start, duration)| clip.part(start, duration).is_some());
        clip
    }

    /// How much of a segment lies in the period; nothing where none does.
    fn part(&self, start: Seconds, duration: Seconds) -> Option<Seconds> {
        let until = self.end.map_or(start + duration, |end| end.min(start + duration));
        let share = (until - start.max(Seconds::ZERO)) / duration;
        if share <= ROUNDING {
            return None;
        }
        // Ends of periods are told with few digits: by as little as rungs may differ, a segment may reach beyond.
        let part = duration * share;
        Some(if duration - part > MAX_SKEW { part } else { duration })
    }

    /// How long a segment is played, counting those that are not.
    fn played(&mut self, start: Seconds, duration: Seconds) -> Option<Seconds> {
        if self.whole {
            return Some(duration);
        }
        let part = self.part(start, duration);
        match part {
            None if start < Seconds::ZERO => self.before += 1,
            None => self.after += 1,
            Some(part) => self.cut += usize::from(part < duration),
        }
        part
    }

    fn say(&self, notes: &mut Vec<String>) {
        if self.whole {
            notes.push("no segment lies in its period by the times that are given: all are taken".into());
        }
        let left_out = match (self.before, self.after) {
            (0, 0) => None,
            (before, 0) => Some(format!("{before} segment(s) before the period")),
            (0, after) => Some(format!("{after} segment(s) behind the period")),
            (before, after) => Some(format!("{before} segment(s) before the period and {after} behind it")),
        };
        notes.extend(left_out.map(|what| format!("{what}: left out")));
        if self.cut > 0 {
            notes.push(format!("{} segment(s) that reach beyond the period count up to there", self.cut));
        }
    }
}

impl Span {
    /// Where a live manifest does not tell when its last segment was made (its publishTime stays where it is, as numbers need
    /// no news), as much as the time-shift buffer holds.
    fn of_live(self, duration: Seconds, last: Option<u64>, notes: &mut Vec<String>) -> Span {
        let Some(depth) = self.depth.filter(|depth| *depth >= duration && last.is_none()) else {
            return self;
        };
        let (end, whole) = (self.end.unwrap_or(Seconds::ZERO), 1.0 - ROUNDING);
        let first = (self.window / duration).ceil();
        if self.end.is_some() && (!self.open || end / duration - first >= whole) {
            return self;
        }
        notes.push(format!(
            "publishTime does not tell which segments there are: as many are taken as the time-shift buffer of {} s holds",
            depth.get()
        ));
        Span { end: Some(depth), window: Seconds::ZERO, open: true, ..self }
    }

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
    sizes: &mut SegmentSizes<'_>,
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
        add_init(track, &levels.base.join(&parsed(init)?.name(0, 0)), None, sizes);
    } else if let Some(init) = inherited(own, |t| t.Initialization.as_ref()) {
        add_initialization(track, &levels.base, init, sizes)?;
    }
    let grid = Grid {
        timescale: timescale(inherited(own, |t| t.timescale))?,
        offset: inherited(own, |t| t.presentationTimeOffset).unwrap_or(0),
        start: inherited(own, |t| t.startNumber).unwrap_or(1),
        last: inherited(own, |t| t.endNumber),
    };
    let mut push = |number: u64, time: u64, duration: Seconds, played: Seconds| {
        let place = levels.base.join(&media.name(number, time));
        let claim = Claim { place: &place, range: None, duration, bitrate: None };
        track.push_part(sizes, &claim, played)
    };
    if let Some(timeline) = inherited(own, |t| t.SegmentTimeline.as_ref()) {
        let mut spans = Vec::new();
        grid.timeline(timeline, span, notes, |_, time, duration| {
            affordable(spans.len() as f64 + 1.0)?;
            spans.push((grid.since(time), duration));
            Ok(())
        })?;
        let mut clip = Clip::of(span, spans.into_iter());
        grid.timeline(timeline, span, &mut Vec::new(), |number, time, duration| {
            match clip.played(grid.since(time), duration) {
                Some(played) => push(number, time, duration, played),
                None => Ok(()),
            }
        })?;
        clip.say(notes);
        return Ok(());
    }
    match inherited(own, |t| t.duration) {
        Some(duration) => grid
            .regular(duration, span, notes, |number, time, duration| push(number, time, duration, duration)),
        // One segment for the whole period.
        None if !media.varies() => push(grid.start, 0, span.known()?, span.known()?),
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

    /// A time of the timeline, from the beginning of the period.
    fn since(&self, time: u64) -> Seconds {
        self.seconds((i128::from(time) - i128::from(self.offset)) as f64)
    }

    /// Segments of one duration, the last one as long as the period allows.
    fn regular(
        &self,
        ticks: f64,
        span: Span,
        notes: &mut Vec<String>,
        mut push: impl FnMut(u64, u64, Seconds) -> Result<(), MediaError>,
    ) -> Result<(), MediaError> {
        if !(ticks > 0.0 && ticks.is_finite()) {
            return Err(MediaError::input(0, "@duration", ticks.to_string(), "a number above 0"));
        }
        let duration = self.seconds(ticks);
        let span = span.of_live(duration, self.last, notes);
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
    sizes: &mut SegmentSizes<'_>,
    notes: &mut Vec<String>,
) -> Result<(), MediaError> {
    let own = &levels.lists;
    if let Some(init) = inherited(own, |l| l.Initialization.as_ref()) {
        add_initialization(track, &levels.base, init, sizes)?;
    }
    if let Some(href) = inherited(own, |l| l.href.as_deref()) {
        let found = format!("elsewhere (xlink {})", crate::error::quoted(href));
        return Err(MediaError::input(0, "SegmentList", found, "its content in the manifest"));
    }
    let Some(urls) = inherited(own, |l| (!l.segment_urls.is_empty()).then_some(&l.segment_urls)) else {
        return Err(MediaError::input(0, "SegmentList", "without SegmentURL", "one per segment"));
    };
    let grid = Grid {
        timescale: timescale(inherited(own, |l| l.timescale))?,
        offset: list_offset(inherited(own, |l| l.indexRange.as_deref()))?,
        start: 1,
        last: None,
    };
    // When each segment begins, and how long it lasts.
    let mut spans = Vec::new();
    if let Some(timeline) = inherited(own, |l| l.SegmentTimeline.as_ref()) {
        let mut most = urls.len();
        grid.timeline(timeline, span, notes, |_, time, duration| {
            let Some(left) = most.checked_sub(1) else {
                let expected = format!("one segment per SegmentURL ({})", urls.len());
                return Err(MediaError::input(0, "SegmentTimeline", "longer", expected));
            };
            most = left;
            spans.push((grid.since(time), duration));
            Ok(())
        })?;
        if most > 0 {
            let expected = format!("one segment per SegmentURL ({})", urls.len());
            let found = format!("{} segments long", spans.len());
            return Err(MediaError::input(0, "SegmentTimeline", found, expected));
        }
    } else if let Some(ticks) = inherited(own, |l| l.duration) {
        let each = grid.seconds(ticks as f64);
        // The last one ends with the period.
        let left = |start: Seconds| {
            let end = span.end.filter(|end| *end - start > each * ROUNDING);
            (start, end.map_or(each, |end| each.min(end - start)))
        };
        spans.extend((0..urls.len()).map(|k| left(each * k as f64)));
    } else if let [_] = urls.as_slice() {
        spans.push((Seconds::ZERO, span.known()?));
    } else {
        let expected = "@duration, or a SegmentTimeline";
        return Err(MediaError::input(0, "the duration of its segments", "absent", expected));
    }
    let mut clip = Clip::of(span, spans.iter().copied());
    for (url, (start, duration)) in urls.iter().zip(spans) {
        let Some(played) = clip.played(start, duration) else { continue };
        let place = levels.base.join(url.media.as_deref().unwrap_or_default());
        let range = url.mediaRange.as_deref().map(|r| ByteRange::parse("@mediaRange", r)).transpose()?;
        track.push_part(sizes, &Claim { place: &place, range, duration, bitrate: None }, played)?;
    }
    clip.say(notes);
    Ok(())
}

fn base(
    track: &mut Track,
    levels: &Levels<'_>,
    span: Span,
    sizes: &mut SegmentSizes<'_>,
    notes: &mut Vec<String>,
) -> Result<(), MediaError> {
    let own = &levels.bases;
    if let Some(init) = inherited(own, |b| b.Initialization.as_ref()) {
        add_initialization(track, &levels.base, init, sizes)?;
    }
    let range = inherited(own, |b| b.indexRange.as_deref());
    let range = range.map(|r| ByteRange::parse("@indexRange", r)).transpose()?;
    let grid =
        Grid { timescale: timescale(inherited(own, |b| b.timescale))?, offset: 0, start: 1, last: None };
    let offset = grid.seconds(inherited(own, |b| b.presentationTimeOffset).unwrap_or(0) as f64);
    let found = sidx::read(&levels.base, range, sizes)?;
    let mut clip = Clip::of(span, found.iter().map(|s| (s.start - offset, s.duration)));
    for part in found {
        if let Some(played) = clip.played(part.start - offset, part.duration) {
            let (range, duration) = (part.range, part.duration);
            let claim = Claim { place: &levels.base, range: Some(range), duration, bitrate: None };
            let size = Bits::from_bytes(range.length as f64);
            track.push_known(sizes, &claim, played, size, SizeSource::Sidx)?;
        }
    }
    clip.say(notes);
    Ok(())
}

/// The `presentationTimeOffset` of a list, where the guard has put it.
fn list_offset(given: Option<&str>) -> Result<u64, MediaError> {
    let Some(text) = given else { return Ok(0) };
    text.parse().map_err(|_| {
        let field = "SegmentList@presentationTimeOffset";
        MediaError::input(0, field, crate::error::quoted(text), "a whole number")
    })
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
    sizes: &SegmentSizes<'_>,
) -> Result<(), MediaError> {
    let place = base.join(init.sourceURL.as_deref().unwrap_or_default());
    let range = init.range.as_deref().map(|r| ByteRange::parse("Initialization@range", r)).transpose()?;
    add_init(track, &place, range, sizes);
    Ok(())
}

/// Counts an initialization segment, if its size is known.
fn add_init(track: &mut Track, place: &Place, range: Option<ByteRange>, sizes: &SegmentSizes<'_>) {
    track.init.get_or_insert_with(|| tracks::address(place, range));
    let bytes = range.map(|r| r.length).or_else(|| place.find(sizes.beside()).map(|(_, size)| size));
    track.init_bytes = track.init_bytes.saturating_add(bytes.unwrap_or(0));
}
