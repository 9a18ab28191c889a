//! WAV files in and out.

use std::io::{Read, Seek, Write};

use crate::FeedbackError;

/// Samples per second that transcribers get.
pub const RATE: u32 = 16_000;
/// The longest recording that is read, s.
const LONGEST_S: u32 = 120;

/// A WAV file as mono samples at [`RATE`]: channels are averaged, other rates resampled (a Hann-windowed sinc, cut off below the
/// lower of the two Nyquist rates).
///
/// # Errors
/// [`FeedbackError::Backend`] for what is no WAV file of whole or 32-bit float samples, is empty or longer than two minutes.
pub fn read_wav(source: impl Read) -> Result<Vec<f32>, FeedbackError> {
    let wrong = |problem: String| FeedbackError::Backend { what: "WAV".to_string(), problem };
    let reader = hound::WavReader::new(source).map_err(|e| wrong(format!("no WAV file: {e}")))?;
    let spec = reader.spec();
    if spec.sample_rate == 0 || spec.channels == 0 || spec.sample_rate > 400_000 {
        return Err(wrong(format!("{} channels at {} Hz", spec.channels, spec.sample_rate)));
    }
    let channels = usize::from(spec.channels);
    let most = spec.sample_rate as usize * LONGEST_S as usize * channels;
    let samples: Result<Vec<f32>, hound::Error> = match spec.sample_format {
        hound::SampleFormat::Float => reader.into_samples::<f32>().take(most + 1).collect(),
        hound::SampleFormat::Int => {
            let scale = 1.0 / (1i64 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f32;
            reader.into_samples::<i32>().take(most + 1).map(|s| s.map(|s| s as f32 * scale)).collect()
        }
    };
    let samples = samples.map_err(|e| wrong(format!("damaged: {e}")))?;
    if samples.is_empty() {
        return Err(wrong("no samples".to_string()));
    }
    if samples.len() > most {
        return Err(wrong(format!("longer than {LONGEST_S} s")));
    }
    let mono: Vec<f32> = samples
        .chunks(channels)
        .map(|frame| {
            frame.iter().map(|s| if s.is_finite() { *s } else { 0.0 }).sum::<f32>() / channels as f32
        })
        .collect();
    Ok(resample(&mono, spec.sample_rate))
}

/// Mono samples at [`RATE`] as a WAV file of 16 bits.
///
/// # Errors
/// [`FeedbackError::Backend`] where it cannot be written.
pub fn write_wav(samples: &[f32], target: impl Write + Seek) -> Result<(), FeedbackError> {
    let wrong = |e: hound::Error| FeedbackError::Backend { what: "WAV".to_string(), problem: e.to_string() };
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::new(target, spec).map_err(wrong)?;
    for sample in samples {
        writer.write_sample((sample.clamp(-1.0, 1.0) * 32767.0).round() as i16).map_err(wrong)?;
    }
    writer.finalize().map_err(wrong)
}

/// Half the length of the filter, in samples of the lower rate.
const HALF: f64 = 16.0;

fn resample(samples: &[f32], rate: u32) -> Vec<f32> {
    if rate == RATE {
        return samples.to_vec();
    }
    let ratio = f64::from(RATE) / f64::from(rate);
    let cut = ratio.min(1.0);
    let count = (samples.len() as f64 * ratio).ceil() as usize;
    let reach = HALF / cut;
    (0..count)
        .map(|k| {
            let centre = k as f64 / ratio;
            let first = (centre - reach).ceil().max(0.0) as usize;
            let last = ((centre + reach).floor() as usize).min(samples.len() - 1);
            let mut sum = 0.0;
            for (i, sample) in samples.iter().enumerate().take(last + 1).skip(first) {
                let x = (i as f64 - centre) * cut;
                let sinc = match x.abs() < 1e-9 {
                    true => 1.0,
                    false => libm::sin(std::f64::consts::PI * x) / (std::f64::consts::PI * x),
                };
                let window = 0.5 + 0.5 * libm::cos(std::f64::consts::PI * x / HALF);
                sum += f64::from(*sample) * sinc * window * cut;
            }
            sum as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV file of a tone.
    fn tone(rate: u32, channels: u16, hz: f64, seconds: f64) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).expect("a header");
        for i in 0..(f64::from(rate) * seconds) as usize {
            let value = (std::f64::consts::TAU * hz * i as f64 / f64::from(rate)).sin();
            for _ in 0..channels {
                writer.write_sample((value * 16_000.0) as i16).expect("a sample");
            }
        }
        writer.finalize().expect("a file");
        bytes.into_inner()
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_strength_from_any_rate() {
        for (rate, channels) in [(8_000, 1), (16_000, 2), (22_050, 1), (44_100, 2), (48_000, 1)] {
            let samples = read_wav(&tone(rate, channels, 440.0, 0.5)[..]).expect("a tone");
            assert!((samples.len() as i64 - 8000).abs() <= 1, "{rate}: {}", samples.len());
            let inner = &samples[800..7200];
            let crossings = inner.windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count();
            assert!((175..=177).contains(&crossings), "{rate}: {crossings} of 176");
            let power = inner.iter().map(|s| s * s).sum::<f32>() / inner.len() as f32;
            assert!((power.sqrt() - 0.345).abs() < 0.01, "{rate}: {}", power.sqrt());
        }
    }

    #[test]
    fn what_is_above_the_new_nyquist_rate_is_gone() {
        let samples = read_wav(&tone(48_000, 1, 12_000.0, 0.2)[..]).expect("a tone");
        let loudest = samples[400..2800].iter().fold(0.0f32, |m, s| m.max(s.abs()));
        assert!(loudest < 0.02, "{loudest}");
    }

    #[test]
    fn what_is_no_wav_is_refused() {
        for bytes in [&b""[..], b"RIFF", b"no wave at all, and long enough to be one............"] {
            assert!(read_wav(bytes).is_err());
        }
        let whole = tone(16_000, 1, 440.0, 0.1);
        for end in [20, 44, 61] {
            assert!(read_wav(&whole[..end.min(whole.len())]).is_err(), "{end}");
        }
    }
}
