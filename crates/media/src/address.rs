//! Where the segments of a manifest are.

/// Where a segment is: what its manifest calls it, relative to the manifest, and which part of that file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A reference relative to the manifest, or an absolute one (RFC 3986).
    pub reference: String,
    /// The first byte and the number of bytes, where it is not the whole file.
    pub range: Option<(u64, u64)>,
}

/// The addresses of a video's segments and of its initialization segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    levels: usize,
    /// One row per segment.
    media: Vec<Option<Address>>,
    init: Vec<Option<Address>>,
    /// Where the playlist of each level is.
    playlists: Vec<Option<String>>,
}

impl Addresses {
    #[cfg(feature = "manifests")]
    pub(crate) fn new(
        media: Vec<Address>,
        init: Vec<Option<Address>>,
        playlists: Vec<Option<String>>,
    ) -> Addresses {
        Addresses { levels: init.len(), media: media.into_iter().map(Some).collect(), init, playlists }
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

    /// One behind the last segment that is known on a level.
    pub fn known(&self, level: usize) -> usize {
        let rows = self.media.len() / self.levels.max(1);
        (0..rows).rev().find(|segment| self.media(*segment, level).is_some()).map_or(0, |last| last + 1)
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
