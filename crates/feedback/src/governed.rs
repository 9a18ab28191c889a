//! A rule under a cap and a buffer target: the one way in which the controller acts on a player.

use std::sync::{Arc, Mutex, PoisonError};

use abr::{
    AbrStrategy, Attention, BoxedRule, Decision, Estimate, PlayerEvent, PlayerView, Progress, Verdict,
};
use units::Seconds;

use crate::control::Height;

/// What a player is held to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The highest picture.
    pub cap: Height,
    /// How much media it holds at most; a player never holds more than its own capacity.
    pub target: Seconds,
}

/// Something that says what a player is held to, from what it sees of it.
pub trait Governor: Send {
    /// The bounds at this moment of the player; asked before every decision.
    fn bounds(&mut self, view: &PlayerView<'_>) -> Bounds;
}

/// Bounds that do not change by themselves: for a caller that sets them from outside.
#[derive(Clone, Debug)]
pub struct Fixed(pub Arc<Mutex<Bounds>>);

impl Governor for Fixed {
    fn bounds(&mut self, _: &PlayerView<'_>) -> Bounds {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Any rule, under bounds.
pub struct Governed<G> {
    rule: BoxedRule,
    governor: G,
    bounds: Bounds,
}

impl<G: Governor> Governed<G> {
    /// A rule under what a governor says.
    pub fn new(rule: BoxedRule, governor: G) -> Governed<G> {
        Governed { rule, governor, bounds: Bounds { cap: Height::P1080, target: Seconds::INFINITY } }
    }
}

/// The highest level whose picture is not above a cap; the lowest where all are. Rungs of unknown size are not capped.
pub fn highest(view: &PlayerView<'_>, cap: Height) -> usize {
    let ladder = view.video.ladder();
    let Some(lines) = cap.lines() else { return ladder.top() };
    let fits = |rung: &media::Rung| rung.resolution.is_none_or(|(_, height)| height <= lines);
    ladder.rungs().iter().rposition(fits).unwrap_or(0)
}

impl<G: Governor> AbrStrategy for Governed<G> {
    fn begin(&mut self, view: &PlayerView<'_>) {
        self.rule.begin(view);
    }

    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        self.bounds = self.governor.bounds(view);
        let above = view.buffer - self.bounds.target;
        if above > Seconds::ZERO && view.playing {
            return Decision::Wait(above);
        }
        let top = highest(view, self.bounds.cap);
        self.rule.decide(view).at_most(top, view.last_level)
    }

    fn attention(&self, level: usize) -> Attention {
        self.rule.attention(level)
    }

    fn progress(&mut self, view: &PlayerView<'_>, progress: &Progress) -> Verdict {
        match self.rule.progress(view, progress) {
            Verdict::Abandon { to } => Verdict::Abandon { to: to.min(highest(view, self.bounds.cap)) },
            other => other,
        }
    }

    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        self.rule.event(view, event);
    }

    fn estimate(&self) -> Option<Estimate> {
        self.rule.estimate()
    }
}
