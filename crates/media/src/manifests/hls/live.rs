//! Live playlists, which are read again and again while an event goes on (RFC 8216, 6.2.2 and 6.3.4).
//!
//! Segments have the numbers of their playlist (`EXT-X-MEDIA-SEQUENCE`). Playlists are told apart from each other by dates
//! (`EXT-X-PROGRAM-DATE-TIME`) where all have some, else by these numbers: they are read one after the other, and what one lists may not
//! be in another yet, or any more.

use units::{BitRate, Seconds};

use super::clean::{self, Imports};
use super::playlist::{self, Parts, Times};
use crate::files::InMemory;
use crate::manifests::reference::Place;
use crate::manifests::sizes::{Nominal, SegmentSizes};
use crate::manifests::tracks::Track;
use crate::{Address, MediaError, Rung, Video};

/// The most segments that can have come and gone between two readings.
const MOST_MISSED: u64 = 10_000;

/// A media playlist, as it is now.
#[derive(Clone, Debug)]
pub struct LivePlaylist {
    track: Track,
    times: Times,
    parts: Parts,
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
        Ok(LivePlaylist { track, times: heard.times, parts: heard.parts, ends: !heard.live })
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

    /// Whether the server holds an answer until there is more, if it is asked to (`CAN-BLOCK-RELOAD`).
    pub fn blocks(&self) -> bool {
        self.times.blocks
    }

    /// Whether it lists parts of segments (`EXT-X-PART`).
    pub fn has_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    /// How long what is listed of the segment plays that is being made.
    pub fn making(&self) -> Seconds {
        self.parts.get(&self.track.segments()).map_or(Seconds::ZERO, |p| p.iter().map(|p| p.duration).sum())
    }

    /// The target duration: `EXT-X-TARGETDURATION`, else that of the longest segment.
    pub fn target(&self) -> Seconds {
        self.times.target.unwrap_or_else(|| self.track.longest())
    }

    /// How far before the end of the list players are to begin: where `EXT-X-START` says so, if that is before the end, else by
    /// `PART-HOLD-BACK` where parts are listed, else by `HOLD-BACK`, else by three target durations (draft-pantos-hls-rfc8216bis-18,
    /// 4.4.3.8 and 6.3.3).
    pub fn hold_back(&self) -> Seconds {
        let start = self.times.start.filter(|s| *s < Seconds::ZERO).map(|s| -s);
        let by_parts = self.times.part_hold_back.filter(|_| self.has_parts());
        start.or(by_parts).or(self.times.hold_back).unwrap_or_else(|| self.target() * 3.0)
    }

    /// When the last moment of what is listed happened, since 1970, where there are dates.
    pub fn end_date(&self) -> Option<Seconds> {
        let (segment, date) = self.times.date?;
        Some(date + self.track.duration() + self.making() - self.track.until(segment))
    }

    /// The video with all that this playlist lists of a level, the parts of the segment that is being made among it. `first` is the number
    /// that the video's first segment has in it, and nothing that begins at `until` or later counts. What has come and gone since the
    /// last reading has an unknown address, and lasts the target duration.
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
        let skipped = usize::try_from(first.saturating_sub(self.times.sequence)).unwrap_or(usize::MAX);
        self.track.keep(skipped..usize::MAX);
        let from = self.times.sequence.saturating_sub(first);
        let missed = from.saturating_sub(video.segments() as u64);
        if missed > MOST_MISSED {
            let found = format!("{missed} beyond the last segment");
            return Err(MediaError::input(0, "#EXT-X-MEDIA-SEQUENCE", found, "a playlist that goes on"));
        }
        for _ in 0..missed {
            video.made(video.segments(), target)?;
        }
        // Parts have the places of their segments in this playlist.
        let listed = self.track.segments();
        let mut parts = (skipped..=skipped.saturating_add(listed)).map(|place| self.parts.remove(&place));
        let mut next = from as usize;
        for (duration, address, size) in self.track.into_segments() {
            if next >= video.segments() && video.total_duration() >= until {
                return Ok(video);
            }
            video.made(next, duration)?;
            video.learn(next, level, &address, size);
            if let Some(parts) = parts.next().flatten() {
                video.learn_parts(next, level, parts)?;
            }
            next += 1;
        }
        let making = parts.next().flatten().filter(|p| !p.is_empty() && !self.ends);
        if let Some(parts) = making
            && (next < video.segments() || video.total_duration() < until)
        {
            video.learn_parts(next, level, parts)?;
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

    #[test]
    fn parts_are_listed_until_their_segment_is_whole() {
        let of = |tail: &str| {
            format!(
                "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5,HOLD-BACK=6\n\
                 #EXT-X-PART-INF:PART-TARGET=0.5\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2,\na.mp4\n{tail}"
            )
        };
        let part = |length: f64, rest: &str| format!("#EXT-X-PART:DURATION={length},URI=\"b.mp4\"{rest}\n");
        let two = part(0.5, ",BYTERANGE=\"100@0\"") + &part(0.5, ",BYTERANGE=\"50\"");
        let list = read(&of(&two));
        assert!(list.blocks() && list.has_parts());
        assert_eq!((list.making(), list.hold_back()), (Seconds::new(1.0), Seconds::new(1.5)));
        assert_eq!(read(&of("")).hold_back(), Seconds::new(6.0));
        // A list of one segment, as a viewer finds it.
        let ladder = crate::Ladder::from_kbps(&[800.0, 900.0]).expect("a ladder");
        let video =
            Video::constant_bitrate("v", ladder, Seconds::new(2.0), Seconds::new(2.0)).expect("a video");
        let addresses = crate::Addresses::new(Vec::new(), vec![None; 2], vec![None; 2]);
        let listed = crate::Availability::Listed(crate::Listing { open: true, ..Default::default() });
        let video = video.with_addresses(addresses).with_availability(listed);
        let add = |video: &Video, tail: &str| {
            read(&of(tail)).add_to(video, 0, 7, Seconds::INFINITY).expect("it goes on")
        };
        let making = add(&video, &two);
        let parts = making.addresses().expect("addresses").parts(1, 0);
        assert_eq!(
            parts.iter().map(|p| p.address.range).collect::<Vec<_>>(),
            [Some((0, 100)), Some((100, 50))]
        );
        // It is expected to last as long as the one before it, and is told of by level.
        assert_eq!((making.segments(), making.duration(1)), (2, Seconds::new(2.0)));
        assert!(making.listing().is_some_and(|l| l.making));
        let chunk = |v: &Video, index| v.chunk(1, 0, index).map(|c| (c.media.get(), c.size.get()));
        assert_eq!((chunk(&making, 0), chunk(&making, 2)), (Some((0.5, 400_000.0)), None));
        assert_eq!(making.addresses().map(|a| (a.known(0), a.known(1))), Some(((1, 2), (0, 0))));
        assert_eq!(making.chunk(1, 1, 0), None);
        // It ends earlier, with its third part; the next begins. A gap hides what is behind it.
        let whole = two.clone() + &part(0.4, "") + "#EXTINF:1.4,\nb.mp4\n";
        let rest = whole + &part(0.5, "") + &part(0.5, ",GAP=YES") + &part(0.5, "");
        let made = add(&making, &rest);
        assert_eq!(
            (made.segments(), made.duration(1), made.duration(2)),
            (3, Seconds::new(1.4), Seconds::new(2.0))
        );
        let (media, size) = chunk(&made, 2).expect("the last part");
        assert_eq!(media, 1.4);
        assert!((size - 1_120_000.0).abs() < 1e-6 && chunk(&made, 3).is_none());
        assert_eq!(made.addresses().map(|a| a.known(0)), Some((2, 1)));
        // An end leaves nothing in the making.
        let over = add(&made, &rest.replace(&part(0.5, ",GAP=YES"), "#EXTINF:0.5,\nc.mp4\n#EXT-X-ENDLIST\n"));
        assert_eq!((over.segments(), over.duration(2)), (3, Seconds::new(0.5)));
        assert!(over.listing().is_some_and(|l| !l.making));
    }
}
