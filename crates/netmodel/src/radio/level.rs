//! Powers, ratios and frequencies.

use std::fmt;
use std::ops::{Add, Neg, Sub};

use serde::{Deserialize, Serialize};

/// A power in decibels above a milliwatt. Serialises as a number; name such fields `*_dbm`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dbm(f64);

/// A ratio of powers in decibels. Serialises as a number; name such fields `*_db`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Db(f64);

/// A frequency or a bandwidth in hertz. Serialises as a number; name such fields `*_hz`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hertz(f64);

impl Dbm {
    /// From dBm.
    pub const fn new(dbm: f64) -> Dbm {
        Dbm(dbm)
    }

    /// In dBm.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// From a power in milliwatts.
    pub fn from_milliwatts(mw: f64) -> Dbm {
        Dbm(Db::from_ratio(mw).0)
    }

    /// In milliwatts.
    pub fn milliwatts(self) -> f64 {
        Db(self.0).ratio()
    }
}

impl Db {
    /// No gain and no loss.
    pub const ZERO: Db = Db(0.0);

    /// From decibels.
    pub const fn new(db: f64) -> Db {
        Db(db)
    }

    /// In decibels.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// From a ratio of two powers.
    ///
    /// ```
    /// assert_eq!(netmodel::radio::Db::from_ratio(100.0).get(), 20.0);
    /// ```
    pub fn from_ratio(ratio: f64) -> Db {
        Db(10.0 * libm::log10(ratio))
    }

    /// As a ratio of two powers.
    pub fn ratio(self) -> f64 {
        libm::exp10(self.0 / 10.0)
    }
}

impl Hertz {
    /// From hertz.
    pub const fn new(hz: f64) -> Hertz {
        Hertz(hz)
    }

    /// From kilohertz.
    pub const fn from_khz(khz: f64) -> Hertz {
        Hertz(khz * 1e3)
    }

    /// From megahertz.
    pub const fn from_mhz(mhz: f64) -> Hertz {
        Hertz(mhz * 1e6)
    }

    /// From gigahertz.
    pub const fn from_ghz(ghz: f64) -> Hertz {
        Hertz(ghz * 1e9)
    }

    /// In hertz.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// In gigahertz.
    pub const fn ghz(self) -> f64 {
        self.0 / 1e9
    }
}

impl Add<Db> for Dbm {
    type Output = Dbm;
    fn add(self, gain: Db) -> Dbm {
        Dbm(self.0 + gain.0)
    }
}

impl Sub<Db> for Dbm {
    type Output = Dbm;
    fn sub(self, loss: Db) -> Dbm {
        Dbm(self.0 - loss.0)
    }
}

/// How far one power is above another.
impl Sub for Dbm {
    type Output = Db;
    fn sub(self, other: Dbm) -> Db {
        Db(self.0 - other.0)
    }
}

impl Add for Db {
    type Output = Db;
    fn add(self, other: Db) -> Db {
        Db(self.0 + other.0)
    }
}

impl Sub for Db {
    type Output = Db;
    fn sub(self, other: Db) -> Db {
        Db(self.0 - other.0)
    }
}

impl Neg for Db {
    type Output = Db;
    fn neg(self) -> Db {
        Db(-self.0)
    }
}

impl fmt::Display for Dbm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)?;
        f.write_str(" dBm")
    }
}

impl fmt::Display for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)?;
        f.write_str(" dB")
    }
}
