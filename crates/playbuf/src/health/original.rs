//! The buffer health monitor as it was published, in its two versions, with their defects.
//!
//! ```text
//! seed text  clamp(100 weighted mean level - min(2 stalled seconds, 50), 0, 100)     newest sample 1, each older x 0.8
//! shipped    clamp( 20 mean level          - min(10 stalled seconds, 50), 0, 100)
//! ```
//!
//! Source: repository Wiskey009/Quad-Kernel-Streaming: buffer_health_monitoring.md (548de06) and
//! src/buffer_health_monitoring.rs (21cea9d).
//!
//! | constant | value |
//! |---|---|
//! | below this level playback counts as stalled | 0.1 s |
//! | a report at the first sample this long after the last report | 1 s |
//! | samples older than this leave the window (`seed text`), which nothing looks at | 10 s |
//!
//! Known defects, kept: a low first level counts startup as a stall; a stall counts only when it ends; the stalled total is that of
//! the whole session; the samples of a report are cleared, not slid, and weighted by their number, not by time; in the seed text a
//! mean of 1 s is the maximum. Deviation: reports of both versions are returned, which the seed text discards.

use units::Seconds;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The code printed in the document.
    SeedText,
    Shipped,
}

/// What the monitor says about the samples since the last report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Their mean level in s, weighted in [`Version::SeedText`].
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
    /// The times of the samples in the window of the seed text.
    window: Vec<f64>,
    score: f64,
}

/// Below this level playback counts as stalled.
const STALL_LEVEL: f64 = 0.1;
/// Seconds.
const WINDOW: f64 = 10.0;

impl Monitor {
    /// A monitor that has seen nothing.
    pub fn new(version: Version) -> Monitor {
        Monitor {
            version,
            stalled_since: None,
            stalls: 0,
            stalled: 0.0,
            samples: Vec::new(),
            last_report: None,
            window: Vec::new(),
            score: 0.0,
        }
    }

    /// Takes a sample; a report, where one is due.
    pub fn update(&mut self, at: Seconds, level: Seconds) -> Option<Report> {
        let (now, level) = (at.get(), level.get());
        if self.version == Version::SeedText {
            self.window.retain(|t| now - t <= WINDOW);
            self.window.push(now);
        }
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
        // As written, so that what is not a number makes a report of neither.
        let due = now - last >= 1.0;
        if !due {
            return None;
        }
        let report = self.report();
        self.samples.clear();
        self.last_report = Some(now);
        self.score = report.score;
        Some(report)
    }

    fn report(&self) -> Report {
        let (level, factor, penalty) = match self.version {
            Version::SeedText => {
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

    /// When the last report was made; the first update counts as one.
    pub fn last_report(&self) -> Option<Seconds> {
        self.last_report.map(Seconds::new)
    }

    /// Samples in the window of the seed text; the shipped version has none.
    pub fn window(&self) -> usize {
        self.window.len()
    }

    /// The score of the last report; 0 before it.
    pub fn score(&self) -> f64 {
        self.score
    }
}
