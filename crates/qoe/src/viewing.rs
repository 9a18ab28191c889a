//! What the viewer saw: the input of every model.

use units::{BitRate, Seconds};

use crate::{Resolution, RungDetails, Session, StallCause};

/// The two video codecs that per-codec models tell apart, and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VideoCodec {
    /// H.264 / AVC.
    H264,
    /// H.265 / HEVC.
    Hevc,
    /// VP9.
    Vp9,
    /// AV1.
    Av1,
}

impl VideoCodec {
    /// From a name (`h264`, `hevc`, `vp9`, `av1`) or a codec string of a manifest (`avc1.640028`, `hvc1.1.6.L93.B0`).
    pub fn from_name(name: &str) -> Option<VideoCodec> {
        let lower = name.to_ascii_lowercase();
        let starts = |prefixes: &[&str]| prefixes.iter().any(|p| lower.starts_with(p));
        if starts(&["h264", "h.264", "avc"]) {
            Some(VideoCodec::H264)
        } else if starts(&["h265", "h.265", "hevc", "hvc1", "hev1"]) {
            Some(VideoCodec::Hevc)
        } else if starts(&["vp9", "vp09"]) {
            Some(VideoCodec::Vp9)
        } else if starts(&["av1", "av01"]) {
            Some(VideoCodec::Av1)
        } else {
            None
        }
    }

    /// Its short name.
    pub fn name(self) -> &'static str {
        match self {
            VideoCodec::H264 => "h264",
            VideoCodec::Hevc => "hevc",
            VideoCodec::Vp9 => "vp9",
            VideoCodec::Av1 => "av1",
        }
    }
}

/// A segment as the viewer saw it. Unknown is `None`: a model that needs it says so and never assumes a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Where it starts in media time.
    pub start: Seconds,
    /// How long it plays at normal speed.
    pub duration: Seconds,
    pub bitrate: BitRate,
    /// Which representation it is (the rung, for a session of Segue); segments of one representation share one number.
    pub representation: Option<u32>,
    /// The resolution it is coded in.
    pub resolution: Option<Resolution>,
    /// The size it is shown in, where it differs from that of the session.
    pub display: Option<Resolution>,
    /// Frames per second.
    pub fps: Option<f64>,
    pub codec: Option<VideoCodec>,
    /// Structural similarity to the source, 0 to 1 (not in dB).
    pub ssim: Option<f64>,
    /// VMAF, 0 to 100.
    pub vmaf: Option<f64>,
    /// How far behind the live edge it played.
    pub latency: Option<Seconds>,
    /// Media seconds per second while it played; 1 is normal.
    pub speed: f64,
    /// Media time that was jumped over just before it, to catch up with the live edge.
    pub skipped: Seconds,
}

impl Segment {
    /// A segment of which only duration and bitrate are known, played at normal speed.
    pub const fn new(duration: Seconds, bitrate: BitRate) -> Segment {
        Segment {
            start: Seconds::ZERO,
            duration,
            bitrate,
            representation: None,
            resolution: None,
            display: None,
            fps: None,
            codec: None,
            ssim: None,
            vmaf: None,
            latency: None,
            speed: 1.0,
            skipped: Seconds::ZERO,
        }
    }
}

/// What kind of interruption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterruptionKind {
    /// Initial loading: before the first frame.
    Startup,
    /// The buffer ran dry.
    Rebuffer,
    /// After a seek out of the buffered range.
    Seek,
}

/// A time during which the viewer waited.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interruption {
    /// The media time at which it happened. Never shifted: the startup delay is at 0, a stall where it was.
    pub media: Seconds,
    /// How long it lasted.
    pub duration: Seconds,
    pub kind: InterruptionKind,
}

/// What the viewer watches on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// A computer or television.
    #[default]
    Pc,
    /// A telephone or tablet.
    Mobile,
}

/// A codec that audio models know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AudioCodec {
    /// MPEG-1 Layer II.
    Mp2,
    /// Dolby Digital.
    Ac3,
    /// AAC-LC.
    AacLc,
    /// HE-AAC.
    HeAac,
}

impl AudioCodec {
    /// From `mp2`, `ac3`, `aaclc` (or `aac`), `heaac`.
    pub fn from_name(name: &str) -> Option<AudioCodec> {
        match name {
            "mp2" => Some(AudioCodec::Mp2),
            "ac3" => Some(AudioCodec::Ac3),
            "aaclc" | "aac" => Some(AudioCodec::AacLc),
            "heaac" => Some(AudioCodec::HeAac),
            _ => None,
        }
    }
}

/// A stretch of audio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AudioSegment {
    /// How long it plays.
    pub duration: Seconds,
    pub bitrate: BitRate,
    pub codec: AudioCodec,
}

/// What is known of a session beside its segments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// The bitrates of the ladder, ascending; empty: unknown.
    pub ladder: Vec<BitRate>,
    pub device: Device,
    pub display: Option<Resolution>,
    /// The audio, from the beginning; empty: none.
    pub audio: Vec<AudioSegment>,
}

impl Meta {
    /// The lowest and the highest bitrate of the ladder.
    pub fn ladder_range(&self) -> Option<(BitRate, BitRate)> {
        Some((*self.ladder.first()?, *self.ladder.last()?))
    }
}

/// What the viewer saw of one session: the input of every model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Viewing {
    /// What is known beside the segments.
    pub meta: Meta,
    /// The segments, in the order in which they were played.
    pub segments: Vec<Segment>,
    /// The interruptions, in order; the startup delay is one of them, if there was any.
    pub stalls: Vec<Interruption>,
    /// The buffer level over the time of the session as corners of a line (see [`Session::buffer_levels`]); empty: unknown.
    pub buffer: Vec<(Seconds, Seconds)>,
}

/// Stalls sit at segment boundaries that were computed by other sums: equal within this.
pub(crate) const BOUNDARY: Seconds = Seconds::from_millis(1e-3);

impl Viewing {
    /// An empty viewing, to be filled with [`Viewing::startup`] and [`Viewing::push`].
    pub fn new(meta: Meta) -> Viewing {
        Viewing { meta, ..Viewing::default() }
    }

    /// Sets the startup delay. Zero is no delay.
    pub fn startup(mut self, delay: Seconds) -> Viewing {
        self.stalls.retain(|s| s.kind != InterruptionKind::Startup);
        if delay > Seconds::ZERO {
            let first =
                Interruption { media: Seconds::ZERO, duration: delay, kind: InterruptionKind::Startup };
            self.stalls.insert(0, first);
        }
        self
    }

    /// Appends a segment behind the last one (its `start` is set), and the time that the viewer waited just before it.
    pub fn push(&mut self, segment: Segment, stall: Seconds) {
        let start = self.segments.last().map_or(Seconds::ZERO, |s| s.start + s.duration);
        if stall > Seconds::ZERO {
            self.stalls.push(Interruption {
                media: start,
                duration: stall,
                kind: InterruptionKind::Rebuffer,
            });
        }
        self.segments.push(Segment { start, ..segment });
    }

    /// What the viewer saw of a recorded session: the segments that were appended, on the rung that was in the buffer in
    /// the end, and every interruption at the media time where it happened. The rung is the representation.
    ///
    /// A session knows nothing of pixels and frames: see [`Viewing::describe`]. A segment's start is its place in the
    /// video; behind a gap (a seek) the missing segments are taken to be as long as the one before.
    pub fn of(session: &Session) -> Viewing {
        let meta = Meta { ladder: session.ladder_kbps.clone(), ..Meta::default() };
        let played = session.played_segments();
        let mut segments = Vec::with_capacity(played.len());
        let mut before: Option<(usize, Seconds, Seconds)> = None;
        let mut latencies = session.latencies.as_slice();
        for p in played {
            let start = match before {
                None => p.duration * p.index as f64,
                Some((index, start, duration)) if p.index > index => {
                    start + duration * (p.index - index) as f64
                }
                Some((index, start, duration)) => {
                    (start - duration * (index - p.index) as f64).max(Seconds::ZERO)
                }
            };
            before = Some((p.index, start, p.duration));
            let representation = u32::try_from(p.level).ok();
            // Segments that never began to play are in no latency, and a seek may skip latencies.
            let found = latencies.iter().position(|l| l.index == p.index);
            let latency = found.map(|i| latencies[i].latency_s);
            latencies = &latencies[found.map_or(0, |i| i + 1)..];
            let (vmaf, ssim) = (p.vmaf, p.ssim);
            let bare = Segment::new(p.duration, p.bitrate);
            segments.push(Segment { start, representation, vmaf, ssim, latency, ..bare });
        }
        set_speeds(&mut segments, session);
        let startup = Interruption {
            media: Seconds::ZERO,
            duration: session.startup_delay_s,
            kind: InterruptionKind::Startup,
        };
        let stalls = session.stalls.iter().map(|s| Interruption {
            media: s.media_s,
            duration: s.duration_s,
            kind: match s.cause {
                StallCause::Rebuffer => InterruptionKind::Rebuffer,
                StallCause::Seek => InterruptionKind::Seek,
            },
        });
        let first = (startup.duration > Seconds::ZERO).then_some(startup);
        let stalls = first.into_iter().chain(stalls).collect();
        Viewing { meta, segments, stalls, buffer: session.buffer_levels() }
    }

    /// Adds what a ladder knows of each rung: resolution, frame rate and codec. A segment finds its rung by its
    /// representation; one without stays as it is.
    pub fn describe(self, ladder: &media::Ladder) -> Viewing {
        let details: Vec<RungDetails> = ladder.rungs().iter().map(RungDetails::from).collect();
        self.described(|rung| details.get(rung))
    }

    /// Adds what is known of each rung.
    pub(crate) fn described<'a>(mut self, of: impl Fn(usize) -> Option<&'a RungDetails>) -> Viewing {
        for segment in &mut self.segments {
            let Some(rung) = segment.representation.and_then(|r| of(r as usize)) else {
                continue;
            };
            segment.resolution = rung.resolution.or(segment.resolution);
            segment.fps = rung.fps.or(segment.fps);
            segment.codec = rung.codec.as_deref().and_then(VideoCodec::from_name).or(segment.codec);
        }
        self
    }

    /// The startup delay.
    pub fn startup_delay(&self) -> Seconds {
        self.stalls.iter().filter(|s| s.kind == InterruptionKind::Startup).map(|s| s.duration).sum()
    }

    /// The interruptions that are no startup delay.
    pub fn rebuffers(&self) -> impl Iterator<Item = &Interruption> {
        self.stalls.iter().filter(|s| s.kind != InterruptionKind::Startup)
    }

    /// Stalled time in all, without the startup delay.
    pub fn stall_time(&self) -> Seconds {
        self.rebuffers().map(|s| s.duration).sum()
    }

    /// Media time of all segments.
    pub fn media_time(&self) -> Seconds {
        self.segments.iter().map(|s| s.duration).sum()
    }

    /// Every segment with the stalled time that is charged to it: that of the stalls at its start (within a microsecond)
    /// or inside it. What lies behind the last segment is charged to the last one. The startup delay is charged to none.
    pub fn charged(&self) -> impl Iterator<Item = (&Segment, Seconds)> {
        let mut stalls = self.rebuffers().peekable();
        self.segments.iter().enumerate().map(move |(i, segment)| {
            let end = segment.start + segment.duration - BOUNDARY;
            let last = i + 1 == self.segments.len();
            let mut waited = Seconds::ZERO;
            while let Some(s) = stalls.next_if(|s| last || s.media < end) {
                waited += s.duration;
            }
            (segment, waited)
        })
    }
}

/// Gives every segment the mean speed at which it was played, from the record's rate changes and stalls.
fn set_speeds(segments: &mut [Segment], session: &Session) {
    if session.rates.is_empty() {
        return;
    }
    // How much media time was played at which rate, in order.
    let mut pieces: Vec<(f64, f64)> = Vec::new();
    let (mut at, mut rate) = (session.startup_delay_s.get(), 1.0);
    let mut changes = session.rates.iter().peekable();
    let mut stalls = session.stalls.iter().peekable();
    let end = session.wall_s.get();
    while at < end {
        while let Some(c) = changes.next_if(|c| c.at_s.get() <= at) {
            rate = c.rate;
        }
        if let Some(s) = stalls.next_if(|s| s.start_s.get() <= at) {
            at = at.max((s.start_s + s.duration_s).get());
            continue;
        }
        let next = [changes.peek().map(|c| c.at_s.get()), stalls.peek().map(|s| s.start_s.get())];
        let until = next.into_iter().flatten().fold(end, f64::min);
        pieces.push(((until - at) * rate, rate));
        at = until;
    }
    let mut pieces = pieces.into_iter();
    let mut piece = pieces.next();
    for segment in segments {
        let (mut left, mut wall, mut played) = (segment.duration.get(), 0.0, 0.0);
        while let Some((media, rate)) = &mut piece {
            let part = media.min(left);
            if *rate > 0.0 {
                (wall, played) = (wall + part / *rate, played + part);
            }
            left -= part;
            *media -= part;
            if left <= 0.0 {
                break;
            }
            piece = pieces.next();
        }
        if wall > 0.0 {
            segment.speed = played / wall;
        }
    }
}
