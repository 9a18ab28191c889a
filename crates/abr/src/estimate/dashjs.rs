//! The throughput of dash.js: a fast and a slow average, or one of seven means of the last requests; and the throughput of a
//! segment that comes chunk by chunk.
//!
//! Source: dash.js 5.2.1, `ThroughputController`, `ThroughputModel`, `FetchLoader` (`moof` mode).
//!
//! | constant | value |
//! |---|---|
//! | half-lives of the throughput | 3 s and 8 s; the lower of the two averages counts |
//! | half-lives of the latency | 1 and 2 requests; the higher counts |
//! | weight of a request | 1.5 times its seconds |
//! | safety factor | 0.9 |
//! | requests kept | 20 |
//! | requests of a mean | 3 live, 4 on demand, one more for each jump by a factor of 1.3 or 0.7 among them |
//! | shortest request that is none of a cache | 10 ms |
//!
//! All answers are whole kbit/s, as in the original. Left out: hints of a CDN (CMSD).

use std::collections::VecDeque;

use units::{BitRate, Bits, Seconds};

/// How many requests are kept.
const KEPT: usize = 20;
/// Weight of a millisecond of a request.
const WEIGHT_OF_MS: f64 = 0.0015;
/// What is no longer than this has come from a cache.
const CACHED: Seconds = Seconds::from_millis(10.0);
/// Chunks that take no longer than this are measured together.
const SHORT_CHUNK: Seconds = Seconds::from_millis(1.0);

/// Settings, under dash.js's defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DashJsThroughputOptions {
    /// `ewma.throughputFastHalfLifeSeconds`.
    pub fast: f64,
    /// `ewma.throughputSlowHalfLifeSeconds`.
    pub slow: f64,
    /// `bandwidthSafetyFactor`.
    pub safety: f64,
    /// `sampleSettings.live` or `.vod`: requests of a mean.
    pub base: usize,
    /// `sampleSettings.increaseScale`.
    pub increase: f64,
    /// `sampleSettings.decreaseScale`.
    pub decrease: f64,
    /// `useDeadTimeLatency`: the time to the first byte is no part of the transfer.
    pub dead_time: bool,
}

impl DashJsThroughputOptions {
    /// The defaults of a live stream, or of one on demand.
    pub fn new(live: bool) -> DashJsThroughputOptions {
        DashJsThroughputOptions {
            fast: 3.0,
            slow: 8.0,
            safety: 0.9,
            base: if live { 3 } else { 4 },
            increase: 1.3,
            decrease: 0.7,
            dead_time: true,
        }
    }
}

/// How the last requests become one number (`throughputCalculationMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DashJsMode {
    /// The two averages.
    Ewma,
    /// An average of an average, without its lag.
    Zlema,
    Arithmetic(DashJsWeight),
    Harmonic(DashJsWeight),
}

/// What weighs a request in a mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DashJsWeight {
    Equal,
    /// The square root of its bytes.
    Size,
    /// Its place, the newest most.
    Date,
}

/// What the browser measured of a finished request.
#[derive(Clone, Copy, Debug)]
pub struct DashJsRequest<'a> {
    /// From the request to its first byte, and to its end.
    pub latency: Seconds,
    /// See `latency`.
    pub elapsed: Seconds,
    /// By `fetch`, not by `XMLHttpRequest`, whose first report carries the latency.
    pub fetch: bool,
    /// Reports of progress: time since the one before, and what came.
    pub trace: &'a [(Seconds, Bits)],
    /// The browser's own timing: what was transferred in which time, and how long that is decoded.
    pub timing: Option<(Bits, Seconds, Bits)>,
}

/// Two exponentially weighted averages over one weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pair {
    half_lives: [f64; 2],
    values: [f64; 2],
    weight: f64,
}

impl Pair {
    fn new(half_lives: [f64; 2]) -> Pair {
        Pair { half_lives, ..Pair::default() }
    }

    fn push(&mut self, value: f64, weight: f64) {
        for (e, h) in self.values.iter_mut().zip(self.half_lives) {
            let keep = libm::pow(0.5, weight / h);
            *e = (1.0 - keep) * value + keep * *e;
        }
        self.weight += weight;
    }

    fn get(&self, pick: impl Fn(f64, f64) -> f64) -> Option<f64> {
        if self.weight <= 0.0 {
            return None;
        }
        let [a, b] =
            [0, 1].map(|i| self.values[i] / (1.0 - libm::pow(0.5, self.weight / self.half_lives[i])));
        Some(round(pick(a, b)))
    }
}

/// JavaScript's `Math.round`: halves go up.
fn round(x: f64) -> f64 {
    libm::floor(x + 0.5)
}

/// See the module page.
#[derive(Clone, Debug, PartialEq)]
pub struct DashJsThroughput {
    options: DashJsThroughputOptions,
    /// kbit/s and bytes of the last requests, the newest last.
    samples: VecDeque<(f64, f64)>,
    throughput: Pair,
    latency: Pair,
}

impl DashJsThroughput {
    /// Before the first request.
    pub fn new(options: DashJsThroughputOptions) -> DashJsThroughput {
        DashJsThroughput {
            options,
            samples: VecDeque::with_capacity(KEPT + 1),
            throughput: Pair::new([options.fast, options.slow]),
            latency: Pair::new([1.0, 2.0]),
        }
    }

    /// Learns from a finished request as a browser reports it. What came from a cache is ignored.
    pub fn request(&mut self, r: &DashJsRequest<'_>) {
        let Some(&(first_time, first_size)) = r.trace.first() else { return };
        let latency = if r.latency > Seconds::ZERO { r.latency } else { Seconds::from_millis(1.0) };
        let mut size: Bits = r.trace.iter().map(|t| t.1).sum();
        let mut time: Seconds = r.trace.iter().map(|t| t.0).sum();
        if !r.fetch {
            match r.timing {
                Some((transferred, span, _)) => (size, time) = (transferred, span),
                None if r.trace.len() < 2 => return,
                None => {
                    size -= first_size;
                    time = (time - first_time).max(Seconds::from_millis(1.0));
                }
            }
        }
        let counted = if r.fetch || self.options.dead_time { time } else { time + latency };
        let cached = match r.timing {
            Some((transferred, _, decoded)) => transferred <= Bits::ZERO && decoded > Bits::ZERO,
            None => r.elapsed < CACHED,
        };
        if !cached {
            self.push(size / counted, size, time, latency);
        }
    }

    /// Learns of a transfer that was measured: its throughput, its size, how long it took, and the time to its first byte.
    pub fn push(&mut self, throughput: BitRate, size: Bits, time: Seconds, latency: Seconds) {
        let kbps = round(throughput.kbps());
        if !kbps.is_finite() {
            return;
        }
        self.samples.push_back((kbps, size.bytes()));
        if self.samples.len() > KEPT {
            self.samples.pop_front();
        }
        self.throughput.push(kbps, WEIGHT_OF_MS * time.millis());
        self.latency.push(latency.millis(), 1.0);
    }

    /// The throughput, None before the first request.
    pub fn average(&self) -> Option<BitRate> {
        self.throughput.get(f64::min).map(BitRate::from_kbps)
    }

    /// What of it is relied on.
    pub fn safe(&self) -> Option<BitRate> {
        self.average().map(|a| a * self.options.safety)
    }

    /// The time to the first byte.
    pub fn latency(&self) -> Option<Seconds> {
        self.latency.get(f64::max).map(Seconds::from_millis)
    }

    /// The throughput by another calculation, over `base` requests or the default number.
    pub fn mean(&self, mode: DashJsMode, base: Option<usize>) -> Option<BitRate> {
        if mode == DashJsMode::Ewma {
            return self.average();
        }
        let len = self.samples.len();
        let used = self.samples.range(len - self.relevant(base.unwrap_or(self.options.base))..);
        let last = self.samples.back()?.0;
        let kbps = match mode {
            DashJsMode::Ewma | DashJsMode::Zlema => {
                let a = 2.0 / (used.len() as f64 + 1.0);
                let (mut e, mut z) = (last, last);
                for (v, _) in used {
                    e = a * v + (1.0 - a) * e;
                    z = a * e + (1.0 - a) * z;
                }
                z
            }
            DashJsMode::Arithmetic(weight) => {
                let (mut sum, mut all) = (0.0, 0.0);
                for (n, sample) in used.enumerate() {
                    let w = weigh(weight, n, sample.1);
                    sum += sample.0 * w;
                    all += w;
                }
                sum / all
            }
            DashJsMode::Harmonic(weight) => {
                let (mut sum, mut all) = (0.0, 0.0);
                for (n, sample) in used.enumerate() {
                    let w = weigh(weight, n, sample.1);
                    sum += w / sample.0;
                    all += w;
                }
                all / sum
            }
        };
        Some(BitRate::from_kbps(round(kbps)))
    }

    /// How many of the last requests a mean takes: more where they jump.
    fn relevant(&self, base: usize) -> usize {
        let len = self.samples.len();
        let (mut n, mut i) = (base, 1);
        while i < n && n < len {
            let ratio = self.samples[len - i].0 / self.samples[len - i - 1].0;
            if ratio >= self.options.increase || ratio <= self.options.decrease {
                n += 1;
            }
            i += 1;
        }
        n.min(len)
    }

    /// How many requests it remembers.
    pub fn requests(&self) -> usize {
        self.samples.len()
    }

    /// The throughput of the last request.
    pub fn last(&self) -> Option<BitRate> {
        self.samples.back().map(|s| BitRate::from_kbps(s.0))
    }
}

fn weigh(weight: DashJsWeight, place: usize, bytes: f64) -> f64 {
    match weight {
        DashJsWeight::Equal => 1.0,
        DashJsWeight::Size => libm::sqrt(bytes),
        DashJsWeight::Date => (place + 1) as f64,
    }
}

/// The throughput of a segment that is delivered while it is produced: the mean over its chunks, each from its first bit to its
/// last, without the last chunk and without the time in which there was nothing to send.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChunkMeter {
    sum_kbps: f64,
    chunks: usize,
    /// Chunks too short to be measured, together: since when, and what came.
    short: Option<(Seconds, Bits)>,
    /// The last chunk, which does not count until another comes.
    last: Option<(Seconds, Seconds, Bits)>,
}

impl ChunkMeter {
    /// A chunk came: when its first and its last bit came, on any clock, and its size.
    pub fn chunk(&mut self, begin: Seconds, end: Seconds, size: Bits) {
        let Some((begin, end, size)) = self.last.replace((begin, end, size)) else { return };
        if end - begin > SHORT_CHUNK {
            self.count(size / (end - begin));
            return;
        }
        let (since, bits) = self.short.map_or((begin, size), |(since, bits)| (since, bits + size));
        self.short = Some((since, bits));
        if end - since > SHORT_CHUNK {
            self.short = None;
            self.count(bits / (end - since));
        }
    }

    fn count(&mut self, throughput: BitRate) {
        self.sum_kbps += throughput.kbps();
        self.chunks += 1;
    }

    /// The throughput; None while it rests on nothing.
    pub fn throughput(&self) -> Option<BitRate> {
        (self.chunks > 0).then(|| BitRate::from_kbps(self.sum_kbps / self.chunks as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(x: f64) -> Seconds {
        Seconds::from_millis(x)
    }

    #[test]
    fn chunks_are_measured_without_the_time_in_which_nothing_was_there() {
        let mut meter = ChunkMeter::default();
        for k in 0..4 {
            // 100 kbit in 20 ms, every 500 ms: 5 Mbit/s, though the segment comes at 200 kbit/s.
            let begin = ms(500.0 * f64::from(k));
            meter.chunk(begin, begin + ms(20.0), Bits::new(100e3));
            assert_eq!(meter.throughput().is_some(), k > 0, "the last chunk does not count");
        }
        assert_eq!(meter.throughput(), Some(BitRate::from_kbps(5000.0)));
    }

    #[test]
    fn short_chunks_are_measured_together() {
        let mut meter = ChunkMeter::default();
        for k in 0..5 {
            let begin = ms(0.5 * f64::from(k));
            meter.chunk(begin, begin + ms(0.5), Bits::new(1000.0));
        }
        // Three of them last 1.5 ms; the fourth begins anew, the fifth is the last.
        assert_eq!(meter.throughput(), Some(BitRate::from_kbps(2000.0)));
    }
}
