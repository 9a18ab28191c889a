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
    media: Vec<Address>,
    init: Vec<Option<Address>>,
}

impl Addresses {
    #[cfg(feature = "manifests")]
    pub(crate) fn new(media: Vec<Address>, init: Vec<Option<Address>>) -> Addresses {
        Addresses { levels: init.len(), media, init }
    }

    /// Of a segment on a level.
    pub fn media(&self, segment: usize, level: usize) -> Option<&Address> {
        self.media.get(segment * self.levels + level).filter(|_| level < self.levels)
    }

    /// Of the initialization segment of a level; none where its segments need none.
    pub fn init(&self, level: usize) -> Option<&Address> {
        self.init.get(level)?.as_ref()
    }
}
