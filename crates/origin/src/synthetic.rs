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
    /// How long the longest part of a segment is, where playlists list parts.
    part_target: Option<Seconds>,
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
        let live = live.map(|n| n.clamp(1, fmp4::FRAME_COUNT));
        // Sound comes whole: who plays both gains nothing by parts of the picture.
        let part_target = live.filter(|_| sound.is_none()).and_then(|chunks| part_target(&video, chunks));
        Synthetic { video, timescale, live, latency, sound, part_target }
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

    /// How long the longest part of a segment is (`PART-TARGET`), where playlists list parts.
    pub(crate) fn part_target(&self) -> Option<Seconds> {
        self.part_target
    }

    /// How long a part of a segment plays.
    pub(crate) fn part_duration(&self, segment: usize, part: usize) -> Seconds {
        part_duration(&self.video, segment, part, self.live.unwrap_or(1))
    }

    /// How many segments are complete at a time, and how many parts of the next are.
    pub(crate) fn there(&self, now: Seconds) -> (usize, usize) {
        let all = self.video.segments();
        let complete = (0..all).take_while(|k| self.video.available_at(*k) <= now).count();
        let chunks = self.live.filter(|_| complete < all).unwrap_or(0);
        (complete, (0..chunks).take_while(|k| self.chunk_at(complete, *k, chunks) <= now).count())
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

    /// When a chunk of a segment is complete.
    pub(crate) fn chunk_at(&self, segment: usize, chunk: usize, chunks: usize) -> Seconds {
        let left = self.video.duration(segment) * ((chunks - 1 - chunk) as f64 / chunks as f64);
        self.video.available_at(segment) - left
    }

    /// The bytes of a segment, and where its chunks end.
    pub(crate) fn segment(&self, segment: usize, level: usize) -> (Payload, Vec<u64>) {
        let (timing, size) = self.measures(segment, level);
        fmp4::segment(segment, timing, size, self.live.unwrap_or(1))
    }

    /// When a segment plays, and how many bytes it is to have.
    fn measures(&self, segment: usize, level: usize) -> (Timing, u64) {
        let start = self.units(self.video.start(segment));
        let length = self.units(self.video.start(segment + 1)) - start;
        let frame = (length as f64 / fmp4::FRAME_COUNT as f64).round() as u32;
        (Timing { start, frame }, self.video.size(segment, level).bytes().ceil() as u64)
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
        let tag = format!("{level}-{segment}");
        let media = self.picture((segment, level), payload, &tag, self.video.duration(segment), wait);
        Some(Resource { supply, ..media })
    }

    /// A part of a segment, where playlists list parts: if it exists, or soon does, or is the one that they hint at.
    pub(crate) fn part(&self, segment: usize, level: usize, part: usize, now: Seconds) -> Option<Resource> {
        let (target, chunks) = self.part_target.zip(self.live)?;
        if segment >= self.video.segments() || level >= self.video.ladder().len() || part >= chunks {
            return None;
        }
        let wait = (self.chunk_at(segment, part, chunks) - now).max(Seconds::ZERO);
        if wait > EARLY.max(target) || self.video.gone_at(segment) <= now {
            return None;
        }
        let (timing, size) = self.measures(segment, level);
        let payload = fmp4::chunk(segment, timing, size, chunks, part)?;
        let tag = format!("{level}-{segment}.{part}");
        Some(self.picture((segment, level), payload, &tag, self.part_duration(segment, part), wait))
    }

    /// A segment of the picture or a part of it, that exists after `wait`.
    fn picture(
        &self,
        (segment, level): (usize, usize),
        payload: Payload,
        tag: &str,
        duration: Seconds,
        wait: Seconds,
    ) -> Resource {
        let etag = format!("\"{:016x}-{tag}-{}\"", self.fingerprint(), payload.len());
        let bitrate = self.video.ladder().bitrate(level);
        let object = Some(Object { kind: "v", bitrate, duration, live: self.live.is_some(), held: wait });
        let small = Resource::small("video/mp4", payload, etag);
        Resource { media: true, object, level: Some(level), segment: Some(segment), wait, ..small }
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

/// How long a part of a segment plays: as long as its frames.
fn part_duration(video: &Video, segment: usize, part: usize, chunks: usize) -> Seconds {
    let frames = fmp4::frames_of(part, chunks).len();
    video.duration(segment) * (frames as f64 / fmp4::FRAME_COUNT as f64)
}

/// The least share of the longest part that others may last, but for the last of a segment and those that depend on no other
/// (draft-pantos-hls-rfc8216bis-18, 4.4.4.9).
const LEAST_PART: f64 = 0.85;

/// How long the longest part of a segment is; none where a segment is one part, or its parts differ by more than a playlist may have.
/// The last segment of an event may be shorter than the others.
fn part_target(video: &Video, chunks: usize) -> Option<Seconds> {
    let whole = 0..video.segments().saturating_sub(1).max(1);
    let longest = |segment| (0..chunks).map(move |part| part_duration(video, segment, part, chunks));
    let target = whole.clone().flat_map(longest).fold(Seconds::ZERO, Seconds::max);
    // Only the first part of a segment begins with a picture that depends on no other.
    let between = |segment| (1..chunks - 1).map(move |part| part_duration(video, segment, part, chunks));
    let even = |d: Seconds| d >= target * LEAST_PART;
    (chunks > 1 && whole.flat_map(between).all(even)).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::Ladder;

    #[test]
    fn parts_are_as_even_as_playlists_must_have_them() {
        let video = |total: f64| {
            let ladder = Ladder::from_kbps(&[800.0]).expect("a ladder");
            Video::constant_bitrate("v", ladder, Seconds::new(2.0), Seconds::new(total)).expect("a video")
        };
        // 20 pictures of 0.1 s: as many parts as they can be dealt out to, and what the longest then lasts.
        let dealt = |chunks| part_target(&video(6.0), chunks).map(|t| (t.millis()).round());
        let targets: Vec<Option<f64>> = (1..=20).map(dealt).collect();
        let listed = [(2, 1000.0), (3, 700.0), (4, 500.0), (5, 400.0), (7, 300.0), (10, 200.0), (20, 100.0)];
        for (chunks, target) in targets.iter().enumerate().map(|(i, t)| (i + 1, t)) {
            let expected = listed.iter().find(|(n, _)| *n == chunks).map(|(_, t)| *t);
            assert_eq!(*target, expected, "{chunks} chunks");
        }
        assert_eq!(part_target(&video(7.0), 4), Some(Seconds::new(0.5)), "the last segment is short");
    }
}
