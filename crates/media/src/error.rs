//! What can be wrong with a video description.

/// Why a video could not be described.
#[derive(Debug, thiserror::Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum MediaError {
    /// No rung, or no segment.
    #[error("the video has no {0}: expected at least one")]
    Empty(&'static str),
    /// Rungs that do not ascend strictly.
    #[error(
        "ladder: rung {index} has {kbps} kbit/s after {before} kbit/s, expected bitrates in strictly ascending order"
    )]
    Unordered {
        /// The rung out of order, from 0.
        index: usize,
        /// Its bitrate.
        kbps: f64,
        /// The bitrate of the rung before it.
        before: f64,
    },
    /// A number is out of its range.
    #[error("{field} is {value}, expected {expected}")]
    Number {
        /// Where it stands, e.g. `segment 12, rung 3: size_bits`.
        field: String,
        /// What it is.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// A table that does not have one size per segment and rung.
    #[error("segment {segment} has {found} sizes, expected one per rung ({expected})")]
    Ragged {
        /// Which segment, from 0.
        segment: usize,
        /// How many sizes it has.
        found: usize,
        /// How many rungs there are.
        expected: usize,
    },
}
