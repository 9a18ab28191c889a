//! DYNAMIC: the throughput rule while the buffer is low, a BOLA once it is filled.
//!
//! Source: Spiteri, Sitaraman, Sparacio: From Theory to Practice (MMSys 2018), section 5; as in Sabre 09b03bb
//! (`src/sabre.py`, classes `Dynamic` and `DynamicDash`), by the same authors.
//!
//! | | [`Dynamic`] | [`DynamicDash`] |
//! |---|---|---|
//! | BOLA | `Bola` | `BolaE` |
//! | to BOLA | buffer over 10 s and BOLA's rung at least the throughput rule's | buffer over 10 s |
//! | back | buffer below 10 s and BOLA's rung below the throughput rule's; after a replacement | buffer below 5 s |
//! | asked | both, at every decision | only the one in force |
//! | abandonment | the throughput rule's | that of the one in force |

use units::Seconds;

use super::{Bola, BolaE, BolaEOptions, BolaOptions, Throughput, ThroughputOptions};
use crate::estimate::EstimatedRule;
use crate::{Ending, Estimate, PlayerEvent, PlayerView, Progress, Verdict};

const LOW: Seconds = Seconds::from_millis(5_000.0);
const HIGH: Seconds = Seconds::from_millis(10_000.0);

/// Options of both rules; see the pages of their parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DynamicOptions {
    /// BOLA's weight of avoiding stalls.
    pub gp: f64,
    /// BOLA's plain algorithm ([`Dynamic`] only).
    pub basic: bool,
    /// BOLA's steps up capped at the sustainable rung.
    pub exact_cap: bool,
    /// The insufficient-buffer rule of the throughput rule and of BOLA-E.
    pub insufficient_buffer: bool,
    /// Whether BOLA learns of seeks. Sabre forgets to tell it.
    pub tell_seeks: bool,
}

impl Default for DynamicOptions {
    fn default() -> DynamicOptions {
        DynamicOptions {
            gp: 5.0,
            basic: false,
            exact_cap: false,
            insufficient_buffer: true,
            tell_seeks: true,
        }
    }
}

/// See the module page.
#[derive(Clone, Debug)]
pub struct Dynamic {
    bola: Bola,
    throughput: Throughput,
    tell_seeks: bool,
    on_bola: bool,
}

impl Dynamic {
    /// With the given options.
    pub fn new(o: DynamicOptions) -> Dynamic {
        Dynamic {
            bola: Bola::new(BolaOptions { gp: o.gp, basic: o.basic, exact_cap: o.exact_cap }),
            throughput: Throughput::new(ThroughputOptions { insufficient_buffer: o.insufficient_buffer }),
            tell_seeks: o.tell_seeks,
            on_bola: false,
        }
    }
}

impl EstimatedRule for Dynamic {
    fn begin(&mut self, view: &PlayerView<'_>) {
        self.bola.begin(view);
        self.throughput.begin(view);
        self.on_bola = false;
    }

    fn decide(&mut self, view: &PlayerView<'_>, e: Estimate) -> (usize, Seconds) {
        let (bola, throughput) = (self.bola.decide(view, e), self.throughput.decide(view, e));
        self.on_bola = match self.on_bola {
            true => !(view.buffer < HIGH && bola.0 < throughput.0),
            false => view.buffer > HIGH && bola.0 >= throughput.0,
        };
        if self.on_bola { bola } else { throughput }
    }

    fn progress(&mut self, view: &PlayerView<'_>, p: &Progress, e: Estimate) -> Verdict {
        self.throughput.progress(view, p, e)
    }

    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        match event {
            PlayerEvent::Ended { ending: Ending::Replaced | Ending::ReplacementAbandoned, .. } => {
                self.on_bola = false;
            }
            PlayerEvent::Seeked if self.tell_seeks => self.bola.event(view, event),
            _ => {}
        }
    }
}

/// See the module page.
#[derive(Clone, Debug)]
pub struct DynamicDash {
    bola: BolaE,
    throughput: Throughput,
    tell_seeks: bool,
    on_bola: bool,
}

impl DynamicDash {
    /// With the given options.
    pub fn new(o: DynamicOptions) -> DynamicDash {
        let (insufficient_buffer, exact_cap) = (o.insufficient_buffer, o.exact_cap);
        DynamicDash {
            bola: BolaE::new(BolaEOptions { gp: o.gp, insufficient_buffer, exact_cap }),
            throughput: Throughput::new(ThroughputOptions { insufficient_buffer }),
            tell_seeks: o.tell_seeks,
            on_bola: false,
        }
    }
}

impl EstimatedRule for DynamicDash {
    fn begin(&mut self, view: &PlayerView<'_>) {
        self.bola.begin(view);
        self.throughput.begin(view);
        self.on_bola = false;
    }

    fn decide(&mut self, view: &PlayerView<'_>, e: Estimate) -> (usize, Seconds) {
        self.on_bola = if self.on_bola { view.buffer >= LOW } else { view.buffer > HIGH };
        if self.on_bola { self.bola.decide(view, e) } else { self.throughput.decide(view, e) }
    }

    fn progress(&mut self, view: &PlayerView<'_>, p: &Progress, e: Estimate) -> Verdict {
        if self.on_bola { self.bola.progress(view, p, e) } else { self.throughput.progress(view, p, e) }
    }

    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        if self.tell_seeks || *event != PlayerEvent::Seeked {
            self.bola.event(view, event);
        }
    }
}

#[cfg(test)]
mod tests {
    use units::BitRate;

    use super::*;

    const SLOW: Estimate = Estimate { throughput: BitRate::from_kbps(900.0), latency: Seconds::ZERO };

    #[test]
    fn a_low_buffer_belongs_to_the_throughput_rule_and_a_full_one_to_bola() {
        let video = super::super::tests::video();
        let mut view = PlayerView::at_start(&video, Seconds::new(25.0));
        let mut rule = Dynamic::new(DynamicOptions::default());
        rule.begin(&view);
        view.segment = 25;
        view.buffer = Seconds::new(9.0);
        assert_eq!(rule.decide(&view, SLOW).0, 1);
        view.buffer = Seconds::new(20.0);
        assert_eq!(rule.decide(&view, SLOW).0, 2, "BOLA: one above what 900 kbit/s sustain");
    }

    #[test]
    fn dynamic_dash_has_a_hysteresis_between_5_and_10_seconds() {
        let video = super::super::tests::video();
        let mut view = PlayerView::at_start(&video, Seconds::new(25.0));
        let mut rule = DynamicDash::new(DynamicOptions::default());
        rule.begin(&view);
        for (buffer, on_bola) in [(9.9, false), (10.1, true), (5.0, true), (4.9, false), (9.9, false)] {
            view.buffer = Seconds::new(buffer);
            rule.decide(&view, SLOW);
            assert_eq!(rule.on_bola, on_bola, "{buffer} s");
        }
    }
}
