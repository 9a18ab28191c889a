//! The bitrate ladder.

use units::BitRate;

use crate::MediaError;

/// One encoding of a video: a step of its ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// Nominal bitrate.
    pub bitrate: BitRate,
    /// Width and height in pixels, where known.
    pub resolution: Option<(u32, u32)>,
    /// Frames per second, where known.
    pub fps: Option<f64>,
    /// Codec as the manifest names it (`avc1.640028`, `h264`), where known.
    pub codec: Option<String>,
}

impl Rung {
    /// A rung of which only the bitrate is known.
    pub fn new(bitrate: BitRate) -> Rung {
        Rung { bitrate, resolution: None, fps: None, codec: None }
    }
}

/// The rungs of a video in strictly ascending order of bitrate; never empty. A *level* is an index into it, 0 the lowest.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    rungs: Vec<Rung>,
    bitrates: Vec<BitRate>,
}

impl Ladder {
    /// A ladder of the given rungs.
    ///
    /// # Errors
    /// [`MediaError`] without rungs, for a bitrate that is not positive and finite, or out of order.
    pub fn new(rungs: Vec<Rung>) -> Result<Ladder, MediaError> {
        if rungs.is_empty() {
            return Err(MediaError::Empty("rung"));
        }
        for (index, rung) in rungs.iter().enumerate() {
            let kbps = rung.bitrate.kbps();
            if !(kbps > 0.0 && kbps.is_finite()) {
                let field = format!("ladder: rung {index}: bitrate_kbps");
                return Err(MediaError::Number { field, value: kbps, expected: "a finite number above 0" });
            }
            if index > 0 && rung.bitrate <= rungs[index - 1].bitrate {
                let before = rungs[index - 1].bitrate.kbps();
                return Err(MediaError::Unordered { index, kbps, before });
            }
        }
        let bitrates = rungs.iter().map(|r| r.bitrate).collect();
        Ok(Ladder { rungs, bitrates })
    }

    /// A ladder of bare bitrates in kbit/s.
    ///
    /// # Errors
    /// As [`Ladder::new`].
    pub fn from_kbps(kbps: &[f64]) -> Result<Ladder, MediaError> {
        Ladder::new(kbps.iter().map(|k| Rung::new(BitRate::from_kbps(*k))).collect())
    }

    /// How many rungs; at least 1.
    #[allow(clippy::len_without_is_empty, reason = "a ladder is never empty")]
    pub fn len(&self) -> usize {
        self.rungs.len()
    }

    /// The highest level.
    pub fn top(&self) -> usize {
        self.rungs.len() - 1
    }

    /// Its rungs, ascending.
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// The nominal bitrates, ascending.
    #[inline]
    pub fn bitrates(&self) -> &[BitRate] {
        &self.bitrates
    }

    /// The nominal bitrate of a level.
    #[inline]
    pub fn bitrate(&self, level: usize) -> BitRate {
        self.bitrates[level]
    }

    /// The highest level whose bitrate is at most `rate`; the lowest if none is.
    #[inline]
    pub fn highest_at_most(&self, rate: BitRate) -> usize {
        self.bitrates.partition_point(|b| *b <= rate).max(1) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highest_at_most_is_inclusive_and_never_below_the_lowest() {
        let ladder = Ladder::from_kbps(&[300.0, 750.0, 1200.0]).expect("ascending");
        let level = |kbps| ladder.highest_at_most(BitRate::from_kbps(kbps));
        assert_eq!([level(10.0), level(300.0), level(749.9), level(750.0), level(1e9)], [0, 0, 0, 1, 2]);
    }

    #[test]
    fn refuses_what_is_no_ladder() {
        assert_eq!(Ladder::from_kbps(&[]), Err(MediaError::Empty("rung")));
        let unordered = Ladder::from_kbps(&[300.0, 300.0]);
        assert_eq!(unordered, Err(MediaError::Unordered { index: 1, kbps: 300.0, before: 300.0 }));
        assert!(matches!(Ladder::from_kbps(&[f64::NAN]), Err(MediaError::Number { .. })));
        assert!(matches!(Ladder::from_kbps(&[-1.0]), Err(MediaError::Number { .. })));
    }
}
