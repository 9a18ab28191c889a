//! `latency`: what a round trip costs.
//!
//! `round trip = base + queue / C + jitter + retransmissions`, drawn anew for every request and the same throughout it:
//!
//! - the base is a constant, or gamma or lognormal with a mean and a coefficient of variation (`cv`);
//! - a standing queue of `queue` bytes of others at the bottleneck takes `queue / C(t)` to drain, `limit` at most, which is
//!   also what it takes while nothing is carried;
//! - jitter is exponential with the mean `jitter`;
//! - a block that the radio lost (probability `bler`) is sent again after `harq`, as often as it is lost.
//!
//! The flow's own queue does not count: it is alone, and what it had queued is gone when it asks again.
//!
//! # The constants
//!
//! | preset | base | limit | harq | why |
//! |---|---|---|---|---|
//! | `link` | the trace's own | 1 s | 0 | neutral |
//! | `3g` | 100 ms | 2 s | 0 | HSDPA; deep buffers hold 1 to 2 s |
//! | `4g` | 35 ms | 0.5 s | 0 | of the usual 20 to 50 ms; buffers of 0.2 to 0.5 s |
//! | `5g` | 22.5 ms | 0.5 s | 0.5 ms | of the usual 15 to 30 ms; retransmissions add 0.3 to 1.6 ms to the user-plane delay in the SIGCOMM 2024 mid-band artifact (its operators' means differ by 0.32, 0.42, 0.52 and 1.6 ms) |
//! | `dsl` | 10 ms | 1 s | 0 | |
//! | `wifi` | 5 ms | 0.5 s | 0 | |
//! | `geo` | 600 ms | 1 s | 0 | geostationary satellite |
//!
//! # Known deviations
//!
//! Draws of successive requests are independent; real latencies wander. The queue does not grow with the flow's own rate.

use spec::{Entry, opt};
use units::{BitRate, Bits, Seconds, SimRng};

use super::{Kind, Make, Place, auto_seconds, hand_on, seconds};
use crate::channel::{Channel, Drawn, Stretch, Waits};

pub(super) static KIND: Kind = Kind {
    entry: Entry {
        name: "latency",
        about: "round trips: base, standing queue, jitter, radio retransmissions",
        options: &[
            opt("preset", "link", "link (the trace's own), 3g, 4g, 5g, dsl, wifi or geo"),
            opt("base", "auto", "mean of the base in s; auto: the preset's"),
            opt("spread", "gamma", "distribution of the base: gamma or lognormal"),
            opt("cv", "0", "coefficient of variation of the base; 0: constant"),
            opt("queue", "0", "standing queue of others in bytes"),
            opt("limit", "auto", "longest wait in the queue in s; auto: the preset's"),
            opt("jitter", "0", "mean of an exponential addition in s"),
            opt("bler", "0.1", "probability that the radio loses a block"),
            opt("harq", "auto", "s until a lost block is sent again; auto: the preset's"),
        ],
    },
    place: Place::Way,
    make: |o| {
        let (base, limit, harq) = o.choice("preset", &PRESETS)?;
        let or = |value: Option<Seconds>, preset: f64| value.unwrap_or(Seconds::new(preset));
        let base = auto_seconds(o, "base", 0.0, 60.0)?.or(base.map(Seconds::new));
        let spread = o.choice("spread", &[("gamma", Spread::Gamma), ("lognormal", Spread::Lognormal)])?;
        let options = LatencyOptions {
            base,
            spread,
            cv: o.number("cv", 0.0..=10.0)?,
            queue: Bits::from_bytes(o.number("queue", 0.0..=1e12)?),
            limit: or(auto_seconds(o, "limit", 0.0, 60.0)?, limit),
            jitter: seconds(o, "jitter", 0.0, 60.0)?,
            bler: o.number("bler", 0.0..=0.9)?,
            harq: or(auto_seconds(o, "harq", 0.0, 60.0)?, harq),
        };
        Ok(Make::Latency(options))
    },
};

/// Base, limit of the queue, retransmission; in s.
type Times = (Option<f64>, f64, f64);

const PRESETS: [(&str, Times); 7] = [
    ("link", (None, 1.0, 0.0)),
    ("3g", (Some(0.1), 2.0, 0.0)),
    ("4g", (Some(0.035), 0.5, 0.0)),
    ("5g", (Some(0.0225), 0.5, 0.0005)),
    ("dsl", (Some(0.01), 1.0, 0.0)),
    ("wifi", (Some(0.005), 0.5, 0.0)),
    ("geo", (Some(0.6), 1.0, 0.0)),
];

/// How the base is distributed, where it is no constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    Gamma,
    Lognormal,
}

/// The options of `latency`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatencyOptions {
    /// Mean of the base; None for the round trip of what is inside.
    pub base: Option<Seconds>,
    pub spread: Spread,
    /// Its coefficient of variation.
    pub cv: f64,
    /// Standing queue at the bottleneck.
    pub queue: Bits,
    /// Longest wait in it.
    pub limit: Seconds,
    /// Mean of the jitter.
    pub jitter: Seconds,
    /// Probability that a block is lost, below 1.
    pub bler: f64,
    /// What sending it again costs.
    pub harq: Seconds,
}

/// The latencies of one client, request by request.
#[derive(Clone, Debug)]
pub(crate) struct Draws {
    options: LatencyOptions,
    rng: SimRng,
}

impl Draws {
    pub(crate) fn new(options: LatencyOptions, rng: SimRng) -> Draws {
        Draws { options, rng }
    }

    /// Draws for the next request. Nothing is drawn of what is switched off.
    pub(crate) fn draw(&mut self) -> Drawn {
        let LatencyOptions { spread, cv, jitter, bler, harq, .. } = self.options;
        let mut drawn = Drawn { factor: 1.0, added: Seconds::ZERO };
        if cv > 0.0 {
            drawn.factor = match spread {
                Spread::Gamma => {
                    let shape = 1.0 / (cv * cv);
                    gamma(&mut self.rng, shape) / shape
                }
                Spread::Lognormal => {
                    // The mean of a lognormal variable is exp(mu + variance / 2).
                    let variance = libm::log1p(cv * cv);
                    libm::exp(libm::sqrt(variance) * self.rng.normal() - variance / 2.0)
                }
            };
        }
        if jitter > Seconds::ZERO {
            drawn.added += Seconds::new(self.rng.exponential(jitter.get()));
        }
        if harq > Seconds::ZERO && bler > 0.0 {
            // How often in a row a block is lost: geometric.
            let losses = libm::floor(libm::log(1.0 - self.rng.uniform()) / libm::log(bler));
            drawn.added += harq * losses;
        }
        drawn
    }
}

/// A latency process around a channel.
#[derive(Clone, Debug)]
pub struct Latency<C> {
    inner: C,
    draws: Draws,
    /// Of the present request.
    drawn: Drawn,
}

impl<C: Channel> Latency<C> {
    /// A process that draws from `rng`.
    pub fn new(inner: C, options: LatencyOptions, rng: SimRng) -> Latency<C> {
        let mut draws = Draws::new(options, rng);
        let drawn = draws.draw();
        Latency { inner, draws, drawn }
    }

    /// The round trip of a request over the round trip of what is inside.
    fn over(&self, inner: Seconds, drawn: Drawn) -> Seconds {
        let LatencyOptions { base, queue, limit, .. } = self.draws.options;
        let mut total = base.unwrap_or(inner) * drawn.factor + drawn.added;
        if queue > Bits::ZERO {
            let rate = self.inner.stretch(BitRate::INFINITY).rate;
            total += (queue / rate).min(limit);
        }
        total
    }
}

/// A gamma variable of scale 1 (Marsaglia and Tsang, ACM TOMS 26(3), 2000; below a shape of 1 with their power of a uniform).
fn gamma(rng: &mut SimRng, shape: f64) -> f64 {
    if shape < 1.0 {
        let power = libm::pow(1.0 - rng.uniform(), 1.0 / shape);
        return gamma(rng, shape + 1.0) * power;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    loop {
        let x = rng.normal();
        let v = 1.0 + c * x;
        if v > 0.0 {
            let v = v * v * v;
            let u = 1.0 - rng.uniform();
            if libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }
}

impl<C: Channel> Channel for Latency<C> {
    fn round_trip(&self) -> Seconds {
        self.over(self.inner.round_trip(), self.drawn)
    }

    fn round_trip_of(&self, drawn: &[Drawn]) -> Seconds {
        match drawn.split_last() {
            Some((own, inside)) => self.over(self.inner.round_trip_of(inside), *own),
            None => self.round_trip(),
        }
    }

    fn request(&mut self) -> Waits {
        self.drawn = self.draws.draw();
        self.inner.request()
    }

    fn stretch(&self, demand: BitRate) -> Stretch {
        self.inner.stretch(demand)
    }

    fn spend(&mut self, time: Seconds, taken: BitRate) {
        self.inner.spend(time, taken);
    }

    fn cross(&mut self, demand: BitRate) {
        self.inner.cross(demand);
    }

    fn rest(&mut self, time: Seconds) {
        self.inner.rest(time);
    }

    hand_on!(entered);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_have_the_mean_and_the_variation_that_were_asked_for() {
        for (cv, spread) in [(0.3, Spread::Gamma), (1.5, Spread::Gamma), (0.3, Spread::Lognormal)] {
            let options = LatencyOptions {
                base: Some(Seconds::new(0.1)),
                spread,
                cv,
                queue: Bits::ZERO,
                limit: Seconds::ZERO,
                jitter: Seconds::ZERO,
                bler: 0.0,
                harq: Seconds::ZERO,
            };
            let trace = crate::Trace::steps("t", &[(1.0, 1.0)], Seconds::ZERO).expect("valid");
            let link = crate::Link::new(trace.into(), crate::LinkOptions::default()).expect("a link");
            let mut latency = Latency::new(link, options, SimRng::new(3, 0));
            let n = 100_000;
            let draws: Vec<f64> = (0..n)
                .map(|_| {
                    latency.request();
                    latency.round_trip().get()
                })
                .collect();
            let mean = draws.iter().sum::<f64>() / n as f64;
            let sd = libm::sqrt(draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64);
            // Five standard errors of the mean; those of the deviation depend on the fourth moment, below 5 % here.
            assert!((mean - 0.1).abs() < 5.0 * 0.1 * cv / libm::sqrt(n as f64), "{spread:?} {cv}: {mean}");
            assert!((sd / 0.1 / cv - 1.0).abs() < 0.05, "{spread:?} {cv}: {sd}");
        }
    }
}
