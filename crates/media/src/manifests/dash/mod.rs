//! DASH: a Media Presentation Description, with the segments beside it.
//!
//! | | |
//! |---|---|
//! | source | ISO/IEC 23009-1:2022; parsed by the crate `dash-mpd-core` |
//! | addressing | `SegmentTemplate` with `@duration` or `SegmentTimeline`, `SegmentList`, `SegmentBase` with its `sidx`, a bare `BaseURL` |
//! | inheritance | `BaseURL`, the segment elements and their attributes, from `Period` to `AdaptationSet` to `Representation` |
//! | sizes | the file beside the manifest, else `mediaRange` or `sidx`, else `@bandwidth` times the duration |
//! | ladder | the first adaptation set of pictures (of the codec that the option names), those that it may switch to, and those of the same codec, role and language |
//! | audio | an [`Audio`](crate::Audio) per adaptation set |
//! | periods | one after the other, those of the main content: with the ladder that plays longest, up to 1 % |
//! | bitrates | the mean of the sizes where all are measured, else `@bandwidth` |
//! | name | `ProgramInformation/Title`, else the file's |
//!
//! A dynamic presentation is taken as a video on demand of what its manifest lists: its segment timelines. For templates with
//! `@duration`, that is what the time-shift buffer holds at `publishTime`, for want of a clock, or as much as that buffer can hold.
//!
//! Segments count as far as they lie in their period, whatever the addressing.
//!
//! Known deviations: `xlink` is not followed; of several `BaseURL`s the first is taken; sub-numbers (`$SubNumber$`, `S@k`),
//! `FailoverContent` and WebM cues are not read; a gap or overlap in a timeline is closed, with a note; trick-mode and
//! thumbnail sets are left out.

mod guard;
mod live;
mod periods;
mod segments;
mod steering;
mod template;

use dash_mpd_core::{
    AdaptationSet, BaseURL, Period, Representation, is_audio_adaptation, is_video_adaptation,
};
use spec::{Entry, Opt, opt};
use units::{BitRate, Seconds};

pub(in crate::manifests) use self::live::instant;
pub use self::live::{LiveTimes, live_times};
use self::periods::{Part, Span, is_dynamic};
use self::segments::Levels;
pub(crate) use self::steering::steering;
use super::codecs::{self, CODEC};
use super::limits::within_limit;
use super::reference::Place;
use super::sizes::{Nominal, SegmentSizes};
use super::tracks::{self, BITRATE, Track};
use crate::error::quoted;
use crate::format::{Format, Periods, ReadOptions, Source, name, text};
use crate::{Audio, MediaError, Rung, Video};

pub(crate) static FORMAT: Format = Format {
    entry: Entry {
        name: "dash",
        about: "MPEG-DASH manifest (.mpd), with its segments beside it",
        options: &[CODEC, BITRATE, PERIODS],
    },
    unit: "bytes",
    folder: false,
    endings: &["mpd"],
    detect,
    read,
    write: None,
};

const PERIODS: Opt = opt(
    "periods",
    "main",
    "which periods: main (those with the ladder that plays longest), all, or the number of one",
);

fn detect(head: &str) -> Option<&'static str> {
    // After the declaration and comments; with a prefix of a namespace, perhaps.
    let root = head.starts_with('<') && (head.contains("<MPD") || head.contains(":MPD"));
    root.then_some("an XML document with the element MPD")
}

fn read(source: &Source<'_>, options: &ReadOptions) -> Result<(Video, Vec<String>), MediaError> {
    let Some(file) = source.files.first() else {
        return Err(MediaError::input(0, "the input", "no file", "a manifest"));
    };
    within_limit(file.bytes.len() as u64)?;
    let text = text(file)?;
    let needed = guard::check(text, guard::NEEDED)?;
    let mpd = dash_mpd_core::parse(&needed.xml).map_err(|e| guard::said(&e))?;
    let mut notes = needed.notes;
    if is_dynamic(&mpd) {
        notes.push(
            "the presentation is dynamic: what the manifest lists is taken as a video on demand".into(),
        );
    }
    let base = Place::manifest().join(first_base(&mpd.base_url));
    let mut parts = periods::parts(&mpd, options)?;
    let mut read = pick_all(&parts, &base, source, options)?;
    if let Some(main) = main_ladder(&read.picked, options) {
        for (part, picked) in parts.iter().zip(&read.picked).filter(|(_, p)| !same_rungs(&main, &p.video)) {
            let (own, main) = (bitrates(&picked.video), bitrates(&main));
            let name = &part.name;
            notes.push(format!(
                "{name} left out: its ladder is {own} kbit/s, that of the main content {main}"
            ));
        }
        let kept: Vec<bool> = read.picked.iter().map(|p| same_rungs(&main, &p.video)).collect();
        let mut kept = kept.into_iter();
        parts.retain(|_| kept.next().unwrap_or(false));
        // Read again, so that nothing is counted of what is left out.
        read = pick_all(&parts, &base, source, options)?;
    }
    let Read { picked, sizes, notes: said } = read;
    notes.extend(said);
    let mut all = picked.into_iter();
    let Some(mut picked) = all.next() else {
        return Err(MediaError::input(0, "the manifest", "without periods", "at least one Period"));
    };
    for (part, next) in parts.iter().skip(1).zip(all) {
        picked.append(next, &mut notes).map_err(|e| e.within(&part.name))?;
    }
    if is_dynamic(&mpd) && picked.video.iter().all(|t| t.segments() == 0) {
        let found = "without a segment that was complete at publishTime";
        return Err(MediaError::input(0, "the manifest", found, "a SegmentTimeline, or a later publishTime"));
    }
    notes.extend(sizes.notes());
    let title = mpd.ProgramInformation.iter().find_map(|p| p.Title.as_ref()?.content.as_deref());
    let title = title.map(str::trim).filter(|t| !t.is_empty());
    let name = title.map_or_else(|| name(options), |t| t.split_whitespace().collect::<Vec<_>>().join(" "));
    tracks::measured(&mut picked.video, options, &mut notes);
    let pictures = tracks::ordered(picked.video, &mut notes);
    let video = tracks::video(name, pictures, &mut notes)?;
    let audio = audio_of(picked.audio, options, &mut notes);
    // Periods and representations say the same, many times over.
    let mut said = std::collections::BTreeSet::new();
    notes.retain(|note| said.insert(note.clone()));
    Ok((video.with_audio(audio), notes))
}

/// How much the bitrate of a rung may differ from period to period, relative to the first.
const SAME_RUNG: f64 = 0.01;

/// What was picked out of some periods, one by one.
struct Read<'a> {
    picked: Vec<Picked>,
    sizes: SegmentSizes<'a>,
    notes: Vec<String>,
}

fn pick_all<'a>(
    parts: &[Part<'_>],
    base: &Place,
    source: &Source<'a>,
    options: &ReadOptions,
) -> Result<Read<'a>, MediaError> {
    let mut read = Read { picked: Vec::new(), sizes: SegmentSizes::new(source.beside), notes: Vec::new() };
    for part in parts {
        let picked = pick(part.period, base, part.span, options, &mut read.sizes, &mut read.notes)
            .map_err(|e| e.within(&part.name))?;
        read.picked.push(picked);
    }
    Ok(read)
}

/// The ladder of the main content, if some period has another one and only the main content is wanted: of the ladders that
/// play longest, the first.
fn main_ladder(picked: &[Picked], options: &ReadOptions) -> Option<Vec<Track>> {
    let [first, rest @ ..] = picked else { return None };
    if options.periods != Periods::Main || rest.iter().all(|p| same_rungs(&first.video, &p.video)) {
        return None;
    }
    let length = |of: &Picked| {
        let same = picked.iter().filter(|p| same_rungs(&of.video, &p.video));
        same.filter_map(|p| p.video.first()).map(Track::duration).fold(Seconds::ZERO, |sum, d| sum + d)
    };
    let longest = picked.iter().map(length).fold(Seconds::ZERO, Seconds::max);
    let main = picked.iter().find(|p| length(p) >= longest)?;
    Some(main.video.iter().map(|t| Track::new(t.rung.clone(), t.nominal)).collect())
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
    sizes: &mut SegmentSizes<'_>,
    notes: &mut Vec<String>,
) -> Result<Picked, MediaError> {
    let base = base.join(first_base(&period.BaseURL));
    let pictures: Vec<&AdaptationSet> =
        period.adaptations.iter().filter(|a| is_video_adaptation(a) && !is_special(a)).collect();
    // A set that is elsewhere may say nothing of itself here, not even that it is of pictures.
    let unsaid = |a: &&AdaptationSet| !is_video_adaptation(a) && !is_audio_adaptation(a);
    match period.adaptations.iter().filter(unsaid).find_map(away) {
        Some(away) if pictures.is_empty() => return Err(away),
        Some(away) => notes.push(format!("left out: {away}")),
        None => {}
    }
    let chosen = choose(&pictures, options)?;
    let left = pictures.len() - chosen.len();
    if left > 0 {
        let note =
            "left out: one ladder is read, that of the first codec unless the option codec names another";
        notes.push(format!("{left} adaptation set(s) of pictures {note}"));
    }
    let mut video: Vec<Track> = Vec::new();
    for (set, joins) in chosen {
        match tracks_of(period, set, &base, span, sizes, notes) {
            Ok(found) if joins == Joins::ByNature && !fit(&video, &found) => {
                notes.push("an adaptation set of the same codec left out: it is cut otherwise".into());
            }
            Ok(found) => video.extend(found),
            Err(e) if joins == Joins::ByNature => notes.push(format!("an adaptation set left out: {e}")),
            Err(e) => return Err(e),
        }
    }
    let video = tracks::ordered(video, notes);
    let mut audio = Vec::new();
    for (index, set) in period.adaptations.iter().filter(is_audio_adaptation).enumerate() {
        let label = set.Label.first().map(|l| l.content.trim()).filter(|l| !l.is_empty());
        let name = label.or(set.lang.as_deref()).or(set.id.as_deref());
        let name = name.map_or_else(|| format!("audio {}", index + 1), str::to_string);
        match tracks_of(period, set, &base, span, sizes, notes) {
            Ok(found) => {
                let tracks = tracks::ordered(found, notes);
                audio.push(AudioSet { name, language: set.lang.clone(), tracks });
            }
            Err(e) => notes.push(left_out(&name, &e)),
        }
    }
    Ok(Picked { video, audio })
}

/// Whether renditions could be rungs of the same ladder.
fn fit(ladder: &[Track], more: &[Track]) -> bool {
    ladder.first().is_none_or(|first| more.iter().all(|track| tracks::aligned(first, track)))
}

fn left_out(name: &str, error: &MediaError) -> String {
    format!("audio {} left out: {error}", quoted(name))
}

/// The audio renditions whose rungs fit together.
fn audio_of(sets: Vec<AudioSet>, options: &ReadOptions, notes: &mut Vec<String>) -> Vec<Audio> {
    let mut audio = Vec::new();
    for mut set in sets {
        // What its rungs have to say (bitrates, initialization segments, skew) is said of the picture's.
        let mut unsaid = Vec::new();
        tracks::measured(&mut set.tracks, options, &mut unsaid);
        let tracks = tracks::ordered(set.tracks, &mut unsaid);
        match tracks::video(set.name.clone(), tracks, &mut unsaid) {
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

/// Why a set is part of the ladder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joins {
    /// It is the first, or the manifest says so.
    ByWord,
    /// Codec, role and language are those of the first.
    ByNature,
}

/// The sets that make the ladder: the first of the wanted codec, those that it may switch to, and those of the same codec,
/// role and language (many packagers make a set of each rung).
fn choose<'p>(
    pictures: &[&'p AdaptationSet],
    options: &ReadOptions,
) -> Result<Vec<(&'p AdaptationSet, Joins)>, MediaError> {
    let codec_of = |set: &AdaptationSet| {
        let of_rung = set.representations.iter().find_map(|r| r.codecs.clone());
        codecs::of_pictures(&set.codecs.clone().or(of_rung).unwrap_or_default()).to_string()
    };
    let wanted = options.codec.as_deref().filter(|c| *c != "auto");
    let is_wanted = |set: &AdaptationSet| wanted.is_none_or(|w| codecs::is_of(&codec_of(set), w));
    let Some(first) = pictures.iter().find(|set| is_wanted(set)) else {
        let (found, expected) = match pictures.is_empty() {
            true => {
                ("without pictures".to_string(), "an AdaptationSet of contentType or mimeType video".into())
            }
            false => {
                let codecs: Vec<String> = pictures.iter().map(|s| codec_of(s)).collect();
                (
                    format!(
                        "without the codec {} (it has {})",
                        quoted(wanted.unwrap_or_default()),
                        codecs.join(", ")
                    ),
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
    let family = codecs::family(&codec_of(first));
    let alike = |set: &AdaptationSet| {
        let codec = codec_of(set);
        (family.is_empty() || codec.is_empty() || codecs::family(&codec) == family)
            && is_wanted(set)
            && purpose(set) == purpose(first)
    };
    let joins = |set: &AdaptationSet| match std::ptr::eq(set, *first) || switchable(set) {
        true => Some(Joins::ByWord),
        false => alike(set).then_some(Joins::ByNature),
    };
    Ok(pictures.iter().filter_map(|set| Some((*set, joins(set)?))).collect())
}

/// A descriptor of a set: its scheme and its value.
type Descriptor<'m> = (&'m str, Option<&'m str>);

/// What a set is for: language, roles, points of view, and what a player must know to show it.
fn purpose(set: &AdaptationSet) -> (Option<&str>, [Vec<Descriptor<'_>>; 3]) {
    let roles = set.Role.iter().map(|r| (r.schemeIdUri.as_str(), r.value.as_deref()));
    let views = set.Viewpoint.iter().map(|v| (v.schemeIdUri.as_str(), v.value.as_deref()));
    let essential = set.essential_property.iter().map(|p| (p.schemeIdUri.as_str(), p.value.as_deref()));
    (set.lang.as_deref(), [roles.collect(), views.collect(), essential.collect()])
}

/// What is wrong with a set whose content is in another file.
fn away(set: &AdaptationSet) -> Option<MediaError> {
    let found = format!("elsewhere (xlink {})", quoted(set.href.as_ref()?));
    Some(MediaError::input(0, "an adaptation set", found, "its content in the manifest"))
}

/// The representations of a set, with their segments.
fn tracks_of(
    period: &Period,
    set: &AdaptationSet,
    base: &Place,
    span: Span,
    sizes: &mut SegmentSizes<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<Track>, MediaError> {
    if let Some(away) = away(set) {
        return Err(away);
    }
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
        segments::add(&mut track, representation, &levels, span, sizes, notes).map_err(within)?;
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
