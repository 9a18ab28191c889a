//! Audio quality per second: O21 (P.1203.2). Only codec and bitrate matter.
//!
//! | codec | a2 | a3 |
//! |---|---|---|
//! | MPEG-1 Layer II | -0.02 | 15.48 |
//! | AC-3 | -0.03 | 15.70 |
//! | AAC-LC | -0.05 | 14.60 |
//! | HE-AAC | -0.11 | 20.06 |

use super::MODEL;
use super::clock::{Clock, Run};
use super::scale::mos_from_r;
use crate::{AudioCodec, AudioSegment, QoeError};

/// O21 of a codec at a bitrate in kbit/s.
pub fn quality(codec: AudioCodec, kbps: f64) -> f64 {
    let (a2, a3) = match codec {
        AudioCodec::Mp2 => (-0.02, 15.48),
        AudioCodec::Ac3 => (-0.03, 15.70),
        AudioCodec::AacLc => (-0.05, 14.60),
        AudioCodec::HeAac => (-0.11, 20.06),
    };
    mos_from_r(100.0 - (100.0 * libm::exp(a2 * kbps) + a3))
}

/// O21 per second: 100 frames per second on the same clock as video. Empty for no audio.
pub(crate) fn o21(segments: &[AudioSegment]) -> Result<Vec<f64>, QoeError> {
    for (i, s) in segments.iter().enumerate() {
        let (kbps, seconds) = (s.bitrate.kbps(), s.duration.get());
        if !(kbps >= 0.0 && kbps.is_finite() && seconds >= 0.0 && seconds.is_finite()) {
            let (input, found) = ("audio segment", format!("{kbps} kbit/s, {seconds} s (segment {i})"));
            return Err(QoeError::Unsupported {
                model: MODEL,
                input,
                found,
                expected: "finite numbers, at least 0",
            });
        }
    }
    super::video::check_length(segments.iter().map(|s| s.duration))?;
    let frames = |s: &AudioSegment| (s.duration.get() * 100.0) as usize;
    let segments: Vec<&AudioSegment> = segments.iter().filter(|s| frames(s) > 0).collect();
    let clock = Clock::new(segments.iter().map(|s| Run { frames: frames(s), length: 0.01 }));
    let scores: Vec<f64> = segments.iter().map(|s| quality(s.codec, s.bitrate.kbps())).collect();
    Ok(clock.windows().into_iter().map(|w| scores[clock.run_of(w.last)]).collect())
}
