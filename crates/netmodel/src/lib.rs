//! When do how many bits cross the link.
//!
//! A [`Trace`] is what was measured (or generated): periods of constant rate and latency. A [`Link`] carries requests
//! over a trace, exactly: between two rate changes everything is linear, so a transfer is solved in closed form and
//! never stepped by a clock. Everything that carries bits implements [`NetworkModel`].
//!
//! Traces come out of files ([`formats`]) or out of models ([`generators`]); [`stats`] describes them.
//!
//! ```
//! use netmodel::{Link, LinkOptions, NetworkModel, Trace};
//! use units::{BitRate, Bits, Seconds};
//!
//! // 1 Mbit/s for 10 s, then 4 Mbit/s for 10 s, for ever; every request waits 50 ms for its first bit.
//! let latency = Seconds::new(0.05);
//! let trace = Trace::steps("two steps", &[(10.0, 1.0), (10.0, 4.0)], latency)?;
//! let mut link = Link::new(trace.into(), LinkOptions::default())?;
//!
//! let transfer = link.transfer(Bits::new(9_950_000.0 + 4_000_000.0));
//! assert_eq!(transfer.latency, latency);
//! assert_eq!(transfer.total(), Seconds::new(11.0));
//! assert_eq!(link.rate(), BitRate::from_mbps(4.0));
//! # Ok::<(), netmodel::NetworkError>(())
//! ```

mod capacity;
pub mod channel;
#[cfg(feature = "datasets")]
pub mod datasets;
pub mod edit;
mod error;
pub mod formats;
pub mod generators;
pub mod impair;
pub mod limit;
mod link;
mod model;
mod packets;
mod period;
pub mod problems;
pub mod radio;
mod recording;
pub mod shared;
pub mod stats;
mod trace;
mod two_states;
mod values;

pub use capacity::capacity;
pub use error::NetworkError;
pub use link::{End, Link, LinkOptions, MOST_ENTRIES};
pub use model::{Carried, NetworkModel, ProgressInterval, Transfer, TransferTime};
pub use period::Period;
pub use trace::{Periods, Trace};
