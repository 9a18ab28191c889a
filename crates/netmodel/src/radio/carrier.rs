//! From spectral efficiency to bit/s.
//!
//! # The mapping
//!
//! `rate = layers * efficiency * RB * 12 * symbols per second * eta`, with 14 symbols in a slot and 1000 slots per second at
//! 15 kHz (2000 at 30 kHz). `eta` is what is left of a resource grid filled with data: the downlink's share of the time
//! (0.70 to 0.74), control and reference symbols (0.86), block errors (0.9), and scheduling.
//!
//! # Source of eta
//!
//! Fitted by least squares to the half-second rows of the SIGCOMM 2024 mid-band artifact (throughput, mean MCS, mean resource
//! blocks, mean layers), 256QAM table, efficiency interpolated between the entries for a mean MCS:
//!
//! | network | eta | correlation | mean absolute error |
//! |---|---|---|---|
//! | Vodafone Spain | 0.520 | 0.93 | 7 to 17 % for all four |
//! | Orange Spain, 90 MHz | 0.500 | 0.94 | |
//! | Orange Spain, 100 MHz | 0.501 | 0.91 | |
//! | Vodafone Italy | 0.556 | 0.32 (its rate hardly changes) | |
//!
//! With the 64QAM table eta would be 0.84 to 0.94, more than the downlink's share of the time.

use units::BitRate;

use super::adaptation::{Adaptation, Grade};
use super::tables::{McsTable, resource_blocks};
use super::{Dbm, Hertz, check};
use crate::NetworkError;

/// Subcarriers of a resource block.
const SUBCARRIERS: f64 = 12.0;
/// Symbols of a slot with a normal cyclic prefix.
const SYMBOLS: f64 = 14.0;

/// Default of [`Carrier::eta`]: European mid-band networks.
pub const ETA: f64 = 0.52;
/// The downlink's share of the time where three slots of four are its own, as usual in mid-band.
pub const TDD_DOWN_SHARE: f64 = 0.74;
/// Overhead of the peak rate of the downlink below 7 GHz (TS 38.306, 4.1.2).
pub const OVERHEAD_DOWN_FR1: f64 = 0.14;

/// The rate of `layers` layers of an efficiency (bit/s/Hz) on `blocks` resource blocks; all three may be means.
///
/// ```
/// use netmodel::radio::{Hertz, carrier::{ETA, mapped_rate}, tables::McsTable};
///
/// let efficiency = McsTable::Qam256.efficiency(15.0);
/// let rate = mapped_rate(4.0, efficiency, 245.0, Hertz::from_khz(30.0), ETA);
/// assert!((rate.mbps() - 668.2).abs() < 0.1);
/// ```
pub fn mapped_rate(layers: f64, efficiency: f64, blocks: f64, spacing: Hertz, eta: f64) -> BitRate {
    BitRate::from_kbps(layers * efficiency * blocks * SUBCARRIERS * symbols_per_second(spacing) * eta / 1e3)
}

/// Symbols per second on one subcarrier, cyclic prefixes taken off.
fn symbols_per_second(spacing: Hertz) -> f64 {
    SYMBOLS * 1000.0 * (spacing.get() / 15e3)
}

/// One channel of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carrier {
    pub frequency: Hertz,
    /// Its width; with the spacing one of [`resource_blocks`].
    pub bandwidth: Hertz,
    /// Subcarrier spacing.
    pub spacing: Hertz,
    /// Most layers of MIMO, 1 to 8.
    pub layers: u8,
    /// SINR to bits.
    pub adaptation: Adaptation,
    /// What is left of a full resource grid; see the module.
    pub eta: f64,
}

impl Default for Carrier {
    /// Band n78: 100 MHz at 3.5 GHz, 30 kHz, four layers, 256QAM.
    fn default() -> Carrier {
        Carrier {
            frequency: Hertz::from_ghz(3.5),
            bandwidth: Hertz::from_mhz(100.0),
            spacing: Hertz::from_khz(30.0),
            layers: 4,
            adaptation: Adaptation::Table(McsTable::Qam256),
            eta: ETA,
        }
    }
}

impl Carrier {
    /// Resource blocks, as a number to compute with.
    ///
    /// # Errors
    /// [`NetworkError::Option`] for a bandwidth that the standard does not have at this spacing.
    pub fn blocks(&self) -> Result<f64, NetworkError> {
        let blocks = resource_blocks(self.bandwidth, self.spacing);
        let none = NetworkError::Option {
            option: "bandwidth",
            value: self.bandwidth.get(),
            expected: "a channel width in Hz that the standard has at the subcarrier spacing (such as 100e6 at 30 kHz)",
        };
        blocks.map(f64::from).ok_or(none)
    }

    /// What a terminal gets that has the cell for itself.
    ///
    /// # Errors
    /// As [`Carrier::blocks`].
    pub fn rate(&self, grade: Grade) -> Result<BitRate, NetworkError> {
        let blocks = self.blocks()?;
        Ok(mapped_rate(f64::from(grade.layers), grade.efficiency, blocks, self.spacing, self.eta))
    }

    /// The highest rate of TS 38.306 with the given overhead: every symbol of every layer at the highest modulation and the
    /// code rate 948/1024. Multiply by the downlink's share of the time where the band is shared with the uplink.
    ///
    /// ```
    /// use netmodel::radio::carrier::{Carrier, OVERHEAD_DOWN_FR1};
    ///
    /// let peak = Carrier::default().peak_rate(OVERHEAD_DOWN_FR1)?;
    /// assert!((peak.mbps() - 2337.0).abs() < 0.1);
    /// # Ok::<(), netmodel::NetworkError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Carrier::blocks`].
    pub fn peak_rate(&self, overhead: f64) -> Result<BitRate, NetworkError> {
        let schemes = self.adaptation.table().schemes();
        let bits = schemes.iter().map(|mcs| mcs.bits_per_symbol).max().unwrap_or(0);
        let efficiency = f64::from(bits) * 948.0 / 1024.0;
        let blocks = self.blocks()?;
        Ok(mapped_rate(f64::from(self.layers), efficiency, blocks, self.spacing, 1.0 - overhead))
    }

    /// The part of a transmitter's power that falls on one resource element.
    ///
    /// # Errors
    /// As [`Carrier::blocks`].
    pub fn per_element(&self, power: Dbm) -> Result<Dbm, NetworkError> {
        Ok(power - super::Db::from_ratio(self.blocks()? * SUBCARRIERS))
    }

    /// Refuses a carrier that cannot be.
    pub(super) fn check(&self) -> Result<(), NetworkError> {
        let ghz = self.frequency.ghz();
        check("frequency", self.frequency.get(), (0.5..=100.0).contains(&ghz), "0.5e9 to 100e9 Hz")?;
        check("layers", f64::from(self.layers), (1..=8).contains(&self.layers), "1 to 8")?;
        check("eta", self.eta, self.eta > 0.0 && self.eta <= 1.0, "a share above 0 and at most 1")?;
        self.adaptation.check()?;
        self.blocks().map(|_| ())
    }
}
