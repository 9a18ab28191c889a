//! Video quality per second: O22 (P.1203.1), modes 0, 1 and 3; mode 2 as functions.

use units::Seconds;

use super::clock::{Clock, Run};
use super::scale::{mos_from_r, r_from_mos};
use super::{Input, MODEL, VideoSegment};
use crate::{Device, QoeError, VideoCodec};

/// How much is known of the bitstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Bitrate, resolution, frame rate and codec.
    Metadata,
    /// Also type and size of every frame.
    FrameSizes,
    /// Also the quantisation of some frames. Only the function level exists.
    SomeQp,
    /// Also the quantisation of every frame.
    AllQp,
}

impl Mode {
    /// 0 to 3.
    pub fn number(self) -> u8 {
        match self {
            Mode::Metadata => 0,
            Mode::FrameSizes => 1,
            Mode::SomeQp => 2,
            Mode::AllQp => 3,
        }
    }
}

/// MOS of the coding alone from the quantity q of the Recommendation.
fn coding_mos(q: f64) -> f64 {
    (4.66 - 0.07 * libm::exp(4.06 * q)).clamp(1.0, 5.0)
}

/// The coefficients a1 to a4 of mode 0 and of mode 1.
const MODE_0: [f64; 4] = [11.9983519, -2.99991847, 41.2475074001, 0.13183165961];
const MODE_1: [f64; 4] = [5.00011566, -1.19630824, 41.3585049, 0.0];

fn coding_mos_from_bitrate(a: [f64; 4], pixels: f64, kbps: f64, fps: f64) -> f64 {
    let per_pixel = libm::log(kbps * kbps / (pixels * fps) + a[3]);
    coding_mos(a[0] + a[1] * libm::log(a[2] + libm::log(kbps) + per_pixel))
}

/// What the ratio of mean I-frame size to mean size of the others adds in mode 1.
fn intra_term(ratio: f64) -> f64 {
    const C: [f64; 3] = [-0.91562479, -3.28579526, 20.4098663];
    let middle = (C[1] + C[2]) / 2.0;
    C[0] - C[0] / (1.0 + libm::exp(-10.0 / (C[2] - C[1]) * (ratio - middle)))
}

/// O22 from the MOS of the coding: takes off what upscaling and a low frame rate cost.
fn video_mos(coding: f64, coded_pixels: f64, display_pixels: f64, fps: f64) -> f64 {
    let coding = (100.0 - r_from_mos(coding)).clamp(0.0, 100.0);
    let scale = (display_pixels / coded_pixels).max(1.0);
    let upscaling = (72.61 * libm::log10(0.32 * (scale - 1.0) + 1.0)).clamp(0.0, 100.0);
    let temporal = if fps < 24.0 {
        ((100.0 - coding - upscaling) * (30.98 - 1.29 * fps) / (64.65 + fps)).clamp(0.0, 100.0)
    } else {
        0.0
    };
    mos_from_r(100.0 - (coding + upscaling + temporal).clamp(0.0, 100.0))
}

/// O22 in mode 0: from coded pixels, pixels of the display, bitrate in kbit/s and frames per second.
pub fn mode_0(coded_pixels: f64, display_pixels: f64, kbps: f64, fps: f64) -> f64 {
    let coding = coding_mos_from_bitrate(MODE_0, coded_pixels, kbps, fps);
    video_mos(coding, coded_pixels, display_pixels, fps)
}

/// O22 in mode 1: also from the mean size of I frames over that of the others (0 where there are no such or such).
pub fn mode_1(coded_pixels: f64, display_pixels: f64, kbps: f64, fps: f64, intra_ratio: f64) -> f64 {
    let coding = coding_mos_from_bitrate(MODE_1, coded_pixels, kbps, fps) + intra_term(intra_ratio);
    video_mos(coding, coded_pixels, display_pixels, fps)
}

/// O22 in modes 2 and 3: from the mean quantisation parameter, 0 to 51 (see [`mean_qp`]).
pub fn mode_2_3(coded_pixels: f64, display_pixels: f64, fps: f64, mean_qp: f64) -> f64 {
    video_mos(coding_mos(mean_qp / 51.0), coded_pixels, display_pixels, fps)
}

/// The mean quantisation parameter over frames given as (is an I frame, its QPs): that of the frames that are no I frames.
///
/// In mode 3 an I frame also takes back the last value before it, which becomes a copy of the one before that; a single one
/// goes. `None` if no value is left.
pub fn mean_qp<'a>(frames: impl IntoIterator<Item = (bool, &'a [f64])>, mode: Mode) -> Option<f64> {
    // The sum without the last value; the last value and the one before it.
    let (mut sum, mut count) = (0.0, 0usize);
    let (mut last, mut second): (f64, f64) = (0.0, 0.0);
    for (intra, values) in frames {
        if !intra {
            for v in values {
                if count > 0 {
                    sum += last;
                }
                (second, last) = (last, *v);
                count += 1;
            }
        } else if mode == Mode::AllQp {
            match count {
                0 => {}
                1 => count = 0,
                _ => last = second,
            }
        }
    }
    (count > 0).then(|| (sum + last) / count as f64)
}

/// O22 as felt on a telephone or tablet.
pub fn handheld(o22: f64) -> f64 {
    (-0.60293 + 2.12382 * o22 - 0.36936 * o22 * o22 + 0.03409 * o22 * o22 * o22).clamp(1.0, 5.0)
}

/// O22 of a codec that the Recommendation does not cover, from the one computed as if it were H.264: a published extension
/// of mode 0 (see NOTICE), not part of P.1203.
pub fn codec_mapping(codec: VideoCodec, o22: f64) -> Option<f64> {
    let [a, b, c, d] = match codec {
        VideoCodec::H264 => return Some(o22),
        VideoCodec::Vp9 => [-0.04129014, 0.30953836, 0.32314399, 0.5284358],
        VideoCodec::Hevc => [-0.05196039, 0.39430046, 0.17486221, 0.50008018],
        VideoCodec::Av1 => return None,
    };
    Some((((a * o22 + b) * o22 + c) * o22 + d).clamp(1.0, 5.0))
}

/// Mode 0 caps the frame rate here.
const MAX_FPS: f64 = 120.0;

/// The mode that the input allows, and O22 per second.
pub(crate) fn o22(input: &Input, extended: bool) -> Result<(Mode, Vec<f64>), QoeError> {
    let mode = mode_of(&input.video);
    for (i, s) in input.video.iter().enumerate() {
        check(i, s, mode, extended)?;
    }
    check_length(input.video.iter().map(|s| s.duration))?;
    let fps = |s: &VideoSegment| if mode == Mode::Metadata { s.fps.min(MAX_FPS) } else { s.fps };
    // A segment without a frame takes no part.
    let segments: Vec<(&VideoSegment, usize)> = input
        .video
        .iter()
        .map(|s| {
            let frames = match (&s.frames, mode) {
                (Some(f), Mode::FrameSizes | Mode::AllQp) => f.len(),
                _ => (s.duration.get() * fps(s)) as usize,
            };
            (s, frames)
        })
        .filter(|(_, n)| *n > 0)
        .collect();
    let clock = Clock::new(segments.iter().map(|(s, frames)| Run { frames: *frames, length: 1.0 / fps(s) }));
    let groups = groups(&segments, fps);
    let detail = Detail::new(&segments, &clock, mode);
    let mut out: Vec<f64> = Vec::with_capacity(clock.frames() / 20);
    let mut cached: Option<(usize, f64, f64)> = None;
    for w in clock.windows() {
        // The longest run of one quality level around the last frame, within the window.
        let (first, last) = groups[clock.run_of(w.last)];
        let low = clock.first(first).max(w.low);
        let high = clock.last(last).min(w.high - 1);
        let run = clock.run_of(low);
        let (s, fps) = (segments[run].0, fps(segments[run].0));
        let display = s.display.unwrap_or(input.display).pixels();
        let pixels = s.resolution.pixels();
        let score = match mode {
            Mode::Metadata => {
                let kbps = mean_kbps(&segments, &clock, low, high);
                match cached {
                    Some((r, k, score)) if r == run && k == kbps => score,
                    _ => {
                        let score = finish(mode_0(pixels, display, kbps, fps), s, input.device);
                        cached = Some((run, kbps, score));
                        score
                    }
                }
            }
            Mode::FrameSizes => {
                let (kbps, ratio) = detail.sizes(low, high);
                if kbps <= 0.0 {
                    return Err(unsupported(
                        "frame sizes",
                        format!("{kbps} kbit/s"),
                        "more than frame headers",
                    ));
                }
                finish(mode_1(pixels, display, kbps, fps, ratio), s, input.device)
            }
            Mode::SomeQp | Mode::AllQp => {
                let qp = mean_qp(detail.qp[low..=high].iter().copied(), mode).ok_or_else(|| {
                    unsupported(
                        "QP values",
                        "none but of I frames".to_string(),
                        "a QP of another frame per second",
                    )
                })?;
                finish(mode_2_3(pixels, display, fps, qp), s, input.device)
            }
        };
        out.push(score);
    }
    Ok((mode, out))
}

/// The effects of codec and device.
fn finish(o22: f64, segment: &VideoSegment, device: Device) -> f64 {
    let o22 = codec_mapping(segment.codec, o22).unwrap_or(o22);
    if device == Device::Mobile { handheld(o22) } else { o22 }
}

fn mode_of(video: &[VideoSegment]) -> Mode {
    let all_frames = !video.is_empty() && video.iter().all(|s| s.frames.is_some());
    let qp = || video.iter().filter_map(|s| s.frames.as_ref()).any(|f| !f.qp.is_empty());
    match (all_frames, all_frames && qp()) {
        (false, _) => Mode::Metadata,
        (true, false) => Mode::FrameSizes,
        (true, true) => Mode::AllQp,
    }
}

/// A week and more of media is a mistake: refused before a score per second is made of it.
pub(super) fn check_length(durations: impl Iterator<Item = Seconds>) -> Result<(), QoeError> {
    let total: Seconds = durations.sum();
    match total.get() <= 1e6 {
        true => Ok(()),
        false => Err(unsupported("media time in s", total.get().to_string(), "at most 10^6")),
    }
}

fn unsupported(input: &'static str, found: String, expected: &'static str) -> QoeError {
    QoeError::Unsupported { model: MODEL, input, found, expected }
}

fn check(i: usize, s: &VideoSegment, mode: Mode, extended: bool) -> Result<(), QoeError> {
    let above = |input, x: f64| match x > 0.0 && x.is_finite() {
        true => Ok(()),
        false => Err(unsupported(input, format!("{x} (segment {i})"), "a finite number above 0")),
    };
    above("frame rate", s.fps)?;
    above("bitrate in kbit/s", s.bitrate.kbps())?;
    above("pixels", s.resolution.pixels())?;
    if !(s.duration.get() >= 0.0 && s.duration.is_finite()) {
        return Err(unsupported(
            "duration in s",
            format!("{} (segment {i})", s.duration.get()),
            "at least 0",
        ));
    }
    let covered = s.codec == VideoCodec::H264
        || (extended && mode == Mode::Metadata && matches!(s.codec, VideoCodec::Hevc | VideoCodec::Vp9));
    if !covered {
        let expected =
            if extended { "h264; in mode 0 also hevc or vp9" } else { "h264 (codecs=extended: hevc, vp9)" };
        return Err(unsupported("video codec", s.codec.name().to_string(), expected));
    }
    if mode == Mode::AllQp && s.frames.as_ref().is_some_and(|f| f.qp.len() != f.len()) {
        return Err(unsupported(
            "QP values",
            format!("none in segment {i}"),
            "one list per frame in every segment",
        ));
    }
    Ok(())
}

/// For every segment the first and the last segment of its group: neighbours of one quality level. That is one
/// representation, or, where none is named, one bitrate, codec, frame rate and display; the resolution does not matter.
fn groups(segments: &[(&VideoSegment, usize)], fps: impl Fn(&VideoSegment) -> f64) -> Vec<(usize, usize)> {
    let same = |a: &VideoSegment, b: &VideoSegment| match (&a.representation, &b.representation) {
        (Some(a), Some(b)) => a == b,
        (None, None) => {
            a.bitrate == b.bitrate && a.codec == b.codec && fps(a) == fps(b) && a.display == b.display
        }
        _ => false,
    };
    let mut out: Vec<(usize, usize)> = Vec::with_capacity(segments.len());
    for i in 0..segments.len() {
        let first = if i > 0 && same(segments[i - 1].0, segments[i].0) { out[i - 1].0 } else { i };
        out.push((first, i));
    }
    for i in (1..out.len()).rev() {
        if out[i].0 == out[i - 1].0 {
            out[i - 1].1 = out[i].1;
        }
    }
    out
}

/// The mean bitrate of the frames `low..=high`.
fn mean_kbps(segments: &[(&VideoSegment, usize)], clock: &Clock, low: usize, high: usize) -> f64 {
    let (from, to) = (clock.run_of(low), clock.run_of(high));
    let first = segments[from].0.bitrate.kbps();
    if segments[from..=to].iter().all(|(s, _)| s.bitrate.kbps() == first) {
        return first;
    }
    let frames = |run: usize| (clock.last(run).min(high) + 1 - clock.first(run).max(low)) as f64;
    let sum: f64 = (from..=to).map(|r| segments[r].0.bitrate.kbps() * frames(r)).sum();
    sum / (high + 1 - low) as f64
}

/// What modes 1 and 3 know of every frame.
struct Detail<'a> {
    /// Running sums up to every frame: bytes of I frames, their number, bytes of the others, seconds.
    sums: Vec<[f64; 4]>,
    qp: Vec<(bool, &'a [f64])>,
}

impl<'a> Detail<'a> {
    fn new(segments: &[(&'a VideoSegment, usize)], clock: &Clock, mode: Mode) -> Detail<'a> {
        let mut detail = Detail { sums: Vec::new(), qp: Vec::new() };
        if mode == Mode::Metadata {
            return detail;
        }
        let mut sum = [0.0; 4];
        detail.sums.push(sum);
        let mut index = 0;
        for (s, _) in segments {
            let Some(frames) = &s.frames else { continue };
            for (i, (intra, bytes)) in frames.sizes.iter().copied().enumerate() {
                // Headers are taken off: more in the first second, which carries those of the stream.
                let header = match (clock.start(index) < 1.0, intra) {
                    (true, _) => 800.0,
                    (false, true) => 55.0,
                    (false, false) => 11.0,
                };
                let bytes = (bytes - header).max(0.0);
                sum[if intra { 0 } else { 2 }] += bytes;
                sum[1] += f64::from(u8::from(intra));
                sum[3] += 1.0 / s.fps;
                detail.sums.push(sum);
                if mode == Mode::AllQp {
                    detail.qp.push((intra, frames.qp[i].as_slice()));
                }
                index += 1;
            }
        }
        detail
    }

    /// The bitrate in kbit/s of the frames `low..=high`, and the mean size of I frames over that of the others.
    fn sizes(&self, low: usize, high: usize) -> (f64, f64) {
        let of = |k: usize| self.sums[high + 1][k] - self.sums[low][k];
        let (intra, intras, other, seconds) = (of(0), of(1), of(2), of(3));
        let others = (high + 1 - low) as f64 - intras;
        let ratio = if intras > 0.0 && others > 0.0 { (intra / intras) / (other / others) } else { 0.0 };
        ((intra + other) * 8.0 / seconds / 1000.0, if ratio.is_finite() { ratio } else { 0.0 })
    }
}
