//! Path loss, line of sight and shadowing of TR 38.901 (0.5 to 100 GHz), urban micro and macro cells.
//!
//! # Constants (TR 38.901, tables 7.4.1-1, 7.4.2-1 and 7.5-6)
//!
//! `d` is the distance in m (3D for the loss, on the ground for the probability), `f` the frequency in GHz, `h` the
//! terminal's height, here 1.5 m. Written from memory; the losses are checked against the test vectors of ns-3 at 5 GHz, the rest
//! against nothing that could be cited.
//!
//! | | urban micro (street canyon) | urban macro |
//! |---|---|---|
//! | base station | 10 m | 25 m |
//! | loss in sight, up to the breakpoint | 32.4 + 21 log10 d + 20 log10 f | 28 + 22 log10 d + 20 log10 f |
//! | behind it (40 log10 d) | - 9.5 log10(b^2 + dh^2) | - 9 log10(b^2 + dh^2) |
//! | loss out of sight, at least that in sight | 22.4 + 35.3 log10 d + 21.3 log10 f - 0.3 (h - 1.5) | 13.54 + 39.08 log10 d + 20 log10 f - 0.6 (h - 1.5) |
//! | probability of sight (1 up to 18 m) | 18/d + exp(-d/36) (1 - 18/d) | 18/d + exp(-d/63) (1 - 18/d) |
//! | shadowing in and out of sight, dB | 4, 7.82 | 4, 6 |
//! | its correlation distance, m | 10, 13 | 37, 50 |
//!
//! The breakpoint is `b = 4 (hB - 1) (h - 1) f/c` on the ground, dh the difference of heights. Sight is as correlated along
//! the way as TR 38.901, 7.6.3 says: over [`SIGHT_CORRELATION_M`].
//!
//! # Known deviations
//!
//! Distances below 10 m count as 10 m. Shadowing of different cells is independent. Between sight and none there is a jump,
//! as in the basic model of the report.

use super::{Db, Hertz};

/// Over how many metres along the way being in sight of a cell is correlated.
pub const SIGHT_CORRELATION_M: f64 = 50.0;
/// Speed of light as TR 38.901 rounds it, m/s.
const LIGHT_M_PER_S: f64 = 3e8;
/// Height of a terminal, m.
const TERMINAL_M: f64 = 1.5;
/// The models begin here.
const NEAREST_M: f64 = 10.0;

/// Where the cells stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// Urban micro: antennas below the roofs of a street.
    Umi,
    /// Urban macro: antennas above the roofs.
    #[default]
    Uma,
}

/// Whether a terminal sees the base station's antenna.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Line of sight.
    Los,
    /// None.
    Nlos,
}

impl Environment {
    /// Height of the base station, m.
    fn station_m(self) -> f64 {
        match self {
            Environment::Umi => 10.0,
            Environment::Uma => 25.0,
        }
    }

    /// How likely a terminal at a distance on the ground is in sight.
    ///
    /// ```
    /// use netmodel::radio::propagation::Environment;
    ///
    /// assert_eq!(Environment::Umi.sight_probability(18.0), 1.0);
    /// assert!((Environment::Umi.sight_probability(36.0) - (0.5 + 0.5 * (-1f64).exp())).abs() < 1e-15);
    /// ```
    pub fn sight_probability(self, ground_m: f64) -> f64 {
        let decay_m = match self {
            Environment::Umi => 36.0,
            Environment::Uma => 63.0,
        };
        let near = (18.0 / ground_m.max(1e-9)).min(1.0);
        near + libm::exp(-ground_m / decay_m) * (1.0 - near)
    }

    /// Loss between isotropic antennas at a distance on the ground, without shadowing.
    pub fn path_loss(self, sight: Sight, ground_m: f64, frequency: Hertz) -> Db {
        let ground_m = ground_m.max(NEAREST_M);
        let rise_m = self.station_m() - TERMINAL_M;
        let log_d = libm::log10(libm::hypot(ground_m, rise_m));
        let log_f = libm::log10(frequency.ghz());
        let break_m = 4.0 * (self.station_m() - 1.0) * (TERMINAL_M - 1.0) * frequency.get() / LIGHT_M_PER_S;
        let behind = || libm::log10(break_m * break_m + rise_m * rise_m);
        let (base, slope, back) = match self {
            Environment::Umi => (32.4, 21.0, 9.5),
            Environment::Uma => (28.0, 22.0, 9.0),
        };
        let in_sight = base
            + 20.0 * log_f
            + if ground_m <= break_m { slope * log_d } else { 40.0 * log_d - back * behind() };
        let out_of_sight = match self {
            Environment::Umi => 22.4 + 35.3 * log_d + 21.3 * log_f - 0.3 * (TERMINAL_M - 1.5),
            Environment::Uma => 13.54 + 39.08 * log_d + 20.0 * log_f - 0.6 * (TERMINAL_M - 1.5),
        };
        Db::new(match sight {
            Sight::Los => in_sight,
            Sight::Nlos => out_of_sight.max(in_sight),
        })
    }

    /// Standard deviation of the shadowing.
    pub fn shadowing(self, sight: Sight) -> Db {
        Db::new(match (self, sight) {
            (_, Sight::Los) => 4.0,
            (Environment::Umi, Sight::Nlos) => 7.82,
            (Environment::Uma, Sight::Nlos) => 6.0,
        })
    }

    /// Along how many metres the shadowing falls to 1/e of its correlation.
    pub fn shadowing_correlation_m(self, sight: Sight) -> f64 {
        match (self, sight) {
            (Environment::Umi, Sight::Los) => 10.0,
            (Environment::Umi, Sight::Nlos) => 13.0,
            (Environment::Uma, Sight::Los) => 37.0,
            (Environment::Uma, Sight::Nlos) => 50.0,
        }
    }
}
