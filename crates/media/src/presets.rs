//! Videos out of nothing but a few numbers: `cbr` and `vbr`.
//!
//! ```
//! let video = media::presets::generate("vbr,duration=60,ladder=300/750/1200,sd=0.3", 7)?;
//! assert_eq!((video.segments(), video.ladder().len()), (15, 3));
//! assert_eq!(video, media::presets::generate("vbr,duration=60,ladder=300/750/1200,sd=0.3,seed=7", 99)?);
//! # Ok::<(), media::MediaError>(())
//! ```
//!
//! # The model of `vbr`
//!
//! The size of segment k on rung r is `bitrate[r] * duration[k] * exp(c[k] + e[k,r]) / n[r]`:
//!
//! - `c` is the complexity of the scene, the same on every rung: normal with standard deviation `sd`, a first-order
//!   autoregression with coefficient `persistence` from segment to segment;
//! - `e` is what the encoder does differently on each rung: independent, normal, standard deviation `noise`;
//! - `n[r]` makes the mean bitrate of every rung exactly the nominal one.
//!
//! The defaults are of the order of the published size tables: Big Buck Bunny (Sabre, 3 s) has a coefficient of variation of
//! 0.17 to 0.20 on all its rungs but the highest, whose sizes are correlated with 0.7 to 0.9 from rung to rung, and peaks at
//! twice the mean. `exp` of a normal variable has the long upper tail of such tables.

use spec::{Entry, Opt, Spec, opt};
use units::{Bits, Seconds, SimRng};

use crate::video::cut;
use crate::{MediaError, Video, ladders};

const SEGMENT: Opt = opt("segment", "4", "duration of a segment in s");
const DURATION: Opt = opt("duration", "600", "duration of the video in s");
const LADDER: Opt = opt("ladder", "pensieve", "a named ladder, or bitrates in kbit/s separated by '/'");

static PRESETS: [Entry; 2] = [
    Entry {
        name: "cbr",
        about: "constant bitrate: every segment has exactly the bitrate of its rung",
        options: &[SEGMENT, DURATION, LADDER, opt("seed", "auto", "ignored: nothing is drawn")],
    },
    Entry {
        name: "vbr",
        about: "variable bitrate: lognormal segment sizes, one scene complexity for all rungs",
        options: &[
            SEGMENT,
            DURATION,
            LADDER,
            opt("sd", "0.2", "standard deviation of the log size that all rungs share"),
            opt("noise", "0.05", "standard deviation of the log size of each rung alone"),
            opt("persistence", "0", "autocorrelation of the shared part from segment to segment"),
            opt("seed", "auto", "whole number; auto: the caller's"),
        ],
    },
];

/// The substream of vbr draws, so that a session with the same seed does not repeat them.
const STREAM: u64 = 0x0076_6964_656f; // "video"

/// All presets: name, one line, options with defaults.
pub fn all() -> &'static [Entry] {
    &PRESETS
}

/// The video of a preset: `name` or `name,key=value,...`, with or without `preset:` before it. `seed` counts unless the
/// text has a `seed` of its own.
///
/// # Errors
/// [`MediaError::Spec`] for a preset, option or value that does not exist; [`MediaError`] for a ladder that is none.
pub fn generate(spec: &str, seed: u64) -> Result<Video, MediaError> {
    let text = spec.trim();
    let text = text.strip_prefix("preset:").unwrap_or(text);
    let (entry, options) = Spec::parse(text)?.find("video preset", &PRESETS)?;
    let segment = Seconds::new(options.number("segment", 0.01..=3600.0)?);
    let total = Seconds::new(options.number("duration", 0.01..=1e7)?);
    if total / segment > 1e6 {
        return Err(options.wrong("duration", "at most 10^6 segments").into());
    }
    let ladder = ladders::parse(options.text("ladder"))?;
    let seed = match options.text("seed") {
        "auto" => seed,
        given => given.parse().map_err(|_| options.wrong("seed", "a whole number from 0 to 2^64-1"))?,
    };
    if entry.name == "cbr" {
        return Video::constant_bitrate(text, ladder, segment, total);
    }

    let sd = options.number("sd", 0.0..=2.0)?;
    let noise = options.number("noise", 0.0..=2.0)?;
    let persistence = options.number("persistence", -0.999..=0.999)?;
    let (durations, rungs) = (cut(segment, total)?, ladder.len());
    let mut rng = SimRng::new(seed, STREAM);
    let mut complexity = rng.normal();
    let step = libm::sqrt(1.0 - persistence * persistence);
    let mut factors: Vec<f64> = Vec::with_capacity(durations.len() * rungs);
    for _ in &durations {
        factors.extend((0..rungs).map(|_| libm::exp(sd * complexity + noise * rng.normal())));
        complexity = persistence * complexity + step * rng.normal();
    }
    for r in 0..rungs {
        let carried: f64 =
            durations.iter().zip(factors.iter().skip(r).step_by(rungs)).map(|(d, f)| d.millis() * f).sum();
        let scale = durations.iter().map(|d| d.millis()).sum::<f64>() / carried;
        factors.iter_mut().skip(r).step_by(rungs).for_each(|f| *f *= scale);
    }
    let nominal = durations.iter().flat_map(|d| ladder.bitrates().iter().map(move |b| *b * *d));
    let sizes: Vec<Bits> = nominal.zip(&factors).map(|(size, f)| size * *f).collect();
    let name = if options.given("seed") { text.to_string() } else { format!("{text},seed={seed}") };
    Video::from_table(name, ladder, durations, sizes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats;

    #[test]
    fn vbr_keeps_the_mean_and_has_the_asked_variation() {
        let video = generate("preset:vbr,duration=20000,segment=2.5,sd=0.2,noise=0.05,persistence=0.5", 3)
            .expect("valid");
        for rung in stats::of_video(&video).rungs {
            assert!((rung.mean_kbps / rung.nominal_kbps - 1.0).abs() < 1e-12);
            // cv of a lognormal: sqrt(exp(0.2^2 + 0.05^2) - 1) = 0.2084; 8000 segments, standard error about 0.003.
            assert!((rung.cv - 0.2084).abs() < 0.015, "{}", rung.cv);
        }
    }

    #[test]
    fn rungs_share_their_scenes() {
        let video = generate("vbr,duration=4000,ladder=pensieve", 1).expect("valid");
        let log = |level: usize| -> Vec<f64> {
            (0..video.segments()).map(|k| libm::log(video.size(k, level).get())).collect()
        };
        let (low, high) = (log(0), log(5));
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let cov = |x: &[f64], y: &[f64]| {
            let (a, b) = (mean(x), mean(y));
            x.iter().zip(y).map(|(p, q)| (p - a) * (q - b)).sum::<f64>()
        };
        let correlation = cov(&low, &high) / (cov(&low, &low) * cov(&high, &high)).sqrt();
        // sd^2 / (sd^2 + noise^2) = 0.941, standard error (1 - r^2) / sqrt(1000) = 0.004.
        assert!((correlation - 0.941).abs() < 0.02, "{correlation}");
    }

    #[test]
    fn the_same_seed_is_the_same_video_and_cbr_is_constant() {
        assert_eq!(generate("vbr", 1), generate("vbr", 1));
        assert_ne!(generate("vbr", 1), generate("vbr", 2));
        let cbr = generate("cbr,segment=2,duration=7,ladder=100/200", 0).expect("valid");
        assert_eq!((cbr.segments(), cbr.duration(3)), (4, Seconds::new(1.0)));
        assert_eq!(cbr.size(0, 1), Bits::new(400_000.0));
    }

    #[test]
    fn refuses_with_a_hint() {
        let text = |spec: &str| generate(spec, 0).expect_err(spec).to_string();
        assert!(text("vbrr").contains("did you mean 'vbr'"));
        assert!(text("vbr,sdd=1").contains("did you mean 'sd'"));
        for bad in [
            "vbr,sd=-1",
            "vbr,sd=nan",
            "cbr,duration=1e7,segment=0.01",
            "cbr,ladder=3/2",
            "cbr,segment=0",
            "vbr,seed=-1",
        ] {
            assert!(!text(bad).is_empty());
        }
    }
}
