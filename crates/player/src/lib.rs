//! The sans-IO player: a rule, a playback buffer and the scheduling of requests, without a clock, a socket or a thread.
//!
//! A player lives through time, and a driver (the simulator in virtual time, an HTTP client in real time) tells it how time
//! goes:
//!
//! 1. [`Player::next`] says what to do: begin a request, give one up, let time pass, or end. Asking twice gives the same answer.
//! 2. The driver does it. [`Player::elapsed`] says how much time has passed since the last question, in all; it is told before
//!    anything else is.
//! 3. It tells what became of requests: [`Player::received`] when the first bit came (and where that is wanted, whenever more
//!    came), [`Player::ended`] when it is over; [`Player::look`] asks about one that is followed closely.
//! 4. Everything that happens is reported to an [`Observer`]: [`Recorder`] keeps it all, [`Meter`] only the sums.
//!
//! Between two events everything is linear, so time is settled once per event, and a look is a read.
//!
//! ```
//! use media::{Ladder, Video};
//! use player::{Action, Ended, Options, Player, Recorder};
//! use units::Seconds;
//!
//! let ladder = Ladder::from_kbps(&[300.0, 1200.0])?;
//! let video = Video::constant_bitrate("talk", ladder, Seconds::new(4.0), Seconds::new(20.0))?;
//! let mut player = Player::new(&video, abr::rule("buffer")?, Options::default())?;
//! let (mut log, mut in_flight) = (Recorder::default(), None);
//! loop {
//!     match player.next(&mut log) {
//!         Action::Fetch(id) => in_flight = Some(id),
//!         Action::Wait(most) => match in_flight.take() {
//!             // A network on which everything takes one second; nothing is looked at before.
//!             Some(id) => {
//!                 player.elapsed(Seconds::new(1.0));
//!                 player.ended(id, Ended::Whole, &mut log);
//!             }
//!             None => player.elapsed(most),
//!         },
//!         Action::Cancel(id) => player.ended(id, Ended::Cancelled, &mut log),
//!         Action::Decide => unreachable!("the rule is here"),
//!         Action::End => break,
//!     }
//! }
//! let session = log.into_session();
//! assert_eq!(session.startup_delay_s, Seconds::new(1.0));
//! assert_eq!(session.played_s, Seconds::new(20.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod core;
mod end;
mod event;
mod latency;
mod machine;
mod meter;
mod options;
mod phase;
pub mod rate;
mod recorder;
mod request;
pub mod scheduling;
mod told;

pub use event::{Event, Finished, Observer, Totals, WaitReason};
pub use latency::LatencyMeter;
pub use machine::Player;
pub use meter::Meter;
pub use options::{Abandoned, Full, OptionError, Options, PlannedSeek, PlannedWish, Replacement, Wish};
pub use rate::{RateControl, WithRate};
pub use recorder::Recorder;
pub use request::{Action, Ended, InFlight, Look, Request, RequestId, What};
pub use scheduling::{Plain, Scheduling};
