//! The units of Segue: [`Seconds`], [`Bits`] and [`BitRate`], and [`SimRng`], its one source of randomness.
//!
//! The types are `f64` newtypes with the arithmetic that makes sense, so that a size divided by a rate *is* a time
//! and a rate multiplied by a size does not compile:
//!
//! ```
//! use units::{BitRate, Bits, Seconds};
//!
//! let segment = Bits::new(6_000_000.0);
//! let link = BitRate::from_mbps(3.0);
//! assert_eq!(segment / link, Seconds::new(2.0));
//! assert_eq!(link * Seconds::new(2.0), segment);
//! ```
//!
//! # Why milliseconds inside
//!
//! A [`Seconds`] keeps milliseconds and a [`BitRate`] keeps kbit/s (which is bit/ms). The data of the field comes in
//! these units as whole numbers (a 2002 ms segment, a 573 ms trace period, a 235 kbit/s rung), and whole numbers stay
//! exact in binary floating point while 2.002 does not. It is also what the published simulators compute in, so their
//! last digit can be reproduced by the same engine that everything else uses.

mod quantity;
mod random;

pub use quantity::{BitRate, Bits, Seconds};
pub use random::SimRng;
