//! The tables of the standards: modulation and coding schemes, channel quality indicators, resource blocks.
//!
//! | table | source |
//! |---|---|
//! | MCS, 64QAM and 256QAM | TS 38.214, tables 5.1.3.1-1 and 5.1.3.1-2 |
//! | efficiency of a CQI | TS 38.214, tables 5.2.2.1-2 and 5.2.2.1-3 |
//! | SINR of a CQI of the 64QAM table | from memory: the usual thresholds at 10 % block errors, one antenna, white noise |
//! | SINR of a CQI of the 256QAM table | the same thresholds where the efficiency is the same (1 to 12); the last three continue them: `efficiency = 0.841 log2(1 + SINR)`, which holds at 5.5547 bit/s/Hz |
//! | resource blocks, 15 and 30 kHz | TS 38.101-1, table 5.3.2-1; 40 to 100 MHz at 30 kHz are also the ticks of a figure of the SIGCOMM 2024 artifact |
//! | resource blocks, 120 kHz | TS 38.101-2, table 5.3.2-1; from memory |

use super::{Db, Hertz};

/// A modulation and coding scheme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mcs {
    /// Bits of a symbol: 2 (QPSK), 4, 6 or 8 (256QAM).
    pub bits_per_symbol: u8,
    /// Of 1024 bits sent, how many are data.
    pub code_rate_1024: f64,
}

impl Mcs {
    /// Data bits of a symbol, which is bit/s/Hz without overhead.
    pub fn efficiency(self) -> f64 {
        f64::from(self.bits_per_symbol) * self.code_rate_1024 / 1024.0
    }
}

const fn row(bits_per_symbol: u8, code_rate_1024: f64) -> Mcs {
    Mcs { bits_per_symbol, code_rate_1024 }
}

static MCS_64QAM: [Mcs; 29] = [
    row(2, 120.0),
    row(2, 157.0),
    row(2, 193.0),
    row(2, 251.0),
    row(2, 308.0),
    row(2, 379.0),
    row(2, 449.0),
    row(2, 526.0),
    row(2, 602.0),
    row(2, 679.0),
    row(4, 340.0),
    row(4, 378.0),
    row(4, 434.0),
    row(4, 490.0),
    row(4, 553.0),
    row(4, 616.0),
    row(4, 658.0),
    row(6, 438.0),
    row(6, 466.0),
    row(6, 517.0),
    row(6, 567.0),
    row(6, 616.0),
    row(6, 666.0),
    row(6, 719.0),
    row(6, 772.0),
    row(6, 822.0),
    row(6, 873.0),
    row(6, 910.0),
    row(6, 948.0),
];

static MCS_256QAM: [Mcs; 28] = [
    row(2, 120.0),
    row(2, 193.0),
    row(2, 308.0),
    row(2, 449.0),
    row(2, 602.0),
    row(4, 378.0),
    row(4, 434.0),
    row(4, 490.0),
    row(4, 553.0),
    row(4, 616.0),
    row(4, 658.0),
    row(6, 466.0),
    row(6, 517.0),
    row(6, 567.0),
    row(6, 616.0),
    row(6, 666.0),
    row(6, 719.0),
    row(6, 772.0),
    row(6, 822.0),
    row(6, 873.0),
    row(8, 682.5),
    row(8, 711.0),
    row(8, 754.0),
    row(8, 797.0),
    row(8, 841.0),
    row(8, 885.0),
    row(8, 916.5),
    row(8, 948.0),
];

/// `(SINR in dB from which the CQI is reported, bit/s/Hz)` of CQI 1 to 15.
const CQI_64QAM: [(f64, f64); 15] = [
    (-6.94, 0.1523),
    (-5.15, 0.2344),
    (-3.18, 0.3770),
    (-1.25, 0.6016),
    (0.76, 0.8770),
    (2.70, 1.1758),
    (4.69, 1.4766),
    (6.53, 1.9141),
    (8.57, 2.4063),
    (10.37, 2.7305),
    (12.29, 3.3223),
    (14.17, 3.9023),
    (15.89, 4.5234),
    (17.81, 5.1152),
    (19.83, 5.5547),
];

/// Up to CQI 12 entries of the other table: the same symbols come through at the same SINR.
static CQI_256QAM: [(f64, f64); 15] = {
    let c = CQI_64QAM;
    let [q13, q14, q15] = [(22.26, 6.2266), (24.73, 6.9141), (26.50, 7.4063)];
    [c[0], c[2], c[4], c[6], c[7], c[8], c[9], c[10], c[11], c[12], c[13], c[14], q13, q14, q15]
};

/// Which pair of MCS and CQI tables a cell uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum McsTable {
    /// Up to 64QAM.
    Qam64,
    /// Up to 256QAM; what the networks of the SIGCOMM 2024 measurements use.
    #[default]
    Qam256,
}

impl McsTable {
    /// The modulation and coding schemes, from MCS 0 on.
    pub fn schemes(self) -> &'static [Mcs] {
        match self {
            McsTable::Qam64 => &MCS_64QAM,
            McsTable::Qam256 => &MCS_256QAM,
        }
    }

    /// SINR in dB and bit/s/Hz of CQI 1 to 15.
    fn indicators(self) -> &'static [(f64, f64); 15] {
        match self {
            McsTable::Qam64 => &CQI_64QAM,
            McsTable::Qam256 => &CQI_256QAM,
        }
    }

    /// The CQI that is reported at an SINR: 0 (out of range) to 15.
    ///
    /// ```
    /// use netmodel::radio::{Db, tables::McsTable};
    ///
    /// assert_eq!(McsTable::Qam64.cqi(Db::new(-7.0)), 0);
    /// assert_eq!(McsTable::Qam64.cqi(Db::new(8.57)), 9);
    /// assert_eq!(McsTable::Qam256.cqi(Db::new(40.0)), 15);
    /// ```
    pub fn cqi(self, sinr: Db) -> u8 {
        self.indicators()
            .iter()
            .zip(1..)
            .take_while(|((from, _), _)| sinr.get() >= *from)
            .map(|(_, cqi)| cqi)
            .last()
            .unwrap_or(0)
    }

    /// The SINR from which a CQI (1 to 15) is reported; none for 0.
    pub fn threshold(self, cqi: u8) -> Option<Db> {
        self.indicators().get(usize::from(cqi).checked_sub(1)?).map(|(from, _)| Db::new(*from))
    }

    /// The efficiency that a CQI stands for in bit/s/Hz; 0 for CQI 0.
    pub fn efficiency_of_cqi(self, cqi: u8) -> f64 {
        usize::from(cqi).checked_sub(1).and_then(|i| self.indicators().get(i)).map_or(0.0, |(_, e)| *e)
    }

    /// The highest MCS that is no more efficient than a CQI; none for CQI 0.
    pub fn mcs_of_cqi(self, cqi: u8) -> Option<u8> {
        // The tables of CQIs are rounded to four places.
        let most = self.efficiency_of_cqi(cqi) + 1e-4;
        let below = self.schemes().iter().zip(0..).take_while(|(mcs, _)| mcs.efficiency() <= most);
        // CQI 1 is below MCS 0: what is sent then is MCS 0, at a higher share of errors.
        (cqi > 0).then(|| below.map(|(_, index)| index).last().unwrap_or(0))
    }

    /// The efficiency of an MCS that is the mean of several: linear between the entries, clamped to the table.
    ///
    /// ```
    /// use netmodel::radio::tables::McsTable;
    ///
    /// assert_eq!(McsTable::Qam256.efficiency(27.0), 8.0 * 948.0 / 1024.0);
    /// assert_eq!(McsTable::Qam256.efficiency(0.5), (2.0 * 120.0 + 2.0 * 193.0) / 2.0 / 1024.0);
    /// ```
    pub fn efficiency(self, mcs: f64) -> f64 {
        let schemes = self.schemes();
        let at = mcs.clamp(0.0, (schemes.len() - 1) as f64);
        let low = at.floor() as usize;
        let high = (low + 1).min(schemes.len() - 1);
        let part = at - low as f64;
        schemes[low].efficiency() * (1.0 - part) + schemes[high].efficiency() * part
    }
}

/// `(MHz, resource blocks)` for each subcarrier spacing in kHz.
static RESOURCE_BLOCKS: [(f64, &[(f64, u16)]); 3] = [
    (
        15.0,
        &[(5.0, 25), (10.0, 52), (15.0, 79), (20.0, 106), (25.0, 133), (30.0, 160), (40.0, 216), (50.0, 270)],
    ),
    (
        30.0,
        &[
            (5.0, 11),
            (10.0, 24),
            (15.0, 38),
            (20.0, 51),
            (25.0, 65),
            (30.0, 78),
            (40.0, 106),
            (50.0, 133),
            (60.0, 162),
            (70.0, 189),
            (80.0, 217),
            (90.0, 245),
            (100.0, 273),
        ],
    ),
    (120.0, &[(50.0, 32), (100.0, 66), (200.0, 132), (400.0, 264)]),
];

/// How many resource blocks of 12 subcarriers a channel has; None for a bandwidth or spacing that the standard does not
/// have.
///
/// ```
/// use netmodel::radio::{Hertz, tables::resource_blocks};
///
/// assert_eq!(resource_blocks(Hertz::from_mhz(100.0), Hertz::from_khz(30.0)), Some(273));
/// ```
pub fn resource_blocks(bandwidth: Hertz, spacing: Hertz) -> Option<u16> {
    let (_, of_spacing) = RESOURCE_BLOCKS.iter().find(|(khz, _)| Hertz::from_khz(*khz) == spacing)?;
    of_spacing.iter().find(|(mhz, _)| Hertz::from_mhz(*mhz) == bandwidth).map(|(_, blocks)| *blocks)
}
