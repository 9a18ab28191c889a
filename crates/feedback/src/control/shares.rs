//! Shares of a cell: a viewer who complains again and again, alone, gets more of the link than others.
//!
//! It is what is left to do for few: the cap and the buffer are everybody's, and need a quorum.

use std::collections::BTreeMap;

use super::{Action, Crowd, Decision, HOLD_S, Mood};
use crate::sentiment::{Aspect, Label};

/// What such a viewer weighs on the shared link; everybody else weighs 1.
const WEIGHT: f64 = 2.0;
/// How strong a complaint must be, of 1: more than one message says at once.
const STRONG: f64 = 0.85;
/// A complaint that has faded to this is over.
const OVER: f64 = 0.2;
/// One viewer in so many may have a larger share; among fewer, nobody.
const ONE_IN: usize = 20;
/// Most viewers with a larger share.
const MOST: usize = 50;

/// Who has a larger share, and since when.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    larger: BTreeMap<String, f64>,
}

impl Shares {
    /// What to change at an instant.
    pub fn step(&mut self, at: f64, crowd: &Crowd, mood: &Mood) -> Vec<Decision> {
        let mut decisions = Vec::new();
        let share = |viewer: &str, weight: f64, reason: String| Decision {
            at_s: at,
            action: Action::Share { viewer: viewer.to_string(), weight },
            reason,
        };
        self.larger.retain(|viewer, since| {
            let keeps = at - *since < HOLD_S || crowd.complaint(viewer, at).is_some_and(|(c, _)| c > OVER);
            if !keeps {
                decisions.push(share(viewer, 1.0, "the complaint has faded".to_string()));
            }
            keeps
        });
        let most = (mood.viewers / ONE_IN).min(MOST);
        if mood.label == Label::Negative || self.larger.len() >= most {
            return decisions;
        }
        let helps = |aspect: Aspect| matches!(aspect, Aspect::Rebuffer | Aspect::Quality | Aspect::Smooth);
        let new: Vec<String> = crowd
            .complaints(at)
            .filter(|(viewer, complaint, aspect)| {
                *complaint >= STRONG && helps(*aspect) && !self.larger.contains_key(*viewer)
            })
            .map(|(viewer, ..)| viewer.to_string())
            .take(most - self.larger.len())
            .collect();
        for viewer in new {
            let reason = format!(
                "complains again and again, and is one of {}: more for one, nothing changes for all",
                mood.viewers
            );
            decisions.push(share(&viewer, WEIGHT, reason));
            self.larger.insert(viewer, at);
        }
        decisions
    }
}
