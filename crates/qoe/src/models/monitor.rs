//! The score of a buffer health monitor, 0 to 100, in its two versions.
//!
//! The monitor itself, its source, constants and defects: [`playbuf::health::original`].

use playbuf::health::original::{Monitor, Version};
use spec::{Entry, opt};
use units::Seconds;

use crate::entry::{Built, ModelInfo};
use crate::{About, Need, Parts, QoeError, QoeModel, Scale, Score, Viewing};

/// The mean of the monitor's reports over a session, its buffer level sampled every 100 ms.
#[derive(Clone, Copy, Debug)]
pub struct BufferMonitor {
    pub version: Version,
}

impl QoeModel for BufferMonitor {
    fn about(&self) -> About {
        About { id: "buffer-monitor", scale: Scale::Hundred, needs: &[Need::Buffer] }
    }

    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        if viewing.segments.is_empty() {
            return Err(QoeError::NothingPlayed);
        }
        let Some((end, _)) = viewing.buffer.last().copied() else {
            return Err(self.about().missing(Need::Buffer));
        };
        if !(end.get() >= 0.0 && end.get() <= 1e7) {
            let (input, found) = ("session", format!("{end}"));
            return Err(QoeError::Unsupported {
                model: self.about().id,
                input,
                found,
                expected: "at most 10^7 s",
            });
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
            return Err(QoeError::MissingInput { model: self.about().id, input });
        }
        let n = reports as f64;
        let parts = Parts { quality: quality / n, stall: (value - quality) / n, ..Parts::default() };
        Ok(Score::of_parts(parts, self.about().scale, viewing.segments.len()))
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "buffer-monitor",
        about: "buffer level and stalls, 0..100 (Quad-Kernel buffer health monitor)",
        options: &[opt("version", "shipped", "shipped: 20 points per second of buffer; document: 100")],
    },
    build: |o| {
        let versions = [("shipped", Version::Shipped), ("document", Version::SeedText)];
        Built::whole(BufferMonitor { version: o.choice("version", &versions)? })
    },
};
