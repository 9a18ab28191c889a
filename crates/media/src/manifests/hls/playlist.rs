//! The lines of a playlist.

use std::collections::BTreeMap;

use quick_m3u8::config::{ParsingOptions, ParsingOptionsBuilder};
use quick_m3u8::tag::KnownTag;
use quick_m3u8::tag::hls::{EnumeratedString, MediaType, StreamInf, Tag};
use quick_m3u8::{HlsLine, Reader};
use units::{BitRate, Seconds};

use crate::error::quoted;
use crate::format::decimal_seconds;
use crate::manifests::codecs;
use crate::manifests::dash;
use crate::manifests::reference::Place;
use crate::manifests::sizes::{ByteRange, Claim, Nominal, SegmentSizes};
use crate::manifests::tracks::{self, Track};
use crate::{MediaError, Part, Rung};

/// What the playlists of a presentation said that is no segment.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) live: bool,
    pub(super) discontinuities: usize,
    pub(super) gaps: usize,
    /// Of the playlist that was read last.
    pub(super) times: Times,
    /// The parts that it lists, by segment; those behind the last belong to the segment that is being made.
    pub(super) parts: Parts,
}

/// Parts by segment, counted from the first of a playlist.
pub(super) type Parts = BTreeMap<usize, Vec<Part>>;

/// What a media playlist says of its time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Times {
    /// The number of its first segment (`EXT-X-MEDIA-SEQUENCE`).
    pub(super) sequence: u64,
    /// `EXT-X-TARGETDURATION`.
    pub(super) target: Option<Seconds>,
    /// `HOLD-BACK` of `EXT-X-SERVER-CONTROL`, and `PART-HOLD-BACK`.
    pub(super) hold_back: Option<Seconds>,
    pub(super) part_hold_back: Option<Seconds>,
    /// `CAN-BLOCK-RELOAD`: the server holds an answer until there is more.
    pub(super) blocks: bool,
    /// `TIME-OFFSET` of `EXT-X-START`: from the beginning, or below 0 from the end.
    pub(super) start: Option<Seconds>,
    /// The last segment with an `EXT-X-PROGRAM-DATE-TIME`, and that date, since 1970.
    pub(super) date: Option<(usize, Seconds)>,
}

impl Heard {
    pub(super) fn say(&self, notes: &mut Vec<String>) {
        if self.live {
            notes.push(
                "the playlist is live (no EXT-X-ENDLIST): what it lists is taken as a video on demand".into(),
            );
        }
        if self.discontinuities > 0 {
            let n = self.discontinuities;
            notes.push(format!("up to {n} discontinuities per rendition are played through"));
        }
        if self.gaps > 0 {
            notes.push(format!(
                "{} segments are marked as missing (EXT-X-GAP), and taken all the same",
                self.gaps
            ));
        }
    }
}

/// The most parts of a segment.
const MAX_PARTS: usize = 1000;

/// The most variants, and the most audio renditions, of a playlist.
const MAX_RENDITIONS: usize = 1000;

/// What a multivariant playlist lists.
#[derive(Default)]
pub(super) struct Multivariant {
    pub(super) variants: Vec<Variant>,
    pub(super) audio: Vec<Rendition>,
    /// `EXT-X-CONTENT-STEERING`: the server, and the pathway to begin with.
    pub(super) steering: Option<(String, Option<String>)>,
}

/// `EXT-X-STREAM-INF`, with the line after it.
pub(super) struct Variant {
    pub(super) uri: String,
    pub(super) rung: Rung,
    pub(super) nominal: Nominal,
    pub(super) is_audio_only: bool,
    /// The group of audio renditions that it is played with.
    pub(super) audio: Option<String>,
    /// `PATHWAY-ID`: variants on different pathways are the same at another place.
    pub(super) pathway: String,
}

/// The pathway of variants that name none (draft-pantos-hls-rfc8216bis-18, 4.4.6.2).
const NO_PATHWAY: &str = ".";

impl Variant {
    /// Whether it is the same pictures at another address. Where the resolution is not told, nobody knows.
    pub(super) fn is_redundant_to(&self, other: &Variant) -> bool {
        let told = |v: &Variant| (v.rung.clone(), v.nominal, v.audio.clone());
        self.rung.resolution.is_some() && told(self) == told(other)
    }
}

/// `EXT-X-MEDIA` of type audio, with a playlist of its own.
pub(super) struct Rendition {
    pub(super) uri: String,
    pub(super) group: String,
    pub(super) name: String,
    pub(super) language: Option<String>,
}

/// The lines of a playlist with their numbers. Only the tags that matter are parsed.
struct Lines<'a> {
    reader: Reader<&'a str, quick_m3u8::tag::NoCustomTag>,
    number: usize,
}

/// The tags that a reader of playlists cannot do without, where they are damaged.
const NEEDED: [&str; 6] = ["INF", "-X-BYTERANGE", "-X-BITRATE", "-X-STREAM-INF", "-X-MEDIA", "-X-MAP"];

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        let options: ParsingOptions = ParsingOptionsBuilder::new()
            .with_parsing_for_m3u()
            .with_parsing_for_inf()
            .with_parsing_for_byterange()
            .with_parsing_for_bitrate()
            .with_parsing_for_content_steering()
            .with_parsing_for_discontinuity()
            .with_parsing_for_endlist()
            .with_parsing_for_gap()
            .with_parsing_for_i_frames_only()
            .with_parsing_for_map()
            .with_parsing_for_media()
            .with_parsing_for_media_sequence()
            .with_parsing_for_part()
            .with_parsing_for_program_date_time()
            .with_parsing_for_server_control()
            .with_parsing_for_skip()
            .with_parsing_for_start()
            .with_parsing_for_targetduration()
            .with_parsing_for_stream_inf()
            .build();
        Lines { reader: Reader::from_str(text, options), number: 0 }
    }

    fn wrong(&self, field: &str, found: impl Into<String>, expected: &str) -> MediaError {
        MediaError::input(self.number, field, found, expected)
    }

    /// The next line that says something: a tag, or an address.
    fn next(&mut self) -> Result<Option<Line<'a>>, MediaError> {
        loop {
            self.number += 1;
            let line = match self.reader.read_line() {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                Err(e) => {
                    let problem: String = e.to_string().chars().take(120).collect();
                    return Err(self.wrong(
                        "",
                        format!("{} ({problem})", quoted(e.errored_line)),
                        "a line of HLS",
                    ));
                }
            };
            match line {
                HlsLine::KnownTag(KnownTag::Hls(tag)) => return Ok(Some(Line::Tag(Box::new(tag)))),
                HlsLine::Uri(uri) if !uri.trim().is_empty() => {
                    return Ok(Some(Line::Address(uri.trim().to_string())));
                }
                HlsLine::UnknownTag(tag) if NEEDED.contains(&tag.name()) => {
                    let why = tag.validation_error().map_or("no value".to_string(), |e| e.to_string());
                    let value = tag.value().map(|v| String::from_utf8_lossy(v.0).into_owned());
                    let found = format!("{} ({why})", quoted(&value.unwrap_or_default()));
                    return Err(self.wrong(&format!("#EXT{}", tag.name()), found, "what RFC 8216 says"));
                }
                _ => {}
            }
        }
    }

    /// Reads the first line, which says that this is a playlist.
    fn begin(&mut self) -> Result<(), MediaError> {
        match self.next()? {
            Some(Line::Tag(tag)) if matches!(*tag, Tag::M3u(_)) => Ok(()),
            _ => Err(self.wrong("the first line", "something else", "#EXTM3U")),
        }
    }
}

enum Line<'a> {
    Tag(Box<Tag<'a>>),
    Address(String),
}

/// What a multivariant playlist lists; nothing of a media playlist.
pub(super) fn multivariant(text: &str) -> Result<Option<Multivariant>, MediaError> {
    let mut lines = Lines::new(text);
    lines.begin()?;
    let mut all = Multivariant::default();
    let mut pending: Option<StreamInf<'_>> = None;
    while let Some(line) = lines.next()? {
        match line {
            Line::Address(uri) => match pending.take() {
                Some(inf) => all.variants.push(variant(uri, &inf, &lines)?),
                None if all.variants.is_empty() => return Ok(None), // a segment
                None => return Err(lines.wrong("", quoted(&uri), "#EXT-X-STREAM-INF before it")),
            },
            Line::Tag(tag) => match *tag {
                Tag::Inf(_) if all.variants.is_empty() && pending.is_none() => return Ok(None),
                Tag::Inf(_) => return Err(lines.wrong("", "#EXTINF", "variants only, or segments only")),
                Tag::StreamInf(inf) => pending = Some(inf),
                Tag::ContentSteering(steering) => {
                    let begins = steering.pathway_id().map(str::to_string);
                    all.steering = Some((steering.server_uri().to_string(), begins));
                }
                Tag::Media(media) if media.media_type() == EnumeratedString::Known(MediaType::Audio) => {
                    if let Some(uri) = media.uri() {
                        all.audio.push(Rendition {
                            uri: uri.to_string(),
                            group: media.group_id().to_string(),
                            name: media.name().to_string(),
                            language: media.language().map(str::to_string),
                        });
                    }
                }
                _ => {}
            },
        }
        if all.variants.len().max(all.audio.len()) > MAX_RENDITIONS {
            return Err(lines.wrong("the number of renditions", "above 1000", "at most 1000"));
        }
    }
    if pending.is_some() {
        return Err(lines.wrong("", "the end of the playlist", "the address of the last variant"));
    }
    Ok(Some(all).filter(|a| !a.variants.is_empty()))
}

fn variant(uri: String, inf: &StreamInf<'_>, lines: &Lines<'_>) -> Result<Variant, MediaError> {
    if inf.bandwidth() == 0 {
        return Err(lines.wrong("BANDWIDTH", "0", "a number of bit/s above 0"));
    }
    let rate = |bps: u64| BitRate::from_bps(bps as f64);
    let average = inf.average_bandwidth().filter(|b| *b > 0);
    let codecs = inf.codecs().unwrap_or_default().trim();
    let pictures = codecs::of_pictures(codecs);
    let resolution = inf.resolution().and_then(|r| {
        let [width, height] = [r.width, r.height].map(|p| u32::try_from(p).ok().filter(|p| *p > 0));
        width.zip(height)
    });
    Ok(Variant {
        uri,
        rung: Rung {
            bitrate: rate(average.unwrap_or(inf.bandwidth())),
            resolution,
            fps: inf.frame_rate().filter(|f| *f > 0.0 && f.is_finite()),
            codec: Some(pictures.to_string()).filter(|c| !c.is_empty()),
        },
        nominal: Nominal { average: average.map(rate), peak: Some(rate(inf.bandwidth())) },
        is_audio_only: !codecs.is_empty() && pictures.is_empty() && resolution.is_none(),
        audio: inf.audio().map(str::to_string),
        pathway: inf.pathway_id().unwrap_or(NO_PATHWAY).to_string(),
    })
}

/// Adds the segments of a media playlist, which lies at `place`, to a track.
pub(super) fn media(
    text: &str,
    place: &Place,
    sizes: &mut SegmentSizes<'_>,
    track: &mut Track,
) -> Result<Heard, MediaError> {
    let mut lines = Lines::new(text);
    lines.begin()?;
    let mut heard = Heard { live: true, ..Heard::default() };
    let (mut length, mut range, mut bitrate) = (None, None, None);
    // Where the part of a file ends that was named last: the next may begin there.
    let mut last: Option<(Place, u64)> = None;
    let mut last_part: Option<(Place, u64)> = None;
    // The segment whose parts are not listed without a gap.
    let mut broken = None;
    while let Some(line) = lines.next()? {
        let tag = match line {
            Line::Tag(tag) => *tag,
            Line::Address(address) => {
                let place = place.join(&address);
                let Some(duration) = length.take() else {
                    return Err(lines.wrong("", quoted(&address), "#EXTINF before it"));
                };
                let range: Option<(u64, Option<u64>)> = range.take();
                let range = range.map(|(length, offset)| {
                    let follows = last.as_ref().filter(|(of, _)| *of == place).map_or(0, |(_, end)| *end);
                    ByteRange { offset: offset.unwrap_or(follows), length }
                });
                last = range.map(|r| (place.clone(), r.offset.saturating_add(r.length)));
                track
                    .push(sizes, &Claim { place: &place, range, duration, bitrate })
                    .map_err(|e| e.at_line(lines.number))?;
                continue;
            }
        };
        match tag {
            Tag::Inf(inf) => {
                let Some(time) = duration(inf.duration()) else {
                    let found = inf.duration().to_string();
                    return Err(lines.wrong("#EXTINF", found, "a number of seconds above 0"));
                };
                length = Some(time);
            }
            Tag::Byterange(part) if part.length() == 0 => {
                return Err(lines.wrong("#EXT-X-BYTERANGE", "of 0 bytes", "a number of bytes above 0"));
            }
            Tag::Byterange(part) => range = Some((part.length(), part.offset())),
            // A rate of 0 says nothing.
            Tag::Bitrate(rate) => {
                bitrate = Some(BitRate::from_kbps(rate.bitrate() as f64)).filter(|r| *r > BitRate::ZERO);
            }
            Tag::Map(map) => {
                let init = place.join(map.uri());
                let range = map.byterange().map(|r| ByteRange { offset: r.offset, length: r.length });
                track.init.get_or_insert_with(|| tracks::address(&init, range));
                let whole = || Some(init.find(sizes.beside())?.1);
                let bytes = map.byterange().map(|r| r.length).or_else(whole);
                track.init_bytes = track.init_bytes.saturating_add(bytes.unwrap_or(0));
            }
            Tag::Endlist(_) => heard.live = false,
            Tag::MediaSequence(first) => heard.times.sequence = first.media_sequence(),
            Tag::Targetduration(target) if target.target_duration() > 0 => {
                heard.times.target = Some(Seconds::new(target.target_duration() as f64));
            }
            Tag::ServerControl(control) => {
                heard.times.hold_back = control.hold_back().and_then(duration);
                heard.times.part_hold_back = control.part_hold_back().and_then(duration);
                heard.times.blocks = control.can_block_reload();
            }
            Tag::Part(part) => {
                let place = place.join(part.uri());
                let range = part.byterange().map(|r| {
                    let follows =
                        last_part.as_ref().filter(|(of, _)| *of == place).map_or(0, |(_, end)| *end);
                    ByteRange { offset: r.offset.unwrap_or(follows), length: r.length }
                });
                last_part = range.map(|r| (place.clone(), r.offset.saturating_add(r.length)));
                let segment = track.segments();
                let parts = heard.parts.entry(segment).or_default();
                // Nothing can be fetched of a gap, and nothing appended behind it.
                let follows = broken != Some(segment) && !part.gap() && parts.len() < MAX_PARTS;
                match duration(part.duration()).filter(|_| follows) {
                    Some(duration) => parts.push(Part { duration, address: tracks::address(&place, range) }),
                    None => broken = Some(segment),
                }
            }
            Tag::Start(start) => {
                heard.times.start = Some(Seconds::new(start.time_offset())).filter(|s| s.is_finite());
            }
            Tag::ProgramDateTime(date) => {
                let date = dash::instant(&date.program_date_time().to_string());
                heard.times.date = date.map(|d| (track.segments(), d)).or(heard.times.date);
            }
            Tag::Discontinuity(_) => heard.discontinuities += 1,
            Tag::Gap(_) => heard.gaps += 1,
            Tag::StreamInf(_) => {
                return Err(lines.wrong("", "#EXT-X-STREAM-INF", "a media playlist, with segments"));
            }
            Tag::Skip(_) => {
                let expected = "the whole playlist, not a delta update";
                return Err(lines.wrong("", "#EXT-X-SKIP", expected));
            }
            Tag::IFramesOnly(_) => {
                return Err(lines.wrong("", "#EXT-X-I-FRAMES-ONLY", "a playlist of whole segments"));
            }
            _ => {}
        }
    }
    Ok(heard)
}

/// A duration that players can play.
fn duration(seconds: f64) -> Option<Seconds> {
    Some(decimal_seconds(seconds)).filter(|d| d.is_finite() && *d > Seconds::ZERO)
}
