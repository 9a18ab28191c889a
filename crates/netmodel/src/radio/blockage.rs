//! Millimetre waves behind a body, a bus or a tree: sudden losses of 20 to 30 dB.
//!
//! Between two blockages there is an exponential time. A blockage has a loss and an entry time drawn uniformly; its length is
//! a shortest one plus an exponential time. The loss rises in a straight line (in dB) over the entry time and falls over the
//! same time at the end.
//!
//! | constant | value | source |
//! |---|---|---|
//! | loss | 20 to 30 dB | from memory |
//! | entry | 0.1 to 0.2 s | from memory |
//! | shortest | 0.3 s (blocked 0.3 to 2 s) | from memory |
//! | how often, how long | 0.75 per minute, 1.95 s in the mean | the outages (below 0.1 Mbit/s) of the Lumos5G mmWave traces: 0.7 to 0.8 per minute, 1.7 to 2.2 s |
//!
//! A blockage hides the cell that serves when it begins; another may take over.

use units::{Seconds, SimRng};

use super::{Db, check};
use crate::NetworkError;

/// How often and for how long a terminal is blocked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockageOptions {
    /// Blockages per minute, 0 to 30; 0 for none.
    pub per_minute: f64,
    /// Mean length, at least `shortest`.
    pub mean: Seconds,
    /// No blockage is shorter.
    pub shortest: Seconds,
    /// Smallest and largest loss.
    pub loss: (Db, Db),
    /// Shortest and longest time in which the loss builds up.
    pub entry: (Seconds, Seconds),
}

impl Default for BlockageOptions {
    fn default() -> BlockageOptions {
        BlockageOptions {
            per_minute: 0.75,
            mean: Seconds::new(1.95),
            shortest: Seconds::new(0.3),
            loss: (Db::new(20.0), Db::new(30.0)),
            entry: (Seconds::new(0.1), Seconds::new(0.2)),
        }
    }
}

/// One blockage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blockage {
    /// When it begins.
    pub start: Seconds,
    /// How long it lasts, entry included.
    pub length: Seconds,
    /// The loss once it is complete.
    pub loss: Db,
    /// How long the loss takes to build up.
    pub entry: Seconds,
}

impl Blockage {
    /// The loss at an instant; 0 dB before and after.
    pub fn loss_at(&self, at: Seconds) -> Db {
        let (into, left) = (at - self.start, self.start + self.length - at);
        Db::new(self.loss.get() * (into.min(left) / self.entry).clamp(0.0, 1.0))
    }
}

impl BlockageOptions {
    /// The blockages of a time from 0 on, in order, without overlap.
    ///
    /// # Errors
    /// [`NetworkError::Option`] for what is out of range.
    pub fn draw(&self, duration: Seconds, rng: &mut SimRng) -> Result<Vec<Blockage>, NetworkError> {
        check("per_minute", self.per_minute, (0.0..=30.0).contains(&self.per_minute), "0 to 30 blockages")?;
        let (mean, shortest) = (self.mean, self.shortest);
        check("shortest", shortest.get(), shortest > Seconds::ZERO, "a time above 0 s")?;
        check("mean", mean.get(), mean >= shortest, "at least the shortest blockage")?;
        check("entry", self.entry.0.get(), self.entry.0 > Seconds::ZERO, "a time above 0 s")?;
        // Between two of them, so that there are as many per minute as asked for.
        let apart = 60.0 / self.per_minute - mean.get();
        let mut all = Vec::new();
        if self.per_minute == 0.0 {
            return Ok(all);
        }
        check("per_minute", self.per_minute, apart > 0.0, "blockages that fit in a minute")?;
        let mut at = Seconds::new(rng.exponential(apart));
        while at < duration {
            let length = shortest + Seconds::new(rng.exponential((mean - shortest).get()));
            let loss = Db::new(rng.range(self.loss.0.get(), self.loss.1.get()));
            let entry = Seconds::new(rng.range(self.entry.0.get(), self.entry.1.get()));
            all.push(Blockage { start: at, length, loss, entry });
            at += length + Seconds::new(rng.exponential(apart));
        }
        Ok(all)
    }
}
