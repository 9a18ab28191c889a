//! `twice`: traces of a set that are equal.

use std::collections::BTreeMap;

use super::problem::{Kind, Problem, Shared, pair};
use crate::stats::Measured;

pub(super) static KIND: Kind = Kind {
    name: "twice",
    about: "traces are equal, sample by sample",
    advice: "keep one of them: the others add weight, not evidence",
};

/// The groups as findings.
pub(super) fn of_set(members: &[(&str, &Measured)], twins: Vec<Vec<usize>>) -> impl Iterator<Item = Shared> {
    twins.into_iter().map(|group| {
        let evidence =
            format!("{} traces are equal, e.g. {}", group.len(), pair(members, group[0], group[1]));
        let numbers = vec![("traces", group.len() as f64)];
        Shared { problem: Problem { kind: &KIND, evidence, numbers }, members: group }
    })
}

/// Groups of equal traces, two and more in each.
pub(super) fn twins(members: &[(&str, &Measured)]) -> Vec<Vec<usize>> {
    let key = |m: &Measured| digest(m.segments().iter().flat_map(|s| [s.us as u64, s.bps.to_bits()]));
    let mut groups: BTreeMap<u64, Vec<Vec<usize>>> = BTreeMap::new();
    for (i, (_, m)) in members.iter().enumerate() {
        let same_key = groups.entry(key(m)).or_default();
        match same_key.iter_mut().find(|g| members[g[0]].1.segments() == m.segments()) {
            Some(group) => group.push(i),
            None => same_key.push(vec![i]),
        }
    }
    let mut found: Vec<Vec<usize>> = groups.into_values().flatten().filter(|g| g.len() > 1).collect();
    found.sort();
    found
}

/// FNV-1a over whole numbers (G. Fowler, L. C. Noll, K.-P. Vo): only to find candidates, which are then compared.
pub(super) fn digest(values: impl Iterator<Item = u64>) -> u64 {
    values
        .fold(0xcbf2_9ce4_8422_2325, |hash, v| (hash ^ v).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29))
}
