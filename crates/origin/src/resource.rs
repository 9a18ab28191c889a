//! What a path leads to.

use units::Seconds;

use crate::cmsd::Object;
use crate::payload::Payload;
use crate::shared::Supply;

/// The media type of playlists.
pub(crate) const HLS: &str = "application/vnd.apple.mpegurl";

/// What a path leads to.
pub(crate) struct Resource {
    pub(crate) payload: Payload,
    pub(crate) kind: &'static str,
    pub(crate) etag: String,
    /// Whether it comes over the link, and is met by faults of media.
    pub(crate) media: bool,
    pub(crate) level: Option<usize>,
    pub(crate) segment: Option<usize>,
    /// How long it does not exist yet.
    pub(crate) wait: Seconds,
    /// Of what is still being made: when there is how much of it, from now on.
    pub(crate) supply: Supply,
    /// What is told of it by CMSD.
    pub(crate) object: Option<Object>,
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
            object: None,
            headers: Vec::new(),
        }
    }
}
