//! Who steers players between the locations of a presentation.

/// Who steers a player from one location to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Steering {
    /// The steering server, as the manifest has it: perhaps relative to the manifest.
    pub server: String,
    /// Whether it is to be asked before the first segment.
    pub before_start: bool,
    /// The locations with their addresses: of DASH by `serviceLocation` with their `BaseURL`, of HLS by `PATHWAY-ID` with the
    /// address of their first media playlist. The one to begin with is first, then they are in the manifest's order.
    pub locations: Vec<(String, String)>,
    /// Of DASH the `BaseURL` that the addresses of the video have been read with: the first.
    pub read_with: String,
    /// Whether it is of HLS: a location then has addresses of its own
    /// ([`ReadOptions::pathway`](crate::formats::ReadOptions::pathway)).
    pub is_hls: bool,
}
