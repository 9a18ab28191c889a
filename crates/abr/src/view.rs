//! What a player shows its rule.

use media::Video;
use units::Seconds;

/// What a player shows its rule.
#[derive(Clone, Copy, Debug)]
pub struct PlayerView<'a> {
    /// The session's clock.
    pub now: Seconds,
    /// What can be fetched.
    pub video: &'a Video,
    /// The segment that will be requested next.
    pub segment: usize,
    /// One behind the last segment that will be played.
    pub end: usize,
    /// Media that is buffered and not yet played.
    pub buffer: Seconds,
    /// The most media the buffer takes.
    pub capacity: Seconds,
    /// The rung of the last request; None before the first.
    pub last_level: Option<usize>,
    /// Whether media is being shown.
    pub playing: bool,
    /// Media seconds played per second.
    pub rate: f64,
    /// Which medium is asked about; `video`, `segment`, `end`, `buffer` and `last_level` are that medium's.
    pub track: Track,
    /// How many requests are in flight.
    pub in_flight: u32,
    /// How far the viewer is behind; None on demand.
    pub live: Option<LiveView>,
}

/// A medium that is fetched and played with others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Track {
    #[default]
    Video,
    /// The sound, where it is fetched apart.
    Audio,
}

/// Where the viewer of a live event is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiveView {
    /// From a moment's happening to the viewer's seeing it.
    pub latency: Seconds,
    /// What the player wants it to be.
    pub target: Seconds,
}

impl<'a> PlayerView<'a> {
    /// What a player shows before its first request.
    pub fn at_start(video: &'a Video, capacity: Seconds) -> PlayerView<'a> {
        PlayerView {
            now: Seconds::ZERO,
            video,
            segment: 0,
            end: video.segments(),
            buffer: Seconds::ZERO,
            capacity,
            last_level: None,
            playing: false,
            rate: 1.0,
            track: Track::Video,
            in_flight: 0,
            live: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_handed_around_by_value() {
        assert!(size_of::<PlayerView<'_>>() <= 128);
    }
}
