//! A video: segments, their durations, and their size on every rung.

use units::{Bits, Seconds};

use crate::{Addresses, Ladder, MediaError, Quality, SizeSource};

/// When segments can be requested. Its tag stands alone: every decision asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(u8)]
pub enum Availability {
    #[default]
    OnDemand,
    Live(Live),
    /// Live: as playlists list it, which are read again and again (HLS).
    Listed(Listing),
}

/// What is listed of a live event, as a viewer knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Listing {
    /// How long the event has been going when the session begins: the media time that happens then.
    pub join: Seconds,
    /// The first segment that can still be fetched.
    pub first: usize,
    /// Whether more will be listed.
    pub open: bool,
    /// How long after a playlist was asked for and had news it is asked for again; half of it where it had none (the target duration).
    pub reload: Seconds,
    /// The server holds the answer until there is news (`CAN-BLOCK-RELOAD`): what had some is asked for again at once.
    pub blocks: bool,
    /// The last segment is still being made: parts of it are listed, and it lasts as long as is expected.
    pub making: bool,
}

/// A live event, as a viewer finds it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Live {
    /// From the end of a segment, or of a chunk, to its availability: encoder, packager, and the way to the origin's edge.
    pub delay: Seconds,
    /// Segments are delivered while they are produced, in chunks of so much media; None: once they are complete.
    pub chunk: Option<Seconds>,
    /// Each chunk is a request of its own, which the server holds until the chunk is there: the parts of low-latency HLS (RFC 8216bis,
    /// `EXT-X-PART` with preload hints). False: a segment is one request, whose chunks are sent as they come (CMAF, DASH).
    pub parts: bool,
    /// How long the event has been going when the session begins.
    pub join: Seconds,
    /// How far back what has happened can be fetched (the DVR window, `timeShiftBufferDepth` in DASH); None: all of it.
    pub window: Option<Seconds>,
}

/// A part of a segment that can be fetched while the rest is produced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chunk {
    /// Media from the beginning of the segment to its end.
    pub media: Seconds,
    /// Bits from the beginning of the segment to its end.
    pub size: Bits,
    /// When it is available, on the session's clock; before zero: for long.
    pub at: Seconds,
    /// It has a request of its own, which is made when the chunk before it has come.
    pub asked: bool,
}

/// What is left of a segment behind its chunks and is no chunk, but rounding.
const SLIVER: Seconds = Seconds::from_millis(1e-6);

/// How much the parts of a segment may be shorter than it, since numbers are rounded: a picture lasts longer.
const PART_ROUNDING: Seconds = Seconds::from_millis(5.0);

/// An audio rendition that is fetched beside the picture: a ladder of its own, of one rung or more, over segments of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Its language as the manifest names it (`en`, `de-AT`), where known.
    pub language: Option<String>,
    /// What can be fetched of it, under the name of the rendition.
    pub track: Video,
}

/// What a player can fetch: a ladder, and for every segment its duration and its size on every rung. Never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Video {
    name: String,
    ladder: Ladder,
    durations: Vec<Seconds>,
    /// When segment i starts in media time; one more entry for the end of the last.
    starts: Vec<Seconds>,
    /// One row of `ladder.len()` sizes per segment.
    sizes: Vec<Bits>,
    /// Where each of `sizes` comes from, where that is known.
    sources: Option<Vec<SizeSource>>,
    /// How each of `sizes` looks, where that was measured.
    qualities: Option<Vec<Quality>>,
    /// Where the segments are, if a manifest said so.
    addresses: Option<Addresses>,
    availability: Availability,
    audio: Vec<Audio>,
}

impl Video {
    /// A video whose segment i lasts `durations[i]` and has `sizes[i][level]` bits.
    ///
    /// # Errors
    /// [`MediaError`] without segments, for a row that has not one size per rung, or for a duration or size that is not
    /// positive and finite.
    pub fn new(
        name: impl Into<String>,
        ladder: Ladder,
        durations: Vec<Seconds>,
        sizes: &[Vec<Bits>],
    ) -> Result<Video, MediaError> {
        if durations.is_empty() || sizes.is_empty() {
            return Err(MediaError::Empty("segment"));
        }
        if durations.len() != sizes.len() {
            let (field, value) = ("number of size rows".to_string(), sizes.len() as f64);
            return Err(MediaError::Number { field, value, expected: "one per segment duration" });
        }
        for (segment, row) in sizes.iter().enumerate() {
            if row.len() != ladder.len() {
                return Err(MediaError::Ragged { segment, found: row.len(), expected: ladder.len() });
            }
        }
        Video::from_table(name.into(), ladder, durations, sizes.concat())
    }

    /// A video of constant bitrate: every segment has exactly its rung's bitrate. The last segment is short if `total`
    /// is not a multiple of `segment`.
    ///
    /// # Errors
    /// [`MediaError::Number`] for a duration that is not positive and finite, or more than 10^8 segments.
    pub fn constant_bitrate(
        name: impl Into<String>,
        ladder: Ladder,
        segment: Seconds,
        total: Seconds,
    ) -> Result<Video, MediaError> {
        let durations = cut(segment, total)?;
        let sizes = durations.iter().flat_map(|d| ladder.bitrates().iter().map(move |b| *b * *d)).collect();
        Video::from_table(name.into(), ladder.clone(), durations, sizes)
    }

    /// The one constructor all others end in: `sizes` holds one row of `ladder.len()` per segment.
    pub(crate) fn from_table(
        name: String,
        ladder: Ladder,
        durations: Vec<Seconds>,
        sizes: Vec<Bits>,
    ) -> Result<Video, MediaError> {
        let number = |field: String, value: f64| MediaError::Number {
            field,
            value,
            expected: "a finite number above 0",
        };
        for (i, d) in durations.iter().enumerate() {
            if !(*d > Seconds::ZERO && d.is_finite()) {
                return Err(number(format!("segment {i}: duration_s"), d.get()));
            }
        }
        for (i, s) in sizes.iter().enumerate() {
            if !(*s > Bits::ZERO && s.is_finite()) {
                let (segment, rung) = (i / ladder.len(), i % ladder.len());
                return Err(number(format!("segment {segment}, rung {rung}: size_bits"), s.get()));
            }
        }
        // Multiplied as long as durations are equal, so that the start of segment k is exactly k times one duration.
        let (first, mut starts) = (durations[0], Vec::with_capacity(durations.len() + 1));
        let equal = durations.iter().take_while(|d| **d == first).count();
        starts.extend((0..=equal).map(|k| first * k as f64));
        for d in &durations[equal..] {
            let end = starts[starts.len() - 1] + *d;
            starts.push(end);
        }
        let (end, all) = (starts[durations.len()], sizes.iter().copied().sum::<Bits>());
        if !end.is_finite() {
            return Err(number("the sum of all durations_s".to_string(), end.get()));
        }
        if !all.is_finite() {
            return Err(number("the sum of all size_bits".to_string(), all.get()));
        }
        let availability = Availability::OnDemand;
        let (sources, qualities, addresses, audio) = (None, None, None, Vec::new());
        Ok(Video {
            name,
            ladder,
            durations,
            starts,
            sizes,
            sources,
            qualities,
            addresses,
            availability,
            audio,
        })
    }

    /// The same video, told where each of its sizes comes from: one row of `ladder.len()` per segment, as the sizes.
    pub(crate) fn with_size_sources(mut self, sources: Vec<SizeSource>) -> Video {
        debug_assert_eq!(sources.len(), self.sizes.len());
        self.sources = Some(sources);
        self
    }

    /// The same video, told how each segment looks on each rung: one row of `ladder.len()` per segment, as the sizes.
    ///
    /// # Errors
    /// [`MediaError::Number`] for a table of another size, or for a measure out of its range.
    pub fn with_qualities(mut self, qualities: Vec<Quality>) -> Result<Video, MediaError> {
        if qualities.len() != self.sizes.len() {
            let (field, value) = ("number of qualities".to_string(), qualities.len() as f64);
            return Err(MediaError::Number { field, value, expected: "one per segment and rung" });
        }
        let fault = |(i, q): (usize, &Quality)| q.fault().map(|f| (i, f));
        if let Some((i, (measure, value, expected))) = qualities.iter().enumerate().find_map(fault) {
            let (segment, rung) = (i / self.ladder.len(), i % self.ladder.len());
            let field = format!("segment {segment}, rung {rung}: {measure}");
            return Err(MediaError::Number { field, value, expected });
        }
        let known = qualities.iter().any(|q| *q != Quality::default());
        self.qualities = known.then_some(qualities);
        Ok(self)
    }

    /// The same video, told where its segments are.
    #[cfg(feature = "manifests")]
    pub(crate) fn with_addresses(mut self, addresses: Addresses) -> Video {
        self.addresses = Some(addresses);
        self
    }

    /// The same video with audio renditions beside it.
    pub fn with_audio(mut self, audio: Vec<Audio>) -> Video {
        self.audio = audio;
        self
    }

    /// The same video with another availability.
    pub fn with_availability(mut self, availability: Availability) -> Video {
        self.availability = availability;
        self
    }

    /// The same video cut to, or repeated until, it has `segments` segments (at least 1), without its audio and its
    /// addresses.
    pub fn with_segments(&self, segments: usize) -> Video {
        let n = self.segments();
        let order = (0..segments.max(1)).map(|k| k % n);
        let durations = order.clone().map(|k| self.durations[k]).collect();
        let sizes = order.clone().flat_map(|k| self.sizes(k).iter().copied()).collect();
        let levels = self.ladder.len();
        let rows = |k: usize| k * levels..(k + 1) * levels;
        let sources = |all: &Vec<SizeSource>| order.clone().flat_map(|k| &all[rows(k)]).copied().collect();
        let qualities = |all: &Vec<Quality>| order.clone().flat_map(|k| &all[rows(k)]).copied().collect();
        match Video::from_table(self.name.clone(), self.ladder.clone(), durations, sizes) {
            Ok(mut video) => {
                video.sources = self.sources.as_ref().map(sources);
                video.qualities = self.qualities.as_ref().map(qualities);
                video.with_availability(self.availability)
            }
            Err(_) => self.clone(), // unreachable: every number comes from a valid video
        }
    }

    /// What it is called in tables and charts.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its ladder.
    #[inline]
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// How many segments; at least 1.
    #[inline]
    pub fn segments(&self) -> usize {
        self.durations.len()
    }

    /// How long a segment plays.
    #[inline]
    pub fn duration(&self, segment: usize) -> Seconds {
        self.durations[segment]
    }

    /// When a segment starts in media time (the end of the video for `segments()`).
    #[inline]
    pub fn start(&self, segment: usize) -> Seconds {
        self.starts[segment]
    }

    /// The segment that plays at a media time: the last one that starts at or before it.
    pub fn segment_at(&self, media_time: Seconds) -> usize {
        self.starts[..self.segments()].partition_point(|s| *s <= media_time).max(1) - 1
    }

    /// How long the whole video plays.
    pub fn total_duration(&self) -> Seconds {
        self.starts[self.segments()]
    }

    /// The longest segment.
    pub fn longest_segment(&self) -> Seconds {
        self.durations.iter().copied().fold(Seconds::ZERO, Seconds::max)
    }

    /// The size of a segment on a level.
    #[inline]
    pub fn size(&self, segment: usize, level: usize) -> Bits {
        self.sizes[segment * self.ladder.len() + level]
    }

    /// The sizes of a segment on all levels, ascending by level.
    #[inline]
    pub fn sizes(&self, segment: usize) -> &[Bits] {
        let n = self.ladder.len();
        &self.sizes[segment * n..(segment + 1) * n]
    }

    /// Where the size of a segment on a level comes from, where that is known: of imported manifests.
    pub fn size_source(&self, segment: usize, level: usize) -> Option<SizeSource> {
        self.sources.as_ref().map(|s| s[segment * self.ladder.len() + level])
    }

    /// How its segments look, where that was measured: one row of `ladder().len()` per segment.
    pub fn qualities(&self) -> Option<&[Quality]> {
        self.qualities.as_deref()
    }

    /// Where its segments are, relative to its manifest: of imported manifests.
    pub fn addresses(&self) -> Option<&Addresses> {
        self.addresses.as_ref()
    }

    /// The audio renditions that are fetched beside the picture, in the order of their manifest.
    pub fn audio(&self) -> &[Audio] {
        &self.audio
    }

    /// When a segment can first be requested, on the session's clock: once it is complete, or the first chunk of it.
    #[inline]
    pub fn available_at(&self, segment: usize) -> Seconds {
        match self.availability {
            Availability::OnDemand | Availability::Listed(_) => Seconds::ZERO,
            Availability::Live(live) => {
                let end = match live.chunk {
                    Some(chunk) => self.starts[segment] + chunk.min(self.durations[segment]),
                    None => self.starts[segment + 1],
                };
                end + live.delay - live.join
            }
        }
    }

    /// When a segment can no longer be requested, on the session's clock; infinite where there is no window, and of what is in it
    /// when the event ends. ISO/IEC 23009-1, 5.3.9.5.3: its duration and the window after it was available. Of what is no more listed
    /// it is known only that it is gone.
    pub fn gone_at(&self, segment: usize) -> Seconds {
        let Availability::Live(Live { delay, join, window: Some(window), .. }) = self.availability else {
            return match self.availability {
                Availability::Listed(listing) if segment < listing.first => Seconds::ZERO,
                _ => Seconds::INFINITY,
            };
        };
        let gone = self.starts[segment + 1] + delay - join + self.durations[segment] + window;
        let over = self.total_duration() + delay - join;
        if gone < over { gone } else { Seconds::INFINITY }
    }

    /// The media time that happens now, at an instant of the session's clock; None on demand.
    #[inline]
    pub fn edge(&self, now: Seconds) -> Option<Seconds> {
        match self.availability {
            Availability::OnDemand => None,
            Availability::Live(Live { join, .. }) | Availability::Listed(Listing { join, .. }) => {
                Some(now + join)
            }
        }
    }

    /// A chunk of a segment on a level; None beyond the last one, and where segments are delivered whole. A chunk has its share
    /// of the segment's bits.
    #[inline]
    pub fn chunk(&self, segment: usize, level: usize, index: usize) -> Option<Chunk> {
        // Every request on demand asks, and costs no more than this.
        match self.availability {
            Availability::OnDemand => None,
            _ => self.live_chunk(segment, level, index),
        }
    }

    #[cold]
    fn live_chunk(&self, segment: usize, level: usize, index: usize) -> Option<Chunk> {
        let (delay, chunk, join, parts) = match self.availability {
            Availability::Live(Live { delay, chunk: Some(chunk), join, parts, .. }) => {
                (delay, chunk, join, parts)
            }
            Availability::Listed(listing) => return self.part(&listing, segment, level, index),
            _ => return None,
        };
        let (duration, size) = (self.durations[segment], self.size(segment, level));
        let begin = chunk * index as f64;
        if duration - begin <= SLIVER {
            return None;
        }
        let end = begin + chunk;
        let (media, size) = match duration - end <= SLIVER {
            true => (duration, size),
            false => (end, size * (end / duration)),
        };
        let at = self.starts[segment] + media + delay - join;
        Some(Chunk { media, size, at, asked: parts && index > 0 })
    }

    /// A chunk of a segment that playlists list in parts.
    fn part(&self, listing: &Listing, segment: usize, level: usize, index: usize) -> Option<Chunk> {
        let parts = self.addresses.as_ref()?.parts(segment, level).get(..=index)?;
        let (duration, size) = (self.durations[segment], self.size(segment, level));
        let end: Seconds = parts.iter().map(|p| p.duration).sum();
        let is_last = end >= duration - PART_ROUNDING && !(listing.making && segment + 1 == self.segments());
        let (media, size) = if is_last { (duration, size) } else { (end, size * (end / duration)) };
        // What is listed is there.
        Some(Chunk { media, size, at: Seconds::ZERO, asked: true })
    }

    /// What is listed of it, where it is a live event that playlists list.
    #[inline]
    pub fn listing(&self) -> Option<&Listing> {
        match &self.availability {
            Availability::Listed(listing) => Some(listing),
            _ => None,
        }
    }

    /// Adds a segment at the end, of nominal size on every level.
    #[cfg(feature = "manifests")]
    pub(crate) fn push(&mut self, duration: Seconds) -> Result<(), MediaError> {
        let end = self.total_duration() + duration;
        if !(duration > Seconds::ZERO && end.is_finite()) {
            let field = format!("segment {}: duration_s", self.segments());
            return Err(MediaError::Number {
                field,
                value: duration.get(),
                expected: "a finite number above 0",
            });
        }
        self.durations.push(duration);
        self.starts.push(end);
        self.sizes.extend(self.ladder.bitrates().iter().map(|rate| *rate * duration));
        if let Some(sources) = &mut self.sources {
            sources.resize(self.sizes.len(), SizeSource::Bandwidth);
        }
        self.qualities = None;
        Ok(())
    }

    /// The mark that the last segment is still being made, where it is.
    #[cfg(feature = "manifests")]
    fn making(&mut self) -> Option<&mut bool> {
        match &mut self.availability {
            Availability::Listed(listing) => Some(&mut listing.making).filter(|making| **making),
            _ => None,
        }
    }

    /// A segment is complete, and lasts so long: news of one that was being made, or of a new one at the end.
    ///
    /// # Errors
    /// [`MediaError::Number`] for a duration that is not positive and finite.
    #[cfg(feature = "manifests")]
    pub(crate) fn made(&mut self, segment: usize, duration: Seconds) -> Result<(), MediaError> {
        if segment >= self.segments() {
            self.push(duration)?;
        } else if segment + 1 == self.segments() && self.making().is_some() {
            self.last_lasts(duration)?;
        }
        if segment + 1 >= self.segments()
            && let Some(making) = self.making()
        {
            *making = false;
        }
        Ok(())
    }

    /// These parts of a segment are listed on a level. The one behind the last is being made, and will last as long as the longest, or
    /// as its parts.
    ///
    /// # Errors
    /// [`MediaError::Number`] for durations that are not positive and finite.
    #[cfg(feature = "manifests")]
    pub(crate) fn learn_parts(
        &mut self,
        segment: usize,
        level: usize,
        parts: Vec<crate::Part>,
    ) -> Result<(), MediaError> {
        let there: Seconds = parts.iter().map(|p| p.duration).sum();
        let next = parts.last().map_or(Seconds::ZERO, |p| p.duration);
        if segment == self.segments() {
            self.push(self.longest_segment().max(there + next))?;
            if let Availability::Listed(listing) = &mut self.availability {
                listing.making = true;
            }
        } else if segment + 1 == self.segments() && self.making().is_some() {
            self.last_lasts(self.durations[segment].max(there + next))?;
        }
        if let Some(addresses) = self.addresses.as_mut().filter(|_| segment < self.durations.len()) {
            addresses.learn_parts(segment, level, parts);
        }
        Ok(())
    }

    /// The last segment lasts so long; where its size is not known, that is nominal.
    #[cfg(feature = "manifests")]
    fn last_lasts(&mut self, duration: Seconds) -> Result<(), MediaError> {
        let (segment, levels) = (self.segments() - 1, self.ladder.len());
        if duration == self.durations[segment] {
            return Ok(());
        }
        let known = |level: usize| self.addresses.as_ref().is_some_and(|a| a.media(segment, level).is_some());
        let known: Vec<(usize, Bits)> =
            (0..levels).filter(|l| known(*l)).map(|l| (l, self.size(segment, l))).collect();
        let sources = self.sources.as_ref().map(|s| s[segment * levels..].to_vec());
        self.durations.pop();
        self.starts.pop();
        self.sizes.truncate(segment * levels);
        self.push(duration)?;
        for (level, size) in known {
            self.sizes[segment * levels + level] = size;
        }
        if let (Some(all), Some(own)) = (&mut self.sources, sources) {
            all.truncate(segment * levels);
            all.extend(own);
        }
        Ok(())
    }

    /// Takes what is known now of a segment on a level: its address and its size. What has been listed in parts keeps its nominal size,
    /// by which its parts are measured.
    #[cfg(feature = "manifests")]
    pub(crate) fn learn(
        &mut self,
        segment: usize,
        level: usize,
        address: &crate::Address,
        size: (Bits, SizeSource),
    ) {
        if let Some(addresses) = self.addresses.as_mut().filter(|a| a.media(segment, level).is_none()) {
            addresses.learn(segment, level, Some(address.clone()));
            let at = segment * self.ladder.len() + level;
            if addresses.parts(segment, level).is_empty() {
                self.sizes[at] = size.0;
                if let Some(sources) = &mut self.sources {
                    sources[at] = size.1;
                }
            }
        }
    }

    /// How its segments become available.
    pub fn availability(&self) -> Availability {
        self.availability
    }
}

/// `total` cut into pieces of `segment`, the last one shorter where it must be.
pub(crate) fn cut(segment: Seconds, total: Seconds) -> Result<Vec<Seconds>, MediaError> {
    let number =
        |field: &str, value: f64, expected| MediaError::Number { field: field.to_string(), value, expected };
    let above = "a finite number above 0";
    if !(segment > Seconds::ZERO && segment.is_finite()) {
        return Err(number("segment duration_s", segment.get(), above));
    }
    if !(total > Seconds::ZERO && total.is_finite()) {
        return Err(number("video duration_s", total.get(), above));
    }
    let whole = (total / segment).floor();
    if whole > 1e8 {
        return Err(number("video duration_s", total.get(), "at most 10^8 segments"));
    }
    let mut durations = vec![segment; whole as usize];
    let rest = total - segment * whole;
    // A rest of rounding is no segment.
    if rest > segment * 1e-9 {
        durations.push(rest);
    }
    Ok(durations)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder() -> Ladder {
        Ladder::from_kbps(&[100.0, 200.0]).expect("ascending")
    }

    #[test]
    fn starts_are_multiples_and_the_last_segment_may_be_short() {
        let d = Seconds::from_millis(2002.0);
        let v = Video::constant_bitrate("v", ladder(), d, d * 2.5).expect("valid");
        assert_eq!(v.segments(), 3);
        assert_eq!(v.start(2), Seconds::from_millis(4004.0));
        assert_eq!(v.duration(2), Seconds::from_millis(1001.0));
        assert_eq!(v.total_duration(), Seconds::from_millis(5005.0));
        assert_eq!(v.segment_at(Seconds::from_millis(4003.9)), 1);
        assert_eq!(v.segment_at(Seconds::from_millis(9e9)), 2);
    }

    #[test]
    fn repeats_and_cuts() {
        let sizes = [vec![Bits::new(1.0), Bits::new(2.0)], vec![Bits::new(3.0), Bits::new(4.0)]];
        let v = Video::new("v", ladder(), vec![Seconds::new(1.0); 2], &sizes).expect("valid");
        let five = v.with_segments(5);
        assert_eq!(five.segments(), 5);
        assert_eq!(five.sizes(4), v.sizes(0));
        assert_eq!(v.with_segments(1).segments(), 1);
    }

    #[test]
    fn live_segments_appear_when_they_are_complete() {
        let delay = Seconds::new(0.5);
        let v = Video::constant_bitrate("v", ladder(), Seconds::new(2.0), Seconds::new(6.0)).expect("valid");
        assert_eq!(v.available_at(2), Seconds::ZERO);
        let live = v.with_availability(Availability::Live(Live { delay, ..Live::default() }));
        assert_eq!(live.available_at(2), Seconds::new(6.5));
    }

    #[test]
    fn live_segments_leave_the_window_but_for_those_of_the_end() {
        let (delay, window) = (Seconds::new(0.5), Some(Seconds::new(4.0)));
        let v = Video::constant_bitrate("v", ladder(), Seconds::new(2.0), Seconds::new(20.0)).expect("valid");
        assert_eq!(v.gone_at(0), Seconds::INFINITY);
        let live = Live { delay, window, join: Seconds::new(1.0), ..Live::default() };
        let live = v.with_availability(Availability::Live(live));
        // It ends at 4 s of the event, is there at 3.5 s of the session, and for its duration and the window from then on.
        assert_eq!(live.gone_at(1), Seconds::new(9.5));
        assert_eq!((live.gone_at(5), live.gone_at(6)), (Seconds::new(17.5), Seconds::INFINITY));
    }

    #[test]
    fn refuses_what_is_no_video() {
        let second = vec![Seconds::new(1.0)];
        let ragged = Video::new("v", ladder(), second.clone(), &[vec![Bits::new(1.0)]]);
        assert_eq!(ragged, Err(MediaError::Ragged { segment: 0, found: 1, expected: 2 }));
        let zero = Video::new("v", ladder(), second, &[vec![Bits::new(1.0), Bits::ZERO]]);
        assert!(matches!(zero, Err(MediaError::Number { .. })));
        assert_eq!(Video::new("v", ladder(), vec![], &[]), Err(MediaError::Empty("segment")));
    }
}
