//! Where somebody speaks: frames that are louder than the quiet around them.
//!
//! Frames of 20 ms; the floor is the level below which a tenth of them lie. A frame speaks if its level is 9 dB above the floor
//! and above -50 dB of full scale; gaps of up to 0.3 s are bridged, and what is shorter than 0.1 s is a click.

use super::RATE;

const FRAME: usize = RATE as usize / 50;
const ABOVE_FLOOR_DB: f64 = 9.0;
const LEAST_DB: f64 = -50.0;
const MOST_DB: f64 = -30.0;
const BRIDGE: usize = 15;
const CLICK: usize = 5;

/// A stretch of speech, in samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first sample.
    pub start: usize,
    /// One behind its last.
    pub end: usize,
}

/// The stretches in which somebody speaks.
pub fn speech(samples: &[f32]) -> Vec<Span> {
    let level = |frame: &[f32]| {
        let power = frame.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>() / frame.len() as f64;
        10.0 * libm::log10(power + 1e-10)
    };
    let levels: Vec<f64> = samples.chunks(FRAME).map(level).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f64::total_cmp);
    let Some(floor) = sorted.get(sorted.len() / 10) else { return Vec::new() };
    // Where all is speech there is no quiet to measure.
    let threshold = (floor + ABOVE_FLOOR_DB).clamp(LEAST_DB, MOST_DB);
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (i, _) in levels.iter().enumerate().filter(|(_, l)| **l > threshold) {
        match spans.last_mut() {
            Some((_, end)) if i - *end <= BRIDGE => *end = i + 1,
            _ => spans.push((i, i + 1)),
        }
    }
    let long = spans.into_iter().filter(|(start, end)| end - start >= CLICK);
    long.map(|(start, end)| Span { start: start * FRAME, end: (end * FRAME).min(samples.len()) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::SimRng;

    #[test]
    fn finds_two_words_in_noise_and_nothing_in_silence() {
        let mut rng = SimRng::new(1, 0);
        let mut samples: Vec<f32> = (0..3 * RATE).map(|_| 0.002 * rng.normal() as f32).collect();
        assert!(speech(&samples).is_empty());
        assert!(speech(&[]).is_empty());
        for (start, end) in [(8_000, 16_000), (30_000, 40_000)] {
            for (i, s) in samples.iter_mut().enumerate().take(end).skip(start) {
                *s += 0.3 * (i as f32 * 0.2).sin();
            }
        }
        let spans = speech(&samples);
        assert_eq!(spans.len(), 2, "{spans:?}");
        assert!(spans[0].start.abs_diff(8_000) <= FRAME && spans[1].end.abs_diff(40_000) <= FRAME);
    }
}
