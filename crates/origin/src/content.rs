//! What an origin has: a resource for a path.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use media::{Availability, Video};
use units::Seconds;

use crate::OriginError;
use crate::fmp4::{self, Timing};
use crate::manifests;
use crate::package::Package;
use crate::payload::Payload;
use crate::shared::Supply;

/// How long before its time a segment may be asked for; the answer waits for it.
const EARLY: Seconds = Seconds::new(1.0);

/// What is served.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Content {
    /// A video of these sizes, made on the fly. Its picture is grey.
    Video(Video),
    /// The same as a live stream that begins with the origin: each segment in so many chunks, which appear as time passes.
    Live {
        /// The video.
        video: Video,
        /// Chunks per segment, 1 to 20.
        chunks: usize,
    },
    /// The files of a folder.
    Package(PathBuf),
}

/// What a path leads to.
pub(crate) struct Resource {
    pub(crate) payload: Payload,
    pub(crate) kind: &'static str,
    /// As a quoted string.
    pub(crate) etag: String,
    /// Whether it comes over the link, and is met by faults of media.
    pub(crate) media: bool,
    pub(crate) level: Option<usize>,
    pub(crate) segment: Option<usize>,
    /// How long it does not exist yet.
    pub(crate) wait: Seconds,
    /// Of what is still being made: when there is how much of it, from now on.
    pub(crate) supply: Supply,
    /// More to say of it.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Resource {
    /// A small thing that is not shaped.
    pub(crate) fn small(kind: &'static str, payload: impl Into<Payload>, etag: String) -> Resource {
        Resource {
            payload: payload.into(),
            kind,
            etag,
            media: false,
            level: None,
            segment: None,
            wait: Seconds::ZERO,
            supply: Supply::new(),
            headers: Vec::new(),
        }
    }
}

/// Content that is being served.
pub(crate) enum Site {
    Synthetic(Arc<Synthetic>),
    Package(Package),
}

impl Site {
    pub(crate) fn new(content: Content) -> Result<Site, OriginError> {
        Ok(match content {
            Content::Video(video) => Site::Synthetic(Arc::new(Synthetic::new(video, None))),
            Content::Live { video, chunks } => Site::Synthetic(Arc::new(Synthetic::new(video, Some(chunks)))),
            Content::Package(folder) => Site::Package(Package::open(folder)?),
        })
    }

    /// What is at a decoded path, `now` after the start of the origin; `clock` tells the date of that start.
    pub(crate) fn find(&self, path: &str, now: Seconds, begun: manifests::Begun) -> Option<Resource> {
        match self {
            Site::Synthetic(synthetic) => synthetic.find(path, now, begun),
            Site::Package(package) => package.find(path),
        }
    }

    /// The synthetic video.
    pub(crate) fn synthetic(&self) -> Option<&Arc<Synthetic>> {
        match self {
            Site::Synthetic(synthetic) => Some(synthetic),
            Site::Package(_) => None,
        }
    }
}

/// A video whose segments are made when they are asked for.
#[derive(Debug)]
pub(crate) struct Synthetic {
    video: Video,
    /// Units of media time per second.
    timescale: u32,
    /// Of a live stream, how many chunks a segment has.
    live: Option<usize>,
}

impl Synthetic {
    fn new(video: Video, live: Option<usize>) -> Synthetic {
        // Milliseconds, if frames last whole ones; else fine enough that nobody notices the rest.
        let whole = |k| (video.duration(k).millis() / fmp4::FRAME_COUNT as f64).fract() == 0.0;
        let timescale = if (0..video.segments()).all(whole) { 1000 } else { 1_000_000 };
        let video = match live {
            Some(_) if video.availability() == Availability::OnDemand => {
                video.with_availability(Availability::Live { delay: Seconds::ZERO })
            }
            Some(_) => video,
            None => video.with_availability(Availability::OnDemand),
        };
        Synthetic { video, timescale, live: live.map(|n| n.clamp(1, fmp4::FRAME_COUNT)) }
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

    fn find(&self, path: &str, now: Seconds, begun: manifests::Begun) -> Option<Resource> {
        let name = path.strip_prefix('/')?;
        let live = self.live.is_some();
        // A manifest of a live stream is another one each time.
        let etag = |what: &str| match live {
            true => format!("\"{what}-{:.0}\"", now.millis()),
            false => format!("\"{what}-{:016x}\"", self.fingerprint()),
        };
        match name {
            "manifest.mpd" => {
                Some(Resource::small("application/dash+xml", manifests::mpd(self, now, begun), etag("mpd")))
            }
            "master.m3u8" => Some(Resource::small(manifests::HLS, manifests::master(self), etag("master"))),
            "init.mp4" => {
                let init: Bytes = fmp4::init(self.timescale);
                Some(Resource::small("video/mp4", init, format!("\"init-{}\"", self.timescale)))
            }
            _ => match name.strip_prefix("s/") {
                Some(rest) => {
                    let (level, index) = rest.strip_suffix(".m4s")?.split_once('/')?;
                    self.media(number(index)?, number(level)?, now)
                }
                None => {
                    let level = number(name.strip_prefix('r')?.strip_suffix(".m3u8")?)?;
                    (level < self.video.ladder().len()).then_some(())?;
                    // A playlist needs a segment.
                    let wait = (self.video.available_at(0) - now).max(Seconds::ZERO);
                    let text = manifests::playlist(self, level, now + wait);
                    let small = Resource::small(manifests::HLS, text, etag(&format!("r{level}")));
                    Some(Resource { wait, ..small })
                }
            },
        }
    }

    /// A segment, if it exists or soon does.
    pub(crate) fn media(&self, segment: usize, level: usize, now: Seconds) -> Option<Resource> {
        if segment >= self.video.segments() || level >= self.video.ladder().len() {
            return None;
        }
        let wait = (self.appears(segment) - now).max(Seconds::ZERO);
        if wait > EARLY {
            return None;
        }
        let (payload, ends) = self.segment(segment, level);
        let from = now + wait;
        let mut supply = Supply::new();
        if let Some(chunks) = self.live.filter(|_| self.video.available_at(segment) > from) {
            let bits = |end: &u64| units::Bits::from_bytes(*end as f64);
            let after = |k| (self.chunk_at(segment, k, chunks) - from).max(Seconds::ZERO);
            supply = ends.iter().enumerate().map(|(k, end)| (after(k), bits(end))).collect();
        }
        let etag = format!("\"{:016x}-{level}-{segment}-{}\"", self.fingerprint(), payload.len());
        let small = Resource::small("video/mp4", payload, etag);
        Some(Resource { media: true, level: Some(level), segment: Some(segment), wait, supply, ..small })
    }

    /// Tells videos apart: the FNV-1a hash of the name and the number of segments.
    fn fingerprint(&self) -> u64 {
        let bytes = self.video.name().bytes().chain((self.video.segments() as u64).to_be_bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
    }
}

/// A number as paths have it: digits only.
fn number(text: &str) -> Option<usize> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}
