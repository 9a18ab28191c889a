//! Buffer thresholds: the rung rises in equal steps between a low and a high buffer level.
//!
//! Source: Pensieve 1120bb1, `test/bb.py` (there called buffer-based; the paper cites BBA for it). Level 0 below `low`, the top
//! at `high` and above, `floor(top * (B - low) / (high - low))` between.
//!
//! | option | default | meaning |
//! |---|---|---|
//! | low | 5 | reservoir in seconds |
//! | high | 15 | reservoir + cushion in seconds |
//! | first | 0 | rung of the first request (Pensieve: 1) |

use units::Seconds;

use crate::{AbrStrategy, Decision, PlayerView};

/// See the module page.
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    /// Below this level: the lowest rung.
    pub low: Seconds,
    /// From this level on: the top rung.
    pub high: Seconds,
    /// The rung of the first request.
    pub first: usize,
}

impl Default for Buffer {
    fn default() -> Buffer {
        Buffer { low: Seconds::new(5.0), high: Seconds::new(15.0), first: 0 }
    }
}

impl AbrStrategy for Buffer {
    #[inline]
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        let (top, level) = (view.video.ladder().top(), view.buffer);
        Decision::fetch(if view.last_level.is_none() {
            self.first.min(top)
        } else if level < self.low {
            0
        } else if level >= self.high {
            top
        } else {
            let rise = top as f64 * (level - self.low).millis() / (self.high - self.low).millis();
            rise as usize
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_those_of_bb_py() {
        let video = super::super::tests::video();
        let mut view = PlayerView::at_start(&video, Seconds::new(60.0));
        let mut rule = Buffer { first: 1, ..Buffer::default() };
        assert_eq!(rule.decide(&view), Decision::fetch(1));
        view.last_level = Some(1);
        for (buffer, level) in [(4.999, 0), (5.0, 0), (6.999, 0), (7.0, 1), (14.999, 4), (15.0, 5)] {
            view.buffer = Seconds::new(buffer);
            assert_eq!(rule.decide(&view), Decision::fetch(level), "{buffer} s");
        }
    }
}
