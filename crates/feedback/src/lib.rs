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
#![deny(missing_docs)]

mod answer;
pub mod control;
mod error;
mod playback;
pub mod predict;
pub mod sentiment;
pub mod telemetry;
pub mod voice;

pub use answer::{Answer, shown};
pub use error::FeedbackError;
pub use playback::{Playback, Shown};
