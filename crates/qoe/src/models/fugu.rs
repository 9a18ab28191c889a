//! The QoE of Fugu: SSIM in decibels, its change, and stalls; and the digest that Puffer makes of one stream.
//!
//! ```text
//! sum d - lambda sum |d(k+1) - d(k)| - mu sum stall         d = clamp(-10 log10(1 - SSIM), 0, 60) dB
//! ```
//!
//! Source: Yan et al., *Learning in situ: a randomized experiment in video streaming*, NSDI 2020; repository
//! StanfordSNR/puffer (puffer.hh, mpc.hh) and puffer-statistics.
//!
//! | constant | value |
//! |---|---|
//! | lambda | 1 |
//! | mu | 100 (paper); the default of the code is 20: `fugu:mu=20` |
//! | SSIM above which Puffer's statistics ignore a chunk | 0.99999 |
//!
//! Conventions: the startup delay is not charged (`startup=apart`). An SSIM of exactly 1 is 60 dB.
//!
//! Deviations: none known; the paper's mu could not be compared with print.

use spec::{Entry, Options, opt};
use units::Seconds;

use super::linear::{FIRST, Linear, Quality, TOTAL, Weights, conventions, startup_counts};
use crate::entry::{Built, ModelInfo};
use crate::{About, Meta, Need, QoeError, Scale, Scratch, Segment, Viewing};

/// SSIM in decibels.
#[derive(Clone, Copy, Debug)]
pub struct SsimDb;

/// SSIM (0 to 1) in decibels, without bounds: infinite at 1.
pub fn ssim_db(ssim: f64) -> f64 {
    -10.0 * libm::log10(1.0 - ssim)
}

impl Quality for SsimDb {
    fn about(&self) -> About {
        About { id: "fugu", scale: Scale::Unbounded, needs: &[Need::Ssim] }
    }

    #[inline]
    fn quality(&self, _: &Meta, segment: &Segment, _: &mut Scratch) -> Result<f64, QoeError> {
        let ssim = segment.ssim.ok_or_else(|| self.about().missing(Need::Ssim))?;
        Ok(if ssim >= 1.0 { 60.0 } else { ssim_db(ssim).clamp(0.0, 60.0) })
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "fugu",
        about: "SSIM in dB, 100 per second of stall (Fugu/Puffer 2020; the code has mu=20)",
        options: &[
            opt("mu", "100", "dB per second of stall; 20 in Puffer's code"),
            opt("lambda", "1", "weight of a change"),
            opt("startup", "apart", "apart: the startup delay is not in the score; stall: charged with mu"),
            FIRST,
            TOTAL,
        ],
    },
    build,
};

fn build(o: &Options) -> Result<Built, QoeError> {
    let mu = o.number("mu", 0.0..)?;
    let startup = if startup_counts(o)? { mu } else { 0.0 };
    let weights = Weights::penalties(o.number("lambda", 0.0..)?, mu, startup);
    Built::additive(Linear { quality: SsimDb, weights, conventions: conventions(o)?, before: None })
}

/// Puffer's digest of one stream. Chunks with an SSIM above 0.99999 are ignored, as in Puffer's own statistics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PufferStream {
    /// Mean SSIM; `None` if no chunk counts.
    pub mean_ssim: Option<f64>,
    /// The mean SSIM in dB (not the mean of decibels).
    pub mean_ssim_db: Option<f64>,
    /// Mean change in dB between neighbours that both count; `None` if there is none.
    pub ssim_variation_db: Option<f64>,
    /// Stalled time after startup.
    pub stall: Seconds,
    /// Media time and stalled time.
    pub watch: Seconds,
    /// Stalled time over watch time.
    pub stall_ratio: f64,
}

impl PufferStream {
    /// The digest of a session.
    ///
    /// # Errors
    /// [`QoeError::NothingPlayed`], or [`QoeError::MissingInput`] for a segment without SSIM.
    pub fn of(viewing: &Viewing) -> Result<PufferStream, QoeError> {
        let media = viewing.media_time();
        if media <= Seconds::ZERO {
            return Err(QoeError::NothingPlayed);
        }
        let (mut sum, mut count, mut changes, mut pairs) = (0.0, 0usize, 0.0, 0usize);
        let mut before: Option<f64> = None;
        for segment in &viewing.segments {
            let ssim = segment.ssim.ok_or_else(|| SsimDb.about().missing(Need::Ssim))?;
            let db = (ssim <= 0.99999).then(|| ssim_db(ssim));
            if db.is_some() {
                (sum, count) = (sum + ssim, count + 1);
            }
            if let (Some(a), Some(b)) = (before, db) {
                (changes, pairs) = (changes + (b - a).abs(), pairs + 1);
            }
            before = db;
        }
        let mean = (count > 0).then(|| sum / count as f64);
        let stall = viewing.stall_time();
        let watch = media + stall;
        Ok(PufferStream {
            mean_ssim: mean,
            mean_ssim_db: mean.map(ssim_db),
            ssim_variation_db: (pairs > 0).then(|| changes / pairs as f64),
            stall,
            watch,
            stall_ratio: stall / watch,
        })
    }
}
