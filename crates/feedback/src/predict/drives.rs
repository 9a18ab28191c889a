//! Windows to learn from and to be measured on: drives, played by simulated players.
//!
//! A drive is a way past the cells of a radio network ([`netmodel::radio`]) under conditions that are drawn: the track, its speed,
//! how far the cells are apart, how many others they serve, the width of the channel. A player with a drawn rule and buffer plays
//! a video of the ladder `4k` on its trace. Nothing is random but by the seed.

use std::sync::Arc;

use media::Video;
use netmodel::Trace;
use netmodel::formats::Recording;
use netmodel::radio::Drive;
use units::{Bits, SimRng};

use super::{HIGH_KBPS, HORIZON_S, features};
use crate::FeedbackError;
use crate::playback::Playback;
use crate::telemetry::{Field, Telemetry, of_drive, of_recording};

const LENGTH_S: f64 = 300.0;
const STREAM: u64 = 0x716f_6500; // "qoe"
const RULES: [&str; 4] = ["bola", "throughput", "dynamic", "bba"];
const CAPACITIES: [u32; 4] = [8, 12, 20, 30];

/// Where the drives of a purpose come from; no seed is in two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Training,
    Calibration,
    HeldOut,
}

impl Source {
    fn seed(self, i: usize) -> u64 {
        let first = match self {
            Source::Training => 1_000_000,
            Source::Calibration => 2_000_000,
            Source::HeldOut => 3_000_000,
        };
        first + i as u64
    }
}

/// A moment of a drive.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// The telemetry of the last ten seconds, the player's state with it.
    pub history: Vec<Telemetry>,
    /// Whether the next ten seconds were of high quality.
    pub high: bool,
    /// Whether the last ten were.
    pub was_high: bool,
}

/// A drive, as windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub name: String,
    pub moments: Vec<Moment>,
}

/// The generated drive `i` of a source, a moment every `every_s` seconds.
///
/// # Errors
/// [`FeedbackError`] should a drawn scenario not be possible.
pub fn generated(source: Source, i: usize, every_s: f64) -> Result<Case, FeedbackError> {
    let seed = source.seed(i);
    let mut rng = SimRng::new(seed, STREAM);
    let (text, drive) = drawn(&mut rng, LENGTH_S, seed)?;
    play(format!("{text},seed={seed}"), drive.trace(), &of_drive(&drive), every_s, &mut rng)
}

/// A recorded trace with its own telemetry, played by a simulated player; `seed` draws its rule and its buffer.
///
/// # Errors
/// [`FeedbackError`] should the trace not be playable.
pub fn recorded(recording: &Recording, every_s: f64, seed: u64) -> Result<Case, FeedbackError> {
    let trace = Arc::new(recording.trace.clone());
    let mut rng = SimRng::new(seed, STREAM);
    play(trace.name().to_string(), &trace, &of_recording(recording), every_s, &mut rng)
}

/// A drive is drawn anew so many times at most.
const DRAWS: usize = 100;

/// A drive under drawn conditions, and these as a preset. One that stands where no cell reaches carries nothing at all; nobody would watch
/// there, and another is drawn.
pub(crate) fn drawn(rng: &mut SimRng, length_s: f64, seed: u64) -> Result<(String, Drive), FeedbackError> {
    let mut draw = || -> Result<(String, Drive), FeedbackError> {
        let text = conditions(rng, length_s);
        let drive = Drive::from_preset(&text, seed)?;
        Ok((text, drive))
    };
    let mut found = draw()?;
    for _ in 0..DRAWS {
        if found.1.trace().total() > Bits::ZERO {
            break;
        }
        found = draw()?;
    }
    Ok(found)
}

/// Conditions of a drive, as a preset.
fn conditions(rng: &mut SimRng, length_s: f64) -> String {
    let (track, speed) =
        [("drive", 3.0 + 22.0 * rng.uniform()), ("walk", 0.8 + rng.uniform()), ("still", 1.0)]
            [[0, 0, 0, 1, 2][rng.below(5)]];
    let apart = 400.0 * libm::exp(rng.range(0.0, 1.8));
    let users = 4.0 * libm::exp(rng.range(0.0, 2.4));
    let bandwidth = [20, 40, 60, 100][rng.below(4)];
    let layers = [2, 4][rng.below(2)];
    let speed = if track == "still" { String::new() } else { format!(",speed={speed:.1}") };
    format!(
        "radio,duration={length_s},track={track}{speed},apart={apart:.0},users={users:.0},bandwidth={bandwidth},layers={layers}"
    )
}

fn play(
    name: String,
    trace: &Arc<Trace>,
    samples: &[Telemetry],
    every_s: f64,
    rng: &mut SimRng,
) -> Result<Case, FeedbackError> {
    let rule = RULES[rng.below(RULES.len())];
    let capacity = CAPACITIES[rng.below(CAPACITIES.len())];
    let length = trace.duration().get();
    let video = video(length)?;
    let profile = sim::profile(&format!("default:capacity={capacity}"))?;
    let playback = Playback::of(&sim::session(trace, &video, rule, &profile, 0)?);
    let samples = with_player(samples, &playback);
    let high = |from: f64| {
        let shown = playback.shown(from, from + HORIZON_S);
        shown.stalled_s <= 0.0 && shown.kbps.is_some_and(|k| k >= HIGH_KBPS)
    };
    let first = playback.startup_s().ceil() + features::LOOK_BACK_S;
    let last = playback.end_s().min(length) - HORIZON_S;
    let moments = (0..)
        .map(|k| first + every_s * f64::from(k))
        .take_while(|at| *at <= last)
        .map(|at| {
            let end = samples.partition_point(|s| s.time_s.is_some_and(|t| t <= at));
            let history = features::recent(&samples[..end]).to_vec();
            Moment { history, high: high(at), was_high: high(at - HORIZON_S) }
        })
        .filter(|m| !m.history.is_empty())
        .collect();
    Ok(Case { name, moments })
}

pub(crate) fn video(length_s: f64) -> Result<Video, FeedbackError> {
    let length = length_s.clamp(20.0, 1e5).ceil();
    let text = format!("vbr,duration={length},segment=2,ladder=4k,sd=0.15");
    media::presets::generate(&text, 1).map_err(|e| FeedbackError::value("video", e, "a video"))
}

/// The samples with what the player would tell beside them.
fn with_player(samples: &[Telemetry], playback: &Playback) -> Vec<Telemetry> {
    let tell = |sample: &Telemetry| {
        let mut sample = sample.clone();
        if let Some(at) = sample.time_s {
            sample.set(Field::Buffer, playback.buffer_at(at));
            sample.set(Field::Stalled, f64::from(u8::from(playback.stalled(at - 1.0, at) > 0.0)));
            if let Some(kbps) = playback.kbps_at(at) {
                sample.set(Field::Bitrate, kbps);
            }
        }
        sample
    };
    samples.iter().map(tell).collect()
}
