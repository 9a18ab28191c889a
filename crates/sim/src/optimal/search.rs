//! The search: layers of cells, from coarse to fine.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::dynamics::{Area, Cells, Dynamics, Gain, Point, Span};

/// Where a cell is in the layer of its segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    bits: i32,
    dry: i32,
    level: u16,
    standing: u16,
}

impl Key {
    /// The cell of the coarser grid that contains it.
    fn coarser(self) -> Key {
        Key { bits: self.bits >> STEP, dry: self.dry >> STEP, ..self }
    }
}

/// Each grid is `2^STEP` times finer than the one before.
const STEP: u32 = 1;

/// A fast hash for small integers. Nothing iterates over a map, so its order does not matter.
#[derive(Clone, Copy, Debug, Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.write_u64(u64::from(*b));
        }
    }
    #[inline]
    fn write_i32(&mut self, i: i32) {
        self.write_u64(i as u32 as u64);
    }
    #[inline]
    fn write_u16(&mut self, i: u16) {
        self.write_u64(u64::from(i));
    }
    #[inline]
    fn write_u64(&mut self, i: u64) {
        self.0 = (self.0.rotate_left(23) ^ i).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
    #[inline]
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

type Map<V> = HashMap<Key, V, BuildHasherDefault<Mixer>>;

/// The cells of one segment that are worth looking at more closely, with the most that a session there can still gain.
type Alive = Map<Gain>;

/// A cell with sessions in it.
#[derive(Clone, Debug)]
struct Node {
    key: Key,
    area: Area,
    /// At least what every session in it has, less what the link has carried by then at the price of a bit.
    sum: Gain,
    /// At least what any of them can still add, from the grid before, and the bits.
    rest: Gain,
    /// A session that is really there, and the node it comes from.
    real: Option<Point>,
    parent: u32,
    /// The level of its last segment; in the key only where it matters.
    level: u16,
    /// The period of the link in which the area begins.
    hint: u32,
}

/// From a node of one segment to a node of the next.
#[derive(Clone, Copy, Debug)]
struct Edge {
    from: u32,
    to: u32,
    gain: Gain,
}

/// The sizes of cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) bits: f64,
    pub(super) dry: f64,
}

impl Grid {
    pub(super) fn finer(self) -> Grid {
        let factor = f64::from(1 << STEP);
        Grid { bits: self.bits / factor, dry: self.dry / factor }
    }
}

/// Sessions without a stall have round dry points; this keeps them off the edges of cells.
const OFF_EDGE: f64 = 0.2113;

#[derive(Debug)]
pub(super) struct Found {
    /// The best rung sequence met.
    pub(super) plan: Vec<usize>,
    /// No rung sequence is worth more than this and the floor under which the search was cut off.
    pub(super) bound: f64,
    /// Cells that had sessions in them.
    pub(super) cells: usize,
}

/// The state of a search that goes from grid to grid.
#[derive(Debug)]
pub(super) struct Search<'a> {
    dynamics: &'a Dynamics,
    /// What is alive of the grid before; empty before the first.
    alive: Vec<Alive>,
    best_gains: Vec<f64>,
    /// What a bit is worth before each segment, as far as is known; nothing behind the last. Any prices give a bound.
    prices: Vec<f64>,
    /// The prices by which `alive` was found.
    prices_before: Vec<f64>,
}

impl<'a> Search<'a> {
    pub(super) fn new(dynamics: &'a Dynamics) -> Search<'a> {
        let free = vec![0.0; dynamics.end + 1];
        let best_gains = dynamics.best_gains();
        Search { dynamics, alive: Vec::new(), best_gains, prices: free.clone(), prices_before: free }
    }

    /// Searches on a grid for sessions that are worth more than `floor`. None if that takes more than `memory` bytes.
    pub(super) fn pass(&mut self, grid: Grid, floor: f64, memory: usize) -> Option<Found> {
        let d = self.dynamics;
        let mut layers: Vec<Vec<Node>> = Vec::with_capacity(d.end);
        let mut edges: Vec<Vec<Edge>> = Vec::with_capacity(d.end);
        layers.push(vec![Node::beginning()]);
        let (mut cells, mut left) = (0, memory);
        for k in 0..d.end - 1 {
            let next = self.step(k, &layers[k], grid, floor, left)?;
            cells += next.nodes.len();
            left = left.saturating_sub(next.memory());
            layers.push(next.nodes);
            edges.push(next.edges);
        }
        let last = Last::of(d, &layers[d.end - 1], self.prices[d.end - 1]);
        let plan = last.best.map(|(_, from, level)| trace_back(&layers, from, level)).unwrap_or_default();
        let (alive, slopes) = alive(&layers, &edges, last.rest, floor);
        self.alive = alive;
        self.prices_before.clone_from(&self.prices);
        for (price, slope) in self.prices.iter_mut().zip(slopes) {
            *price = (*price - slope.unwrap_or(0.0)).clamp(0.0, d.dearest());
        }
        Some(Found { plan, bound: last.bound, cells })
    }

    /// From the sessions before segment k to those behind it.
    fn step(&self, k: usize, nodes: &[Node], grid: Grid, floor: f64, memory: usize) -> Option<Layer<'_>> {
        let d = self.dynamics;
        let cells = Cells { bits: grid.bits, dry: grid.dry, origin: d.reference(k + 1) - OFF_EDGE };
        let mut next = Layer {
            nodes: Vec::new(),
            map: Map::default(),
            edges: Vec::new(),
            coarse: self.alive.get(k + 1),
            price: self.prices[k + 1],
            dearer: self.prices[k + 1] - self.prices_before[k + 1],
            cells,
            floor,
            most: self.best_gains[k + 1],
            stall_penalty: d.stall_penalty,
        };
        let prices = [self.prices[k], self.prices[k + 1]];
        for (from, node) in nodes.iter().enumerate() {
            if next.memory() > memory {
                return None;
            }
            let requests = d.requests(k, &node.area, node.hint as usize);
            for level in d.choices(k) {
                let quality = d.gain(k, usize::from(node.key.level), level);
                let real = node.real.map(|p| d.step(k, &p, level, quality, node.hint as usize));
                let known = if d.memoryless { 0 } else { level as u16 };
                let key = |(bits, dry), standing| Key { bits, dry, level: known, standing };
                let real_key = real.map(|p| key((cells.of_bits(p.bits), cells.of_dry(p.dry)), p.standing));
                for r in requests.iter().flatten() {
                    d.deliver(k, r, level, &cells, prices, |cell, area, gain, hint| {
                        let key = key(cell, area.standing);
                        let gain = gain.plus(quality);
                        let edge = Edge { from: from as u32, to: 0, gain };
                        let real = real.filter(|_| real_key == Some(key));
                        next.put(key, area, node.sum + gain, edge, real, level as u16, hint as u32);
                    });
                }
            }
        }
        next.map = Map::default();
        next.nodes.shrink_to_fit();
        next.edges.shrink_to_fit();
        Some(next)
    }
}

impl Node {
    fn beginning() -> Node {
        let zero = Span::point(0.0);
        Node {
            key: Key { bits: 0, dry: 0, level: 0, standing: 0 },
            area: Area { bits: zero, time: zero, dry: zero, standing: 0 },
            sum: Gain::ZERO,
            rest: Gain::INFINITE,
            real: Some(Point::BEGINNING),
            parent: 0,
            level: 0,
            hint: 0,
        }
    }
}

/// What becomes of the last segment.
struct Last {
    /// What each node can still add: its value and, of its potential, what the dry point leaves.
    rest: Vec<Gain>,
    bound: f64,
    /// The best session that is really there: value, node and level.
    best: Option<(f64, u32, usize)>,
}

impl Last {
    fn of(d: &Dynamics, nodes: &[Node], price: f64) -> Last {
        let k = d.end - 1;
        let one = Cells { bits: f64::INFINITY, dry: f64::INFINITY, origin: 0.0 };
        let mut last = Last { rest: vec![Gain::NOTHING; nodes.len()], bound: f64::NEG_INFINITY, best: None };
        for (from, node) in nodes.iter().enumerate() {
            let requests = d.requests(k, &node.area, node.hint as usize);
            for level in d.choices(k) {
                let quality = d.gain(k, usize::from(node.key.level), level);
                if let Some(p) = node.real {
                    let value = d.step(k, &p, level, quality, node.hint as usize).value(d.stall_penalty);
                    if last.best.is_none_or(|(best, ..)| value > best) {
                        last.best = Some((value, from as u32, level));
                    }
                }
                for r in requests.iter().flatten() {
                    d.deliver(k, r, level, &one, [price, 0.0], |_, area, gain, _| {
                        let mut gain = gain.plus(quality);
                        gain.potential -= d.stall_penalty * area.dry.lo;
                        last.rest[from] = last.rest[from].max(gain);
                        last.bound = last.bound.max((node.sum + gain).least());
                    });
                }
            }
        }
        last
    }
}

/// The cells behind one segment while they are filled.
#[derive(Debug)]
struct Layer<'a> {
    nodes: Vec<Node>,
    map: Map<u32>,
    edges: Vec<Edge>,
    /// The same layer of the grid before.
    coarse: Option<&'a Alive>,
    /// What a bit is worth, and how much more than on the grid before.
    price: f64,
    dearer: f64,
    cells: Cells,
    floor: f64,
    /// What quality can still add.
    most: f64,
    stall_penalty: f64,
}

impl Layer<'_> {
    /// Bytes that it keeps, its share of what the next grid looks up included.
    fn memory(&self) -> usize {
        let look_up = size_of::<Key>() + size_of::<Gain>();
        self.nodes.len() * (size_of::<Node>() + 2 * look_up) + self.edges.len() * size_of::<Edge>()
    }

    /// Adds sessions to their cell, unless they cannot get above the floor.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "what is known of a piece")]
    fn put(
        &mut self,
        key: Key,
        area: &Area,
        sum: Gain,
        edge: Edge,
        real: Option<Point>,
        level: u16,
        hint: u32,
    ) {
        // Even without another stall.
        let most = self.most + self.price * area.bits.hi;
        let most = Gain { value: most, potential: most - self.stall_penalty * area.dry.lo };
        if (sum + most).least() <= self.floor {
            return;
        }
        if let Some(&to) = self.map.get(&key) {
            let node = &mut self.nodes[to as usize];
            if (sum + node.rest).least() > self.floor {
                node.absorb(area, sum, hint);
                if let Some(p) = real {
                    node.meet(p, edge.from, level, self.stall_penalty);
                }
                self.edges.push(Edge { to, ..edge });
            }
            return;
        }
        let rest = match self.coarse {
            None => Gain::INFINITE,
            Some(alive) => match alive.get(&key.coarser()) {
                Some(rest) => {
                    rest.plus(self.dearer * self.cells.bits_edge(key.bits + i32::from(self.dearer > 0.0)))
                }
                None => return,
            },
        };
        if (sum + rest).least() > self.floor {
            let to = self.nodes.len() as u32;
            self.map.insert(key, to);
            self.edges.push(Edge { to, ..edge });
            self.nodes.push(Node { key, area: *area, sum, rest, real, parent: edge.from, level, hint });
        }
    }
}

impl Node {
    /// Meets a session that is really there.
    fn meet(&mut self, p: Point, parent: u32, level: u16, stall_penalty: f64) {
        if self.real.is_none_or(|old| p.value(stall_penalty) > old.value(stall_penalty)) {
            (self.real, self.parent, self.level) = (Some(p), parent, level);
        }
    }

    /// Takes in other sessions of the same cell.
    #[inline]
    fn absorb(&mut self, area: &Area, sum: Gain, hint: u32) {
        if area.time.lo < self.area.time.lo {
            self.hint = hint;
        }
        self.area.bits = self.area.bits.hull(area.bits);
        self.area.time = self.area.time.hull(area.time);
        self.area.dry = self.area.dry.hull(area.dry);
        self.sum = self.sum.max(sum);
    }
}

/// The levels on the way to a node of the last layer, and the level of the last segment.
fn trace_back(layers: &[Vec<Node>], from: u32, level: usize) -> Vec<usize> {
    let mut plan = vec![level];
    let mut at = from as usize;
    for layer in layers[1..].iter().rev() {
        plan.push(usize::from(layer[at].level));
        at = layer[at].parent as usize;
    }
    plan.reverse();
    plan
}

/// The cells through which a session worth more than `floor` may lead, with the most that it can add from there on, and how
/// that changes with the bits that have been carried.
fn alive(
    layers: &[Vec<Node>],
    edges: &[Vec<Edge>],
    last: Vec<Gain>,
    floor: f64,
) -> (Vec<Alive>, Vec<Option<f64>>) {
    let mut maps: Vec<Alive> = layers.iter().map(|_| Alive::default()).collect();
    let mut slopes = vec![None; layers.len()];
    let mut rest = last;
    for k in (0..layers.len()).rev() {
        let mut seen = Vec::new();
        for (node, rest) in layers[k].iter().zip(&mut rest) {
            // Both are bounds.
            *rest = rest.min(node.rest);
            if (node.sum + *rest).least() > floor {
                maps[k].insert(node.key, *rest);
                seen.push([node.area.bits.lo, node.area.dry.lo, rest.potential]);
            }
        }
        slopes[k] = slope(&seen);
        if k > 0 {
            let mut before = vec![Gain::NOTHING; layers[k - 1].len()];
            for e in &edges[k - 1] {
                let best = &mut before[e.from as usize];
                *best = best.max(e.gain + rest[e.to as usize]);
            }
            rest = before;
        }
    }
    (maps, slopes)
}

/// How the third of three numbers changes with the first, where the second stays: by least squares. None of too few.
fn slope(seen: &[[f64; 3]]) -> Option<f64> {
    let mean = |i: usize| seen.iter().map(|s| s[i]).sum::<f64>() / seen.len() as f64;
    let means = [mean(0), mean(1), mean(2)];
    let covariance =
        |i: usize, j: usize| seen.iter().map(|s| (s[i] - means[i]) * (s[j] - means[j])).sum::<f64>();
    let (xx, xy, yy) = (covariance(0, 0), covariance(0, 1), covariance(1, 1));
    let (xz, yz) = (covariance(0, 2), covariance(1, 2));
    let apart = xx * yy - xy * xy;
    // Where both change together, all of the change is that of the first.
    let slope = if apart > 1e-6 * xx * yy { (xz * yy - yz * xy) / apart } else { xz / xx };
    (seen.len() >= 3 && slope.is_finite()).then_some(slope)
}
