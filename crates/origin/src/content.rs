//! What an origin has: a resource for a path.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use media::Video;
use units::Seconds;

use crate::blocking::{self, Refusal};
use crate::clock::Clock;
use crate::error::OriginError;
use crate::fmp4;
use crate::manifests::{self, Rendition};
use crate::package::Package;
use crate::resource::{HLS, Resource};
use crate::sound;
use crate::synthetic::Synthetic;

/// What is served.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Content {
    /// A video of these sizes, made on the fly. Its picture is grey, and its first audio rendition, if it has one, is silence.
    Video(Video),
    /// The same as a live stream: each segment in so many chunks, which appear as time passes. It begins with the origin, or as
    /// the [`media::Live`] of the video says.
    Live {
        video: Video,
        /// Chunks per segment, 1 to 20.
        chunks: usize,
        /// How far behind the stream players are told to be; None: two segments.
        latency: Option<Seconds>,
    },
    /// The files of a folder.
    Package(PathBuf),
}

/// Content that is being served.
pub(crate) enum Site {
    Synthetic(Arc<Synthetic>),
    Package(Package),
}

impl Site {
    pub(crate) fn new(content: Content) -> Result<Site, OriginError> {
        Ok(match content {
            Content::Video(video) => Site::Synthetic(Arc::new(Synthetic::new(video, None, None))),
            Content::Live { video, chunks, latency } => {
                Site::Synthetic(Arc::new(Synthetic::new(video, Some(chunks), latency)))
            }
            Content::Package(folder) => Site::Package(Package::open(folder)?),
        })
    }

    /// What is at a decoded path, now or when a query says so.
    pub(crate) fn find(&self, path: &str, query: &str, clock: Clock) -> Result<Option<Resource>, Refusal> {
        match self {
            Site::Synthetic(video) => match level_of_playlist(video, path) {
                Some(level) => playlist(video, level, query, clock).map(Some),
                None => Ok(of_video(video, path, clock)),
            },
            Site::Package(package) => Ok(package.find(path)),
        }
    }

    pub(crate) fn synthetic(&self) -> Option<&Arc<Synthetic>> {
        match self {
            Site::Synthetic(synthetic) => Some(synthetic),
            Site::Package(_) => None,
        }
    }
}

/// The level whose media playlist is at a path.
fn level_of_playlist(video: &Synthetic, path: &str) -> Option<usize> {
    let level = number(path.strip_prefix("/r")?.strip_suffix(".m3u8")?)?;
    (level < video.video().ladder().len()).then_some(level)
}

/// The media playlist of a level, as soon as it has what a query asks for.
fn playlist(video: &Synthetic, level: usize, query: &str, clock: Clock) -> Result<Resource, Refusal> {
    let now = clock.time();
    let at = blocking::listed_at(video, query, now)?;
    let text = manifests::playlist(video, Rendition::Level(level), at, clock);
    let etag = etag(video, &format!("r{level}"), at);
    Ok(Resource { wait: at - now, ..Resource::small(HLS, text, etag) })
}

/// The tag of a manifest: of a live stream it is another one each time.
fn etag(video: &Synthetic, what: &str, at: Seconds) -> String {
    match video.live() {
        Some(_) => format!("\"{what}-{:.0}\"", at.millis()),
        None => format!("\"{what}-{:016x}\"", video.fingerprint()),
    }
}

/// A manifest, the initialization segment or a segment of a synthetic video.
fn of_video(video: &Synthetic, path: &str, clock: Clock) -> Option<Resource> {
    let now = clock.time();
    let name = path.strip_prefix('/')?;
    let etag = |what: &str| etag(video, what, now);
    match name {
        "manifest.mpd" => {
            Some(Resource::small("application/dash+xml", manifests::mpd(video, now, clock), etag("mpd")))
        }
        "master.m3u8" => Some(Resource::small(HLS, manifests::master(video), etag("master"))),
        "init.mp4" => {
            let init: Bytes = fmp4::init(video.timescale());
            Some(Resource::small("video/mp4", init, format!("\"init-{}\"", video.timescale())))
        }
        "a.m3u8" => {
            // A playlist needs a segment.
            let at = now.max(video.sound()?.available_at(0));
            let text = manifests::playlist(video, Rendition::Sound, at, clock);
            Some(Resource { wait: at - now, ..Resource::small(HLS, text, etag("a")) })
        }
        "a/init.mp4" => {
            video.sound()?;
            Some(Resource::small("audio/mp4", sound::init(), "\"init-sound\"".to_string()))
        }
        _ if name.starts_with("a/") => {
            video.heard(number(name.strip_prefix("a/")?.strip_suffix(".m4s")?)?, now)
        }
        _ => {
            let (level, index) = name.strip_prefix("s/")?.strip_suffix(".m4s")?.split_once('/')?;
            match index.split_once('.') {
                Some((index, part)) => video.part(number(index)?, number(level)?, number(part)?, now),
                None => video.media(number(index)?, number(level)?, now),
            }
        }
    }
}

/// A number as paths have it: digits only.
fn number(text: &str) -> Option<usize> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}
