//! How much a symbol carries at an SINR: by the tables of the standard, or by a truncated Shannon bound.
//!
//! # Sources
//!
//! | bound | alpha | SINR from | cap | source |
//! |---|---|---|---|---|
//! | [`TR_36942_DOWN`] | 0.6 | -10 dB | 4.4 bit/s/Hz | TR 36.942, annex A |
//! | [`TR_36942_UP`] | 0.4 | -10 dB | 2.0 bit/s/Hz | TR 36.942, annex A |
//! | [`TR_38803_DOWN`] | 0.6 | -10 dB | at 30 dB | TR 38.803, 5.2.7; values from memory |
//! | [`TR_38803_UP`] | 0.4 | -10 dB | at 22 dB | TR 38.803, 5.2.7; values from memory |
//!
//! The tables stand for alpha 0.57 (CQI 1) to 0.84 (CQI 15), so 0.6 allows for fading and implementation.
//!
//! # Layers
//!
//! A terminal has as many antennas as layers at most. They collect that many times the signal of one; the layers that are sent
//! divide it, and do not disturb each other. So `L` of at most `N` layers have an SINR `N/L` times that of one antenna each, and
//! a cell sends on as many as carry most. This is the best case of a rich channel; it needs no threshold of its own, and a
//! higher SINR never gives less.

use super::tables::McsTable;
use super::{Db, check};
use crate::NetworkError;

/// Shannon's bound, scaled and cut at both ends: `alpha log2(1 + SINR)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruncatedShannon {
    /// The share of the bound that is reached.
    pub alpha: f64,
    /// Below this nothing is carried.
    pub from: Db,
    /// Above this SINR no more is carried.
    pub to: Db,
    /// No more than this in bit/s/Hz.
    pub cap: f64,
}

/// LTE, downlink.
pub const TR_36942_DOWN: TruncatedShannon =
    TruncatedShannon { alpha: 0.6, from: Db::new(-10.0), to: Db::new(f64::INFINITY), cap: 4.4 };
/// LTE, uplink.
pub const TR_36942_UP: TruncatedShannon =
    TruncatedShannon { alpha: 0.4, from: Db::new(-10.0), to: Db::new(f64::INFINITY), cap: 2.0 };
/// NR, downlink.
pub const TR_38803_DOWN: TruncatedShannon =
    TruncatedShannon { alpha: 0.6, from: Db::new(-10.0), to: Db::new(30.0), cap: f64::INFINITY };
/// NR, uplink.
pub const TR_38803_UP: TruncatedShannon =
    TruncatedShannon { alpha: 0.4, from: Db::new(-10.0), to: Db::new(22.0), cap: f64::INFINITY };

impl TruncatedShannon {
    /// What a symbol carries in bit/s/Hz.
    ///
    /// ```
    /// use netmodel::radio::{Db, adaptation::TR_36942_DOWN};
    ///
    /// assert_eq!(TR_36942_DOWN.efficiency(Db::new(-10.1)), 0.0);
    /// assert_eq!(TR_36942_DOWN.efficiency(Db::ZERO), 0.6); // log2(1 + 1)
    /// assert_eq!(TR_36942_DOWN.efficiency(Db::new(40.0)), 4.4);
    /// ```
    pub fn efficiency(self, sinr: Db) -> f64 {
        if sinr < self.from {
            return 0.0;
        }
        let sinr = if sinr > self.to { self.to } else { sinr };
        (self.alpha * libm::log2(1.0 + sinr.ratio())).min(self.cap)
    }
}

/// What turns SINR into bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Adaptation {
    /// SINR to CQI to MCS, by the tables.
    Table(McsTable),
    /// A bound; CQI and MCS are still told, by the 256QAM table.
    Shannon(TruncatedShannon),
}

/// What a cell sends with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grade {
    /// Layers of MIMO; 0 where nothing can be sent.
    pub layers: u8,
    /// The CQI of each layer, 0 to 15.
    pub cqi: u8,
    /// The MCS of each layer.
    pub mcs: Option<u8>,
    /// Spectral efficiency of each layer, in bit/s/Hz without overhead.
    pub efficiency: f64,
}

impl Grade {
    /// Nothing can be sent.
    const NONE: Grade = Grade { layers: 0, cqi: 0, mcs: None, efficiency: 0.0 };

    /// All layers together, in bit/s/Hz without overhead.
    pub fn total_efficiency(self) -> f64 {
        f64::from(self.layers) * self.efficiency
    }
}

impl Adaptation {
    /// The tables that CQI and MCS are told by.
    pub fn table(self) -> McsTable {
        match self {
            Adaptation::Table(table) => table,
            Adaptation::Shannon(_) => McsTable::Qam256,
        }
    }

    /// What one layer carries at its SINR.
    pub fn layer(self, sinr: Db) -> Grade {
        let table = self.table();
        let cqi = table.cqi(sinr);
        let mcs = table.mcs_of_cqi(cqi);
        let efficiency = match self {
            // CQI 1 stands for less than MCS 0 carries.
            Adaptation::Table(_) => {
                mcs.map_or(0.0, |mcs| table.efficiency(f64::from(mcs))).min(table.efficiency_of_cqi(cqi))
            }
            Adaptation::Shannon(bound) => bound.efficiency(sinr),
        };
        match efficiency > 0.0 {
            true => Grade { layers: 1, cqi, mcs, efficiency },
            false => Grade::NONE,
        }
    }

    /// What carries most at the SINR of one antenna, on at most `most` layers; of equals the fewest.
    pub fn best(self, sinr: Db, most: u8) -> Grade {
        (1..=most).fold(Grade::NONE, |best, layers| {
            let split = Grade { layers, ..self.layer(sinr + per_layer(layers, most)) };
            if split.total_efficiency() > best.total_efficiency() { split } else { best }
        })
    }

    /// Block errors where a grade was chosen for a better SINR than there is now: 10 % at the SINR from which its CQI is
    /// reported, ten times more with each decibel that is missing, at most all.
    ///
    /// The slope is that of a long code in white noise, roughly; from memory. All where nothing can be sent. A bound has no
    /// CQI that could be too high: its errors are those that are aimed at.
    pub fn block_errors(self, grade: Grade, sinr: Db, most: u8) -> f64 {
        let sinr = sinr + per_layer(grade.layers.max(1), most);
        match (self, self.table().threshold(grade.cqi)) {
            (Adaptation::Shannon(bound), _) if sinr >= bound.from => TARGET_BLOCK_ERRORS,
            (Adaptation::Table(_), Some(from)) => {
                (TARGET_BLOCK_ERRORS * libm::exp10((from - sinr).get())).min(1.0)
            }
            _ => 1.0,
        }
    }

    /// Refuses a bound that is none.
    pub(super) fn check(self) -> Result<(), NetworkError> {
        match self {
            Adaptation::Table(_) => Ok(()),
            Adaptation::Shannon(b) => {
                check("alpha", b.alpha, b.alpha > 0.0 && b.alpha <= 1.0, "a share above 0 and at most 1")
            }
        }
    }
}

/// How much better the SINR of a layer is than that of one antenna.
fn per_layer(layers: u8, most: u8) -> Db {
    Db::from_ratio(f64::from(most) / f64::from(layers))
}

/// Block errors that link adaptation aims at (TS 38.214, 5.2.2.1).
pub const TARGET_BLOCK_ERRORS: f64 = 0.1;
