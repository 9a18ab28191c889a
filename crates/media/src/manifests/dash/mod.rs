//! DASH: a Media Presentation Description, with the segments beside it.
//!
//! | | |
//! |---|---|
//! | source | ISO/IEC 23009-1:2022; parsed by the crate `dash-mpd-core` |
//! | addressing | `SegmentTemplate` with `@duration` or `SegmentTimeline`, `SegmentList`, `SegmentBase` with its `sidx`, a bare `BaseURL` |
//! | inheritance | `BaseURL`, the segment elements and their attributes, from `Period` to `AdaptationSet` to `Representation` |
//! | sizes | the file beside the manifest, else `mediaRange` or `sidx`, else `@bandwidth` times the duration |
//! | ladder | the first adaptation set of pictures (of the codec that the option names), and those that it may switch to |
//! | audio | an [`Audio`](crate::Audio) per adaptation set |
//! | periods | one after the other; all must have the same bitrates, up to 1 % |
//! | name | `ProgramInformation/Title`, else the file's |
//!
//! Of a dynamic presentation, what the manifest lists is taken as a video on demand: its segment timelines; for templates
//! with `@duration`, what is in the time-shift buffer at `publishTime`, for want of a clock.
//!
//! Known deviations: `xlink` is not followed; of several `BaseURL`s the first is taken; sub-numbers (`$SubNumber$`, `S@k`),
//! `FailoverContent` and WebM cues are not read; a gap or overlap in a timeline is closed, with a note; trick-mode and
//! thumbnail sets are left out.

mod guard;
mod segments;
mod template;

use std::time::Duration;

use dash_mpd_core::{
    AdaptationSet, BaseURL, MPD, Period, Representation, SegmentBase, SegmentList, SegmentTemplate,
    is_audio_adaptation, is_video_adaptation,
};
use spec::{Entry, opt};
use units::{BitRate, Seconds};

use super::names::Place;
use super::survey::{Nominal, Survey};
use super::tracks::{self, Track};
use crate::error::quoted;
use crate::formats::{Format, ReadOptions, Source, name, text};
use crate::{Audio, MediaError, Rung, Video};

pub(crate) static FORMAT: Format = Format {
    entry: Entry {
        name: "dash",
        about: "MPEG-DASH manifest (.mpd), with its segments beside it",
        options: &[opt("codec", "auto", "which video codec, e.g. avc1 or hvc1; auto: the first")],
    },
    unit: "bytes",
    folder: false,
    detect,
    read,
    write: None,
};

fn detect(head: &str) -> Option<&'static str> {
    // After the declaration and comments; with a prefix of a namespace, perhaps.
    let root = head.starts_with('<') && (head.contains("<MPD") || head.contains(":MPD"));
    root.then_some("an XML document with the element MPD")
}

fn read(source: &Source<'_>, options: &ReadOptions) -> Result<(Video, Vec<String>), MediaError> {
    let Some(file) = source.files.first() else {
        return Err(MediaError::input(0, "the input", "no file", "a manifest"));
    };
    super::within_limit(file.bytes.len() as u64)?;
    let text = text(file)?;
    guard::check(text)?;
    let mpd = dash_mpd_core::parse(text).map_err(|e| guard::said(&e))?;
    let mut notes = Vec::new();
    if is_dynamic(&mpd) {
        notes.push(
            "the presentation is dynamic: what the manifest lists is taken as a video on demand".into(),
        );
    }
    let mut survey = Survey::new(source.beside);
    let base = Place::manifest().join(first_base(&mpd.base_url));
    let mut all: Option<Picked> = None;
    for (index, (period, span)) in mpd.periods.iter().zip(Span::all(&mpd)?).enumerate() {
        if !span.open && span.end.is_some_and(|end| end <= Seconds::ZERO) {
            continue; // a period that was cut away
        }
        let id = period.id.as_ref().map_or(String::new(), |id| format!(" ({})", quoted(id)));
        let within = |e: MediaError| e.within(&format!("period {}{id}", index + 1));
        let picked = pick(period, &base, span, options, &mut survey, &mut notes).map_err(within)?;
        match &mut all {
            None => all = Some(picked),
            Some(all) => all.append(picked, &mut notes).map_err(within)?,
        }
    }
    let Some(picked) = all else {
        return Err(MediaError::input(0, "the manifest", "without periods", "at least one Period"));
    };
    if is_dynamic(&mpd) && picked.video.iter().all(|t| t.segments() == 0) {
        let found = "without a segment that was complete at publishTime";
        return Err(MediaError::input(0, "the manifest", found, "a SegmentTimeline, or a later publishTime"));
    }
    notes.extend(survey.notes());
    let title = mpd.ProgramInformation.iter().find_map(|p| p.Title.as_ref()?.content.as_deref());
    let title = title.map(str::trim).filter(|t| !t.is_empty());
    let name = title.map_or_else(|| name(options), |t| t.split_whitespace().collect::<Vec<_>>().join(" "));
    let video = tracks::video(name, picked.video, &mut notes)?;
    let audio = audio_of(picked.audio, &mut notes);
    // Periods and representations say the same, many times over.
    let mut said = std::collections::BTreeSet::new();
    notes.retain(|note| said.insert(note.clone()));
    Ok((video.with_audio(audio), notes))
}

fn is_dynamic(mpd: &MPD) -> bool {
    mpd.mpdtype.as_deref() == Some("dynamic")
}

/// How much the bitrate of a rung may differ from period to period, relative to the first.
const SAME_RUNG: f64 = 0.01;

/// The time of a period, as far as it is known.
#[derive(Clone, Copy, Debug)]
struct Span {
    /// How long the period lasts; of a dynamic one whose end is open, until the manifest was published.
    end: Option<Seconds>,
    /// From when on segments are still there, from the beginning of the period.
    window: Seconds,
    /// Whether the end is only that of what is there: the segment that reaches beyond it is not.
    open: bool,
}

impl Span {
    /// The time of every period of a presentation (ISO/IEC 23009-1, 5.3.2.1).
    fn all(mpd: &MPD) -> Result<Vec<Span>, MediaError> {
        // Nanoseconds are what the parser has: milliseconds of a decimal fraction stay exact.
        let seconds = |d: Duration| Seconds::from_millis(d.as_nanos() as f64 / 1e6);
        let wrong = |index: usize, what: &str, found: String, expected: &str| {
            MediaError::input(0, format!("period {}: its {what}", index + 1), found, expected)
        };
        let mut spans = Vec::new();
        let mut follows = Some(Seconds::ZERO);
        for (index, period) in mpd.periods.iter().enumerate() {
            let Some(start) = period.start.map(seconds).or(follows) else {
                let expected = "Period@start, or Period@duration of the period before";
                return Err(wrong(index, "start", "unknown".into(), expected));
            };
            let own = period.duration.map(seconds);
            follows = own.map(|d| start + d);
            let next = mpd.periods.get(index + 1);
            let until = match next {
                Some(next) => next.start,
                None => mpd.mediaPresentationDuration,
            };
            let end = own.or(until.map(|until| seconds(until) - start));
            if let Some(end) = end.filter(|e| *e < Seconds::ZERO) {
                return Err(wrong(index, "duration", format!("{} s", end.get()), "at least 0"));
            }
            spans.push(Span { end, window: Seconds::ZERO, open: false }.published(mpd, start));
        }
        Ok(spans)
    }

    /// The same, of a period that begins at `start`, up to what was there when a dynamic manifest was published.
    fn published(self, mpd: &MPD, start: Seconds) -> Span {
        let times = mpd.publishTime.zip(mpd.availabilityStartTime).filter(|_| is_dynamic(mpd));
        let Some((published, began)) = times.filter(|_| self.end.is_none()) else { return self };
        let now = Seconds::from_millis(published.signed_duration_since(began).num_milliseconds() as f64);
        let end = now - start;
        let depth = mpd.timeShiftBufferDepth.map(|d| Seconds::new(d.as_secs_f64()));
        let window = depth.map_or(Seconds::ZERO, |depth| (end - depth).max(Seconds::ZERO));
        Span { end: Some(end), window, open: true }
    }
}

/// What was picked out of a period, or of all periods so far.
struct Picked {
    video: Vec<Track>,
    audio: Vec<AudioSet>,
}

struct AudioSet {
    name: String,
    language: Option<String>,
    tracks: Vec<Track>,
}

impl Picked {
    /// Adds the next period.
    fn append(&mut self, next: Picked, notes: &mut Vec<String>) -> Result<(), MediaError> {
        if !same_rungs(&self.video, &next.video) {
            return Err(MediaError::input(
                0,
                "its ladder",
                format!("{} kbit/s", bitrates(&next.video)),
                format!("that of the periods before: {} kbit/s", bitrates(&self.video)),
            ));
        }
        if self.video.iter().zip(&next.video).any(|(a, b)| a.rung.bitrate != b.rung.bitrate) {
            notes
                .push("the bitrates of the periods differ by up to 1 %: those of the first are taken".into());
        }
        for (track, later) in self.video.iter_mut().zip(next.video) {
            track.append(later);
        }
        let mut later: Vec<Option<AudioSet>> = next.audio.into_iter().map(Some).collect();
        let before = self.audio.len();
        self.audio.retain_mut(|set| {
            let same =
                |other: &AudioSet| other.language == set.language && same_rungs(&other.tracks, &set.tracks);
            let found = later.iter_mut().find(|l| l.as_ref().is_some_and(same)).and_then(Option::take);
            found.is_some_and(|other| {
                set.tracks.iter_mut().zip(other.tracks).for_each(|(track, later)| track.append(later));
                true
            })
        });
        let dropped = before - self.audio.len() + later.iter().flatten().count();
        if dropped > 0 {
            notes.push(format!("{dropped} audio rendition(s) left out: not in every period"));
        }
        Ok(())
    }
}

/// Whether two periods have the same ladder. Packagers measure the bitrate of each period anew.
fn same_rungs(a: &[Track], b: &[Track]) -> bool {
    let near = |(a, b): (&Track, &Track)| {
        let (a, b) = (a.rung.bitrate.kbps(), b.rung.bitrate.kbps());
        (a - b).abs() <= SAME_RUNG * a
    };
    a.len() == b.len() && a.iter().zip(b).all(near)
}

fn bitrates(tracks: &[Track]) -> String {
    tracks.iter().map(|t| t.rung.bitrate.kbps().to_string()).collect::<Vec<_>>().join("/")
}

/// The renditions of a period, with their segments.
fn pick(
    period: &Period,
    base: &Place,
    span: Span,
    options: &ReadOptions,
    survey: &mut Survey<'_>,
    notes: &mut Vec<String>,
) -> Result<Picked, MediaError> {
    if let Some(href) = &period.href {
        let expected = "the whole manifest in one file, with what it links to resolved";
        return Err(MediaError::input(
            0,
            "its content",
            format!("elsewhere (xlink {})", quoted(href)),
            expected,
        ));
    }
    let base = base.join(first_base(&period.BaseURL));
    let pictures: Vec<&AdaptationSet> =
        period.adaptations.iter().filter(|a| is_video_adaptation(a) && !is_special(a)).collect();
    let chosen = choose(&pictures, options)?;
    let left = pictures.len() - chosen.len();
    if left > 0 {
        let note =
            "left out: one ladder is read, that of the first codec unless the option codec names another";
        notes.push(format!("{left} adaptation set(s) of pictures {note}"));
    }
    let mut video = Vec::new();
    for set in chosen {
        video.extend(tracks_of(period, set, &base, span, survey, notes)?);
    }
    let video = tracks::ordered(video, notes);
    let mut audio = Vec::new();
    for (index, set) in period.adaptations.iter().filter(is_audio_adaptation).enumerate() {
        let label = set.Label.first().map(|l| l.content.trim()).filter(|l| !l.is_empty());
        let name = label.or(set.lang.as_deref()).or(set.id.as_deref());
        let name = name.map_or_else(|| format!("audio {}", index + 1), str::to_string);
        match tracks_of(period, set, &base, span, survey, notes) {
            Ok(found) => {
                let tracks = tracks::ordered(found, notes);
                audio.push(AudioSet { name, language: set.lang.clone(), tracks });
            }
            Err(e) => notes.push(left_out(&name, &e)),
        }
    }
    Ok(Picked { video, audio })
}

fn left_out(name: &str, error: &MediaError) -> String {
    format!("audio {} left out: {error}", quoted(name))
}

/// The audio renditions whose rungs fit together.
fn audio_of(sets: Vec<AudioSet>, notes: &mut Vec<String>) -> Vec<Audio> {
    let mut audio = Vec::new();
    for set in sets {
        // What its rungs have to say (initialization segments, skew) is said of the picture's.
        match tracks::video(set.name.clone(), set.tracks, &mut Vec::new()) {
            Ok(track) => audio.push(Audio { language: set.language, track }),
            Err(e) => notes.push(left_out(&set.name, &e)),
        }
    }
    audio
}

/// Whether a set of pictures is no stream to watch: fast-forward or thumbnails.
fn is_special(set: &AdaptationSet) -> bool {
    set.essential_property.iter().any(|p| {
        p.schemeIdUri == "http://dashif.org/guidelines/trickmode" || p.schemeIdUri.contains("thumbnail_tile")
    })
}

/// The sets that make the ladder: the first of the wanted codec, and those that it may switch to.
fn choose<'p>(
    pictures: &[&'p AdaptationSet],
    options: &ReadOptions,
) -> Result<Vec<&'p AdaptationSet>, MediaError> {
    let codec_of = |set: &AdaptationSet| {
        let of_rung = set.representations.iter().find_map(|r| r.codecs.clone());
        set.codecs.clone().or(of_rung).unwrap_or_default()
    };
    let wanted = options.codec.as_deref().filter(|c| *c != "auto").unwrap_or_default();
    let Some(first) = pictures.iter().find(|set| codec_of(set).starts_with(wanted)) else {
        let (found, expected) = match pictures.is_empty() {
            true => {
                ("without pictures".to_string(), "an AdaptationSet of contentType or mimeType video".into())
            }
            false => {
                let codecs: Vec<String> = pictures.iter().map(|s| codec_of(s)).collect();
                (
                    format!("without the codec {} (it has {})", quoted(wanted), codecs.join(", ")),
                    String::new(),
                )
            }
        };
        return Err(MediaError::input(0, "the manifest", found, expected));
    };
    let switchable = |other: &AdaptationSet| {
        let Some(id) = &other.id else { return false };
        first.supplemental_property.iter().any(|p| {
            p.schemeIdUri == "urn:mpeg:dash:adaptation-set-switching:2016"
                && p.value.as_deref().unwrap_or_default().split(',').any(|v| v.trim() == id)
        })
    };
    let same = |set: &AdaptationSet| std::ptr::eq(set, *first) || switchable(set);
    Ok(pictures.iter().copied().filter(|set| same(set)).collect())
}

/// The segment elements and base of a representation: those of its own, of its set and of its period.
struct Levels<'m> {
    base: Place,
    templates: [Option<&'m SegmentTemplate>; 3],
    lists: [Option<&'m SegmentList>; 3],
    bases: [Option<&'m SegmentBase>; 3],
}

/// The representations of a set, with their segments.
fn tracks_of(
    period: &Period,
    set: &AdaptationSet,
    base: &Place,
    span: Span,
    survey: &mut Survey<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<Track>, MediaError> {
    let base = base.join(first_base(&set.BaseURL));
    let mut found = Vec::new();
    for (index, representation) in set.representations.iter().enumerate() {
        let levels = Levels {
            base: base.join(first_base(&representation.BaseURL)),
            templates: [&representation.SegmentTemplate, &set.SegmentTemplate, &period.SegmentTemplate]
                .map(Option::as_ref),
            lists: [&representation.SegmentList, &set.SegmentList, &period.SegmentList].map(Option::as_ref),
            bases: [&representation.SegmentBase, &set.SegmentBase, &period.SegmentBase].map(Option::as_ref),
        };
        let id = representation.id.as_ref().map_or_else(|| (index + 1).to_string(), |id| quoted(id));
        let within = |e: MediaError| e.within(&format!("representation {id}"));
        let mut track = track_of(set, representation).map_err(within)?;
        segments::add(&mut track, representation, &levels, span, survey, notes).map_err(within)?;
        found.push(track);
    }
    Ok(found)
}

/// A representation as a rung, still without segments.
fn track_of(set: &AdaptationSet, representation: &Representation) -> Result<Track, MediaError> {
    let Some(bandwidth) = representation.bandwidth.filter(|b| *b > 0) else {
        return Err(MediaError::input(0, "@bandwidth", "absent or 0", "a number of bit/s above 0"));
    };
    let bitrate = BitRate::from_bps(bandwidth as f64);
    let pixels = |own: Option<u64>, of_set: Option<u64>| {
        own.or(of_set).and_then(|p| u32::try_from(p).ok()).filter(|p| *p > 0)
    };
    let rung = Rung {
        bitrate,
        resolution: pixels(representation.width, set.width).zip(pixels(representation.height, set.height)),
        fps: representation.frameRate.as_ref().or(set.frameRate.as_ref()).and_then(|f| frame_rate(f)),
        codec: representation.codecs.as_ref().or(set.codecs.as_ref()).cloned(),
    };
    Ok(Track::new(rung, Nominal { average: None, peak: Some(bitrate) }))
}

/// `25`, or a fraction like `30000/1001`.
fn frame_rate(text: &str) -> Option<f64> {
    let (above, below) = text.split_once('/').unwrap_or((text, "1"));
    let rate = above.trim().parse::<f64>().ok()? / below.trim().parse::<f64>().ok()?;
    Some(rate).filter(|r| *r > 0.0 && r.is_finite())
}

/// The first of several bases, which are alternatives.
fn first_base(bases: &[BaseURL]) -> &str {
    bases.first().map_or("", |b| &b.base)
}
