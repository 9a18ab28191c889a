//! Where the size of a segment comes from.

use serde::{Deserialize, Serialize};

/// Where the size of a segment comes from, the surest first. The last three are estimates: a bitrate times the segment's
/// duration.
///
/// | in files | what it is |
/// |---|---|
/// | `file` | measured: the segment is a file beside its manifest |
/// | `range` | the length of the byte range that the manifest gives (`EXT-X-BYTERANGE`, `mediaRange`) |
/// | `sidx` | from the segment index of the file beside the manifest |
/// | `bitrate` | estimated from the playlist's `EXT-X-BITRATE` |
/// | `average-bandwidth` | estimated from the rendition's `AVERAGE-BANDWIDTH` |
/// | `bandwidth` | estimated from the rendition's `BANDWIDTH` or `@bandwidth`, which both are peaks rather than means |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SizeSource {
    /// Measured: the segment is a file beside its manifest.
    File,
    /// The length of a byte range that the manifest gives.
    Range,
    /// An entry of the segment index of a file beside the manifest.
    Sidx,
    /// Estimated from the bitrate that the playlist gives for this segment.
    Bitrate,
    /// Estimated from the average bitrate of the rendition.
    AverageBandwidth,
    /// Estimated from the peak bitrate of the rendition.
    Bandwidth,
}

impl SizeSource {
    /// Its name in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            SizeSource::File => "file",
            SizeSource::Range => "range",
            SizeSource::Sidx => "sidx",
            SizeSource::Bitrate => "bitrate",
            SizeSource::AverageBandwidth => "average-bandwidth",
            SizeSource::Bandwidth => "bandwidth",
        }
    }

    /// Whether it is a guess rather than a count of bytes.
    pub fn is_estimate(self) -> bool {
        self >= SizeSource::Bitrate
    }
}
