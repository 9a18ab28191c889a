//! Where the segments of a manifest are.

use std::collections::BTreeMap;

use units::Seconds;

/// Where a segment is: what its manifest calls it, relative to the manifest, and which part of that file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A reference relative to the manifest, or an absolute one (RFC 3986).
    pub reference: String,
    /// The first byte and the number of bytes, where it is not the whole file.
    pub range: Option<(u64, u64)>,
}

/// A part of a live segment that can be fetched while the rest is made (`EXT-X-PART` of HLS).
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// How long it plays.
    pub duration: Seconds,
    /// Where it is.
    pub address: Address,
}

/// Of so many segments before the last the parts are kept.
#[cfg(feature = "manifests")]
const PARTS_KEPT: usize = 8;

/// The addresses of a video's segments and of its initialization segments.
#[derive(Clone, Debug, PartialEq)]
pub struct Addresses {
    levels: usize,
    /// One row per segment.
    media: Vec<Option<Address>>,
    init: Vec<Option<Address>>,
    playlists: Vec<Option<String>>,
    /// By segment and level, as far as playlists list them.
    parts: BTreeMap<(usize, usize), Vec<Part>>,
}

impl Addresses {
    #[cfg(feature = "manifests")]
    pub(crate) fn new(
        media: Vec<Address>,
        init: Vec<Option<Address>>,
        playlists: Vec<Option<String>>,
    ) -> Addresses {
        let media = media.into_iter().map(Some).collect();
        Addresses { levels: init.len(), media, init, playlists, parts: BTreeMap::new() }
    }

    /// Of a segment on a level; none of a live event's, where the playlist of that level has not been read since.
    pub fn media(&self, segment: usize, level: usize) -> Option<&Address> {
        self.media.get(segment * self.levels + level).filter(|_| level < self.levels)?.as_ref()
    }

    /// A segment that was not known on this level; the one behind the last is added.
    #[cfg(feature = "manifests")]
    pub(crate) fn learn(&mut self, segment: usize, level: usize, address: Option<Address>) {
        let row = (segment + 1) * self.levels;
        if self.media.len() < row {
            self.media.resize(row, None);
        }
        let known = &mut self.media[segment * self.levels + level];
        *known = known.take().or(address);
    }

    /// The parts of a segment on a level, in their order; of one that is being made, those that are there. None are kept of what lies
    /// far behind the end.
    pub fn parts(&self, segment: usize, level: usize) -> &[Part] {
        self.parts.get(&(segment, level)).map_or(&[], Vec::as_slice)
    }

    /// Whether something of a segment can be fetched on a level.
    pub fn has(&self, segment: usize, level: usize) -> bool {
        self.media(segment, level).is_some() || !self.parts(segment, level).is_empty()
    }

    /// The parts of a segment on a level are these.
    #[cfg(feature = "manifests")]
    pub(crate) fn learn_parts(&mut self, segment: usize, level: usize, parts: Vec<Part>) {
        self.parts.insert((segment, level), parts);
        self.parts.retain(|(of, _), _| of + PARTS_KEPT > segment);
    }

    /// How far a level is known: one behind its last whole segment, and how many parts of that one.
    pub fn known(&self, level: usize) -> (usize, usize) {
        let rows = self.media.len() / self.levels.max(1);
        let whole =
            (0..rows).rev().find(|segment| self.media(*segment, level).is_some()).map_or(0, |last| last + 1);
        (whole, self.parts(whole, level).len())
    }

    /// Of the playlist of a level, relative to the manifest, where it has one of its own (HLS).
    pub fn playlist(&self, level: usize) -> Option<&str> {
        self.playlists.get(level)?.as_deref()
    }

    /// Of the initialization segment of a level; none where its segments need none.
    pub fn init(&self, level: usize) -> Option<&Address> {
        self.init.get(level)?.as_ref()
    }
}
