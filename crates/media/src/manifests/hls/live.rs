//! Live playlists, which are read again and again while an event goes on (RFC 8216, 6.2.2 and 6.3.4).
//!
//! Segments have the numbers of their playlist (`EXT-X-MEDIA-SEQUENCE`). Playlists are told apart from each other by dates
//! (`EXT-X-PROGRAM-DATE-TIME`) where all have some, else by these numbers: they are read one after the other, and what one lists may not
//! be in another yet, or any more.

use units::{BitRate, Seconds};

use super::clean::{self, Imports};
use super::playlist::{self, Times};
use crate::files::InMemory;
use crate::manifests::reference::Place;
use crate::manifests::sizes::{Nominal, SegmentSizes};
use crate::manifests::tracks::Track;
use crate::{Address, MediaError, Rung, Video};

/// The most segments that can have come and gone between two readings.
const MOST_MISSED: u64 = 10_000;

/// A media playlist, as it is now.
#[derive(Debug)]
pub struct LivePlaylist {
    track: Track,
    times: Times,
    ends: bool,
}

impl LivePlaylist {
    /// Reads a playlist that lies at `reference` from its multivariant playlist, which `master` is. Segments whose size is not told have
    /// that of the bitrate.
    ///
    /// # Errors
    /// [`MediaError::Input`] for what is no media playlist.
    pub fn read(
        text: &str,
        reference: &str,
        master: &str,
        bitrate: BitRate,
    ) -> Result<LivePlaylist, MediaError> {
        let (_, variables) = clean::cleaned(master, None)?;
        let query = reference.split_once('?').map_or("", |(_, query)| query);
        let (text, _) = clean::cleaned(text, Some(&Imports { variables: &variables, query }))?;
        let nominal = Nominal { average: None, peak: Some(bitrate) };
        let mut track = Track::new(Rung::new(bitrate), nominal);
        let place = Place::manifest().join(reference);
        let heard = playlist::media(&text, &place, &mut SegmentSizes::new(&InMemory(&[])), &mut track)?;
        Ok(LivePlaylist { track, times: heard.times, ends: !heard.live })
    }

    /// Whether it lists all that there will be (`EXT-X-ENDLIST`).
    pub fn ends(&self) -> bool {
        self.ends
    }

    /// The number of its first segment (`EXT-X-MEDIA-SEQUENCE`).
    pub fn sequence(&self) -> u64 {
        self.times.sequence
    }

    /// The number of the segment that is at an address, if it is listed.
    pub fn number_of(&self, address: &Address) -> Option<u64> {
        self.track.position(address).map(|at| self.times.sequence.saturating_add(at as u64))
    }

    /// The target duration: `EXT-X-TARGETDURATION`, else that of the longest segment.
    pub fn target(&self) -> Seconds {
        self.times.target.unwrap_or_else(|| self.track.longest())
    }

    /// How far before the end of the list players are to begin: where `EXT-X-START` says so, if that is before the end, else by `HOLD-BACK`,
    /// else by three target durations (draft-pantos-hls-rfc8216bis-18, 4.4.3.8 and 6.3.3).
    pub fn hold_back(&self) -> Seconds {
        let start = self.times.start.filter(|s| *s < Seconds::ZERO).map(|s| -s);
        start.or(self.times.hold_back).unwrap_or_else(|| self.target() * 3.0)
    }

    /// When the last moment of what is listed happened, since 1970, where there are dates.
    pub fn end_date(&self) -> Option<Seconds> {
        let (segment, date) = self.times.date?;
        Some(date + self.track.duration() - self.track.until(segment))
    }

    /// The video with all that this playlist lists of a level. `first` is the number that the video's first segment has in it, and nothing
    /// that begins at `until` or later counts. What has come and gone since the last reading has an unknown address, and lasts the
    /// target duration.
    ///
    /// # Errors
    /// [`MediaError::Input`] for a playlist that goes on at another place than it ended.
    pub fn add_to(
        mut self,
        video: &Video,
        level: usize,
        first: u64,
        until: Seconds,
    ) -> Result<Video, MediaError> {
        let mut video = video.clone();
        let target = self.target();
        let skipped = first.saturating_sub(self.times.sequence);
        self.track.keep(usize::try_from(skipped).unwrap_or(usize::MAX)..usize::MAX);
        let from = self.times.sequence.saturating_sub(first);
        let missed = from.saturating_sub(video.segments() as u64);
        if missed > MOST_MISSED {
            let found = format!("{missed} beyond the last segment");
            return Err(MediaError::input(0, "#EXT-X-MEDIA-SEQUENCE", found, "a playlist that goes on"));
        }
        for _ in 0..missed {
            video.push(target)?;
        }
        for (next, (duration, address, size)) in (from as usize..).zip(self.track.into_segments()) {
            if next >= video.segments() {
                if video.total_duration() >= until {
                    break;
                }
                video.push(duration)?;
            }
            video.learn(next, level, &address, size);
        }
        Ok(video)
    }
}

/// Leaves of renditions that were read one after the other what all of them list.
pub(super) fn keep_common(tracks: &mut [Track], times: &[Times]) {
    let dated: Option<Vec<Seconds>> =
        tracks.iter().zip(times).map(|(track, t)| t.date.map(|(k, date)| date - track.until(k))).collect();
    match dated {
        Some(begin) => {
            let latest = begin.iter().copied().fold(Seconds::new(f64::NEG_INFINITY), Seconds::max);
            for (track, begins) in tracks.iter_mut().zip(begin) {
                // Of a segment that lies on both sides the larger part counts.
                let before = |k: &usize| begins + (track.until(*k) + track.until(*k + 1)) * 0.5 < latest;
                let gone = (0..track.segments()).take_while(before).count();
                track.keep(gone..usize::MAX);
            }
        }
        None => {
            let latest = times.iter().map(|t| t.sequence).max().unwrap_or(0);
            for (track, times) in tracks.iter_mut().zip(times) {
                let gone = usize::try_from(latest - times.sequence).unwrap_or(usize::MAX);
                track.keep(gone..usize::MAX);
            }
        }
    }
    let least = tracks.iter().map(Track::segments).min().unwrap_or(0);
    tracks.iter_mut().for_each(|t| t.keep(0..least));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> LivePlaylist {
        LivePlaylist::read(text, "low/list.m3u8?t=1", "#EXTM3U\n", BitRate::from_kbps(800.0))
            .expect("a playlist")
    }

    #[test]
    fn a_live_playlist_says_where_to_begin_and_when_it_ends() {
        let text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:41\n#EXT-X-PROGRAM-DATE-TIME:2024-03-01T00:00:00Z\n\
            #EXTINF:4,\na.ts\n#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2024-03-01T02:00:10.500+02:00\n#EXTINF:3.5,\nb.ts\n\
            #EXTINF:4,\nc.ts\n";
        let list = read(text);
        let address = |reference: &str| Address { reference: reference.to_string(), range: None };
        assert_eq!(list.number_of(&address("low/b.ts")), Some(42));
        assert_eq!(list.number_of(&address("b.ts")), None);
        assert_eq!(
            (list.target(), list.hold_back(), list.ends()),
            (Seconds::new(4.0), Seconds::new(12.0), false)
        );
        // `date -u -d 2024-03-01T00:00:18Z +%s`
        assert_eq!(list.end_date(), Some(Seconds::new(1_709_251_218.0)));
        let control = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=15.5\n";
        let list = read(&text.replacen("#EXTINF", &format!("{control}#EXTINF"), 1));
        assert_eq!(list.hold_back(), Seconds::new(15.5));
        let list = read(&format!("{text}#EXT-X-START:TIME-OFFSET=-6\n#EXT-X-ENDLIST\n"));
        assert_eq!((list.hold_back(), list.ends()), (Seconds::new(6.0), true));
    }
}
