//! Which rung next: adaptive bitrate rules, and the throughput estimators they stand on.
//!
//! A rule implements [`AbrStrategy`]. It is pure: all it may know arrives through its arguments, so that the same rule
//! runs in simulation and in a real player. One file per rule, each opening with its source and constants; all of them
//! are registered in [`registry`], where [`rule`] builds one from `name:key=value,...`.
//!
//! ```
//! use abr::{AbrStrategy, Decision, PlayerView};
//! use media::{Ladder, Video};
//! use units::Seconds;
//!
//! let ladder = Ladder::from_kbps(&[300.0, 1200.0, 4300.0])?;
//! let video = Video::constant_bitrate("talk", ladder, Seconds::new(4.0), Seconds::new(60.0))?;
//! let mut rule = abr::rule("buffer:low=5,high=15")?;
//!
//! let mut view = PlayerView::at_start(&video, Seconds::new(30.0));
//! rule.begin(&view);
//! assert_eq!(rule.decide(&view), Decision::fetch(0));
//! (view.last_level, view.buffer) = (Some(0), Seconds::new(12.0));
//! assert_eq!(rule.decide(&view), Decision::fetch(1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod estimate;
pub mod registry;
pub mod rules;
mod source;
mod strategy;
mod view;

pub use registry::{BoxedRule, ReachesTop, entries, reaches_top, rule};
pub use source::{Custom, FromFn, RuleSource};
pub use strategy::{AbrStrategy, Attention, Decision, Ending, Estimate, PlayerEvent, Progress, Verdict};
pub use view::{LiveView, PlayerView, Track};
