//! Segue for programs: one dependency brings the crates of the adaptive-streaming laboratory.
//!
//! ```toml
//! [dependencies]
//! segue-lab = "0.1"
//! ```
//!
//! ```
//! use segue_lab::{media, netmodel, qoe, sim, units};
//!
//! let ladder = media::Ladder::from_kbps(&[300.0, 750.0, 1200.0, 1850.0, 2850.0, 4300.0])?;
//! let video = media::Video::constant_bitrate("talk", ladder, units::Seconds::new(4.0), units::Seconds::new(300.0))?;
//! let trace = netmodel::generators::generate("4g,mean=2,seed=8", 0)?;
//! let session = sim::session(&std::sync::Arc::new(trace), &video, "bola-e", &sim::profile("default")?, 0)?;
//! let summary = qoe::Summary::of(&session);
//! assert_eq!(summary.segments, 75);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Without default features it has no charts and reads neither archives nor manifests.
//! Each crate can also be had alone, as `segue-<name>`.

pub use {abr, media, netmodel, playbuf, player, qoe, sim, spec, units};

#[cfg(feature = "charts")]
pub use plot;

/// The examples of the README compile and hold.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
