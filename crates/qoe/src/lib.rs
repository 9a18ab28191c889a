//! How it felt.
//!
//! [`Session`] is the shared vocabulary of what happened in one session: every request, stall, and rate change. All
//! summaries, QoE models and charts are functions of it. [`Summary`] is the one-line digest that the command line
//! prints.

mod error;
mod session;
mod summary;

pub use error::QoeError;
pub use session::{Download, Outcome, PlayedSegment, RateChange, Session, Stall, StallCause, SESSION_SCHEMA};
pub use summary::{Summary, SUMMARY_SCHEMA};
