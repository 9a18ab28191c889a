//! Noise, interference, and what a terminal measures of them. All per resource element (one subcarrier, one symbol).
//!
//! | quantity | formula | source |
//! |---|---|---|
//! | noise | `-174 dBm/Hz + 10 log10(spacing) + noise figure` | thermal noise at 290 K |
//! | SINR | `1 / (1/SNR + interference/signal + EVM^2)` | definition; the error vector of the transmitter ([`EVM`], TS 38.104, 6.5.2.2, from memory) keeps it below 29 dB |
//! | RSRQ | `1 / (12 (x + 1/SINR))`, x the used share of the cell's resource elements, 2/12 (idle) to 1 | definition of RSRQ (TS 36.214, 5.1.3) written per subcarrier; the range of x from memory |

use super::{Db, Dbm, Hertz};

/// Thermal noise in one hertz.
pub const THERMAL_NOISE_PER_HZ: Dbm = Dbm::new(-174.0);
/// Noise figure of a usual terminal.
pub const NOISE_FIGURE: Db = Db::new(7.0);
/// What a transmitter's signal is off by, where it sends 256QAM.
pub const EVM: f64 = 0.035;
/// Share of a cell's resource elements that is used when nobody is served: reference and control symbols.
pub const IDLE_ELEMENTS: f64 = 2.0 / 12.0;

/// Noise that a receiver sees on one resource element.
///
/// ```
/// use netmodel::radio::{Hertz, signal};
///
/// let noise = signal::noise(Hertz::from_khz(30.0), signal::NOISE_FIGURE);
/// assert!((noise.get() - -122.2).abs() < 0.05);
/// ```
pub fn noise(spacing: Hertz, noise_figure: Db) -> Dbm {
    THERMAL_NOISE_PER_HZ + Db::from_ratio(spacing.get()) + noise_figure
}

/// Signal over interference (in mW, 0 for none), noise and the transmitter's own errors.
pub fn sinr(rsrp: Dbm, interference_mw: f64, noise: Dbm) -> Db {
    let own_mw = rsrp.milliwatts() * EVM * EVM;
    rsrp - Dbm::from_milliwatts(interference_mw + noise.milliwatts() + own_mw)
}

/// RSRQ where the serving cell uses the share `used` of its resource elements.
pub fn rsrq(sinr: Db, used: f64) -> Db {
    -Db::from_ratio(12.0 * (used + 1.0 / sinr.ratio()))
}

/// The SINR that an RSRQ stands for, the inverse of [`rsrq`]; infinite where the RSRQ is better than the used share allows.
pub fn sinr_of_rsrq(rsrq: Db, used: f64) -> Db {
    let rest = 1.0 / (12.0 * rsrq.ratio()) - used;
    if rest > 0.0 { -Db::from_ratio(rest) } else { Db::new(f64::INFINITY) }
}

/// Share of resource elements that a cell uses for `users` elastic users next to the terminal, which would take the rest.
pub fn used_elements(users: u32) -> f64 {
    let users = f64::from(users);
    IDLE_ELEMENTS + (1.0 - IDLE_ELEMENTS) * users / (1.0 + users)
}
