//! `staged`: sets whose traces all change at the same second.

use std::collections::BTreeMap;

use super::problem::{Kind, Problem, Shared};
use crate::stats::Measured;

pub(super) static KIND: Kind = Kind {
    name: "staged",
    about: "nearly all traces change by a factor of 2 at the same second: a scenario, not recordings",
    advice: "say so; results depend on when the scenario changes, and more traces add no evidence about it",
};

/// Of so many traces at least ...
const STAGED_TRACES: usize = 10;
/// ... this share jumps by this factor at the same second. By chance it is 0.31 (Belgian 4G, 8 of 26) in public sets; in
/// Sabre's FCC set it is 1: all 62 known files go up by 5 and more at 60 s.
const STAGED_SHARE: f64 = 0.9;
const JUMP: f64 = 2.0;
/// In its first seconds every transfer ramps up (nine of ten of Genet's Pantheon runs do at 1 s).
const RAMP_S: usize = 5;

pub(super) fn of_set(members: &[(&str, &Measured)]) -> Option<Shared> {
    if members.len() < STAGED_TRACES {
        return None;
    }
    // Who goes up, and who down, by second.
    let mut jumps: BTreeMap<(usize, bool), Vec<usize>> = BTreeMap::new();
    for (member, (_, measured)) in members.iter().enumerate() {
        for (at, pair) in measured.bins().windows(2).enumerate().skip(RAMP_S) {
            let up = pair[1] > JUMP * pair[0];
            if up || pair[0] > JUMP * pair[1] {
                jumps.entry((at + 1, up)).or_default().push(member);
            }
        }
    }
    let ((at, up), who) =
        jumps.into_iter().max_by_key(|((at, _), who)| (who.len(), std::cmp::Reverse(*at)))?;
    (who.len() as f64 >= STAGED_SHARE * members.len() as f64).then(|| {
        let (way, n) = (if up { "up" } else { "down" }, who.len());
        let evidence = format!("{n} of {} traces go {way} by a factor of 2 or more at {at} s", members.len());
        let numbers = vec![("traces", n as f64), ("of", members.len() as f64), ("at_s", at as f64)];
        Shared { problem: Problem { kind: &KIND, evidence, numbers }, members: who }
    })
}
