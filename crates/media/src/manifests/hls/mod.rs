//! HLS: a multivariant playlist with its media playlists and segments beside it, or a single media playlist.
//!
//! | | |
//! |---|---|
//! | source | RFC 8216, draft-pantos-hls-rfc8216bis-18; lines and tags are parsed by the crate `quick-m3u8` |
//! | ladder | the variants (`EXT-X-STREAM-INF`) with pictures, of the first codec or of the one that the option names; of variants with one media playlist (they differ in audio only), that of the lowest `BANDWIDTH`; of variants that differ in their address only, the first that is beside |
//! | bitrates | the mean of the sizes where all are measured, else `AVERAGE-BANDWIDTH`, else `BANDWIDTH` |
//! | pathways | variants of the pathway (`PATHWAY-ID`) that [`ReadOptions::pathway`] names, else of all |
//! | variables | `EXT-X-DEFINE` with `VALUE`, `IMPORT`, and `QUERYPARAM` of a media playlist's address |
//! | sizes | `EXT-X-BYTERANGE` for parts of files, the file beside the playlist, `EXT-X-BITRATE`, `AVERAGE-BANDWIDTH`, `BANDWIDTH` |
//! | durations | `EXTINF` |
//! | audio | an [`Audio`](crate::Audio) of one rung per `EXT-X-MEDIA` of type `AUDIO` with a playlist of its own |
//! | name | the file's |
//!
//! A single media playlist is a ladder of one rung, whose nominal bitrate is the mean of its sizes. A live playlist is taken as a
//! video on demand of what it lists; several that were read one after the other, as one of what all of them list. Players read
//! them again ([`LivePlaylist`]).
//!
//! `BANDWIDTH` counts the audio that belongs to a variant: with audio in playlists of its own, sizes estimated from it are too
//! large by that.
//!
//! What players overlook is overlooked: blanks and commas in attribute lists, missing or needless quotes, comments before the
//! first line, damaged attributes that are not needed.
//!
//! Known deviations: partial segments (`EXT-X-PART`) count for players alone ([`LivePlaylist`]), a video has whole ones; delta updates
//! (`EXT-X-SKIP`) are refused; I-frame playlists, subtitles and other video renditions are left out; initialization segments
//! (`EXT-X-MAP`) are reported, not counted.

mod clean;
mod live;
mod playlist;

use std::path::Path;

use spec::Entry;
use units::BitRate;

use self::clean::{Imports, Variables};
pub use self::live::LivePlaylist;
use self::playlist::{Heard, Rendition, Variant};
use super::codecs::{self, CODEC};
use super::limits::{MAX_BYTES, within_limit};
use super::reference::Place;
use super::sizes::{Nominal, SegmentSizes, quoted_name};
use super::steering::Steering;
use super::tracks::{self, BITRATE, Track};
use crate::error::{io, quoted};
use crate::files::SourceFile;
use crate::format::{Format, ReadOptions, Source, name, text};
use crate::{Audio, MediaError, Rung, Video};

pub(crate) static FORMAT: Format = Format {
    entry: Entry {
        name: "hls",
        about: "HLS playlist (.m3u8), multivariant or media, with what it names beside it",
        options: &[CODEC, BITRATE],
    },
    unit: "bytes",
    folder: false,
    endings: &["m3u8", "m3u"],
    detect: |head| clean::begins(head).then_some("the first line is #EXTM3U"),
    read,
    write: None,
};

/// Whether a file is a playlist of playlists.
pub(super) fn is_multivariant(path: &Path) -> Result<bool, MediaError> {
    use std::io::Read;
    let mut head = Vec::new();
    let file = std::fs::File::open(path).map_err(io)?;
    file.take(65_536).read_to_end(&mut head).map_err(io)?;
    Ok(String::from_utf8_lossy(&head).lines().any(|l| l.trim_start().starts_with("#EXT-X-STREAM-INF:")))
}

pub(super) fn is_playlist(text: &str) -> bool {
    clean::begins(text)
}

/// The steering of a multivariant playlist (draft-pantos-hls-rfc8216bis-18, 4.4.6.6 and 7); None where nobody steers, or there
/// is no choice. A pathway's address is that of its first media playlist.
pub(super) fn steering(text: &str) -> Option<Steering> {
    let (text, _) = clean::cleaned(text, None).ok()?;
    let all = playlist::multivariant(&text).ok()??;
    let (server, begins) = all.steering?;
    let mut found = Steering { server, is_hls: true, ..Steering::default() };
    for variant in all.variants {
        if found.locations.iter().all(|(name, _)| *name != variant.pathway) {
            found.locations.push((variant.pathway, variant.uri));
        }
    }
    found.locations.sort_by_key(|(name, _)| begins.as_ref() != Some(name));
    (found.locations.len() > 1).then_some(found)
}

fn read(source: &Source<'_>, options: &ReadOptions) -> Result<(Video, Vec<String>), MediaError> {
    let Some(file) = source.files.first() else {
        return Err(MediaError::input(0, "the input", "no file", "a playlist"));
    };
    within_limit(file.bytes.len() as u64)?;
    let (text, variables) = clean::cleaned(text(file)?, None)?;
    let mut reading = Reading { sizes: SegmentSizes::new(source.beside), heard: Heard::default(), variables };
    let mut notes = Vec::new();
    let multivariant = playlist::multivariant(&text)?;
    let (video, audio) = match multivariant {
        None => (vec![reading.alone(&text)?], Vec::new()),
        Some(mut all) => {
            if let Some(pathway) = &options.pathway {
                all.variants.retain(|v| v.pathway == *pathway);
            }
            let chosen = reading.without_redundant(choose(all.variants, options, &mut notes)?, &mut notes);
            let (mut tracks, mut times) = (Vec::new(), Vec::new());
            for variant in &chosen {
                let track = Track::new(variant.rung.clone(), variant.nominal);
                tracks.push(reading.playlist(&variant.uri, track)?);
                times.push(reading.heard.times);
            }
            if reading.heard.live {
                live::keep_common(&mut tracks, &times);
            }
            let audio = reading.audio(all.audio, &chosen, options, &mut notes);
            tracks::measured(&mut tracks, options, &mut notes);
            (tracks::ordered(tracks, &mut notes), audio)
        }
    };
    if !audio.is_empty() && video.iter().any(Track::is_of_bandwidth) {
        notes.push("BANDWIDTH counts the audio, too: what is estimated from it is too large by that".into());
    }
    reading.heard.say(&mut notes);
    notes.extend(reading.sizes.notes());
    let video = tracks::video(name(options), video, &mut notes)?;
    Ok((video.with_audio(audio), notes))
}

struct Reading<'a> {
    sizes: SegmentSizes<'a>,
    heard: Heard,
    /// Those of the multivariant playlist.
    variables: Variables,
}

impl Reading<'_> {
    /// A media playlist that no other names: its bitrate is what its sizes say.
    fn alone(&mut self, text: &str) -> Result<Track, MediaError> {
        let rung = Rung::new(BitRate::ZERO);
        let mut track = self.segments(text, &Place::manifest(), Track::new(rung, Nominal::default()))?;
        if track.segments() == 0 {
            return Err(MediaError::input(0, "the playlist", "without segments", "at least one #EXTINF"));
        }
        track.rung.bitrate = track.mean_rate();
        Ok(track)
    }

    /// Keeps one of several variants that differ in their address only (RFC 8216, 6.2.4: a second place in case the first one
    /// fails): the first whose file is there, else the first.
    fn without_redundant(&self, variants: Vec<Variant>, notes: &mut Vec<String>) -> Vec<Variant> {
        let is_there = |v: &Variant| Place::manifest().join(&v.uri).find(self.sizes.beside()).is_some();
        let mut kept: Vec<Variant> = Vec::new();
        let mut redundant = 0;
        for variant in variants {
            let Some(twin) = kept.iter_mut().find(|k| k.is_redundant_to(&variant)) else {
                kept.push(variant);
                continue;
            };
            redundant += 1;
            if !is_there(twin) && is_there(&variant) {
                *twin = variant;
            }
        }
        if redundant > 0 {
            notes.push(format!(
                "{redundant} redundant variant(s) left out: of those that are equal, one is taken"
            ));
        }
        kept
    }

    fn playlist(&mut self, uri: &str, mut track: Track) -> Result<Track, MediaError> {
        let place = Place::manifest().join(uri);
        track.playlist = Some(place.reference());
        let Some((file, size)) = place.find(self.sizes.beside()) else {
            let found = format!("not beside the manifest ({})", quoted_name(&place));
            let expected = "the media playlist of every variant (nothing is fetched)";
            return Err(MediaError::input(0, "a media playlist", found, expected));
        };
        let path = Path::new(&file);
        let part = || {
            within_limit(size)?;
            let bytes = self.sizes.beside().read(&file, 0, MAX_BYTES)?.unwrap_or_default();
            let content = SourceFile { name: String::new(), bytes: spec::utf8(bytes) };
            let query = uri.split_once('?').map_or("", |(_, query)| query);
            let imports = Imports { variables: &self.variables, query };
            let (text, _) = clean::cleaned(text(&content)?, Some(&imports))?;
            self.segments(&text, &place, track)
        };
        part().map_err(|e| if e.names_file() { e } else { e.in_file(path) })
    }

    /// Adds the segments of a media playlist to a track.
    fn segments(&mut self, text: &str, place: &Place, mut track: Track) -> Result<Track, MediaError> {
        let heard = playlist::media(text, place, &mut self.sizes, &mut track)?;
        self.heard.live |= heard.live;
        self.heard.discontinuities = self.heard.discontinuities.max(heard.discontinuities);
        self.heard.gaps += heard.gaps;
        self.heard.times = heard.times;
        Ok(track)
    }

    /// The audio renditions that some variant wants, once each. One that cannot be read is left out, with a note.
    fn audio(
        &mut self,
        renditions: Vec<Rendition>,
        variants: &[Variant],
        options: &ReadOptions,
        notes: &mut Vec<String>,
    ) -> Vec<Audio> {
        let nominal = Nominal { average: options.audio_bitrate, peak: None };
        let mut audio: Vec<Audio> = Vec::new();
        let mut read: Vec<String> = Vec::new();
        for rendition in renditions {
            let wanted = variants.iter().any(|v| v.audio.as_ref() == Some(&rendition.group));
            if !wanted || read.contains(&rendition.uri) {
                continue;
            }
            let rung = Rung::new(BitRate::ZERO);
            let made = self.playlist(&rendition.uri, Track::new(rung, nominal)).and_then(|mut track| {
                track.rung.bitrate = track.mean_rate();
                tracks::video(rendition.name.clone(), vec![track], &mut Vec::new())
            });
            match made {
                Ok(track) => audio.push(Audio { language: rendition.language, track }),
                Err(e) => notes.push(format!("audio {} left out: {e}", quoted(&rendition.name))),
            }
            read.push(rendition.uri);
        }
        audio
    }
}

/// The variants of one ladder: with pictures, of one codec, one for each media playlist.
fn choose(
    variants: Vec<Variant>,
    options: &ReadOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<Variant>, MediaError> {
    let all = variants.len();
    let pictures: Vec<Variant> = variants.into_iter().filter(|v| !v.is_audio_only).collect();
    if pictures.len() < all {
        let n = all - pictures.len();
        notes.push(format!("{n} variant(s) of audio alone left out"));
    }
    let codec_of = |v: &Variant| v.rung.codec.clone().unwrap_or_default();
    let wanted = match options.codec.as_deref().filter(|c| *c != "auto") {
        Some(codec) => codec.to_string(),
        None => pictures
            .iter()
            .map(codec_of)
            .find(|c| !c.is_empty())
            .map(|c| codecs::family(&c))
            .unwrap_or_default(),
    };
    let with_pictures = pictures.len();
    let listed: Vec<String> = pictures.iter().map(|v| quoted(&codec_of(v))).collect();
    let mut chosen: Vec<Variant> =
        pictures.into_iter().filter(|v| codecs::is_of(&codec_of(v), &wanted)).collect();
    if chosen.is_empty() {
        let found = match with_pictures {
            0 => "without variants that have pictures".to_string(),
            _ => format!("without the codec {} (it has {})", quoted(&wanted), listed.join(", ")),
        };
        return Err(MediaError::input(0, "the playlist", found, ""));
    }
    if chosen.len() < with_pictures {
        let n = with_pictures - chosen.len();
        notes.push(format!(
            "{n} variant(s) of another codec than {wanted} left out: the option codec names another"
        ));
    }
    let peak = |v: &Variant| v.nominal.peak.unwrap_or_default().kbps();
    chosen.sort_by(|a, b| peak(a).total_cmp(&peak(b)));
    let before = chosen.len();
    let mut seen: Vec<String> = Vec::new();
    chosen.retain(|v| {
        let new = !seen.contains(&v.uri);
        seen.push(v.uri.clone());
        new
    });
    if chosen.len() < before {
        let n = before - chosen.len();
        notes.push(format!(
            "{n} variant(s) share a media playlist with one of lower BANDWIDTH, which is taken"
        ));
    }
    Ok(chosen)
}
