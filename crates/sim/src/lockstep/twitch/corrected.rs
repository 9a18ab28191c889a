//! The corrected Twitch model: the same parts, each doing what its description promises.
//!
//! Per step of any length:
//!
//! 1. **Network.** The generator `congestion` ([`netmodel::generators::congestion`]), a second per draw, its recovery exponential. A
//!    step meets the mean rate, latency L and loss p of the time it covers. The stream gets `min(rate (1 - p), ceiling(p, L))`,
//!    the ceiling that of TCP with its time-outs ([`netmodel::impair::Control::Padhye`], packets of 1448 bytes).
//! 2. **Encoder.** It knows what it has measured: received bits over the time in which they came, averaged over 2 s. Of it counts
//!    `safety factor x care x (1 - L / segment)`, for of every segment's time a round trip is lost; care is 1 while the viewer's
//!    buffer is above the resume threshold, and falls linearly to 1/2 where it is empty. A level that can no longer be sustained is
//!    left at once; a higher one is taken when its minimum has been there for as many seconds as the hysteresis says.
//! 3. **Delivery.** Segments of 1 s, one request after the other, each a round trip and its bits. The stream is live: what is in the
//!    buffer at the beginning is all that exists, and a segment can be fetched when it has been produced. So the buffer holds at
//!    most the initial level and what the viewer has fallen behind in stalls. Unless playback stands still, half a segment's time
//!    passes between two requests: twice real time is the most, as in the original.
//! 4. **Buffer.** [`playbuf::PlaybackBuffer`]: it begins with the initial level, takes the maximum, and resumes at the threshold.
//! 5. **Drift** between sound and picture: the law of every session ([`qoe::drift`]), with a decay of the scenario's; and a normal
//!    disturbance that grows as latency does (L over its base).
//!
//! Frames are dropped in a step in which playback stood still, or in which less media came than plays while the buffer was below
//! the resume threshold. Scores and weights are those of [`qoe::models::twitch`], by time instead of steps.
//!
//! | constant | value | source |
//! |---|---|---|
//! | segment, memory of the encoder | 1 s, 2 s | ours |
//! | care for an empty buffer | 1/2 | ours |
//! | pace | 2 s/s | the original |
//!
//! Known limits: the target level is used by neither model. The scores do not know the bitrate: a network so poor that the
//! encoder stays on its lowest level scores well for stability.

use netmodel::generators::congestion::{Conditions, Congestion};
use netmodel::impair::Control;
use playbuf::{BufferOptions, PlaybackBuffer, State};
use qoe::drift::Law;
use qoe::models::twitch::Report;
use units::{BitRate, Bits, Seconds, SimRng};

use super::{BufferConfig, EncoderConfig, LADDER, Row, Scenario};
use crate::lockstep::{System, run};

const SEGMENT: Seconds = Seconds::from_millis(1000.0);
const MEMORY: Seconds = Seconds::from_millis(2000.0);
const LEAST_CARE: f64 = 0.5;
const MOST_INFLOW: f64 = 2.0;
const MSS: Bits = Bits::from_bytes(1448.0);
const DRIFT_STREAM: u64 = 0x0064_7269_6674; // "drift"

/// Runs a checked scenario, hands every step on, and reports.
pub(super) fn drive(scenario: &Scenario, seed: u64, mut see: impl FnMut(Row)) -> Report {
    let mut model = Model::new(scenario, seed);
    let mut totals = Totals::default();
    run(&mut model, scenario.steps(), |row| {
        totals.add(&row, scenario.quality.av_sync_threshold_ms);
        see(row);
    });
    totals.report(scenario, &model.delivery.buffer)
}

/// What the network is like over stretches of any length.
struct Network {
    source: Congestion,
    now: Conditions,
    left: Seconds,
}

impl Network {
    fn new(scenario: &Scenario, seed: u64) -> Network {
        let nothing = Conditions { rate: BitRate::ZERO, latency: Seconds::ZERO, loss: 0.0, congestion: 0.0 };
        let source = Congestion::new(scenario.network.generator(), seed);
        Network { source, now: nothing, left: Seconds::ZERO }
    }

    /// The means of the next stretch.
    fn over(&mut self, time: Seconds) -> Conditions {
        let mut mean = Conditions { rate: BitRate::ZERO, latency: Seconds::ZERO, loss: 0.0, congestion: 0.0 };
        let mut rest = time;
        while rest > Seconds::ZERO {
            if self.left <= Seconds::ZERO {
                // It never ends.
                self.now = self.source.next().unwrap_or(self.now);
                self.left = Seconds::new(1.0);
            }
            let piece = rest.min(self.left);
            let share = piece / time;
            mean.rate += self.now.rate * share;
            mean.latency += self.now.latency * share;
            mean.loss += self.now.loss * share;
            mean.congestion += self.now.congestion * share;
            rest -= piece;
            self.left -= piece;
        }
        mean
    }
}

/// What the stream gets of a network.
fn goodput(now: &Conditions) -> BitRate {
    let loss = now.loss.min(1.0);
    (now.rate * (1.0 - loss)).min(Control::Padhye.ceiling(loss, now.latency, MSS))
}

struct Encoder {
    config: EncoderConfig,
    buffer: BufferConfig,
    level: usize,
    measured_mbps: Option<f64>,
    /// How long a higher level has been possible.
    better: Seconds,
}

impl Encoder {
    /// How much of the throughput counts at a buffer level.
    fn care(&self, level: Seconds) -> f64 {
        let share = level.get() / self.buffer.rebuffer_threshold_s;
        // A threshold of zero is never undercut.
        if share < 1.0 { LEAST_CARE + (1.0 - LEAST_CARE) * share } else { 1.0 }
    }

    /// The level of a step, in which a request takes a round trip of so many segments: how many levels it jumps.
    fn choose(&mut self, buffer: Seconds, round_trip: f64, dt: Seconds) -> u32 {
        let Some(mbps) = self.measured_mbps else { return 0 };
        let safe = mbps * self.config.safety_factor * self.care(buffer) * (1.0 - round_trip).max(0.0);
        let fits = LADDER.iter().rposition(|l| safe >= l.min_mbps).unwrap_or(0);
        let before = self.level;
        if safe < LADDER[before].total_mbps {
            self.level = fits.min(before);
            self.better = Seconds::ZERO;
        } else if fits > before {
            self.better += dt;
            if self.better >= Seconds::new(f64::from(self.config.upgrade_hysteresis)) {
                self.level = fits;
                self.better = Seconds::ZERO;
            }
        } else {
            self.better = Seconds::ZERO;
        }
        // Of seven.
        self.level.abs_diff(before) as u32
    }

    /// Bits, and the time in which they came.
    fn measure(&mut self, bits: Bits, time: Seconds) {
        if time > Seconds::ZERO {
            let mbps = (bits / time).mbps();
            let weight = 1.0 - libm::exp(-(time / MEMORY));
            self.measured_mbps = Some(self.measured_mbps.map_or(mbps, |m| m + weight * (mbps - m)));
        }
    }
}

#[derive(Clone, Copy)]
enum Request {
    /// There is none for so long.
    Pause(Seconds),
    /// So much of its round trip is left.
    Waiting(Seconds),
    /// So many bits are left, of a segment of this bitrate.
    Receiving(Bits, BitRate),
}

struct Came {
    media: Seconds,
    bits: Bits,
    /// The time in which they came.
    active: Seconds,
}

/// The drift so far.
struct Drift {
    law: Law,
    ms: f64,
    /// How long playback has gone on since: most steps have no stall, and settle once.
    played: Seconds,
}

impl Drift {
    fn settle(&mut self) -> f64 {
        self.ms = self.law.after(self.ms, self.played, false);
        self.played = Seconds::ZERO;
        self.ms
    }

    fn add(&mut self, ms: f64) {
        self.ms = self.settle() + ms;
    }

    /// Playback went on, and stood still then.
    fn pass(&mut self, played: Seconds, stood: Seconds) {
        self.played += played;
        if stood > Seconds::ZERO {
            let before = self.settle();
            self.ms = self.law.after(before, stood, true);
        }
    }
}

/// Requests and the buffer that they fill.
struct Delivery {
    buffer: PlaybackBuffer<()>,
    drift: Drift,
    request: Request,
    /// How long it has been under way.
    taken: Seconds,
    /// Media that has been fetched, and that had been produced when the run began.
    fetched: Seconds,
    produced: Seconds,
    segment: Seconds,
    most: Seconds,
    bitrate: BitRate,
}

impl Delivery {
    fn new(config: &BufferConfig, law: Law) -> Delivery {
        let (initial, threshold) =
            (Seconds::new(config.initial_level_s), Seconds::new(config.rebuffer_threshold_s));
        // What is there at the beginning is played at once.
        let start = if initial > Seconds::ZERO { Seconds::ZERO } else { threshold };
        let options = BufferOptions { start, resume: threshold, ..BufferOptions::default() };
        let mut buffer = PlaybackBuffer::new(options);
        buffer.set_rate(config.drain_rate_s_per_s);
        if initial > Seconds::ZERO {
            buffer.append(initial, (), &mut ());
        }
        let most = Seconds::new(config.max_level_s);
        let bitrate = BitRate::from_mbps(LADDER[0].total_mbps);
        Delivery {
            buffer,
            drift: Drift { law, ms: 0.0, played: Seconds::ZERO },
            request: Request::Pause(Seconds::ZERO),
            taken: Seconds::ZERO,
            fetched: initial,
            produced: initial,
            segment: SEGMENT.min(most),
            most,
            bitrate,
        }
    }

    /// Lets time pass in which nothing is appended: what is there is played, then playback stands still.
    fn pass(&mut self, time: Seconds) {
        let stalled = self.buffer.stalled();
        self.buffer.advance(time, &mut ());
        let stood = self.buffer.stalled() - stalled;
        self.drift.pass(time - stood, stood);
    }

    /// A step over a link of this throughput and latency.
    fn step(&mut self, dt: Seconds, throughput: BitRate, latency: Seconds) -> Came {
        let mut came = Came { media: Seconds::ZERO, bits: Bits::ZERO, active: Seconds::ZERO };
        let mut left = dt;
        while left > Seconds::ZERO {
            let passed = match self.request {
                Request::Pause(rest) if rest > Seconds::ZERO && self.buffer.state() == State::Playing => {
                    let passed = rest.min(left);
                    self.request = Request::Pause(rest - passed);
                    passed
                }
                Request::Pause(_) => {
                    let full = (self.buffer.level() + self.segment - self.most) / self.buffer.rate();
                    let ahead = self.fetched + self.segment - self.produced - self.buffer.clock();
                    // Rounding may leave a trifle that is no time any more.
                    if full.max(ahead) <= Seconds::from_millis(1e-6) {
                        (self.request, self.taken) = (Request::Waiting(latency), Seconds::ZERO);
                        continue;
                    }
                    if full > ahead {
                        self.buffer.play_what_is_there(&mut ());
                    }
                    full.max(ahead).min(left)
                }
                Request::Waiting(rest) => {
                    let passed = rest.min(left);
                    self.request = match rest > passed {
                        true => Request::Waiting(rest - passed),
                        false => Request::Receiving(self.bitrate * self.segment, self.bitrate),
                    };
                    passed
                }
                Request::Receiving(rest, bitrate) => {
                    let needed = rest / throughput;
                    let passed = needed.min(left);
                    let bits = if needed <= left { rest } else { throughput * left };
                    came.active += passed;
                    came.bits += bits;
                    came.media += bits / bitrate;
                    self.request = Request::Receiving(rest - bits, bitrate);
                    if needed <= left {
                        self.pass(passed);
                        self.buffer.append(self.segment, (), &mut ());
                        self.fetched += self.segment;
                        let pause = self.segment / MOST_INFLOW - self.taken - passed;
                        self.request = Request::Pause(pause);
                        left -= passed;
                        continue;
                    }
                    passed
                }
            };
            self.taken += passed;
            self.pass(passed);
            left -= passed;
        }
        came
    }
}

struct Model {
    dt: Seconds,
    threshold: Seconds,
    network: Network,
    encoder: Encoder,
    delivery: Delivery,
    disturbance: SimRng,
    /// The standard deviation of what disturbs the drift in a step.
    sd_ms: f64,
    base_latency: Seconds,
}

impl Model {
    fn new(scenario: &Scenario, seed: u64) -> Model {
        let (e, dt) = (scenario.encoder, Seconds::new(scenario.dt));
        let keep = libm::pow(e.av_sync_decay, scenario.dt);
        // The same spread in the long run, whatever the step is.
        let spread = match e.av_sync_decay < 1.0 {
            true => (1.0 - keep * keep) / (1.0 - e.av_sync_decay * e.av_sync_decay),
            false => scenario.dt,
        };
        Model {
            dt,
            threshold: Seconds::new(scenario.buffer.rebuffer_threshold_s),
            network: Network::new(scenario, seed),
            encoder: Encoder {
                config: e,
                buffer: scenario.buffer,
                level: 0,
                measured_mbps: None,
                better: Seconds::ZERO,
            },
            delivery: Delivery::new(&scenario.buffer, Law::leaving(e.av_sync_decay)),
            disturbance: SimRng::new(seed, DRIFT_STREAM),
            sd_ms: e.av_sync_noise * libm::sqrt(spread),
            base_latency: Seconds::from_millis(scenario.network.base_latency_ms),
        }
    }
}

impl System for Model {
    type Row = Row;

    fn step(&mut self, number: usize) -> Option<Row> {
        let now = self.network.over(self.dt);
        let jump =
            self.encoder.choose(self.delivery.buffer.level(), now.latency / self.delivery.segment, self.dt);
        let level = self.encoder.level;
        self.delivery.bitrate = BitRate::from_mbps(LADDER[level].total_mbps);
        self.delivery.drift.add(self.delivery.drift.law.of_switch(jump));
        let (stalls, stalled) = (self.delivery.buffer.stalls(), self.delivery.buffer.stalled());
        let came = self.delivery.step(self.dt, goodput(&now), now.latency);
        self.encoder.measure(came.bits, came.active);
        let shaken = if self.base_latency > Seconds::ZERO { now.latency / self.base_latency } else { 1.0 };
        self.delivery.drift.add(self.sd_ms * shaken * self.disturbance.normal());
        let buffer = &self.delivery.buffer;
        let stood = buffer.stalled() - stalled;
        let inflow = came.media / self.dt;
        let is_stalled = stood > Seconds::ZERO || buffer.state() == State::Stalled;
        Some(Row {
            t: self.dt.get() * number as f64,
            bandwidth_mbps: now.rate.mbps(),
            latency_ms: now.latency.millis(),
            packet_loss: now.loss,
            congestion_level: now.congestion,
            buffer_level_s: buffer.level().get(),
            is_stalled,
            stall_event: buffer.stalls() > stalls,
            level,
            av_sync_drift_ms: self.delivery.drift.ms,
            inflow_rate_s_per_s: inflow,
            dropped_frames: is_stalled || inflow < buffer.rate() && buffer.level() < self.threshold,
            switched: jump > 0,
            stalled_s: stood.get(),
        })
    }
}

/// Sums of a run.
#[derive(Default)]
struct Totals {
    steps: usize,
    switches: usize,
    dropped: usize,
    out_of_sync: usize,
    drift_ms: f64,
    most_drift_ms: f64,
}

impl Totals {
    fn add(&mut self, row: &Row, threshold_ms: f64) {
        let drift = row.av_sync_drift_ms.abs();
        self.steps += 1;
        self.switches += usize::from(row.switched);
        self.dropped += usize::from(row.dropped_frames);
        self.out_of_sync += usize::from(drift > threshold_ms);
        self.drift_ms += drift;
        self.most_drift_ms = self.most_drift_ms.max(drift);
    }

    fn report(&self, scenario: &Scenario, buffer: &PlaybackBuffer<()>) -> Report {
        let n = self.steps.max(1) as f64;
        let duration = Seconds::new(scenario.dt) * n;
        let stall_ratio = buffer.stalled() / duration;
        let dropped_frame_ratio = self.dropped as f64 / n;
        let av_out_of_sync_ratio = self.out_of_sync as f64 / n;
        let mean_av_sync_drift_ms = self.drift_ms / n;
        let quality_switch_rate = self.switches as f64 / duration.get() * 60.0;
        Report {
            total_steps: self.steps,
            stall_count: buffer.stalls(),
            total_stall_time_s: buffer.stalled().get(),
            stall_ratio,
            mean_av_sync_drift_ms,
            max_av_sync_drift_ms: self.most_drift_ms,
            av_out_of_sync_ratio,
            quality_switch_count: self.switches,
            quality_switch_rate,
            mean_buffer_level_s: buffer.level_integral() / duration.get(),
            dropped_frame_ratio,
            scores: scenario.quality.weights().scores(
                stall_ratio,
                dropped_frame_ratio,
                av_out_of_sync_ratio,
                mean_av_sync_drift_ms,
                quality_switch_rate,
            ),
        }
    }
}
