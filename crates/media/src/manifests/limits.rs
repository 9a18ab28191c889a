//! How large manifests may be.

use crate::MediaError;

/// The most bytes a manifest may have: 64 MiB. A day of live MPD has about one.
pub(super) const MAX_BYTES: u64 = 64 << 20;

/// The most segments a manifest may describe, over all its renditions: a week of 4 s segments on six rungs. A manifest of 200
/// bytes can speak of 2^64.
pub(super) const MAX_SEGMENTS: usize = 1_000_000;

/// Whether a manifest may have so many bytes.
pub(super) fn within_limit(bytes: u64) -> Result<(), MediaError> {
    match bytes > MAX_BYTES {
        true => Err(MediaError::input(0, "the manifest", format!("{bytes} bytes long"), "at most 64 MiB")),
        false => Ok(()),
    }
}

/// Whether so many segments may be looked for.
pub(super) fn affordable(segments: f64) -> Result<(), MediaError> {
    match segments > MAX_SEGMENTS as f64 {
        true => {
            let found = format!("above {MAX_SEGMENTS}");
            let expected = "at most that many over all renditions";
            Err(MediaError::input(0, "the number of segments", found, expected))
        }
        false => Ok(()),
    }
}
