//! Which cell serves: event A3 of the standard, and what a handover costs.
//!
//! A neighbour whose RSRP is better than the serving cell's by `offset` and the hysteresis enters (TS 38.331, 5.5.4.4); if it does
//! not leave (fall below `offset` less the hysteresis) for the time to trigger, the terminal is handed over to it, to the
//! strongest if there are several. During the interruption nothing is carried.
//!
//! | constant | value | source |
//! |---|---|---|
//! | offset | 3 dB | usual, from memory |
//! | hysteresis | 1 dB of the usual 0 to 2 | from memory |
//! | time to trigger | 320 ms of the usual 160 to 320 | from memory |
//! | interruption | 30 to 50 ms (LTE); 5G anchored in LTE up to 100 to 150 ms | from memory |
//!
//! Measurements are filtered as the standard has it (TS 38.331, 5.5.3.2, coefficient 4): half of the old value and half of the
//! new one every 200 ms; a step of another length takes the power of one half that it is of 200 ms.
//!
//! # Known deviations
//!
//! No handover fails. Nothing is added for what TCP or the core network make of it: the measured dip of the rate (to 0.28 of
//! what it was, the median of 728 changes of the cell in Irish 5G drives) comes about by itself, since the old cell has become
//! weak before the new one serves, and the new one has other users; see `docs/radio.md`.

use units::{Seconds, SimRng};

use super::{Db, Dbm, check};
use crate::NetworkError;

/// When a terminal changes cells, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HandoverOptions {
    /// By how much a neighbour must be better.
    pub offset: Db,
    /// What is added to the offset to enter, and taken away to leave.
    pub hysteresis: Db,
    /// For how long it must be better.
    pub time_to_trigger: Seconds,
    /// How long nothing is carried, at least and at most.
    pub interruption: (Seconds, Seconds),
}

impl Default for HandoverOptions {
    fn default() -> HandoverOptions {
        HandoverOptions {
            offset: Db::new(3.0),
            hysteresis: Db::new(1.0),
            time_to_trigger: Seconds::from_millis(320.0),
            interruption: (Seconds::from_millis(30.0), Seconds::from_millis(50.0)),
        }
    }
}

impl HandoverOptions {
    /// Refuses what cannot be.
    pub(super) fn check(&self) -> Result<(), NetworkError> {
        check("hysteresis", self.hysteresis.get(), self.hysteresis >= Db::ZERO, "at least 0 dB")?;
        check("offset", self.offset.get(), true, "a finite number of dB")?;
        let ttt = self.time_to_trigger;
        check("time_to_trigger", ttt.get(), ttt >= Seconds::ZERO, "at least 0 s")?;
        let (low, high) = self.interruption;
        let ordered = Seconds::ZERO <= low && low <= high && high <= Seconds::new(10.0);
        check("interruption", high.get(), ordered, "0 to 10 s, the shorter first")
    }

    /// How long one handover takes, in whole milliseconds.
    pub(super) fn draw(&self, rng: &mut SimRng) -> Seconds {
        let (low, high) = self.interruption;
        Seconds::from_millis(libm::round(rng.range(low.millis(), high.millis())))
    }
}

/// In which time the filter takes over half of a change.
const FILTER: Seconds = Seconds::from_millis(200.0);

/// The cell that serves, and for how long each other one has been better.
///
/// ```
/// use netmodel::radio::{Dbm, handover::{HandoverOptions, Serving}};
/// use units::Seconds;
///
/// let mut serving = Serving::strongest(&[Dbm::new(-90.0), Dbm::new(-100.0)]);
/// let options = HandoverOptions { time_to_trigger: Seconds::from_millis(160.0), ..HandoverOptions::default() };
/// let better = [Dbm::new(-100.0), Dbm::new(-80.0)];
/// let step = Seconds::from_millis(80.0);
/// // After 80 ms the filtered values are -92.4 and -95.2, then -94.3 and -91.5: not yet 4 dB; from then on they are.
/// let cells: Vec<_> = (0..5).map(|_| serving.measure(&options, &better, step)).collect();
/// assert_eq!(cells, [None, None, None, None, Some(1)]);
/// assert_eq!(serving.cell(), 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Serving {
    cell: usize,
    /// RSRP, filtered.
    smooth: Vec<Dbm>,
    /// Since when each cell fulfils the event, as time that has passed; None where it does not.
    entered: Vec<Option<Seconds>>,
}

impl Serving {
    /// The strongest cell serves (the first of none).
    pub fn strongest(rsrp: &[Dbm]) -> Serving {
        let cell = (1..rsrp.len()).fold(0, |best, i| if rsrp[i] > rsrp[best] { i } else { best });
        Serving { cell, smooth: rsrp.to_vec(), entered: vec![None; rsrp.len()] }
    }

    /// The cell that serves.
    pub fn cell(&self) -> usize {
        self.cell
    }

    /// One measurement of all cells, `step` after the last. The new cell, if the terminal is handed over.
    pub fn measure(&mut self, options: &HandoverOptions, rsrp: &[Dbm], step: Seconds) -> Option<usize> {
        let keep = libm::exp2(-(step / FILTER));
        for (smooth, new) in self.smooth.iter_mut().zip(rsrp) {
            *smooth = *new - Db::new(keep * (*new - *smooth).get());
        }
        let rsrp = &self.smooth;
        let own = *rsrp.get(self.cell)?;
        let mut target: Option<usize> = None;
        for (cell, (entered, measured)) in self.entered.iter_mut().zip(rsrp).enumerate() {
            let better = *measured - own;
            *entered = match *entered {
                None if better > options.offset + options.hysteresis => Some(Seconds::ZERO),
                Some(_) if better < options.offset - options.hysteresis => None,
                since => since.map(|since| since + step),
            };
            if cell != self.cell
                && entered.is_some_and(|since| since >= options.time_to_trigger)
                && target.is_none_or(|best| *measured > rsrp[best])
            {
                target = Some(cell);
            }
        }
        if let Some(cell) = target {
            self.cell = cell;
            self.entered.fill(None);
        }
        target
    }
}
