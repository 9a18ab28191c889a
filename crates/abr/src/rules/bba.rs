//! BBA-0: the buffer alone chooses the rate.
//!
//! Source: Huang, Johari, McKeown, Trunnell, Watson: A Buffer-Based Approach to Rate Adaptation (SIGCOMM 2014),
//! section 4 (algorithm 1). A linear map f from the buffer to the rates between the lowest rung (at the reservoir) and
//! the top (at the end of the cushion); the rung changes only when f crosses the next rung up or down.
//!
//! | constant | value |
//! |---|---|
//! | reservoir | 90 s of a 240 s buffer, so 0.375 of the capacity unless given |
//! | cushion | 126 s of a 240 s buffer, so 0.525 of the capacity unless given |
//!
//! Deviations: the paper's player has a 240 s buffer; with another capacity both shares are kept. A request is made when there
//! is room for its segment, so the buffer that a rule sees never exceeds the capacity less a segment. Where the cushion would
//! end above that (below 40 s with segments of 4 s), reservoir and cushion shrink together until it ends there; with the
//! shares alone such a player never played its top rung.

use units::{BitRate, Seconds};

use crate::{AbrStrategy, Decision, PlayerView};

/// Shares of the capacity.
const RESERVOIR: f64 = 0.375;
const CUSHION: f64 = 0.525;

/// See the module page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bba {
    /// Buffer below which the lowest rung is taken; None for 0.375 of the capacity, or less where that is needed.
    pub reservoir: Option<Seconds>,
    /// Buffer over which the rate rises to the top; None for 0.525 of the capacity, or less where that is needed.
    pub cushion: Option<Seconds>,
}

impl AbrStrategy for Bba {
    #[inline]
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        let ladder = view.video.ladder();
        let Some(last) = view.last_level else { return Decision::fetch(0) };
        // The most that the buffer holds when a request is made, but for rounding.
        let most = (view.capacity - view.video.duration(view.segment)) * (1.0 - 1e-6);
        let whole = view.capacity * (RESERVOIR + CUSHION);
        let scale = if whole > most && most > Seconds::ZERO { most / whole } else { 1.0 };
        let reservoir = self.reservoir.unwrap_or(view.capacity * (RESERVOIR * scale));
        let cushion = self.cushion.unwrap_or(view.capacity * (CUSHION * scale));
        if view.buffer <= reservoir {
            return Decision::fetch(0);
        }
        if view.buffer >= reservoir + cushion || cushion <= Seconds::ZERO {
            return Decision::fetch(ladder.top());
        }
        let rates = ladder.bitrates();
        let (lowest, top) = (rates[0], rates[ladder.top()]);
        let map = lowest + (top - lowest) * ((view.buffer - reservoir) / cushion);
        Decision::fetch(self.follow(rates, last, map))
    }
}

impl Bba {
    /// Up to the highest rung below the map once it reaches the next rung; down to the lowest above it once it falls to
    /// the rung below; else stay.
    #[inline]
    fn follow(&self, rates: &[BitRate], last: usize, map: BitRate) -> usize {
        if last + 1 < rates.len() && map >= rates[last + 1] {
            rates.partition_point(|r| *r < map).max(1) - 1
        } else if last > 0 && map <= rates[last - 1] {
            rates.partition_point(|r| *r <= map).min(rates.len() - 1)
        } else {
            last
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(buffer: f64, last: usize) -> Decision {
        let video = super::super::tests::video();
        let mut view = PlayerView::at_start(&video, Seconds::new(240.0));
        view.buffer = Seconds::new(buffer);
        view.last_level = Some(last);
        Bba::default().decide(&view)
    }

    /// The buffer at which the map of the paper's 240 s player reaches a rate.
    fn at(kbps: f64) -> f64 {
        90.0 + 126.0 * (kbps - 300.0) / 4000.0
    }

    #[test]
    fn the_reservoir_is_the_lowest_and_the_end_of_the_cushion_the_top() {
        assert_eq!(decide(90.0, 3), Decision::fetch(0));
        assert_eq!(decide(216.0, 3), Decision::fetch(5));
    }

    #[test]
    fn between_two_rungs_it_stays() {
        assert_eq!(decide(at(1500.0), 2), Decision::fetch(2));
        assert_eq!(decide(at(1500.0), 3), Decision::fetch(3));
        assert_eq!(decide(at(1860.0), 2), Decision::fetch(3));
        assert_eq!(decide(at(1190.0), 3), Decision::fetch(2));
    }

    #[test]
    fn a_far_map_moves_several_rungs() {
        assert_eq!(decide(at(3000.0), 0), Decision::fetch(4));
        assert_eq!(decide(at(800.0), 5), Decision::fetch(2));
    }
}
