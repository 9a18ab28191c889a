//! Renditions become a ladder, and a video.

use spec::{Opt, opt};
use units::{Bits, Seconds};

use super::reference::Place;
use super::sizes::{ByteRange, Claim, Nominal, SegmentSizes};
use crate::format::ReadOptions;
use crate::{Address, Addresses, Ladder, MediaError, Rung, SizeSource, Video};

/// The option of [`measured`].
pub(crate) const BITRATE: Opt = opt(
    "bitrate",
    "measured",
    "the nominal bitrate of a rung: measured (the mean of its sizes, where all are known) or declared",
);

/// How far the boundaries of segments may lie apart on two rungs: two frames of 25 per second.
pub(crate) const MAX_SKEW: Seconds = Seconds::from_millis(80.0);

/// One rendition, with the segments found so far.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    pub(crate) rung: Rung,
    pub(crate) nominal: Nominal,
    durations: Vec<Seconds>,
    sizes: Vec<Bits>,
    sources: Vec<SizeSource>,
    addresses: Vec<Address>,
    /// Where its initialization segment is: the first, if there are several.
    pub(crate) init: Option<Address>,
    /// Bytes of its initialization segments, as far as they are known.
    pub(crate) init_bytes: u64,
    /// Where its playlist is, if it has one of its own.
    pub(crate) playlist: Option<String>,
}

/// Where something is, as its manifest says it.
pub(crate) fn address(place: &Place, range: Option<ByteRange>) -> Address {
    Address { reference: place.reference(), range: range.map(|r| (r.offset, r.length)) }
}

impl Track {
    pub(crate) fn new(rung: Rung, nominal: Nominal) -> Track {
        Track {
            rung,
            nominal,
            durations: Vec::new(),
            sizes: Vec::new(),
            sources: Vec::new(),
            addresses: Vec::new(),
            init: None,
            init_bytes: 0,
            playlist: None,
        }
    }

    /// Adds a segment, of the size that the sizes finds.
    pub(crate) fn push(&mut self, sizes: &mut SegmentSizes<'_>, claim: &Claim<'_>) -> Result<(), MediaError> {
        self.push_part(sizes, claim, claim.duration)
    }

    /// Adds a segment of which only a part is played.
    pub(crate) fn push_part(
        &mut self,
        sizes: &mut SegmentSizes<'_>,
        claim: &Claim<'_>,
        played: Seconds,
    ) -> Result<(), MediaError> {
        let (size, source) = sizes.size(claim, self.nominal)?;
        self.push_known(sizes, claim, played, size, source)
    }

    /// Adds a segment of a known size.
    pub(crate) fn push_known(
        &mut self,
        sizes: &mut SegmentSizes<'_>,
        claim: &Claim<'_>,
        played: Seconds,
        size: Bits,
        source: SizeSource,
    ) -> Result<(), MediaError> {
        sizes.count()?;
        self.durations.push(played);
        self.addresses.push(address(claim.place, claim.range));
        self.sizes.push(size);
        self.sources.push(source);
        Ok(())
    }

    /// Adds the segments of a later part of the same rendition.
    pub(crate) fn append(&mut self, later: Track) {
        self.durations.extend(later.durations);
        self.sizes.extend(later.sizes);
        self.sources.extend(later.sources);
        self.addresses.extend(later.addresses);
        self.init = self.init.take().or(later.init);
        self.init_bytes += later.init_bytes;
    }

    pub(crate) fn segments(&self) -> usize {
        self.durations.len()
    }

    /// Of its segments only these, or those of them that there are.
    pub(crate) fn keep(&mut self, segments: std::ops::Range<usize>) {
        fn cut<T>(all: &mut Vec<T>, kept: &std::ops::Range<usize>) {
            all.truncate(kept.end);
            all.drain(..kept.start.min(all.len()));
        }
        cut(&mut self.durations, &segments);
        cut(&mut self.sizes, &segments);
        cut(&mut self.sources, &segments);
        cut(&mut self.addresses, &segments);
    }

    /// Its segments: durations, addresses, and sizes with where they come from.
    pub(crate) fn into_segments(self) -> impl Iterator<Item = (Seconds, Address, (Bits, SizeSource))> {
        let sizes = self.sizes.into_iter().zip(self.sources);
        self.durations.into_iter().zip(self.addresses).zip(sizes).map(|((d, a), s)| (d, a, s))
    }

    pub(crate) fn position(&self, address: &Address) -> Option<usize> {
        self.addresses.iter().position(|a| a == address)
    }

    pub(crate) fn longest(&self) -> Seconds {
        self.durations.iter().copied().fold(Seconds::ZERO, Seconds::max)
    }

    pub(crate) fn until(&self, segment: usize) -> Seconds {
        self.durations.iter().take(segment).copied().fold(Seconds::ZERO, |sum, d| sum + d)
    }

    /// All bits over the whole duration: the nominal bitrate of a rendition that has none.
    pub(crate) fn mean_rate(&self) -> units::BitRate {
        self.sizes.iter().copied().sum::<Bits>() / self.duration()
    }

    pub(crate) fn duration(&self) -> Seconds {
        self.durations.iter().copied().fold(Seconds::ZERO, |sum, d| sum + d)
    }

    /// Whether it has a size that is estimated from the bitrate of the whole rendition.
    pub(crate) fn is_of_bandwidth(&self) -> bool {
        self.sources.iter().any(|s| *s > SizeSource::Bitrate)
    }

    fn kbps(&self) -> f64 {
        self.rung.bitrate.kbps()
    }
}

/// Gives renditions whose sizes are all measured the mean of these as their nominal bitrate, unless the declared one is asked
/// for: what a package declares is a peak in HLS and a mean in DASH, and the bytes are the same.
pub(crate) fn measured(tracks: &mut [Track], options: &ReadOptions, notes: &mut Vec<String>) {
    let exact = |t: &Track| !t.sources.is_empty() && t.sources.iter().all(|s| !s.is_estimate());
    let mut declared = Vec::new();
    for track in tracks.iter_mut().filter(|t| !options.declared && exact(t)) {
        let mean = track.mean_rate();
        if mean > units::BitRate::ZERO && mean != track.rung.bitrate {
            declared.push(track.kbps());
            track.rung.bitrate = mean;
        }
    }
    declared.sort_by(f64::total_cmp);
    if let [first, ..] = declared[..] {
        let rungs = declared.len();
        let last = declared[rungs - 1];
        let said = if rungs == 1 { format!("{first}") } else { format!("{first} to {last}") };
        notes.push(format!(
            "the bitrate of {rungs} rung(s) is the mean of the measured sizes (declared: {said} kbit/s, bitrate=declared keeps that)"
        ));
    }
}

/// Whether two renditions are cut at the same times.
pub(crate) fn aligned(a: &Track, b: &Track) -> bool {
    skew(a, b).is_ok()
}

/// Orders renditions by bitrate; of those that share one, which a ladder cannot hold, the first stays, and a note is left.
pub(crate) fn ordered(mut tracks: Vec<Track>, notes: &mut Vec<String>) -> Vec<Track> {
    tracks.sort_by(|a, b| a.kbps().total_cmp(&b.kbps()));
    let before = tracks.len();
    tracks.dedup_by(|later, first| later.kbps() == first.kbps());
    match before - tracks.len() {
        0 => {}
        twins => notes.push(format!("{twins} rendition(s) left out: another one has the same bitrate")),
    }
    tracks
}

/// The video of renditions in ascending order of bitrate. They must be cut at the same times; a player could not switch
/// between them otherwise.
pub(crate) fn video(name: String, tracks: Vec<Track>, notes: &mut Vec<String>) -> Result<Video, MediaError> {
    let Some(first) = tracks.first() else { return Err(MediaError::Empty("rung")) };
    let mut widest = Seconds::ZERO;
    for (level, track) in tracks.iter().enumerate().skip(1) {
        let skew = skew(first, track).map_err(|problem| {
            let which = |level: usize, t: &Track| format!("rung {level} ({} kbit/s)", t.kbps());
            let (found, expected) = problem;
            MediaError::input(0, which(level, track), found, format!("{expected}, as {}", which(0, first)))
        })?;
        widest = widest.max(skew);
    }
    if widest > Seconds::from_millis(1.0) {
        notes.push(format!(
            "the rungs are cut up to {:.0} ms apart: the durations of the lowest rung are taken",
            widest.millis()
        ));
    }
    let init: Vec<u64> = tracks.iter().map(|t| t.init_bytes).filter(|b| *b > 0).collect();
    if let (Some(least), Some(most)) = (init.iter().min(), init.iter().max()) {
        notes.push(format!("initialization segments are not counted ({least} to {most} bytes per rung)"));
    }
    let segments = 0..first.segments();
    let sizes = segments.clone().flat_map(|k| tracks.iter().map(move |t| t.sizes[k])).collect();
    let sources = segments.flat_map(|k| tracks.iter().map(move |t| t.sources[k])).collect();
    let media =
        (0..first.segments()).flat_map(|k| tracks.iter().map(move |t| t.addresses[k].clone())).collect();
    let init = tracks.iter().map(|t| t.init.clone()).collect();
    let playlists = tracks.iter().map(|t| t.playlist.clone()).collect();
    let addresses = Addresses::new(media, init, playlists);
    let ladder = Ladder::new(tracks.iter().map(|t| t.rung.clone()).collect())?;
    if first.segments() == 0 {
        return Err(MediaError::Empty("segment"));
    }
    Ok(Video::from_table(name, ladder, first.durations.clone(), sizes)?
        .with_size_sources(sources)
        .with_addresses(addresses))
}

/// How far the boundaries of two renditions lie apart at most; or what is found and expected of the other.
fn skew(first: &Track, other: &Track) -> Result<Seconds, (String, String)> {
    if first.segments() != other.segments() {
        let lasting = |t: &Track| format!("{} in {:.3} s", t.segments(), t.duration().get());
        return Err((format!("cut otherwise: segments {}", lasting(other)), lasting(first)));
    }
    let (mut end, mut other_end, mut widest) = (Seconds::ZERO, Seconds::ZERO, Seconds::ZERO);
    for (k, (d, o)) in first.durations.iter().zip(&other.durations).enumerate() {
        end += *d;
        other_end += *o;
        let apart = (end - other_end).abs();
        if apart > MAX_SKEW {
            let cut = |end: Seconds| format!("{:.3} s", end.get());
            let found = format!("cut otherwise: segment {k} ends at {}", cut(other_end));
            return Err((found, cut(end)));
        }
        widest = widest.max(apart);
    }
    Ok(widest)
}
