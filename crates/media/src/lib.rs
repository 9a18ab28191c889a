//! What can be fetched: a ladder of rungs, the size of every segment on every rung, and when it becomes available.
//!
//! A [`Video`] comes out of files ([`formats`]) or out of a few numbers ([`presets`], over a ladder of [`ladders`]);
//! [`stats`] describes it.
//!
//! ```
//! use media::{Ladder, Video};
//! use units::{BitRate, Seconds};
//!
//! let ladder = Ladder::from_kbps(&[300.0, 1200.0, 4300.0])?;
//! let video = Video::constant_bitrate("talk", ladder, Seconds::new(4.0), Seconds::new(10.0))?;
//! assert_eq!(video.segments(), 3);
//! assert_eq!(video.duration(2), Seconds::new(2.0)); // the last segment is short
//! assert_eq!(video.size(0, 1), BitRate::from_kbps(1200.0) * Seconds::new(4.0));
//! # Ok::<(), media::MediaError>(())
//! ```

mod address;
mod error;
mod files;
mod format;
pub mod formats;
mod ladder;
pub mod ladders;
#[cfg(feature = "manifests")]
mod manifests;
pub mod presets;
mod quality;
mod size_source;
pub mod stats;
mod video;

pub use address::{Address, Addresses, Part};
pub use error::MediaError;
pub use ladder::{Ladder, Rung};
#[cfg(feature = "manifests")]
pub use manifests::dash::{LiveTimes, live_times};
#[cfg(feature = "manifests")]
pub use manifests::hls::LivePlaylist;
#[cfg(feature = "manifests")]
pub use manifests::steering;
#[cfg(feature = "manifests")]
pub use manifests::steering::Steering;
pub use quality::Quality;
pub use size_source::SizeSource;
pub use video::{Audio, Availability, Chunk, Listing, Live, Video};
