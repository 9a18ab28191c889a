//! How fast: controllers of the playback rate, one file each.

mod hlsjs;

pub use hlsjs::{HlsJsLatency, LivePlaylist};
