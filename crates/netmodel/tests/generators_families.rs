//! 200 generated traces of every measured family have the family's statistics, within the bounds of `docs/generators.md`:
//! how far the model may be from the family ([`BOUNDS`], [`EXCEPTIONS`]). Sets of 200 traces scatter, above all since their levels
//! do; so the statistics are those of eight sets in the mean, and four standard errors of that mean are allowed for.

#![allow(clippy::print_stdout, reason = "the figures are shown")]

use netmodel::{Trace, generators, stats};

/// What was measured on the 1-s bins and samples of a whole family.
struct Family {
    name: &'static str,
    /// Its name in the shared `model_params.json`.
    key: &'static str,
    /// Mean length of its traces: that of the generated ones, since short traces have smaller autocorrelations.
    seconds: u32,
    /// In the order of [`NAMES`].
    fitted: [f64; 16],
}

/// How far a model may be from its family.
#[derive(Clone, Copy, Debug)]
enum Bound {
    /// As a share of the family's value.
    Relative(f64),
    /// In the unit of the statistic.
    Absolute(f64),
}
use Bound::{Absolute, Relative};

/// The statistics, as `model_params.json` calls them.
const NAMES: [&str; 16] = [
    "mean",
    "cv",
    "p5",
    "p50",
    "p95",
    "outage",
    "acf1",
    "acf5",
    "acf20",
    "log_mu",
    "log_sd",
    "log_sd_between",
    "log_sd_within",
    "phi_1s",
    "outage_len",
    "outage_per_min",
];

/// In the order of [`NAMES`].
const BOUNDS: [Bound; 16] = [
    Relative(0.02),
    Relative(0.02),
    Relative(0.06),
    Relative(0.02),
    Relative(0.025),
    Relative(0.02),
    Absolute(0.015),
    Absolute(0.015),
    Absolute(0.025),
    Absolute(0.03),
    Relative(0.02),
    Relative(0.07),
    Relative(0.07),
    Absolute(0.06),
    Relative(0.025),
    Relative(0.04),
];

/// Where the model cannot follow a family that closely; `docs/generators.md` says why.
const EXCEPTIONS: [(&str, &str, Bound); 19] = [
    ("irish-5g", "p5", Absolute(0.001)),
    ("irish-5g", "acf1", Absolute(0.08)),
    ("irish-5g", "acf5", Absolute(0.05)),
    ("irish-5g", "phi_1s", Absolute(0.07)),
    ("oboe", "acf1", Absolute(0.04)),
    ("mmwave-driving", "acf1", Absolute(0.035)),
    ("mmwave-driving", "log_sd_between", Relative(0.11)),
    ("mmwave-driving", "phi_1s", Absolute(0.105)),
    ("mmwave-walking", "phi_1s", Absolute(0.095)),
    ("nyu-lte", "phi_1s", Absolute(0.08)),
    ("midband-5g", "acf1", Absolute(0.025)),
    ("midband-5g", "acf5", Absolute(0.03)),
    ("midband-5g", "acf20", Absolute(0.085)),
    ("midband-5g", "log_sd", Relative(0.05)),
    ("midband-5g", "log_sd_between", Relative(0.33)),
    ("midband-5g", "log_sd_within", Relative(0.12)),
    ("midband-5g", "phi_1s", Absolute(0.35)),
    ("midband-5g", "outage_per_min", Relative(0.4)),
    ("belgium-4g", "outage_per_min", Relative(1.1)),
];

const FAMILIES: [Family; 14] = [
    Family {
        name: "hsdpa-3g",
        key: "HSDPA 3G Norway (86 logs, Sabre)",
        seconds: 1307,
        fitted: [
            1.00409, 0.995453, 0.0, 0.814, 2.978, 0.209517, 0.908173, 0.741303, 0.522283, -0.0948622,
            0.87751, 0.490971, 0.746783, 0.913027, 11.5848, 1.32038,
        ],
    },
    Family {
        name: "belgium-4g",
        key: "Belgium 4G (40, Sabre)",
        seconds: 451,
        fitted: [
            30.2193, 0.552027, 4.989, 28.776, 58.818, 0.0141887, 0.752952, 0.615855, 0.323293, 3.21711,
            0.755606, 0.35858, 0.636648, 0.76016, 2.58333, 0.160948,
        ],
    },
    Family {
        name: "nyu-lte",
        key: "NYU-METS LTE (7)",
        seconds: 2718,
        fitted: [
            6.20743, 0.866517, 0.41, 4.19, 17.4, 0.0257556, 0.85598, 0.659048, 0.412947, 1.45865, 0.98035,
            0.419043, 0.878417, 0.812106, 2.62032, 0.605341,
        ],
    },
    Family {
        name: "nyc-lte",
        key: "NYC LTE (Abbasloo) 16",
        seconds: 258,
        fitted: [
            10.5478, 0.512676, 2.592, 9.876, 20.124, 0.00387297, 0.684642, 0.334903, 0.0979975, 2.19299,
            0.649223, 0.395553, 0.535718, 0.756826, 1.5, 0.155521,
        ],
    },
    Family {
        name: "mahimahi-lte",
        key: "Mahimahi LTE down",
        seconds: 332,
        fitted: [
            8.24965, 0.944234, 0.948, 6.3, 23.784, 0.0180832, 0.779248, 0.360105, 0.0664393, 1.78027,
            0.869472, 0.563355, 0.735492, 0.769328, 4.28571, 0.257827,
        ],
    },
    Family {
        name: "us-4g-walking",
        key: "Lumos5G 4G walking (110)",
        seconds: 793,
        fitted: [
            40.293, 0.889576, 3.0, 30.0, 110.0, 0.00790002, 0.907578, 0.775954, 0.509225, 3.24803, 1.07533,
            0.51562, 0.934705, 0.918157, 2.6, 0.18376,
        ],
    },
    Family {
        name: "us-4g-driving",
        key: "Lumos5G 4G driving (50)",
        seconds: 248,
        fitted: [
            43.0687, 0.894109, 3.0, 34.0, 115.0, 0.020237, 0.873493, 0.496076, 0.0957249, 3.37866, 1.02056,
            0.585152, 0.820646, 0.855614, 3.25974, 0.380184,
        ],
    },
    Family {
        name: "irish-5g",
        key: "Irish 5G Download/* (21)",
        seconds: 2058,
        fitted: [
            41.7145, 1.61972, 0.001, 12.072, 208.17, 0.117386, 0.827242, 0.32184, 0.166095, 2.76706, 1.62977,
            0.942169, 1.41154, 0.805735, 2.30545, 3.4613,
        ],
    },
    Family {
        name: "midband-5g",
        key: "SC24 mid-band PHY 100 ms (4 ops)",
        seconds: 235,
        fitted: [
            579.594, 0.430187, 88.476, 625.89, 894.903, 0.0189563, 0.720633, 0.531484, 0.372117, 6.25429,
            0.693253, 0.348721, 0.537792, 0.448276, 4.33333, 0.194805,
        ],
    },
    Family {
        name: "mmwave-walking",
        key: "Lumos5G mmWave walking (75 col 2)",
        seconds: 796,
        fitted: [
            556.066, 0.845101, 8.0, 505.0, 1420.0, 0.0258576, 0.916488, 0.691561, 0.311944, 5.74891, 1.38555,
            0.312305, 1.31063, 0.847231, 2.24273, 0.710132,
        ],
    },
    Family {
        name: "mmwave-driving",
        key: "Lumos5G mmWave driving (33)",
        seconds: 242,
        fitted: [
            343.059, 1.08126, 13.0, 125.0, 1150.0, 0.0215566, 0.875168, 0.473512, 0.0547956, 5.25268,
            1.22497, 0.330644, 1.14614, 0.787126, 1.73737, 0.760856,
        ],
    },
    Family {
        name: "fcc-sd",
        key: "FCC SD (1000, Sabre sd_fs)",
        seconds: 180,
        fitted: [
            6.08129, 0.681291, 0.306, 7.703, 11.142, 0.00125, 0.969651, 0.848256, 0.568771, 1.23529, 1.34046,
            0.17559, 1.3306, 0.980152, 5.92105, 0.0126825,
        ],
    },
    Family {
        name: "fcc-hd",
        key: "FCC HD (1000, Sabre hd_fs)",
        seconds: 180,
        fitted: [
            17.1273,
            0.734274,
            1.064,
            20.096,
            36.261,
            0.000777778,
            0.964594,
            0.822972,
            0.5516,
            2.2477,
            1.34366,
            0.159803,
            1.33594,
            0.978599,
            5.6,
            0.00833982,
        ],
    },
    Family {
        name: "oboe",
        key: "Oboe (428)",
        seconds: 177,
        fitted: [
            2.70777, 0.566519, 0.537257, 2.6589, 5.15617, 0.0, 0.91543, 0.514206, 0.0706931, 0.786747,
            0.715277, 0.642053, 0.301159, 0.945476, 0.0, 0.0,
        ],
    },
];

const TRACES: u64 = 200;
const SETS: u64 = 8;

/// The statistics of generated traces, computed as those of the families were: rates, quantiles and outage share over all
/// time, autocorrelations as the mean of the traces', the others over the 1-s bins of at least 0.1 Mbit/s.
fn measure(traces: &[Trace]) -> [f64; 16] {
    let all = stats::of_traces(traces).expect("traces");
    let log = all.log.expect("rates");
    let bins: Vec<Vec<f64>> = traces.iter().map(bins).collect();
    let acf = |lag| {
        let each: Vec<f64> = bins.iter().filter_map(|b| stats::acf(b, lag)).collect();
        each.iter().sum::<f64>() / each.len() as f64
    };
    let means: Vec<f64> = bins.iter().filter_map(|b| log_mean(b)).collect();
    let mean = means.iter().sum::<f64>() / means.len() as f64;
    let between = (means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / means.len() as f64).sqrt();
    let r = &all.rates;
    [
        r.mean_mbps,
        r.cv.expect("a mean"),
        r.p5_mbps,
        r.p50_mbps,
        r.p95_mbps,
        r.outage_share,
        acf(1),
        acf(5),
        acf(20),
        log.log_mean,
        log.log_sd,
        between,
        (log.log_sd * log.log_sd - between * between).max(0.0).sqrt(),
        log.ar1_log_phi_within_file.expect("pairs"),
        log.outage_mean_len_s.unwrap_or(0.0),
        60.0 * log.outage_enter_prob_per_s.expect("rates"),
    ]
}

/// The rate in Mbit/s of every full second.
fn bins(trace: &Trace) -> Vec<f64> {
    let mut bins = Vec::new();
    for p in trace.periods().iter() {
        let seconds = p.duration.get();
        assert!(seconds.fract() == 0.0, "steps are whole seconds");
        bins.extend(std::iter::repeat_n(p.rate.mbps(), seconds as usize));
    }
    bins
}

fn log_mean(bins: &[f64]) -> Option<f64> {
    let on: Vec<f64> = bins.iter().filter(|x| **x >= 0.1).map(|x| x.ln()).collect();
    (on.len() >= 10).then(|| on.iter().sum::<f64>() / on.len() as f64)
}

/// The statistics, of those in [`NAMES`] up to `count`, in which traces of a length are off their family.
fn off(f: &Family, seconds: u32, count: usize) -> Vec<String> {
    let preset = format!("{},duration={seconds}", f.name);
    let make = |seed| generators::generate(&preset, seed).expect("a preset");
    let set = |k: u64| measure(&(k * TRACES..(k + 1) * TRACES).map(make).collect::<Vec<Trace>>());
    let sets: Vec<[f64; 16]> = (0..SETS).map(set).collect();
    let mut wrong = Vec::new();
    for (i, name) in NAMES.into_iter().enumerate().take(count) {
        let n = SETS as f64;
        let got = sets.iter().map(|s| s[i]).sum::<f64>() / n;
        let scatter = (sets.iter().map(|s| (s[i] - got).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        let own = EXCEPTIONS.iter().find(|(family, statistic, _)| (*family, *statistic) == (f.name, name));
        let want = f.fitted[i];
        let model = match own.map_or(BOUNDS[i], |e| e.2) {
            Relative(share) => share * want.abs(),
            Absolute(bound) => bound,
        };
        let bound = model + 4.0 * scatter / n.sqrt();
        let line = format!(
            "{preset} {name}: {got:.4} (200 traces: +-{scatter:.4}), measured {want:.4}, bound {bound:.4}"
        );
        println!("{line}");
        if (got - want).abs() > bound {
            wrong.push(line);
        }
    }
    wrong
}

#[test]
fn families_have_their_statistics() {
    let wrong: Vec<String> = FAMILIES.iter().flat_map(|f| off(f, f.seconds, NAMES.len())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Nobody who gives no length gets other statistics; three defaults are older, and keep the distribution of the rates.
#[test]
fn default_lengths_are_those_of_the_families() {
    let mut wrong = Vec::new();
    for f in &FAMILIES {
        let default = generators::generate(f.name, 0).expect("a preset").duration();
        let seconds = match f.name {
            "hsdpa-3g" | "belgium-4g" | "irish-5g" => 600,
            _ => f.seconds,
        };
        assert_eq!(default, units::Seconds::new(f64::from(seconds)), "{}", f.name);
        if seconds != f.seconds {
            // Mean to outage.
            wrong.extend(off(f, seconds, 6));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_measured_statistics_are_the_shared_ones() {
    let Some(path) =
        fixtures::shared("the_measured_statistics_are_the_shared_ones", "traces/model_params.json")
    else {
        return;
    };
    let text = std::fs::read_to_string(path).expect("model_params.json");
    let params: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for f in &FAMILIES {
        for (name, ours) in NAMES.iter().zip(f.fitted) {
            let theirs = params[f.key][name].as_f64().expect("a number");
            assert!((ours - theirs).abs() <= 1e-5 * theirs.abs(), "{} {name}: {ours}, {theirs}", f.name);
        }
    }
}

#[test]
fn options_keep_apart() {
    let make = |spec: &str| generators::generate(spec, 3).expect("valid");
    // No outages: the rates between them stay what they were.
    for (a, b) in make("3g").periods().iter().zip(make("3g,outage=0").periods().iter()) {
        assert!(a.rate == b.rate || a.rate == units::BitRate::ZERO);
    }
    // The short names are the same presets, and a mean scales every rate.
    assert!(make("4g,outage=0").periods().iter().eq(make("belgium-4g,outage=0").periods().iter()));
    let (own, scaled) = (make("4g,outage=0"), make("4g,outage=0,mean=3"));
    let factor = scaled.total() / own.total();
    for (a, b) in own.periods().iter().zip(scaled.periods().iter()) {
        assert!((a.rate.kbps() * factor - b.rate.kbps()).abs() <= 1.0, "{a:?} {b:?}");
    }
    // A cap cuts what is above it and leaves the rest.
    for (a, b) in own.periods().iter().zip(make("4g,outage=0,cap=20").periods().iter()) {
        assert_eq!(a.rate.min(units::BitRate::from_mbps(20.0)), b.rate);
    }
    // Everything between traces, nothing within: one rate, which another seed changes.
    let flat = make("4g,outage=0,between=1,duration=50");
    assert!(flat.periods().iter().all(|p| p.rate == flat.period(0).rate));
}
