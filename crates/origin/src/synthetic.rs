//! A video whose segments are made when they are asked for, on demand or live.

use media::{Availability, Live, Video};
use units::{Bits, Seconds};

use crate::cmsd::Object;
use crate::fmp4::{self, Timing};
use crate::payload::Payload;
use crate::resource::Resource;
use crate::shared::Supply;
use crate::sound;

/// How far back a live manifest reaches, unless the stream says so.
const WINDOW: Seconds = Seconds::new(60.0);

/// How long before its time a segment may be asked for; the answer waits for it.
const EARLY: Seconds = Seconds::new(1.0);

/// A video whose segments are made when they are asked for.
#[derive(Debug)]
pub(crate) struct Synthetic {
    video: Video,
    /// Units of media time per second.
    timescale: u32,
    /// Of a live stream, how many chunks a segment has.
    live: Option<usize>,
    /// And how far behind it players are told to be.
    latency: Option<Seconds>,
    /// What is heard: the first audio rendition of the video, on its highest rung.
    sound: Option<Video>,
}

impl Synthetic {
    pub(crate) fn new(video: Video, live: Option<usize>, latency: Option<Seconds>) -> Synthetic {
        // Milliseconds, if frames last whole ones; else fine enough that nobody notices the rest.
        let whole = |k| (video.duration(k).millis() / fmp4::FRAME_COUNT as f64).fract() == 0.0;
        let timescale = if (0..video.segments()).all(whole) { 1000 } else { 1_000_000 };
        let availability = match (live, video.availability()) {
            (Some(_), Availability::OnDemand | Availability::Listed(_)) => {
                Availability::Live(Live::default())
            }
            // Chunks are counted here: what is asked of the video is when a segment is complete.
            (Some(_), Availability::Live(live)) => Availability::Live(Live { chunk: None, ..live }),
            (None, _) => Availability::OnDemand,
        };
        let sound = video.audio().first().map(|a| a.track.clone().with_availability(availability));
        let video = video.with_availability(availability);
        Synthetic { video, timescale, live: live.map(|n| n.clamp(1, fmp4::FRAME_COUNT)), latency, sound }
    }

    pub(crate) fn video(&self) -> &Video {
        &self.video
    }

    pub(crate) fn timescale(&self) -> u32 {
        self.timescale
    }

    /// Chunks per segment of a live stream.
    pub(crate) fn live(&self) -> Option<usize> {
        self.live
    }

    /// How far behind a live stream players are told to be.
    pub(crate) fn latency(&self) -> Seconds {
        self.latency.unwrap_or(self.video.longest_segment() * 2.0)
    }

    /// Whether somebody wants players to be so far behind.
    pub(crate) fn has_target(&self) -> bool {
        self.latency.is_some()
    }

    /// How far back a live stream can be fetched, or its manifests reach where it all can.
    pub(crate) fn window(&self) -> Seconds {
        match self.video.availability() {
            Availability::Live(Live { window: Some(window), .. }) => window,
            _ => WINDOW,
        }
    }

    /// A media time in units of the timescale.
    pub(crate) fn units(&self, time: Seconds) -> u64 {
        (time.millis() * f64::from(self.timescale) / 1000.0).round() as u64
    }

    /// When its first chunk exists.
    pub(crate) fn appears(&self, segment: usize) -> Seconds {
        match self.live {
            None => Seconds::ZERO,
            Some(chunks) => self.chunk_at(segment, 0, chunks),
        }
    }

    fn chunk_at(&self, segment: usize, chunk: usize, chunks: usize) -> Seconds {
        let left = self.video.duration(segment) * ((chunks - 1 - chunk) as f64 / chunks as f64);
        self.video.available_at(segment) - left
    }

    /// The bytes of a segment, and where its chunks end.
    pub(crate) fn segment(&self, segment: usize, level: usize) -> (Payload, Vec<u64>) {
        let start = self.units(self.video.start(segment));
        let length = self.units(self.video.start(segment + 1)) - start;
        let frame = (length as f64 / fmp4::FRAME_COUNT as f64).round() as u32;
        let size = self.video.size(segment, level).bytes().ceil() as u64;
        fmp4::segment(segment, Timing { start, frame }, size, self.live.unwrap_or(1))
    }

    /// A segment, if it exists or soon does.
    pub(crate) fn media(&self, segment: usize, level: usize, now: Seconds) -> Option<Resource> {
        if segment >= self.video.segments() || level >= self.video.ladder().len() {
            return None;
        }
        let wait = (self.appears(segment) - now).max(Seconds::ZERO);
        if wait > EARLY || self.video.gone_at(segment) <= now {
            return None;
        }
        let (payload, ends) = self.segment(segment, level);
        let from = now + wait;
        let mut supply = Supply::new();
        if let Some(chunks) = self.live.filter(|_| self.video.available_at(segment) > from) {
            let bits = |end: &u64| Bits::from_bytes(*end as f64);
            let after = |k| (self.chunk_at(segment, k, chunks) - from).max(Seconds::ZERO);
            supply = ends.iter().enumerate().map(|(k, end)| (after(k), bits(end))).collect();
        }
        let etag = format!("\"{:016x}-{level}-{segment}-{}\"", self.fingerprint(), payload.len());
        let small = Resource::small("video/mp4", payload, etag);
        let object = Some(Object {
            kind: "v",
            bitrate: self.video.ladder().bitrate(level),
            duration: self.video.duration(segment),
            live: self.live.is_some(),
            held: wait,
        });
        Some(Resource {
            media: true,
            object,
            level: Some(level),
            segment: Some(segment),
            wait,
            supply,
            ..small
        })
    }

    /// What is heard, if anything is.
    pub(crate) fn sound(&self) -> Option<&Video> {
        self.sound.as_ref()
    }

    /// A segment of the sound, if it exists or soon does. It comes whole.
    pub(crate) fn heard(&self, segment: usize, now: Seconds) -> Option<Resource> {
        let sound = self.sound.as_ref().filter(|s| segment < s.segments())?;
        let wait = (sound.available_at(segment) - now).max(Seconds::ZERO);
        if wait > EARLY || sound.gone_at(segment) <= now {
            return None;
        }
        let payload = sound::segment(sound, segment);
        let etag = format!("\"{:016x}-sound-{segment}-{}\"", self.fingerprint(), payload.len());
        let object = Some(Object {
            kind: "a",
            bitrate: sound.ladder().bitrate(sound.ladder().top()),
            duration: sound.duration(segment),
            live: self.live.is_some(),
            held: wait,
        });
        let small = Resource::small("audio/mp4", payload, etag);
        Some(Resource { media: true, object, segment: Some(segment), wait, ..small })
    }

    /// Tells videos apart: the FNV-1a hash of the name and the number of segments.
    pub(crate) fn fingerprint(&self) -> u64 {
        let bytes = self.video.name().bytes().chain((self.video.segments() as u64).to_be_bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
    }
}
