//! The sans-IO player: a rule, a playback buffer and the scheduling of requests, without a clock, a socket or a thread.
//!
//! A driver (the simulator in virtual time, an HTTP client in real time) repeats three steps:
//!
//! 1. [`Player::next`] says what to do: wait, fetch a segment, or end.
//! 2. The driver does it, and tells how it went: [`Player::waited`] after a wait, [`Player::progress`] while a request is in
//!    flight, [`Player::finished`] or [`Player::abandoned`] when it is over.
//! 3. Everything that happens is reported to an [`Observer`]: [`Recorder`] keeps it all, [`Meter`] only the sums.
//!
//! ```
//! use media::{Ladder, Video};
//! use player::{Action, Delivery, Options, Player, Recorder};
//! use units::Seconds;
//!
//! let ladder = Ladder::from_kbps(&[300.0, 1200.0])?;
//! let video = Video::constant_bitrate("talk", ladder, Seconds::new(4.0), Seconds::new(20.0))?;
//! let mut player = Player::new(&video, abr::rule("buffer")?, Options::default())?;
//! let mut log = Recorder::default();
//! loop {
//!     match player.next(&mut log) {
//!         Action::Wait(time) | Action::PlayOut(time) => player.waited(time, &mut log),
//!         Action::Fetch(request) => {
//!             // A network on which everything takes one second.
//!             let delivery = Delivery { latency: Seconds::new(0.1), total: Seconds::new(1.0) };
//!             player.finished(&request, delivery, &mut log);
//!         }
//!         Action::End => break,
//!     }
//! }
//! let session = log.into_session();
//! assert_eq!(session.startup_delay_s, Seconds::new(1.0));
//! assert_eq!(session.played_s, Seconds::new(20.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod event;
mod machine;
mod meter;
mod options;
mod recorder;

pub use event::{Event, Finished, Observer, Totals, WaitReason};
pub use machine::{Action, Delivery, Look, Player, Request};
pub use meter::Meter;
pub mod rate;
pub use options::{Abandoned, Full, OptionError, Options, PlannedSeek, Replacement};
pub use recorder::Recorder;
