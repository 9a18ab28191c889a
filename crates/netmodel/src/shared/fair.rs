//! Max-min sharing as a fluid: flows that want at most so much, and get equal shares (by weight) of what is left.
//!
//! The rate of a flow of weight w that wants at most u w is w min(u, level), with the one level at which the capacity is
//! used up (Bertsekas and Gallager, Data Networks, section 6.5.2; with weights: weighted max-min). Flows that want the same
//! per weight are one *class* with one clock: how many bits a unit of weight has got. The clocks of the classes above the
//! level run at the level, all alike (as virtual time does in fair queueing, Parekh and Gallager 1993); those below run at
//! u. A clock is read, never stepped: an event touches the flow that it is about and the classes that the level passes, each
//! in the time of a search.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

use units::{BitRate, Bits, Seconds};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Key(pub(super) f64);

impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Key) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The bound below which no class is.
const NONE: Key = Key(f64::NEG_INFINITY);

/// Flows that want the same per weight.
#[derive(Clone, Debug, Default)]
struct Class {
    members: usize,
    weight: f64,
    /// What a unit of weight had got at `at`: a time of a class below the level, a volume of one above it.
    clock: Bits,
    at: f64,
    /// Clocks at which members want to be told.
    aims: BTreeSet<(Key, usize)>,
    /// When the first of them is reached, as it is noted in `by_time` or `by_volume`.
    due: Option<Key>,
}

/// A flow as the sharing sees it.
#[derive(Clone, Copy, Debug)]
struct Member {
    class: Key,
    weight: f64,
    /// The clock up to which its bits are counted.
    counted: Bits,
    aim: Option<Key>,
}

/// A capacity and who shares it. Flows are numbered by the caller.
#[derive(Clone, Debug)]
pub(super) struct Fair {
    capacity: BitRate,
    level: BitRate,
    now: Seconds,
    /// What a unit of weight above the level has got since the beginning.
    volume: Bits,
    classes: BTreeMap<Key, Class>,
    members: Vec<Option<Member>>,
    /// The highest class below the level.
    bound: Key,
    /// The rate of the classes below the level, and the weight of those above it.
    below: BitRate,
    above: f64,
    by_time: BTreeSet<(Key, Key)>,
    by_volume: BTreeSet<(Key, Key)>,
    /// The level is not yet that of the members; how often it was found by adding up since it was summed.
    stale: bool,
    added: usize,
    version: u64,
}

impl Fair {
    pub(super) fn new() -> Fair {
        Fair {
            capacity: BitRate::ZERO,
            level: BitRate::ZERO,
            now: Seconds::ZERO,
            volume: Bits::ZERO,
            classes: BTreeMap::new(),
            members: Vec::new(),
            bound: NONE,
            below: BitRate::ZERO,
            above: 0.0,
            by_time: BTreeSet::new(),
            by_volume: BTreeSet::new(),
            stale: false,
            added: 0,
            version: 0,
        }
    }

    pub(super) fn set_capacity(&mut self, capacity: BitRate) {
        self.stale |= capacity != self.capacity;
        self.capacity = capacity;
    }

    /// Changes with every change of a rate.
    pub(super) fn version(&mut self) -> u64 {
        self.settle();
        self.version
    }

    /// What all flows get together.
    pub(super) fn used(&mut self) -> BitRate {
        self.settle();
        if self.has_above() { self.capacity } else { self.below }
    }

    /// What `version` will be when the changes up to now are settled.
    pub(super) fn coming(&self) -> u64 {
        self.version + u64::from(self.stale)
    }

    /// What a flow has got all the time since a version was to come; None: its rate may have changed since.
    pub(super) fn constant_since(&self, version: u64, flow: usize) -> Option<BitRate> {
        (self.version == version).then(|| self.settled_rate(flow))
    }

    pub(super) fn rate(&mut self, flow: usize) -> BitRate {
        self.settle();
        self.settled_rate(flow)
    }

    fn settled_rate(&self, flow: usize) -> BitRate {
        match self.members.get(flow).copied().flatten() {
            Some(m) if m.class <= self.bound => BitRate::from_kbps(m.class.0) * m.weight,
            Some(m) => self.level * m.weight,
            None => BitRate::ZERO,
        }
    }

    /// A flow wants at most `wanted` from now on; none is no flow. Its bits have to be counted before.
    pub(super) fn set(&mut self, flow: usize, wanted: BitRate, weight: f64) {
        let class = Key((wanted / weight).kbps());
        if self.members.len() <= flow {
            self.members.resize(flow + 1, None);
        }
        if self.members[flow].is_some_and(|m| m.class == class && m.weight == weight) {
            return;
        }
        self.leave(flow);
        if wanted <= BitRate::ZERO {
            return;
        }
        self.stale = true;
        let (below, now) = (class <= self.bound, self.instant(class));
        let c = self.classes.entry(class).or_insert_with(|| Class { at: now, ..Class::default() });
        c.members += 1;
        c.weight += weight;
        match below {
            true => self.below += BitRate::from_kbps(class.0) * weight,
            false => self.above += weight,
        }
        let counted = self.clock(class);
        self.members[flow] = Some(Member { class, weight, counted, aim: None });
    }

    /// A flow is no more.
    pub(super) fn leave(&mut self, flow: usize) {
        self.aim(flow, Bits::INFINITY);
        let Some(Member { class, weight, .. }) = self.members.get_mut(flow).and_then(Option::take) else {
            return;
        };
        self.stale = true;
        match class <= self.bound {
            true => self.below -= BitRate::from_kbps(class.0) * weight,
            false => self.above -= weight,
        }
        if let Some(c) = self.classes.get_mut(&class) {
            c.members -= 1;
            c.weight -= weight;
            if c.members == 0 {
                self.classes.remove(&class);
            }
        }
        if self.classes.is_empty() {
            (self.below, self.above, self.bound) = (BitRate::ZERO, 0.0, NONE);
            (self.now, self.volume) = (Seconds::ZERO, Bits::ZERO);
        }
    }

    /// What a flow has got since it was counted.
    pub(super) fn uncounted(&self, flow: usize) -> Bits {
        let member = self.members.get(flow).copied().flatten();
        member.map_or(Bits::ZERO, |m| (self.clock(m.class) - m.counted) * m.weight)
    }

    /// Counts what a flow has got since it was counted.
    pub(super) fn count(&mut self, flow: usize) -> Bits {
        let Some(m) = self.members.get(flow).copied().flatten() else { return Bits::ZERO };
        let clock = self.clock(m.class);
        self.members[flow] = Some(Member { counted: clock, ..m });
        (clock - m.counted) * m.weight
    }

    /// A flow wants to be told when it has got so many bits more than were counted; infinitely many: it does not.
    pub(super) fn aim(&mut self, flow: usize, bits: Bits) {
        let Some(m) = self.members.get(flow).copied().flatten() else { return };
        let aim = (bits < Bits::INFINITY).then(|| Key((m.counted + bits / m.weight).get()));
        if aim == m.aim {
            return;
        }
        self.members[flow] = Some(Member { aim, ..m });
        if let Some(c) = self.classes.get_mut(&m.class) {
            if let Some(old) = m.aim {
                c.aims.remove(&(old, flow));
            }
            if let Some(new) = aim {
                c.aims.insert((new, flow));
            }
        }
        self.note(m.class);
    }

    /// The first flow that is to be told, and in how much time.
    pub(super) fn next(&mut self) -> Option<(Seconds, usize)> {
        self.settle();
        let by_time = self.by_time.first().map(|(t, class)| (Seconds::from_millis(t.0) - self.now, *class));
        let by_volume = self.by_volume.first().filter(|_| self.level > BitRate::ZERO);
        let by_volume = by_volume.map(|(v, class)| ((Bits::new(v.0) - self.volume) / self.level, *class));
        let (time, class) = match (by_time, by_volume) {
            (Some(a), Some(b)) => {
                if b.0 < a.0 {
                    b
                } else {
                    a
                }
            }
            (a, b) => a.or(b)?,
        };
        let (_, flow) = self.classes.get(&class)?.aims.first()?;
        Some((time.max(Seconds::ZERO), *flow))
    }

    pub(super) fn pass(&mut self, time: Seconds) {
        if self.classes.is_empty() {
            return;
        }
        self.settle();
        self.now += time;
        if self.has_above() {
            self.volume += self.level * time;
        }
    }

    /// Clocks begin anew, so that their numbers stay small.
    pub(super) fn rebase(&mut self) {
        let classes: Vec<Key> = self.classes.keys().copied().collect();
        let clocks: Vec<Bits> = classes.iter().map(|k| self.clock(*k)).collect();
        (self.now, self.volume) = (Seconds::ZERO, Bits::ZERO);
        self.by_time.clear();
        self.by_volume.clear();
        for (class, clock) in classes.into_iter().zip(clocks) {
            if let Some(c) = self.classes.get_mut(&class) {
                (c.clock, c.at, c.due) = (clock, 0.0, None);
            }
            self.note(class);
        }
    }

    /// The clock that drives a class: time below the level, volume above it.
    fn instant(&self, class: Key) -> f64 {
        if class <= self.bound { self.now.millis() } else { self.volume.get() }
    }

    /// What a unit of weight in this class has got.
    fn clock(&self, class: Key) -> Bits {
        let Some(c) = self.classes.get(&class) else { return Bits::ZERO };
        let passed = self.instant(class) - c.at;
        // A class of no limit is never below the level.
        c.clock + Bits::new(if class <= self.bound { passed * class.0 } else { passed })
    }

    /// Notes when the first aim of a class is reached.
    fn note(&mut self, class: Key) {
        let below = class <= self.bound;
        let Some(c) = self.classes.get_mut(&class) else { return };
        let due = c.aims.first().map(|(aim, _)| {
            let missing = aim.0 - c.clock.get();
            Key(c.at + if below { missing / class.0 } else { missing })
        });
        if due == c.due {
            return;
        }
        let set = if below { &mut self.by_time } else { &mut self.by_volume };
        if let Some(old) = std::mem::replace(&mut c.due, due) {
            set.remove(&(old, class));
        }
        if let Some(new) = due {
            set.insert((new, class));
        }
    }

    /// A class passes the level: everything up to `bound` is below it.
    fn turn(&mut self, class: Key, bound: Key) {
        let clock = self.clock(class);
        let set = if class <= self.bound { &mut self.by_time } else { &mut self.by_volume };
        let Some(c) = self.classes.get_mut(&class) else { return };
        if let Some(old) = c.due.take() {
            set.remove(&(old, class));
        }
        let (rate, weight) = (BitRate::from_kbps(class.0) * c.weight, c.weight);
        match class <= bound {
            true => (self.below, self.above) = (self.below + rate, self.above - weight),
            false => (self.below, self.above) = (self.below - rate, self.above + weight),
        }
        self.bound = bound;
        let at = self.instant(class);
        if let Some(c) = self.classes.get_mut(&class) {
            (c.clock, c.at) = (clock, at);
        }
        self.note(class);
    }

    /// Finds the level. Taking a class below the level out of the sharing raises the level, putting one back lowers it, so
    /// that the search goes one way only.
    fn settle(&mut self) {
        if !self.stale {
            return;
        }
        (self.stale, self.version) = (false, self.version + 1);
        self.added += 1;
        if self.added > 64 + 4 * self.classes.len() {
            self.sum();
        }
        let mut raised = false;
        while let Some(lowest) = self.above(self.bound).filter(|u| u.0 <= self.found().kbps()) {
            self.turn(lowest, lowest);
            raised = true;
        }
        while let Some(highest) = self.classes.range(..=self.bound).next_back().map(|(u, _)| *u) {
            if raised || highest.0 <= self.found().kbps() {
                break;
            }
            let bound = self.classes.range(..highest).next_back().map_or(NONE, |(u, _)| *u);
            self.turn(highest, bound);
        }
        self.level = self.found();
        // What is empty weighs nothing, whatever rounding left.
        if !self.has_above() {
            self.above = 0.0;
        }
        if self.bound == NONE {
            self.below = BitRate::ZERO;
        }
    }

    /// Whether any class is above the level.
    fn has_above(&self) -> bool {
        self.classes.last_key_value().is_some_and(|(u, _)| *u > self.bound)
    }

    /// The lowest class above another.
    fn above(&self, class: Key) -> Option<Key> {
        self.classes.range((Excluded(class), Unbounded)).next().map(|(u, _)| *u)
    }

    /// The level of the present classes: without any above it, none if the ones below get what they want.
    fn found(&self) -> BitRate {
        let (left, first) = (self.capacity - self.below, self.above(self.bound));
        match first {
            Some(_) => (left / self.above).max(BitRate::ZERO),
            None if left < BitRate::ZERO => BitRate::ZERO,
            None => BitRate::INFINITY,
        }
    }

    /// Sums of the classes, without the roundings of what came and went.
    fn sum(&mut self) {
        (self.added, self.below, self.above) = (0, BitRate::ZERO, 0.0);
        for (u, c) in &self.classes {
            match *u <= self.bound {
                true => self.below += BitRate::from_kbps(u.0) * c.weight,
                false => self.above += c.weight,
            }
        }
    }
}
