//! What the viewer is watching: the playback buffer as a state machine.
//!
//! ```text
//! Startup --start threshold--> Playing <--resume threshold--> Stalled
//!                                 |                              ^
//!                                 |  seek out of the buffer -----+
//!                                 +--all content played--> Ended
//! ```
//!
//! The buffer has no clock: [`PlaybackBuffer::advance`] is told how much time passed and reports to a [`BufferObserver`] what
//! happened in it. Between two calls everything is linear, so nothing is stepped and nothing is lost.
//!
//! ```
//! use playbuf::{BufferOptions, PlaybackBuffer, State};
//! use units::Seconds;
//!
//! let s = Seconds::new;
//! let mut buffer = PlaybackBuffer::new(BufferOptions { start: s(4.0), ..BufferOptions::default() });
//! buffer.advance(s(1.0), &mut ()); // startup
//! buffer.append(s(4.0), (), &mut ());
//! assert_eq!(buffer.state(), State::Playing);
//! buffer.advance(s(5.0), &mut ()); // 4 s of media, then a stall of 1 s
//! assert_eq!(buffer.clock(), s(6.0));
//! assert_eq!((buffer.startup(), buffer.played(), buffer.stalled()), (s(1.0), s(4.0), s(1.0)));
//! ```
//!
//! [`health`] watches a buffer that is not ours: it is told levels, and says how well playback does.

mod buffer;
pub mod health;

pub use buffer::{BufferObserver, BufferOptions, PlaybackBuffer, StallCause, State};
