//! A terminal on its way through a network, step by step.

use std::sync::Arc;

use units::{BitRate, Seconds, SimRng};

use super::adaptation::TARGET_BLOCK_ERRORS;
use super::blockage::{Blockage, BlockageOptions};
use super::carrier::{Carrier, mapped_rate};
use super::field::{Field, normal_below};
use super::handover::{HandoverOptions, Serving};
use super::load::{LoadOptions, Users};
use super::propagation::{Environment, SIGHT_CORRELATION_M, Sight};
use super::{Db, Dbm, Position, Track, check, signal};
use crate::{NetworkError, Period, Trace};

/// A base station.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Metres to the east.
    pub x_m: f64,
    /// Metres to the north.
    pub y_m: f64,
}

impl Cell {
    /// A hexagonal network over a rectangle (as [`Track::bounds_m`]) and at least one cell around it, `apart_m` from one cell to
    /// the next. One row of cells is a tenth of that beside the x axis, as if beside a road.
    pub fn hexagons(apart_m: f64, [x_m, y_m]: [(f64, f64); 2]) -> Vec<Cell> {
        let (row_m, aside_m) = (apart_m * ROW, 0.1 * apart_m);
        let columns = ((x_m.0 / apart_m).floor() - 1.0, (x_m.1 / apart_m).ceil() + 1.0);
        let rows = ((y_m.0 / row_m).floor() - 1.0, (y_m.1 / row_m).ceil() + 1.0);
        let count = |(first, last): (f64, f64)| (last - first).clamp(0.0, MOST_CELLS as f64) as usize + 1;
        let cell = |i: usize| {
            let (row, column) =
                (rows.0 + (i / count(columns)) as f64, columns.0 + (i % count(columns)) as f64);
            let shifted = if row % 2.0 == 0.0 { 0.0 } else { 0.5 };
            Cell { x_m: (column + shifted) * apart_m, y_m: row * row_m + aside_m }
        };
        // One more than is allowed is enough to be refused.
        (0..count(rows).saturating_mul(count(columns)).min(MOST_CELLS + 1)).map(cell).collect()
    }

    /// Distance on the ground.
    fn distance_m(&self, p: Position) -> f64 {
        libm::hypot(self.x_m - p.x_m, self.y_m - p.y_m)
    }
}

/// Distance of the rows of a hexagonal network in distances of its cells: the root of 3/4.
const ROW: f64 = 0.866_025_403_784_438_6;
/// Cells farther away are not heard, m.
const HORIZON_M: f64 = 3000.0;
/// What is measured of them.
const NOT_HEARD: Dbm = Dbm::new(-200.0);
/// How old a report of the channel is when it is used. Between two steps the SINR goes in a straight line.
const REPORT_AGE: Seconds = Seconds::from_millis(20.0);
/// How long a house is: being in sight changes from one to the next.
const HOUSE_M: f64 = 10.0;

const MOST_CELLS: usize = 10_000;
/// Most evaluations of a cell in a drive (steps times cells): some seconds of computing.
const MOST_WORK: f64 = 1e8;
/// So many users may come or go in one of them.
const FREE_EVENTS: f64 = 10.0;
const MOST_STEPS: f64 = 1e6;

/// Everything but the way: the network, and what is around.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Path loss, sight and shadowing.
    pub environment: Environment,
    /// The channel that all cells share.
    pub carrier: Carrier,
    pub cells: Vec<Cell>,
    /// Transmit power of a cell, all of the channel together.
    pub power: Dbm,
    /// Gains of both antennas less all fixed losses (cables, the body of a car).
    pub gain: Db,
    /// Noise figure of the terminal.
    pub noise_figure: Db,
    /// Other users, in each cell.
    pub load: LoadOptions,
    /// Change of cells.
    pub handover: HandoverOptions,
    /// Blockage; None where waves bend around people.
    pub blockage: Option<BlockageOptions>,
    /// From a request to its first bit, without what the radio adds.
    pub latency: Seconds,
    /// What a retransmission adds (SIGCOMM 2024: 0.3, 0.4, 0.5 and 1.6 ms in four networks).
    pub retransmission: Seconds,
    pub step: Seconds,
}

impl Scenario {
    /// A European mid-band network (n78), seen from a car or by a pedestrian.
    pub fn mid_band(cells: Vec<Cell>) -> Scenario {
        Scenario {
            environment: Environment::Uma,
            carrier: Carrier::default(),
            cells,
            power: Dbm::new(46.0),
            gain: Db::new(0.0),
            noise_figure: signal::NOISE_FIGURE,
            load: LoadOptions::default(),
            handover: HandoverOptions::default(),
            blockage: None,
            latency: Seconds::from_millis(20.0),
            retransmission: Seconds::from_millis(0.7),
            step: Seconds::from_millis(100.0),
        }
    }

    fn check(&self, steps: f64) -> Result<(), NetworkError> {
        self.carrier.check()?;
        self.load.check()?;
        self.handover.check()?;
        let cells = self.cells.len();
        check(
            "cells",
            cells as f64,
            (1..=MOST_CELLS).contains(&cells),
            "1 to 10000 cells: a shorter way, or cells farther apart",
        )?;
        for cell in &self.cells {
            check("cells", cell.x_m, cell.x_m.abs() <= 1e7, "a place at most 1e7 m from the origin")?;
            check("cells", cell.y_m, cell.y_m.abs() <= 1e7, "a place at most 1e7 m from the origin")?;
        }
        for (option, value) in [
            ("power", self.power.get()),
            ("gain", self.gain.get()),
            ("noise_figure", self.noise_figure.get()),
        ] {
            check(option, value, value.abs() <= 200.0, "-200 to 200 dB")?;
        }
        for (option, time) in [("latency", self.latency), ("retransmission", self.retransmission)] {
            check(option, time.get(), time >= Seconds::ZERO, "at least 0 s")?;
        }
        let step = self.step.get();
        check(
            "step",
            step,
            step > 0.0 && steps <= MOST_STEPS,
            "a time above 0 s, at most a million of them",
        )?;
        let work = steps * cells as f64 * (self.load.events_per_s() * step / FREE_EVENTS).max(1.0);
        check(
            "cells",
            cells as f64,
            work <= MOST_WORK,
            "fewer cells, a shorter track, or users who change more slowly",
        )
    }
}

/// The radio of a terminal during one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// When the step begins.
    pub at: Seconds,
    /// Where the terminal is then.
    pub position: Position,
    pub cell: usize,
    pub sight: Sight,
    /// Power of its reference symbols.
    pub rsrp: Dbm,
    pub rsrq: Db,
    /// Signal over interference and noise.
    pub sinr: Db,
    /// What the terminal reports: per layer, 0 (out of range) to 15.
    pub cqi: u8,
    /// What a cell would send with.
    pub mcs: Option<u8>,
    pub layers: u8,
    /// Share of blocks that are lost at first, sent as the last report said.
    pub block_errors: f64,
    /// How many other users the cell serves.
    pub users: u32,
    /// What the cell would carry to the terminal alone.
    pub capacity: BitRate,
    /// What it carries, the mean over the step.
    pub rate: BitRate,
    /// From a request to its first bit, the mean over the step.
    pub latency: Seconds,
    /// Whether the terminal was handed over at the beginning of the step.
    pub handover: bool,
    /// Loss by a blockage, of the cell that served when it began.
    pub blocked: Db,
}

/// A track through a scenario: the radio state of every step, and the trace that follows from it.
///
/// A function of scenario, track and seed. Each cell has streams of its own for sight, shadowing and users, and so have
/// blockage and handovers, so that an option of one leaves the others' draws as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Drive {
    states: Vec<State>,
    step: Seconds,
    trace: Arc<Trace>,
}

#[derive(Clone, Copy)]
enum Stream {
    Sight,
    Shadow,
    Users,
    Blockage,
    Handover,
    /// Of the preset: places and ways.
    Place,
}

/// In the place of a cell: what all have in common.
const COMMON: usize = 0xffff;

fn stream(seed: u64, kind: Stream, cell: usize) -> SimRng {
    const RADIO: u64 = 0x7261_6469_6f00_0000; // "radio"
    SimRng::new(seed, RADIO + ((kind as u64) << 16) + cell as u64)
}

/// The stream of a seed that places and ways are drawn from.
pub(crate) fn places(seed: u64) -> SimRng {
    stream(seed, Stream::Place, 0)
}

/// What one cell is doing, as the terminal sees it.
struct Site {
    cell: Cell,
    users: Users,
    shadow: Field,
    sight: Field,
    /// How much the cell was in sight at the last house, and is at the next (0 or 1), and how far that is.
    seen: (f64, f64),
    left_m: f64,
}

impl Site {
    /// Path loss and shadowing after the terminal has moved. `street` and `valley` are what all
    /// cells have in common of sight and shadowing.
    fn loss(&mut self, scenario: &Scenario, ground_m: f64, moved_m: f64, [street, valley]: [f64; 2]) -> Db {
        let environment = scenario.environment;
        if moved_m >= self.left_m {
            let own = self.sight.advance(moved_m.max(HOUSE_M), SIGHT_CORRELATION_M);
            let seen = normal_below(half_and_half(street, own)) < environment.sight_probability(ground_m);
            let before = if self.left_m.is_finite() { self.seen.1 } else { f64::from(seen) };
            self.seen = (before, f64::from(seen));
            self.left_m = HOUSE_M;
        } else {
            self.left_m -= moved_m;
        }
        let seen = self.seen_now();
        let blend = |of: &dyn Fn(Sight) -> f64| seen * of(Sight::Los) + (1.0 - seen) * of(Sight::Nlos);
        let sight = if seen >= 0.5 { Sight::Los } else { Sight::Nlos };
        let own = self.shadow.advance(moved_m, environment.shadowing_correlation_m(sight));
        let shadow = blend(&|sight| environment.shadowing(sight).get()) * half_and_half(valley, own);
        let loss = blend(&|sight| environment.path_loss(sight, ground_m, scenario.carrier.frequency).get());
        Db::new(loss + shadow)
    }

    /// How much the cell is in sight: from house to house in a straight line.
    fn seen_now(&self) -> f64 {
        let part = self.left_m / HOUSE_M;
        self.seen.0 * part + self.seen.1 * (1.0 - part)
    }
}

/// Two standard normal values as one, correlated by one half with each of two that share one of them.
fn half_and_half(common: f64, own: f64) -> f64 {
    (common + own) * std::f64::consts::FRAC_1_SQRT_2
}

impl Drive {
    /// Drives a track through a scenario. The trace has the given name.
    ///
    /// # Errors
    /// [`NetworkError::Option`] for what is out of range.
    pub fn new(
        name: impl Into<String>,
        scenario: &Scenario,
        track: &Track,
        seed: u64,
    ) -> Result<Drive, NetworkError> {
        let (duration, step) = (track.duration(), scenario.step);
        let steps = (duration / step).ceil();
        scenario.check(steps)?;
        let sites = scenario.cells.iter().enumerate().map(|(i, cell)| {
            Ok(Site {
                cell: *cell,
                sight: Field::new(stream(seed, Stream::Sight, i)),
                shadow: Field::new(stream(seed, Stream::Shadow, i)),
                users: Users::new(&scenario.load, stream(seed, Stream::Users, i))?,
                seen: (0.0, 0.0),
                left_m: f64::NEG_INFINITY,
            })
        });
        let mut walk = Walk {
            scenario,
            blocks: scenario.carrier.blocks()?,
            per_element: scenario.carrier.per_element(scenario.power)? + scenario.gain,
            noise: signal::noise(scenario.carrier.spacing, scenario.noise_figure),
            sites: sites.collect::<Result<_, NetworkError>>()?,
            street: Field::new(stream(seed, Stream::Sight, COMMON)),
            valley: Field::new(stream(seed, Stream::Shadow, COMMON)),
            rsrp: Vec::with_capacity(scenario.cells.len()),
            serving: None,
            sinr: None,
            blockages: match &scenario.blockage {
                Some(options) => options.draw(duration, &mut stream(seed, Stream::Blockage, 0))?,
                None => Vec::new(),
            },
            blocked: None,
            handovers: stream(seed, Stream::Handover, 0),
            out_until: Seconds::ZERO,
        };
        // Checked above to be at most a million.
        let steps = steps as usize;
        let mut states = Vec::with_capacity(steps);
        let mut periods = Vec::with_capacity(steps);
        let mut last = track.at(Seconds::ZERO);
        // Rounding may find a last step of no length.
        for at in (0..steps).map(|k| step * k as f64).filter(|at| *at < duration) {
            let here = track.at(at);
            let moved_m = libm::hypot(here.x_m - last.x_m, here.y_m - last.y_m);
            last = here;
            states.push(walk.step(at, step.min(duration - at), here, moved_m, &mut periods));
        }
        Ok(Drive { states, step, trace: Arc::new(Trace::new(name, periods)?) })
    }

    /// The radio state of every step, in order.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// The radio state at an instant of the drive; behind its end the last.
    pub fn state_at(&self, at: Seconds) -> &State {
        let step = (at / self.step).floor().max(0.0) as usize;
        &self.states[step.min(self.states.len() - 1)]
    }

    /// Length of a step.
    pub fn step(&self) -> Seconds {
        self.step
    }

    /// What the terminal can receive: a period per step, two in a step with the end of an interruption.
    pub fn trace(&self) -> &Arc<Trace> {
        &self.trace
    }

    /// How often the terminal was handed over.
    pub fn handovers(&self) -> usize {
        self.states.iter().filter(|s| s.handover).count()
    }
}

/// A drive in the making.
struct Walk<'a> {
    scenario: &'a Scenario,
    /// Resource blocks of the carrier.
    blocks: f64,
    /// Power of a resource element, antennas included.
    per_element: Dbm,
    noise: Dbm,
    sites: Vec<Site>,
    /// What all cells have in common of being in sight, and of shadowing.
    street: Field,
    valley: Field,
    rsrp: Vec<Dbm>,
    serving: Option<Serving>,
    /// In the last step, of the same cell.
    sinr: Option<Db>,
    /// Those to come, the present one first.
    blockages: Vec<Blockage>,
    /// Which blockage, and the cell that it hides.
    blocked: Option<(usize, usize)>,
    handovers: SimRng,
    /// End of the interruption by the last handover.
    out_until: Seconds,
}

impl Walk<'_> {
    /// One step of length `length`; pushes what it carries.
    fn step(
        &mut self,
        at: Seconds,
        length: Seconds,
        here: Position,
        moved_m: f64,
        periods: &mut Vec<Period>,
    ) -> State {
        let scenario = self.scenario;
        let nlos_m = scenario.environment.shadowing_correlation_m(Sight::Nlos);
        let common =
            [self.street.advance(moved_m, SIGHT_CORRELATION_M), self.valley.advance(moved_m, nlos_m)];
        self.rsrp.clear();
        for site in &mut self.sites {
            let ground_m = site.cell.distance_m(here);
            // What nobody hears stands still, which is as good as any other moment of it.
            self.rsrp.push(match ground_m <= HORIZON_M {
                true => {
                    site.users.advance(length);
                    self.per_element - site.loss(scenario, ground_m, moved_m, common)
                }
                false => NOT_HEARD,
            });
        }
        let blocked = self.block(at);
        let (cell, handover) = self.serve(at, length);
        let interference = self.sites.iter().zip(&self.rsrp).enumerate().filter(|(i, _)| *i != cell);
        let interference: f64 = interference
            .map(|(_, (site, rsrp))| signal::used_elements(site.users.count()) * rsrp.milliwatts())
            .sum();
        let (site, rsrp) = (&self.sites[cell], self.rsrp[cell]);
        let sinr = signal::sinr(rsrp, interference, self.noise);
        let Carrier { adaptation, layers, spacing, eta, .. } = scenario.carrier;
        let best = adaptation.best(sinr, layers);
        let before = self.sinr.replace(sinr).unwrap_or(sinr);
        let age = (REPORT_AGE / length).min(1.0);
        let sent = adaptation.best(sinr + Db::new(age * (before - sinr).get()), layers);
        let block_errors = adaptation.block_errors(sent, sinr, layers);
        // The share of errors that is aimed at is part of eta.
        let success = ((1.0 - block_errors) / (1.0 - TARGET_BLOCK_ERRORS)).min(1.0);
        let capacity =
            mapped_rate(f64::from(sent.layers), sent.efficiency, self.blocks, spacing, eta) * success;
        let rate = BitRate::from_kbps(libm::round((capacity * site.users.share()).kbps()));
        // One in ten blocks is sent twice, one in a hundred three times; where all are lost it is given up.
        let repeats = (block_errors / (1.0 - block_errors)).min(RETRANSMISSIONS);
        let latency = scenario.latency + scenario.retransmission * repeats;
        // In whole kbit/s and microseconds, so that files are no longer than they need be.
        let latency = Seconds::from_millis(libm::round(latency.millis() * 1e3) / 1e3);
        let rest = (self.out_until - at).max(Seconds::ZERO);
        let out = rest.min(length);
        if out > Seconds::ZERO {
            periods.push(Period { duration: out, rate: BitRate::ZERO, latency: latency + rest });
        }
        if out < length {
            periods.push(Period { duration: length - out, rate, latency });
        }
        let out_share = out / length;
        State {
            at,
            position: here,
            cell,
            sight: if site.seen_now() >= 0.5 { Sight::Los } else { Sight::Nlos },
            rsrp,
            rsrq: signal::rsrq(sinr, signal::used_elements(site.users.count())),
            sinr,
            cqi: best.cqi,
            mcs: best.mcs,
            layers: best.layers,
            block_errors,
            users: site.users.count(),
            capacity,
            rate: rate * (1.0 - out_share),
            latency: latency + (rest - out * 0.5) * out_share,
            handover,
            blocked,
        }
    }

    /// The loss by a blockage, taken off the cell that served when it began.
    fn block(&mut self, at: Seconds) -> Db {
        let first = self.blocked.map_or(0, |(i, _)| i);
        let Some(now) = (first..self.blockages.len()).find(|i| {
            let b = &self.blockages[*i];
            at < b.start + b.length
        }) else {
            return Db::ZERO;
        };
        if self.blockages[now].start > at {
            return Db::ZERO;
        }
        let hidden = match (self.blocked, &self.serving) {
            (Some((i, hidden)), _) if i == now => hidden,
            (_, Some(serving)) => serving.cell(),
            (_, None) => Serving::strongest(&self.rsrp).cell(),
        };
        self.blocked = Some((now, hidden));
        let loss = self.blockages[now].loss_at(at);
        self.rsrp[hidden] = self.rsrp[hidden] - loss;
        loss
    }

    /// The cell that serves, and whether it has just changed.
    fn serve(&mut self, at: Seconds, length: Seconds) -> (usize, bool) {
        let options = &self.scenario.handover;
        let Some(serving) = &mut self.serving else {
            let serving = Serving::strongest(&self.rsrp);
            let cell = serving.cell();
            self.serving = Some(serving);
            return (cell, false);
        };
        if serving.measure(options, &self.rsrp, length).is_none() {
            return (serving.cell(), false);
        }
        self.out_until = at + options.draw(&mut self.handovers);
        self.sinr = None;
        (serving.cell(), true)
    }
}

/// How often a block is sent again before it is given up.
pub(super) const RETRANSMISSIONS: f64 = 3.0;
