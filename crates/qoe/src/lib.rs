//! How it felt: the record of a session, QoE models, and statistics over many sessions.
//!
//! One session has three forms, each made of the one before:
//!
//! - [`Session`] says what happened: every request, stall and rate change.
//! - [`Record`] is a session as a file stores it, with what is known of each rung.
//! - [`Viewing`] is what the viewer saw. Models score it.
//!
//! All summaries, models and charts are functions of these. [`Summary`] is the one-line digest that the command line prints.
//!
//! [`models()`] lists the models, [`model()`] makes one from its name and options:
//!
//! ```
//! use qoe::{Meta, Segment, Viewing};
//! use units::{BitRate, Seconds};
//!
//! let mut viewing = Viewing::new(Meta::default()).startup(Seconds::new(0.8));
//! for (kbps, stall) in [(1000.0, 0.0), (2000.0, 0.5), (2000.0, 0.0)] {
//!     viewing.push(Segment::new(Seconds::new(4.0), BitRate::from_kbps(kbps)), Seconds::new(stall));
//! }
//! let score = qoe::model("yin:preset=balanced,startup=apart")?.score(&viewing)?;
//! assert_eq!(score.value, 5000.0 - 1000.0 - 3000.0 * 0.5);
//! assert_eq!(score.parts.stall, -1500.0);
//! # Ok::<(), qoe::QoeError>(())
//! ```

pub mod drift;
mod entry;
mod error;
pub mod kpi;
mod live;
pub mod logs;
mod model;
pub mod models;
mod online;
#[cfg(feature = "p1203")]
pub mod p1203;
mod record;
mod registry;
mod rungs;
mod session;
pub mod stats;
mod summary;
mod viewing;

pub use drift::AvSync;
pub use entry::{BoxedAdditive, BoxedModel, ModelInfo};
pub use error::QoeError;
pub use live::{LiveCorner, LiveCounts, LiveSummary};
pub use model::{
    About, Accumulator, Additive, Conventions, First, Need, Parts, QoeModel, Scale, Score, Scratch, Total,
};
pub use models::linear::{Linear, Quality, Weights};
pub use online::{AsAdditive, Event, Online, Rescore, Sliding};
pub use record::Record;
pub use registry::{additive, model, models};
pub use rungs::{Resolution, RungDetails};
pub use session::{
    Download, LiveLatency, MediaTrack, OtherRequest, Outcome, PlayedSegment, RateChange, RequestKind,
    SESSION_SCHEMA, SESSION_SCHEMA_1, Seek, Session, Stall, StallCause,
};
pub use summary::{SUMMARY_SCHEMA, Summary};
pub use viewing::{
    AudioCodec, AudioSegment, Device, Interruption, InterruptionKind, Meta, Segment, VideoCodec, Viewing,
};
