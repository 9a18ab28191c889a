//! A live event of HLS: what its playlists list, as they are read again and again.

use media::{Availability, Listing, Live, LivePlaylist, Video};
use player::Options;
use tokio::time::Instant;
use units::Seconds;

/// Dates that lead farther from the end of the list than so many target durations say nothing of when it happened.
const PLAUSIBLE: f64 = 10.0;

/// What is known of a live event by its playlists.
#[derive(Clone, Debug)]
pub(crate) struct Listings {
    /// The multivariant playlist.
    master: String,
    /// The playlists of all levels, as they were read first.
    lists: Vec<LivePlaylist>,
    /// The number that the video's first segment has in the playlist of each level.
    firsts: Vec<u64>,
    /// The media time that happened when the playlists were here.
    edge: Seconds,
    heard: Instant,
    /// How far behind that a player is to begin.
    behind: Seconds,
    reload: Seconds,
    /// Nothing that begins here or later is of interest.
    until: Seconds,
}

impl Listings {
    /// Of playlists that have just come: of the multivariant one, and by `text` of those that it names. None where all that they list is
    /// all that there will be.
    pub(crate) fn of<'a>(
        master: &[u8],
        video: &Video,
        text: impl Fn(&str) -> Option<&'a [u8]>,
    ) -> Option<Listings> {
        let master = std::str::from_utf8(master).ok()?.to_string();
        let addresses = video.addresses()?;
        let lists: Option<Vec<LivePlaylist>> = (0..video.ladder().len())
            .map(|level| {
                let reference = addresses.playlist(level)?;
                let text = std::str::from_utf8(text(reference)?).ok()?;
                LivePlaylist::read(text, reference, &master, video.ladder().bitrate(level)).ok()
            })
            .collect();
        let lists = lists?;
        if lists.iter().all(LivePlaylist::ends) {
            return None;
        }
        let firsts = lists.iter().enumerate().map(|(level, l)| l.number_of(addresses.media(0, level)?));
        let firsts: Option<_> = firsts.collect();
        let first = lists.first()?;
        let (end, reload) = (video.total_duration() + first.making(), first.target());
        // By the dates of the encoder where they can be true; else what was listed last happens now.
        let now = Seconds::new(crate::clock::unix());
        let since = first.end_date().map(|date| now - date);
        let since = since.filter(|s| *s >= Seconds::ZERO && *s < reload * PLAUSIBLE).unwrap_or(Seconds::ZERO);
        Some(Listings {
            firsts: firsts?,
            master,
            edge: end + since,
            heard: Instant::now(),
            behind: first.hold_back() + since,
            reload,
            until: Seconds::INFINITY,
            lists,
        })
    }

    /// The video as a viewer finds it who joins now.
    pub(crate) fn join(&self, video: Video) -> Video {
        let join = self.edge + Seconds::new(self.heard.elapsed().as_secs_f64());
        let blocks = self.lists.iter().all(LivePlaylist::blocks);
        let listing = Listing { join, open: true, reload: self.reload, blocks, ..Listing::default() };
        let mut video = video.with_availability(Availability::Listed(listing));
        for (level, (list, first)) in self.lists.iter().zip(&self.firsts).enumerate() {
            // A list that cannot be added is read again later.
            if let Ok(more) = list.clone().add_to(&video, level, *first, self.until) {
                video = more;
            }
        }
        video
    }

    /// What the playlist of a level is asked to have before it is sent (draft-pantos-hls-rfc8216bis-18, 6.2.5.2), where its server can wait:
    /// what comes next in it, or of a level that was not read lately what is known of others.
    pub(crate) fn directives(&self, video: &Video, level: usize) -> Option<String> {
        let listing = video.listing().filter(|l| l.blocks && l.open)?;
        let (whole, parts) = video.addresses()?.known(level);
        let complete = video.segments() - usize::from(listing.making);
        let number = |segment: usize| self.firsts.get(level)?.checked_add(segment as u64);
        let (segment, part) = match whole < complete {
            true if listing.making => (complete, Some(0)),
            true => (complete - 1, None),
            false => (whole, self.lists.get(level)?.has_parts().then_some(parts)),
        };
        let part = part.map_or(String::new(), |part| format!("&_HLS_part={part}"));
        Some(format!("_HLS_msn={}{part}", number(segment)?))
    }

    /// How a player watches it. What the player's own options say of its latency counts.
    pub(crate) fn options(&self, options: Options) -> Options {
        Options { latency: options.latency.or(Some(self.behind)), ..options }
    }

    /// The video of an event that is over as the event went on, for whoever wants to watch it again.
    pub(crate) fn happened(video: Video) -> Video {
        match video.listing() {
            Some(Listing { join, .. }) => {
                let live = Live { join: *join, ..Live::default() };
                video.with_availability(Availability::Live(live))
            }
            None => video,
        }
    }

    /// The viewer leaves at this media time.
    pub(crate) fn leave(&mut self, until: Seconds) {
        self.until = until;
    }

    /// The video with what the playlist of a level lists now; None for what is no playlist, or goes on at another place.
    pub(crate) fn take(&self, video: &Video, level: usize, text: &[u8]) -> Option<Video> {
        let reference = video.addresses()?.playlist(level)?;
        let bitrate = video.ladder().bitrate(level);
        let text = std::str::from_utf8(text).ok()?;
        let list = LivePlaylist::read(text, reference, &self.master, bitrate).ok()?;
        let first = *self.firsts.get(level)?;
        let gone = usize::try_from(list.sequence().saturating_sub(first)).ok()?;
        let ends = list.ends();
        let video = list.add_to(video, level, first, self.until).ok()?;
        let listing = *video.listing()?;
        let goes_on = listing.making || video.total_duration() < self.until;
        let open = listing.open && !ends && goes_on;
        // Of playlists that are read one after the other, one may be a little behind.
        let first = listing.first.max(gone.min(video.segments()));
        Some(video.with_availability(Availability::Listed(Listing { first, open, ..listing })))
    }
}
