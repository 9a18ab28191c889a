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

mod error;
pub mod sentiment;

pub use error::FeedbackError;
