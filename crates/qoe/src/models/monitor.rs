//! The score of a buffer health monitor, 0 to 100, in its two versions.
//!
//! ```text
//! document  clamp(100 weighted mean level - min(2 stalled seconds, 50), 0, 100)     newest sample 1, each older x 0.8
//! shipped   clamp( 20 mean level          - min(10 stalled seconds, 50), 0, 100)
//! ```
//!
//! Source: repository Wiskey009/Quad-Kernel-Streaming: buffer_health_monitoring.md (548de06) and
//! src/buffer_health_monitoring.rs (21cea9d).
//!
//! | constant | value |
//! |---|---|
//! | below this level playback counts as stalled | 0.1 s |
//! | a report at the first sample this long after the last report | 1 s |
//! | samples older than this are dropped (`document`) | 10 s |
//!
//! Known defects, kept: a low first level counts startup as a stall; a stall counts only when it ends; the stalled total is
//! that of the whole session; the samples of a report are cleared, not slid; in `document` a mean of 1 s is the maximum.
//! Deviation: reports of both versions are returned, which `document` discards.

use spec::{Entry, opt};
use units::Seconds;

use crate::registry::{Built, ModelInfo};
use crate::{Need, Parts, QoeError, QoeModel, Scale, Score, Viewing};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The code printed in the document.
    Document,
    /// The code that was shipped.
    Shipped,
}

/// What the monitor says about the last second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// The mean level of the samples since the last report, weighted in [`Version::Document`].
    pub level: f64,
    /// What the stalls of the whole session take off.
    pub penalty: f64,
    /// The score, 0 to 100.
    pub score: f64,
}

/// The monitor: fed with buffer levels, it reports about once a second.
#[derive(Clone, Debug)]
pub struct Monitor {
    version: Version,
    stalled_since: Option<f64>,
    stalls: usize,
    stalled: f64,
    samples: Vec<f64>,
    last_report: Option<f64>,
}

/// Below this level playback counts as stalled.
const STALL_LEVEL: f64 = 0.1;

impl Monitor {
    /// A monitor that has seen nothing.
    pub fn new(version: Version) -> Monitor {
        let samples = Vec::new();
        Monitor { version, stalled_since: None, stalls: 0, stalled: 0.0, samples, last_report: None }
    }

    /// Takes a sample; a report, where one is due.
    pub fn update(&mut self, at: Seconds, level: Seconds) -> Option<Report> {
        let (now, level) = (at.get(), level.get());
        match self.stalled_since {
            None if level < STALL_LEVEL => {
                self.stalled_since = Some(now);
                self.stalls += 1;
            }
            Some(since) if level >= STALL_LEVEL => {
                self.stalled += now - since;
                self.stalled_since = None;
            }
            _ => {}
        }
        self.samples.push(level);
        let Some(last) = self.last_report else {
            self.last_report = Some(now);
            return None;
        };
        if now - last < 1.0 {
            return None;
        }
        let report = self.report();
        self.samples.clear();
        self.last_report = Some(now);
        Some(report)
    }

    fn report(&self) -> Report {
        let (level, factor, penalty) = match self.version {
            Version::Document => {
                let (mut sum, mut weights, mut weight) = (0.0, 0.0, 1.0);
                for sample in self.samples.iter().rev() {
                    (sum, weights) = (sum + sample * weight, weights + weight);
                    weight *= 0.8;
                }
                (sum / weights, 100.0, (2.0 * self.stalled).min(50.0))
            }
            Version::Shipped => {
                let mean = self.samples.iter().sum::<f64>() / self.samples.len() as f64;
                (mean, 20.0, (10.0 * self.stalled).min(50.0))
            }
        };
        Report { level, penalty, score: (factor * level - penalty).clamp(0.0, 100.0) }
    }

    /// Stalls that began.
    pub fn stall_count(&self) -> usize {
        self.stalls
    }

    /// Time of the stalls that ended.
    pub fn stall_duration(&self) -> Seconds {
        Seconds::new(self.stalled)
    }

    /// Samples since the last report.
    pub fn samples(&self) -> usize {
        self.samples.len()
    }
}

/// The mean of the monitor's reports over a session, its buffer level sampled every 100 ms.
#[derive(Clone, Copy, Debug)]
pub struct BufferMonitor {
    /// Which of the two.
    pub version: Version,
}

impl QoeModel for BufferMonitor {
    fn id(&self) -> &'static str {
        "buffer-monitor"
    }

    fn scale(&self) -> Scale {
        Scale::Hundred
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Buffer]
    }

    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        if viewing.segments.is_empty() {
            return Err(QoeError::NothingPlayed);
        }
        let Some((end, _)) = viewing.buffer.last().copied() else {
            return Err(QoeError::MissingInput { model: self.id(), input: Need::Buffer.words() });
        };
        if !(end.get() >= 0.0 && end.get() <= 1e7) {
            let (input, found) = ("session", format!("{end}"));
            return Err(QoeError::Unsupported { model: self.id(), input, found, expected: "at most 10^7 s" });
        }
        let mut monitor = Monitor::new(self.version);
        let (mut corner, mut reports, mut value, mut quality) = (0, 0usize, 0.0, 0.0);
        for tick in 0..=(end.millis() / 100.0) as u64 {
            let at = Seconds::from_millis(100.0 * tick as f64);
            while viewing.buffer.get(corner + 1).is_some_and(|next| next.0 <= at) {
                corner += 1;
            }
            let (t0, y0) = viewing.buffer[corner];
            let level = match viewing.buffer.get(corner + 1) {
                Some((t1, y1)) if *t1 > t0 => y0 + (*y1 - y0) * ((at - t0) / (*t1 - t0)),
                _ => y0,
            };
            if let Some(r) = monitor.update(at, level) {
                reports += 1;
                value += r.score;
                quality += (r.score + r.penalty).min(100.0);
            }
        }
        if reports == 0 {
            let input = "a buffer level over at least one second";
            return Err(QoeError::MissingInput { model: self.id(), input });
        }
        let n = reports as f64;
        let parts = Parts { quality: quality / n, stall: (value - quality) / n, ..Parts::default() };
        Ok(Score::of_parts(parts, self.scale(), viewing.segments.len()))
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "buffer-monitor",
        about: "buffer level and stalls, 0..100 (Quad-Kernel buffer health monitor)",
        options: &[opt("version", "shipped", "shipped: 20 points per second of buffer; document: 100")],
    },
    build: |o| {
        let versions = [("shipped", Version::Shipped), ("document", Version::Document)];
        Built::whole(BufferMonitor { version: o.choice("version", &versions)? })
    },
};
