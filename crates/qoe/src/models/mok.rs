//! Mok, Chan and Chang: levels of startup delay, stall frequency and stall length.
//!
//! ```text
//! MOS = 4.23 - 0.0672 L_ti - 0.742 L_fr - 0.106 L_tr
//! ```
//!
//! Source: Mok, Chan, Chang, *Measuring the quality of experience of HTTP video streaming*, IM 2011.
//!
//! | level | startup delay | stalls per second | mean stall |
//! |---|---|---|---|
//! | 1 | up to 1 s | up to 0.02 | up to 5 s |
//! | 2 | up to 5 s | up to 0.15 | up to 10 s |
//! | 3 | beyond | beyond | beyond |
//!
//! The paper has no level 0, so that a session without any interruption has 3.31; `levels=zero` gives what did not happen
//! the level 0 (as the pysqoe collection does), and such a session 4.23. The seconds are media time and stalls.
//!
//! More stalling *can* raise it: a further short stall lowers the mean length, and a longer one the frequency.

use spec::{Entry, opt};

use crate::entry::{Built, ModelInfo};
use crate::model::attributed;
use crate::{About, QoeError, QoeModel, Scale, Score, Viewing};

/// The model of Mok et al.
#[derive(Clone, Copy, Debug)]
pub struct Mok {
    /// What did not happen has level 0 instead of 1.
    pub level_zero: bool,
}

impl Mok {
    /// The levels of startup delay, stall frequency and stall length.
    pub fn levels(&self, viewing: &Viewing) -> [u8; 3] {
        let n = viewing.rebuffers().count() as f64;
        let stall = viewing.stall_time().get();
        let seconds = viewing.media_time().get() + stall;
        let measured = [
            (viewing.startup_delay().get(), 1.0, 5.0),
            (if seconds > 0.0 { n / seconds } else { 0.0 }, 0.02, 0.15),
            (if n > 0.0 { stall / n } else { 0.0 }, 5.0, 10.0),
        ];
        measured.map(|(x, low, high)| match x {
            x if self.level_zero && x <= 0.0 => 0,
            x => 1 + u8::from(x > low) + u8::from(x > high),
        })
    }
}

impl QoeModel for Mok {
    fn about(&self) -> About {
        About { id: "mok", scale: Scale::Mos, needs: &[] }
    }

    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        attributed(viewing, self.about().scale, |v| {
            let [startup, frequency, length] = self.levels(v).map(f64::from);
            Ok(4.23 - 0.0672 * startup - 0.742 * frequency - 0.106 * length)
        })
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "mok",
        about: "levels of startup, stall frequency and stall length (Mok 2011)",
        options: &[opt("levels", "paper", "paper: 1 to 3; zero: 0 for what did not happen")],
    },
    build: |o| Built::whole(Mok { level_zero: o.choice("levels", &[("paper", false), ("zero", true)])? }),
};
