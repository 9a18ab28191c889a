//! BOLA's own objective, and the score that Sabre reports.
//!
//! ```text
//! u = ln(R / R_min)
//! form=sabre         (sum u - gamma sum stall / segment) / N, times playing time / time of the session
//! form=mean          (sum u - gamma sum stall / segment) / N
//! form=utility       (sum u) / N
//! form=time-average  (sum u segment) / seconds of the session
//! form=objective     (sum (u + gamma) segment) / seconds of the session
//! ```
//!
//! Source: Spiteri, Urgaonkar, Sitaraman, *BOLA: near-optimal bitrate adaptation for online videos*, INFOCOM 2016; Sabre
//! 09b03bb (sabre.py, "time average score": divided by the segments that would have played in its total play time, which
//! counts stalls and the startup delay). The seconds of the session are media time, stalls and startup delay.
//!
//! | constant | value |
//! |---|---|
//! | gamma | 5 (gamma_p of BOLA's own tests) |
//!
//! Deviations: utilities come from nominal bitrates, where the paper takes segment sizes. In `form=sabre` and `form=mean` a
//! stall is divided by the duration of the segment that it waits for; with segments of equal length `form=sabre` is Sabre's.

use spec::{Entry, Options, opt};
use units::Seconds;

use crate::entry::{Built, ModelInfo};
use crate::{
    About, Additive, Conventions, First, Meta, Need, Parts, QoeError, Scale, Scratch, Segment, Total,
};

/// Which of BOLA's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Mean utility with a penalty for stalls, per segment that the time of the session would hold: as Sabre prints it.
    Sabre,
    /// Mean utility with a penalty for stalls, per segment that was played.
    Mean,
    /// Mean utility.
    Utility,
    /// Utility per second of the session.
    TimeAverage,
    /// Utility and playing time per second of the session: the objective that BOLA maximises.
    Objective,
}

/// BOLA's score.
#[derive(Clone, Copy, Debug)]
pub struct Bola {
    pub form: Form,
    /// What smooth playback weighs against utility.
    pub gamma: f64,
}

impl Additive for Bola {
    fn about(&self) -> About {
        About { id: "bola", scale: Scale::Unbounded, needs: &[Need::Ladder] }
    }

    fn conventions(&self) -> Conventions {
        let total = match self.form {
            Form::Sabre => Total::PerSegmentOfSession,
            Form::Mean | Form::Utility => Total::Mean,
            Form::TimeAverage | Form::Objective => Total::PerSecond,
        };
        Conventions { first: First::Keep, total }
    }

    #[inline]
    fn step(
        &self,
        meta: &Meta,
        _: Option<&Segment>,
        current: &Segment,
        stall: Seconds,
        scratch: &mut Scratch,
    ) -> Result<Parts, QoeError> {
        let lowest = meta.ladder.first().ok_or_else(|| self.about().missing(Need::Ladder))?;
        let utility = scratch.of_bitrate(current.bitrate, || libm::log(current.bitrate / *lowest));
        let duration = current.duration.get();
        Ok(match self.form {
            Form::Sabre | Form::Mean => Parts {
                quality: utility,
                // Most segments need no division.
                stall: if stall > Seconds::ZERO {
                    0.0 - self.gamma * (stall / current.duration)
                } else {
                    0.0
                },
                ..Parts::default()
            },
            Form::Utility => Parts { quality: utility, ..Parts::default() },
            Form::TimeAverage => Parts { quality: utility * duration, ..Parts::default() },
            Form::Objective => Parts { quality: (utility + self.gamma) * duration, ..Parts::default() },
        })
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "bola",
        about: "logarithmic utility per segment or second (BOLA 2016, Sabre)",
        options: &[
            opt(
                "form",
                "sabre",
                "sabre (what Sabre prints), mean (per segment played), utility, time-average (utility per second) or objective",
            ),
            opt("gamma", "5", "weight of playing without stalls"),
        ],
    },
    build,
};

fn build(o: &Options) -> Result<Built, QoeError> {
    let forms = [
        ("sabre", Form::Sabre),
        ("mean", Form::Mean),
        ("utility", Form::Utility),
        ("time-average", Form::TimeAverage),
        ("objective", Form::Objective),
    ];
    Built::additive(Bola { form: o.choice("form", &forms)?, gamma: o.number("gamma", 0.0..)? })
}
