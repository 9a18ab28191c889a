//! L2A and LoL+ on the player's seam, with the throughput of dash.js.

use units::{BitRate, Seconds, SimRng};

use super::{INITIAL, L2a, LolPlus, LolPlusView, sustained};
use crate::estimate::{ChunkMeter, DashJsThroughput, DashJsThroughputOptions};
use crate::{AbrStrategy, Decision, Ending, Estimate, PlayerEvent, PlayerView, Progress};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LowLatency {
    /// Learning to adapt.
    L2a,
    /// Low on latency, plus.
    LolPlus,
}

#[derive(Clone, Debug)]
enum Core {
    L2a(L2a),
    LolPlus(LolPlus),
}

/// A low-latency rule of dash.js, alone as its users run it: the other rules are switched off.
#[derive(Clone, Debug)]
pub struct DashJsRule {
    which: LowLatency,
    /// Of the draws of LoL+.
    seed: u64,
    core: Option<Core>,
    throughput: DashJsThroughput,
    /// Measures the request in flight, where it comes chunk by chunk.
    chunks: ChunkMeter,
    /// When there was news of it last, since its request, and what had come.
    heard: (Seconds, units::Bits),
    requests: u64,
}

impl DashJsRule {
    /// A rule; the seed is that of the draws of LoL+.
    pub fn new(which: LowLatency, seed: u64) -> DashJsRule {
        DashJsRule {
            which,
            seed,
            core: None,
            throughput: DashJsThroughput::new(DashJsThroughputOptions::new(true)),
            chunks: ChunkMeter::default(),
            heard: Default::default(),
            requests: 0,
        }
    }

    /// More came: a chunk, or nothing, when the first bit of one is there.
    fn news(&mut self, p: &Progress) {
        let (before, had) = std::mem::replace(&mut self.heard, (p.elapsed, p.received));
        if p.received > had {
            self.chunks.chunk(before, p.elapsed, p.received - had);
        }
    }

    fn ended(&mut self, size: units::Bits, elapsed: Seconds, latency: Seconds) {
        let time = elapsed - latency;
        match self.chunks.throughput() {
            Some(throughput) => self.throughput.push(throughput, size, size / throughput, latency),
            None if time > Seconds::ZERO => self.throughput.push(size / time, size, time, latency),
            None => {}
        }
        self.requests += 1;
    }
}

impl AbrStrategy for DashJsRule {
    fn begin(&mut self, view: &PlayerView<'_>) {
        let bitrates = view.video.ladder().bitrates();
        let mut rng = SimRng::new(self.seed, 0);
        self.core = Some(match self.which {
            LowLatency::L2a => Core::L2a(L2a::new(bitrates)),
            LowLatency::LolPlus => {
                Core::LolPlus(LolPlus::new(bitrates, view.video.duration(0), || rng.uniform()))
            }
        });
        self.throughput = DashJsThroughput::new(DashJsThroughputOptions::new(view.live.is_some()));
        (self.chunks, self.heard, self.requests) = Default::default();
    }

    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        let last = view.last_level.unwrap_or(0);
        let safe = self.throughput.safe();
        let level = match &mut self.core {
            Some(Core::L2a(rule)) => {
                let request = self.requests.checked_sub(1);
                rule.decide(view.buffer, view.rate, safe, self.throughput.last(), request)
            }
            Some(Core::LolPlus(rule)) => {
                let latency = view.live.map_or(Seconds::ZERO, |l| l.latency);
                let view = LolPlusView { current: last, buffer: view.buffer, latency, rate: view.rate };
                rule.decide(&view, safe)
            }
            None => None,
        };
        let first = || sustained(view.video.ladder().bitrates(), INITIAL);
        Decision::fetch(level.unwrap_or_else(|| view.last_level.unwrap_or_else(first)))
    }

    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        match event {
            PlayerEvent::FirstByte { elapsed, .. } => {
                self.chunks = ChunkMeter::default();
                self.heard = (*elapsed, units::Bits::ZERO);
            }
            PlayerEvent::Progress(progress) => self.news(progress),
            PlayerEvent::Ended { segment, level, received, elapsed, latency, ending, .. } => {
                if matches!(ending, Ending::Appended | Ending::Replaced) {
                    self.ended(*received, *elapsed, *latency);
                    if let Some(Core::L2a(rule)) = &mut self.core {
                        rule.loaded(view.video.duration(*segment), *level);
                    }
                }
                self.chunks = ChunkMeter::default();
            }
            PlayerEvent::Seeked => {
                if let Some(Core::L2a(rule)) = &mut self.core {
                    rule.sought();
                }
            }
            _ => {}
        }
    }

    fn estimate(&self) -> Option<Estimate> {
        let throughput: BitRate = self.throughput.average()?;
        Some(Estimate { throughput, latency: self.throughput.latency()? })
    }
}
