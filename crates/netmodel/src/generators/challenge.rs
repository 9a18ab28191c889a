//! The five networks of the Twitch challenge.
//!
//! | preset | rates in kbit/s |
//! |---|---|
//! | `mmsys20:network=cascade` | 1200, 800, 400, 800, 1200 for 30 s each |
//! | `network=intra-cascade` | 1000 down to 200 and up again in steps of 200, 15 s each |
//! | `network=spike` | 1200, 300, 800 for 10 s each |
//! | `network=slow-jitters` | 500, 1200 for 5 s each |
//! | `network=fast-jitters` | 1200 for 1 or 5 s, 500 for 0.1 or 0.25 s in between |
//!
//! Source: ACM MMSys 2020 grand challenge *Adaptation Algorithm for Near-Second Latency*, `normal-network-patterns.js` of
//! twitchtv/acm-mmsys-2020-grand-challenge at 71870070. Its script hands 1.024 times these numbers to the browser (`factor`), without
//! latency. There a run ends with the pattern; here it loops.

use spec::{Entry, Options, opt};
use units::{BitRate, Seconds};

use super::{Preset, keys};
use crate::formats::Measurement;
use crate::{NetworkError, Period};

/// Seconds and kbit/s.
type Steps = &'static [(f64, f64)];

const NETWORKS: [(&str, Steps); 5] = [
    ("cascade", &[(30.0, 1200.0), (30.0, 800.0), (30.0, 400.0), (30.0, 800.0), (30.0, 1200.0)]),
    (
        "intra-cascade",
        &[
            (15.0, 1000.0),
            (15.0, 800.0),
            (15.0, 600.0),
            (15.0, 400.0),
            (15.0, 200.0),
            (15.0, 400.0),
            (15.0, 600.0),
            (15.0, 800.0),
            (15.0, 1000.0),
        ],
    ),
    ("spike", &[(10.0, 1200.0), (10.0, 300.0), (10.0, 800.0)]),
    (
        "slow-jitters",
        &[(5.0, 500.0), (5.0, 1200.0), (5.0, 500.0), (5.0, 1200.0), (5.0, 500.0), (5.0, 1200.0)],
    ),
    (
        "fast-jitters",
        &[(0.25, 500.0), (5.0, 1200.0), (0.1, 500.0), (1.0, 1200.0), (0.25, 500.0), (5.0, 1200.0)],
    ),
];

pub(super) static PRESETS: [Preset; 1] = [Preset {
    entry: Entry {
        name: "mmsys20",
        about: "the networks of the Twitch challenge on near-second latency (ACM MMSys 2020)",
        options: &[
            opt("network", "cascade", "cascade, intra-cascade, spike, slow-jitters or fast-jitters"),
            opt("factor", "1.024", "on the rates, as in the challenge's script"),
            opt("latency", "0", "latency of every request in s"),
            keys::NO_SEED,
        ],
    },
    measures: Measurement::Capacity,
    make,
}];

fn make(o: &Options, _: u64) -> Result<Vec<Period>, NetworkError> {
    let steps = o.choice("network", &NETWORKS)?;
    let factor = o.number("factor", 1e-3..=1e3)?;
    let latency = Seconds::new(o.number("latency", 0.0..=60.0)?);
    let period = |&(seconds, kbps): &(f64, f64)| Period {
        duration: Seconds::new(seconds),
        rate: BitRate::from_kbps(kbps * factor),
        latency,
    };
    Ok(steps.iter().map(period).collect())
}
