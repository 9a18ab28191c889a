//! `overlap`: traces of a set that share a stretch of samples.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Kind, Problem, Shared, pair};
use super::twice::digest;
use crate::stats::Measured;

pub(super) static KIND: Kind = Kind {
    name: "overlap",
    about: "traces share a stretch of samples: they are windows of one log, or one log in two formats",
    advice: "keep them on one side of a train/test split, and do not count them as independent sessions",
};

/// So many samples in a row that are equal to 1 kbit/s, of which at least `DIFFERENT` differ from each other, do not happen
/// twice.
const ROW: usize = 20;
const DIFFERENT: usize = 8;

/// A place in a trace of the set.
#[derive(Clone, Copy)]
struct Place {
    member: usize,
    at: usize,
}

/// Two traces that share a stretch, and its length in s.
type Pair = (usize, usize, f64);

/// Groups of traces that share stretches, directly or through others. Of equal traces only the first is looked at.
pub(super) fn of_set(members: &[(&str, &Measured)], twins: &[Vec<usize>]) -> Vec<Shared> {
    let copies: BTreeSet<usize> = twins.iter().flat_map(|g| &g[1..]).copied().collect();
    let looked_at: Vec<usize> = (0..members.len()).filter(|i| !copies.contains(i)).collect();
    let mut pairs = same_rows(members, &looked_at);
    pairs.extend(windows(members, &looked_at));
    let mut group: Vec<usize> = (0..members.len()).collect();
    pairs.iter().for_each(|(a, b, _)| join(&mut group, *a, *b));
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..group.len() {
        groups.entry(leader(&group, i)).or_default().push(i);
    }
    let mut longest: BTreeMap<usize, &Pair> = BTreeMap::new();
    for pair in &pairs {
        let known = longest.entry(leader(&group, pair.0)).or_insert(pair);
        if pair.2.total_cmp(&known.2).is_ge() {
            *known = pair;
        }
    }
    let shared = |(first, all): (usize, Vec<usize>)| {
        let (a, b, seconds) = longest.get(&first)?;
        let evidence = format!(
            "{} traces share stretches of up to {seconds:.0} s, e.g. {}",
            all.len(),
            pair(members, *a, *b)
        );
        let numbers = vec![("traces", all.len() as f64), ("longest_shared_s", *seconds)];
        Some(Shared { problem: Problem { kind: &KIND, evidence, numbers }, members: all })
    };
    groups.into_iter().filter_map(shared).collect()
}

/// Pairs that share a row of samples, anywhere.
fn same_rows(members: &[(&str, &Measured)], looked_at: &[usize]) -> Vec<Pair> {
    // Formats keep rates with different precision, and converters cut digits off: whole kbit/s are left in all of them.
    let kbps = |m: &Measured| m.segments().iter().map(|s| (s.bps / 1e3 + 1e-6).floor() as u64).collect();
    let series: Vec<Vec<u64>> = members.iter().map(|(_, m)| kbps(m)).collect();
    let mut known: BTreeMap<u64, Place> = BTreeMap::new();
    let mut pairs = Vec::new();
    for &member in looked_at {
        let rates = &series[member];
        let mut at = 0;
        while at + ROW <= rates.len() {
            let row = &rates[at..at + ROW];
            let hit = known.get(&digest(row.iter().copied()));
            let hit = hit.filter(|p| series[p.member][p.at..p.at + ROW] == *row && differ(row));
            at += match hit {
                Some(place) => {
                    let other = &series[place.member][place.at..];
                    let length = rates[at..].iter().zip(other).take_while(|(a, b)| a == b).count();
                    let us: i64 = members[member].1.segments()[at..at + length].iter().map(|s| s.us).sum();
                    pairs.push((place.member, member, us as f64 / 1e6));
                    length
                }
                None => 1,
            };
        }
        for at in (0..rates.len().saturating_sub(ROW - 1)).step_by(ROW / 2) {
            let row = &rates[at..at + ROW];
            if differ(row) {
                known.entry(digest(row.iter().copied())).or_insert(Place { member, at });
            }
        }
    }
    pairs
}

/// Windows of one log agree, second by second, within this share of the rate (Genet rounds each of its windows to whole
/// packets anew) ...
const ALIKE: f64 = 0.03;
/// ... for this share of the seconds that they share; one second off it is 0.96 at most ...
const AGREE: f64 = 0.97;
/// ... of which there are so many, with so many changes among them: two constant stretches agree without being one.
const SHARED_S: usize = 30;
const SHARED_CHANGES: usize = 5;

/// Pairs whose names differ in their last numbers only, the first of them being where the window begins, in s
/// (`..._180_0`), and that agree where their windows overlap.
fn windows(members: &[(&str, &Measured)], looked_at: &[usize]) -> Vec<Pair> {
    let mut logs: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for &member in looked_at {
        if let Some((log, begin)) = window(members[member].0) {
            logs.entry(log).or_default().push((begin, member));
        }
    }
    let mut pairs = Vec::new();
    for log in logs.values_mut() {
        log.sort_unstable();
        for (i, (begin, member)) in log.iter().enumerate() {
            let bins = members[*member].1.bins();
            for (other_begin, other) in &log[i + 1..] {
                let apart = other_begin - begin;
                if apart == 0 || apart + SHARED_S > bins.len() {
                    break;
                }
                let (a, b) = (&bins[apart..], members[*other].1.bins());
                if agree(a, b) {
                    pairs.push((*member, *other, a.len().min(b.len()) as f64));
                }
            }
        }
    }
    pairs
}

/// The log and the beginning of a window, by its name.
fn window(name: &str) -> Option<(&str, usize)> {
    let mut log = name;
    let mut begin = None;
    while let Some((before, number)) = log.rsplit_once('_') {
        let Ok(number) = number.parse() else { break };
        (log, begin) = (before, Some(number));
    }
    begin.map(|begin| (log, begin))
}

/// Whether two series are the same link at the same time.
fn agree(a: &[f64], b: &[f64]) -> bool {
    let all = a.len().min(b.len());
    let alike = |x: f64, y: f64| (x - y).abs() <= ALIKE * x.max(y);
    let allowed = ((1.0 - AGREE) * all as f64) as usize;
    let differing = a.iter().zip(b).filter(|(x, y)| !alike(**x, **y)).take(allowed + 1).count();
    let changes = || a[..all].windows(2).filter(|w| !alike(w[0], w[1])).count();
    all >= SHARED_S && differing <= allowed && changes() >= SHARED_CHANGES
}

/// Whether enough of a row's rates differ.
fn differ(row: &[u64]) -> bool {
    let mut row = row.to_vec();
    row.sort_unstable();
    row.dedup();
    row.len() >= DIFFERENT
}

/// The first member of a member's group.
fn leader(group: &[usize], mut i: usize) -> usize {
    while group[i] != i {
        i = group[i];
    }
    i
}

fn join(group: &mut [usize], a: usize, b: usize) {
    let (a, b) = (leader(group, a), leader(group, b));
    group[a.max(b)] = a.min(b);
}
