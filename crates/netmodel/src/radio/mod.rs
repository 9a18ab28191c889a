//! What a mobile terminal gets, out of where it is: from a position to a rate, in the steps of a radio engineer.
//!
//! position -> path loss, shadowing, blockage -> RSRP -> SINR, RSRQ -> CQI -> MCS -> spectral efficiency -> what the cell
//! could carry to this terminal -> its share of the cell -> rate.
//!
//! | step | module |
//! |---|---|
//! | where the terminal is | [`Track`] |
//! | path loss, line of sight, shadowing | [`propagation`] |
//! | millimetre waves behind a body or a bus | [`blockage`] |
//! | noise, SINR, RSRQ | [`signal`] |
//! | CQI, MCS, spectral efficiency, or a truncated Shannon bound | [`adaptation`], [`tables`] |
//! | spectral efficiency to bit/s, with the constants fitted to a measured network | [`carrier`] |
//! | who else is in the cell | [`load`] |
//! | which cell | [`handover`] |
//! | all of it along a track | [`Scenario`], [`Drive`] |
//! | a link that can be requested over and asked for its radio state | [`Link`] |
//! | what a phone would report every second | [`Telemetry`] |
//!
//! In the field the signal explains little of the rate: in the Irish 5G measurements (MMSys 2020) the median download is
//! flat over CQI 7 to 15. So the radio sets what the cell could carry, and a process of its own, the number of other users,
//! does most of the variance.
//!
//! ```
//! use std::sync::Arc;
//! use netmodel::{LinkOptions, NetworkModel};
//! use netmodel::radio::{Drive, Link};
//! use units::Bits;
//!
//! let drive = Drive::from_preset("radio,duration=120,speed=14", 7)?;
//! let mut link = Link::new(Arc::new(drive), LinkOptions::default())?;
//! let transfer = link.transfer(Bits::new(8e6));
//! let state = link.state();
//! assert!(transfer.total().is_finite() && state.at <= transfer.total());
//! assert!((1..=15).contains(&state.cqi));
//! # Ok::<(), netmodel::NetworkError>(())
//! ```

pub mod adaptation;
pub mod blockage;
pub mod carrier;
mod drive;
mod field;
pub mod handover;
mod level;
mod link;
pub mod load;
pub mod propagation;
pub mod signal;
pub mod tables;
mod telemetry;
mod track;

pub(crate) use drive::places;
pub use drive::{Cell, Drive, Scenario, State};
pub use level::{Db, Dbm, Hertz};
pub use link::Link;
pub use telemetry::{Telemetry, csv};
pub use track::{Position, Track, Waypoint};

use crate::NetworkError;

/// An option that is a number within bounds; `expected` says them in words.
fn check(option: &'static str, value: f64, ok: bool, expected: &'static str) -> Result<(), NetworkError> {
    match ok && value.is_finite() {
        true => Ok(()),
        false => Err(NetworkError::Option { option, value, expected }),
    }
}
