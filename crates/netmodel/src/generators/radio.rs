//! The presets `radio` and `radio-mmwave`: a terminal on its way through a network ([`crate::radio`]).
//!
//! | | `radio` | `radio-mmwave` |
//! |---|---|---|
//! | band | 100 MHz at 3.5 GHz (n78), 30 kHz, four layers | 400 MHz at 28 GHz (n257), 120 kHz, two layers |
//! | cells | macro, 500 m apart | micro, 200 m apart |
//! | blockage | none | 0.75 per minute, 1.95 s in the mean |
//!
//! The powers and gains are this project's: usual figures, with the loss of a car's body in `gain`.

use spec::{Entry, Opt, Options, Spec, opt};
use units::Seconds;

use super::{Preset, seconds};
use crate::NetworkError;
use crate::radio::adaptation::{Adaptation, TR_36942_DOWN, TR_38803_DOWN};
use crate::radio::blockage::BlockageOptions;
use crate::radio::carrier::Carrier;
use crate::radio::handover::HandoverOptions;
use crate::radio::load::LoadOptions;
use crate::radio::propagation::Environment;
use crate::radio::tables::McsTable;
use crate::radio::{Cell, Db, Dbm, Drive, Hertz, Scenario, Track, places};

/// The options, with those defaults in which the presets differ.
const fn options(values: [&'static str; 12]) -> [Opt; 24] {
    let [environment, apart, frequency, bandwidth, spacing, layers, ..] = values;
    let [.., power, gain, users, dispersion, blockages, interruption] = values;
    [
        opt("duration", "600", "length in s; the trace loops"),
        opt("seed", "auto", "whole number; auto: the caller's"),
        opt("track", "drive", "drive (straight past the cells), walk (random waypoints) or still"),
        opt("speed", "auto", "speed in m/s; auto: 10 for drive, 1.4 for walk"),
        opt("environment", environment, "uma (macro cells) or umi (micro cells)"),
        opt("apart", apart, "distance from cell to cell in m"),
        opt("frequency", frequency, "carrier frequency in GHz"),
        opt("bandwidth", bandwidth, "channel width in MHz"),
        opt("spacing", spacing, "subcarrier spacing in kHz"),
        opt("layers", layers, "most layers of MIMO"),
        opt("adaptation", "256qam", "SINR to bits: 256qam, 64qam, tr36942 or tr38803 (truncated Shannon)"),
        opt("eta", "0.52", "share of the resource grid that is payload"),
        opt("power", power, "transmit power of a cell in dBm"),
        opt("gain", gain, "antenna gains less fixed losses in dB"),
        opt("users", users, "mean number of other users in a cell"),
        opt("dispersion", dispersion, "variance of their number over its mean"),
        opt("relaxation", "8", "time constant of their number in s"),
        opt("blockages", blockages, "blockages of the serving cell per minute"),
        opt("blockage_len", "1.95", "mean length of a blockage in s"),
        opt("offset", "3", "A3 offset of a handover in dB"),
        opt("hysteresis", "1", "A3 hysteresis in dB"),
        opt("trigger", "0.32", "A3 time to trigger in s"),
        opt("interruption", interruption, "shortest and longest interruption by a handover in s"),
        opt("latency", "0.02", "latency of every request in s, without the radio's"),
    ]
}

static OPTIONS: [Opt; 24] =
    options(["uma", "500", "3.5", "100", "30", "4", "46", "0", "20", "25", "0", "0.03/0.05"]);
static OPTIONS_MMWAVE: [Opt; 24] =
    options(["umi", "200", "28", "400", "120", "2", "33", "30", "4", "5", "0.75", "0.1/0.15"]);

pub(super) static PRESETS: [Preset; 2] = [
    Preset {
        entry: Entry {
            name: "radio",
            about: "a way past 5G mid-band cells, from the radio up",
            options: &OPTIONS,
        },
        measures: super::Measurement::Capacity,
        make,
    },
    Preset {
        entry: Entry {
            name: "radio-mmwave",
            about: "a way past millimetre wave cells, with blockage",
            options: &OPTIONS_MMWAVE,
        },
        measures: super::Measurement::Capacity,
        make,
    },
];

fn make(options: &Options, seed: u64) -> Result<Vec<crate::Period>, NetworkError> {
    drive("radio", options, seed).map(|drive| drive.trace().periods().iter().collect())
}

impl Drive {
    /// The drive of a preset: `radio` or `radio-mmwave`, with options as in `radio,track=walk,users=3`. `seed` counts unless
    /// the text has a `seed` of its own. Its trace is that of [`generate`](crate::generators::generate).
    ///
    /// # Errors
    /// [`NetworkError::Spec`] for a preset, option or value that does not exist; [`NetworkError::Option`] for options that
    /// together are too much to compute.
    pub fn from_preset(text: &str, seed: u64) -> Result<Drive, NetworkError> {
        let (name, options, seed) = parse(text, seed)?;
        drive(&name, &options, seed)
    }

    /// The same on a track of one's own, in a hexagonal network around it.
    ///
    /// # Errors
    /// As [`Drive::from_preset`]; an option of the preset's own track (`track`, `speed`, `duration`) is refused.
    pub fn on_track(text: &str, track: &Track, seed: u64) -> Result<Drive, NetworkError> {
        let (name, options, seed) = parse(text, seed)?;
        if let Some(key) = ["track", "speed", "duration"].into_iter().find(|key| options.given(key)) {
            return Err(options.wrong(key, "no such option beside a track of one's own").into());
        }
        let cells = Cell::hexagons(options.number("apart", APART_M)?, track.bounds_m());
        Drive::new(name, &scenario(&options, cells)?, track, seed)
    }
}

/// Name, options and seed of a preset with a radio.
fn parse(text: &str, seed: u64) -> Result<(String, Options, u64), NetworkError> {
    let text = text.trim();
    let text = text.strip_prefix("preset:").unwrap_or(text);
    let (_, options) = Spec::parse(text)?.find("radio preset", PRESETS.iter().map(|p| &p.entry))?;
    let (name, seed) = super::named(text, &options, true, seed)?;
    Ok((name, options, seed))
}

/// How far cells may be from each other.
const APART_M: std::ops::RangeInclusive<f64> = 20.0..=20_000.0;

/// How a user moves.
#[derive(Clone, Copy)]
enum Motion {
    Drive,
    Walk,
    Still,
}

fn drive(name: &str, options: &Options, seed: u64) -> Result<Drive, NetworkError> {
    let apart_m = options.number("apart", APART_M)?;
    let duration = seconds(options, "duration", 1e-3, 1e5)?;
    let words = [("drive", Motion::Drive), ("walk", Motion::Walk), ("still", Motion::Still)];
    let motion = options.choice("track", &words)?;
    let speed = match (options.text("speed"), motion) {
        ("auto", Motion::Drive) => 10.0,
        ("auto", _) => 1.4,
        _ => options.number("speed", 0.1..=100.0)?,
    };
    let mut rng = places(seed);
    let half = apart_m / 2.0;
    let track = match motion {
        Motion::Drive => Track::straight(speed, duration)?,
        Motion::Walk => Track::random_waypoints(apart_m, speed, Seconds::new(30.0), duration, &mut rng)?,
        Motion::Still => Track::still(rng.range(-half, half), rng.range(-half, half), duration)?,
    };
    let cells = Cell::hexagons(apart_m, track.bounds_m());
    Drive::new(name, &scenario(options, cells)?, &track, seed)
}

fn scenario(options: &Options, cells: Vec<Cell>) -> Result<Scenario, NetworkError> {
    let adaptations = [
        ("256qam", Adaptation::Table(McsTable::Qam256)),
        ("64qam", Adaptation::Table(McsTable::Qam64)),
        ("tr36942", Adaptation::Shannon(TR_36942_DOWN)),
        ("tr38803", Adaptation::Shannon(TR_38803_DOWN)),
    ];
    let adaptation = options.choice("adaptation", &adaptations)?;
    let carrier = Carrier {
        frequency: Hertz::from_ghz(options.number("frequency", 0.5..=100.0)?),
        bandwidth: Hertz::from_mhz(options.number("bandwidth", 1.0..=400.0)?),
        spacing: Hertz::from_khz(options.number("spacing", 15.0..=120.0)?),
        layers: u8::try_from(options.whole("layers", 1..=8)?).unwrap_or(8),
        adaptation,
        eta: options.number("eta", 0.01..=1.0)?,
    };
    if carrier.blocks().is_err() {
        return Err(options
            .wrong("bandwidth", "a channel width in MHz that the standard has at this subcarrier spacing")
            .into());
    }
    let environments = [("uma", Environment::Uma), ("umi", Environment::Umi)];
    let per_minute = options.number("blockages", 0.0..=20.0)?;
    let blockage_len = seconds(options, "blockage_len", 0.3, 2.5)?;
    let [shortest, longest] = options.numbers("interruption", 0.0..=5.0)?[..] else {
        return Err(options.wrong("interruption", "two times in s as in 0.03/0.05").into());
    };
    if shortest > longest {
        return Err(options.wrong("interruption", "the shorter time first").into());
    }
    Ok(Scenario {
        environment: options.choice("environment", &environments)?,
        carrier,
        power: Dbm::new(options.number("power", -50.0..=100.0)?),
        gain: Db::new(options.number("gain", -100.0..=100.0)?),
        load: LoadOptions {
            mean: options.number("users", 0.0..=100.0)?,
            dispersion: options.number("dispersion", 1.0..=100.0)?,
            relaxation: seconds(options, "relaxation", 0.1, 1e6)?,
        },
        handover: HandoverOptions {
            offset: Db::new(options.number("offset", -20.0..=20.0)?),
            hysteresis: Db::new(options.number("hysteresis", 0.0..=20.0)?),
            time_to_trigger: seconds(options, "trigger", 0.0, 60.0)?,
            interruption: (Seconds::new(shortest), Seconds::new(longest)),
        },
        blockage: (per_minute > 0.0).then(|| BlockageOptions {
            per_minute,
            mean: blockage_len,
            ..BlockageOptions::default()
        }),
        latency: seconds(options, "latency", 0.0, 3600.0)?,
        ..Scenario::mid_band(cells)
    })
}
