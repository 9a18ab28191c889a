//! Network telemetry and viewer feedback: prediction, sentiment, action.
//!
//! ```
//! use feedback::sentiment::{Label, Sentiment, Streaming};
//!
//! let opinion = Streaming::new().judge("The stream keeps buffering every few minutes")?;
//! assert_eq!(opinion.label, Label::Negative);
//! # Ok::<(), feedback::FeedbackError>(())
//! ```

#![forbid(unsafe_code)]

mod answer;
pub mod capacity;
pub mod control;
pub mod decline;
mod desk;
mod engagement;
mod error;
pub mod governed;
mod playback;
pub mod predict;
pub mod replay;
pub mod sentiment;
pub mod telemetry;
pub mod viewer;
pub mod voice;

pub use answer::{Answer, shown};
pub use desk::{Desk, MOST_MESSAGES, Step};
pub use engagement::Experience;
pub use error::FeedbackError;
pub use playback::{Playback, Shown};
