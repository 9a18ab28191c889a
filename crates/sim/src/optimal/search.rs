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
    /// At least what every session in it has.
    sum: Gain,
    /// At least what any of them can still add, from the grid before.
    rest: Gain,
    /// A session that is really there, and the node it comes from.
    real: Option<Point>,
    parent: u32,
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

/// What one grid has found.
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
}

impl<'a> Search<'a> {
    pub(super) fn new(dynamics: &'a Dynamics) -> Search<'a> {
        Search { dynamics, alive: Vec::new(), best_gains: dynamics.best_gains() }
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
        let last = Last::of(d, &layers[d.end - 1]);
        let plan = last.best.map(|(_, from, level)| trace_back(&layers, from, level)).unwrap_or_default();
        self.alive = alive(&layers, &edges, last.rest, floor);
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
            floor,
            most: self.best_gains[k + 1],
            stall_penalty: d.stall_penalty,
        };
        for (from, node) in nodes.iter().enumerate() {
            if next.memory() > memory {
                return None;
            }
            let requests = d.requests(k, &node.area, node.hint as usize);
            for level in d.choices(k) {
                let quality = d.gain(k, usize::from(node.key.level), level);
                let real = node.real.map(|p| d.step(k, &p, level, quality, node.hint as usize));
                let key = |(bits, dry), standing| Key { bits, dry, level: level as u16, standing };
                let real_key = real.map(|p| key((cells.of_bits(p.bits), cells.of_dry(p.dry)), p.standing));
                for r in requests.iter().flatten() {
                    d.deliver(k, r, level, &cells, |cell, area, gain, hint| {
                        let key = key(cell, area.standing);
                        let gain = gain.plus(quality);
                        let edge = Edge { from: from as u32, to: 0, gain };
                        let real = real.filter(|_| real_key == Some(key));
                        next.put(key, area, node.sum + gain, edge, real, hint as u32);
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
    fn of(d: &Dynamics, nodes: &[Node]) -> Last {
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
                    d.deliver(k, r, level, &one, |_, area, gain, _| {
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
    fn put(&mut self, key: Key, area: &Area, sum: Gain, edge: Edge, real: Option<Point>, hint: u32) {
        // Even without another stall.
        let most = Gain { value: self.most, potential: self.most - self.stall_penalty * area.dry.lo };
        if (sum + most).least() <= self.floor {
            return;
        }
        if let Some(&to) = self.map.get(&key) {
            let node = &mut self.nodes[to as usize];
            if (sum + node.rest).least() > self.floor {
                node.absorb(area, sum, hint);
                if let Some(p) = real
                    && node.real.is_none_or(|old| p.value(self.stall_penalty) > old.value(self.stall_penalty))
                {
                    (node.real, node.parent) = (Some(p), edge.from);
                }
                self.edges.push(Edge { to, ..edge });
            }
            return;
        }
        let rest = match self.coarse {
            None => Gain::INFINITE,
            Some(alive) => match alive.get(&key.coarser()) {
                Some(rest) => *rest,
                None => return,
            },
        };
        if (sum + rest).least() > self.floor {
            let to = self.nodes.len() as u32;
            self.map.insert(key, to);
            self.edges.push(Edge { to, ..edge });
            self.nodes.push(Node { key, area: *area, sum, rest, real, parent: edge.from, hint });
        }
    }
}

impl Node {
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
        plan.push(usize::from(layer[at].key.level));
        at = layer[at].parent as usize;
    }
    plan.reverse();
    plan
}

/// The cells through which a session worth more than `floor` may lead, with the most that it can add from there on.
fn alive(layers: &[Vec<Node>], edges: &[Vec<Edge>], last: Vec<Gain>, floor: f64) -> Vec<Alive> {
    let mut maps: Vec<Alive> = layers.iter().map(|_| Alive::default()).collect();
    let mut rest = last;
    for k in (0..layers.len()).rev() {
        for (node, rest) in layers[k].iter().zip(&mut rest) {
            // Both are bounds.
            *rest = rest.min(node.rest);
            if (node.sum + *rest).least() > floor {
                maps[k].insert(node.key, *rest);
            }
        }
        if k > 0 {
            let mut before = vec![Gain::NOTHING; layers[k - 1].len()];
            for e in &edges[k - 1] {
                let best = &mut before[e.from as usize];
                *best = best.max(e.gain + rest[e.to as usize]);
            }
            rest = before;
        }
    }
    maps
}
