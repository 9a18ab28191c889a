//! QOE-Core.

use media::Ladder;
use netmodel::Trace;
use proptest::prelude::*;
use serde_json::Value;
use sim::lockstep::qoe_core::{
    Abr, Config, Network, Options, Report, STOCK_KBPS, Session, Stall, Step, evaluate, session,
};
use units::Seconds;

use super::{Tally, cases, file, float, floats, own_file};

/// Equal after rounding to single precision, or within 1e-4.
fn single(got: f32, want: &Value) -> bool {
    let want = float(want) as f32;
    got == want || got.is_nan() && want.is_nan() || (got - want).abs() <= 1e-4
}

fn config(input: &Value, abr: Abr, names: [&str; 3]) -> Config {
    let seconds = |key: &str| Seconds::new(f64::from(float(&input[key]) as f32));
    let [buffer_max, segment, stall_threshold] = names.map(seconds);
    Config { buffer_max, segment, stall_threshold, ..Config::new(abr, Options::ORIGINAL) }
}

fn report(tally: &mut Tally, what: &str, got: &Report, want: &Value) {
    let numbers = [
        ("average_bitrate_kbps", got.average_bitrate_kbps),
        ("stall_ratio", got.stall_ratio),
        ("stall_count", got.stall_count as f32),
        ("switch_count", got.switch_count as f32),
        ("final_score", got.final_score),
    ];
    for (key, got) in numbers {
        tally.check(single(got, &want[key]), || format!("{what} {key}: {got}, recorded {}", want[key]));
    }
}

fn steps(tally: &mut Tally, what: &str, got: &Session, want: &Value) {
    let columns: [(&str, Vec<f32>); 5] = [
        ("timestamp", got.steps.iter().map(|s| s.timestamp as f32).collect()),
        ("bitrate_kbps", got.steps.iter().map(|s| s.bitrate_kbps as f32).collect()),
        ("buffer_level_secs", got.steps.iter().map(|s| s.buffer_level_secs).collect()),
        ("stalled", got.steps.iter().map(|s| f32::from(u8::from(s.stalled))).collect()),
        ("switch", got.steps.iter().map(|s| f32::from(u8::from(s.switch))).collect()),
    ];
    for (key, got) in columns {
        let want = want[key].as_array().unwrap_or_else(|| panic!("{what}: no {key}"));
        let same = got.len() == want.len() && got.iter().zip(want).all(|(g, w)| single(*g, w));
        tally.check(same, || format!("{what} {key}: {got:?}, recorded {want:?}"));
    }
    for (key, got) in [("csv_text", got.to_csv()), ("json_text", got.to_json())] {
        if let Some(want) = want[key].as_str() {
            tally.check(got == want, || format!("{what} {key}:\n{got}\nrecorded\n{want}"));
        }
    }
}

#[test]
fn qoe_core_as_recorded() {
    let file = file("qoe_core");
    let mut tally = Tally::default();
    let names = ["buffer_size_max_secs", "segment_duration_secs", "stall_threshold_secs"];
    let whole = |v: &Value| float(v) as u32;
    for kind in ["stock_trace", "custom_trace"] {
        for (i, case) in cases(&file[kind]["cases"], kind).iter().enumerate() {
            tally.cases += 1;
            let (input, what) = (&case["input"], format!("{kind} {i}"));
            let window = whole(&input["abr_window_size"]);
            let abr = match input["abr_type"].as_str().unwrap_or_default() {
                "fixed" => Abr::Fixed,
                "buffer" => Abr::BufferBased,
                "throughput" => Abr::ThroughputBased { window: window as usize },
                other => panic!("{what}: unknown rule {other}"),
            };
            let rates: Vec<f32> = floats(&input["bandwidth_kbps"]).iter().map(|r| *r as f32).collect();
            let got = session(&config(input, abr, names), &Network::Samples(rates)).expect("a session");
            steps(&mut tally, &what, &got, &case["output"]);
            report(&mut tally, &what, &got.report, &case["output"]["qoe"]);
        }
    }
    for (i, case) in cases(&file["evaluate_qoe_only"]["cases"], "evaluate_qoe_only").iter().enumerate() {
        tally.cases += 1;
        let column = |key: &str| floats(&case["input"][key]);
        let (kbps, stalled, switch) = (column("bitrate_kbps"), column("stalled"), column("switch"));
        let list: Vec<Step> = (0..kbps.len())
            .map(|k| Step {
                timestamp: k as u32,
                bitrate_kbps: kbps[k] as u32,
                buffer_level_secs: 0.0,
                stalled: stalled[k] != 0.0,
                switch: switch[k] != 0.0,
            })
            .collect();
        report(&mut tally, &format!("evaluate_qoe_only {i}"), &evaluate(&list), &case["output"]);
    }
    for (i, case) in cases(&file["ffi_score"]["cases"], "ffi_score").iter().enumerate() {
        tally.cases += 1;
        let input = &case["input"];
        let abr = Abr::from_code(whole(&input["abr_type"]), whole(&input["abr_window_size"]));
        let config = config(input, abr, ["buffer_size_max", "segment_duration", "stall_threshold"]);
        let score = session(&config, &Network::stock()).expect("a session").report.final_score;
        for key in ["score", "score2"] {
            let want = &case["output"][key];
            tally.check(want.is_null() || single(score, want), || {
                format!("ffi_score {i}: {score}, recorded {want}")
            });
        }
    }
    tally.finish("qoe_core");
}

// What must hold of the corrected system.

fn corrected(abr: Abr) -> Config {
    Config::new(abr, Options::CORRECTED)
}

fn trace(steps: &[(f64, f64)]) -> Network {
    Network::Trace(Trace::steps("t", steps, Seconds::ZERO).expect("a trace").into())
}

#[test]
fn a_download_takes_as_long_as_its_segment_is_large() {
    // 1000 kbit/s over 2 Mbit/s: 4 s of media take 2 s, of which none stalls.
    let config =
        Config { segment: Seconds::new(4.0), buffer_max: Seconds::new(30.0), ..corrected(Abr::Fixed) };
    let got = session(&config, &trace(&[(40.0, 2.0)])).expect("a session");
    assert_eq!((got.steps.len(), got.startup), (10, Seconds::new(2.0)));
    let levels: Vec<f32> = got.steps.iter().map(|s| s.buffer_level_secs).take(3).collect();
    assert_eq!(levels, [4.0, 6.0, 8.0]);
    // Over a quarter of the bitrate every segment but the first stalls for 12 s: 16 s of download, 4 s of media.
    let slow = session(&config, &trace(&[(40.0, 0.25)])).expect("a session");
    assert_eq!((slow.startup, slow.stalled), (Seconds::new(16.0), Seconds::new(9.0 * 12.0)));
    assert!(slow.steps.iter().skip(1).all(|s| s.stalled) && !slow.steps[0].stalled);
}

#[test]
fn rules_see_what_was_measured_and_switch_when_it_changes() {
    let config = corrected(Abr::ThroughputBased { window: 1 });
    let got = session(&config, &trace(&[(5.0, 3.0), (5.0, 0.8)])).expect("a session");
    assert_eq!(got.steps[0].bitrate_kbps, 500, "nothing is known before the first download");
    assert_eq!(got.steps[1].bitrate_kbps, 2000);
    assert!(!got.steps[0].switch && got.steps[1].switch);
    assert!(got.steps.iter().any(|s| s.bitrate_kbps == 750), "{:?}", got.steps);
}

/// Who waits for room decides at the same level each time: 4 s of 5 s, where the rule's highest rung begins.
#[test]
fn a_full_buffer_does_not_make_the_rule_go_up_and_down() {
    let config = Config { buffer_max: Seconds::new(5.0), ..corrected(Abr::BufferBased) };
    let rates: Vec<(f64, f64)> = (0..200).map(|i| (1.0, 9.0 + f64::from(i * 7 % 10) / 3.0)).collect();
    let got = session(&config, &trace(&rates)).expect("a session");
    let full = got.steps.iter().skip(10).filter(|s| s.bitrate_kbps == 2000).count();
    assert_eq!(full, got.steps.len() - 10, "{:?}", got.steps);
}

#[test]
fn each_defect_is_an_option_of_the_profile() {
    let stock = Network::stock();
    let score = |profile: &str| {
        let abr = Abr::ThroughputBased { window: 3 };
        session(&Config::new(abr, Options::of(profile).expect("a profile")), &stock).expect("a session")
    };
    let original = score("qoe-core");
    assert_eq!((original.report.final_score, original.report.switch_count), (19.0, 5));
    assert_eq!(score("qoe-core:first-switch=off").report.switch_count, 4);
    assert_eq!(score("qoe-core:startup=apart").report.stall_count, original.report.stall_count - 1);
    for option in ["tiers=ladder", "sees=past", "clock=time", "stall=dry", "score=durations"] {
        let changed = score(&format!("qoe-core:{option}"));
        assert!(
            changed.steps != original.steps || changed.report != original.report,
            "{option} changes nothing"
        );
    }
    assert!(Options::of("qoe-core:stall=never").is_err() && Options::of("qoecore").is_err());
}

#[test]
fn numbers_that_no_session_can_have_are_refused() {
    let s = Seconds::new;
    let base = corrected(Abr::Fixed);
    for config in [
        Config { segment: s(0.0), ..base.clone() },
        Config { segment: s(f64::NAN), ..base.clone() },
        Config { buffer_max: s(0.5), ..base.clone() },
        Config { stall_threshold: s(11.0), ..base.clone() },
        Config { stall_threshold: s(-1.0), ..base.clone() },
    ] {
        assert!(session(&config, &Network::stock()).is_err(), "{config:?}");
    }
}

proptest! {
    /// The score is a number of 0 to 100, levels stay within the buffer, and time in stalls is what the steps say.
    #[test]
    fn the_corrected_score_is_defined_for_every_run(
        rates in prop::collection::vec((0.2f64..20.0, 0.0f64..6.0), 1..40),
        rungs in prop::collection::btree_set(100u32..9000, 1..8),
        segment in 0.5f64..8.0, room in 1.0f64..6.0, share in 0.0f64..1.0, rule in 0u32..3, window in 0u32..9,
    ) {
        prop_assume!(rates.iter().any(|r| r.1 > 0.01));
        let kbps: Vec<f64> = rungs.into_iter().map(f64::from).collect();
        let buffer_max = Seconds::new(segment * room);
        let config = Config {
            ladder: Ladder::from_kbps(&kbps).expect("ascending"),
            segment: Seconds::new(segment), buffer_max, stall_threshold: buffer_max * share,
            ..corrected(Abr::from_code(rule, window))
        };
        let got = session(&config, &trace(&rates)).expect("a session");
        prop_assert!((0.0..=100.0).contains(&got.report.final_score), "{}", got.report.final_score);
        prop_assert!(got.steps.iter().all(|s| f64::from(s.buffer_level_secs) <= buffer_max.get() + 1e-5));
        prop_assert_eq!(got.stalled > Seconds::ZERO, got.steps.iter().any(|s| s.stalled));
    }

    /// The single precision of the profile is that of a computation in single precision.
    #[test]
    fn rounding_is_single_precision(rates in prop::collection::vec(1.0f32..4000.0, 1..60), segment in 0.1f32..6.0) {
        let options = Options { stall: Stall::Low, ..Options::ORIGINAL };
        let config = Config { segment: Seconds::new(f64::from(segment)), ..Config::new(Abr::Fixed, options) };
        let got = session(&config, &Network::Samples(rates.clone())).expect("a session");
        let mut level = 0.0f32;
        for (step, rate) in got.steps.iter().zip(&rates) {
            let low = level < 0.5;
            level = if low { level + segment } else { (level + (segment - 1000.0f32 / rate)).max(0.0) };
            level = level.min(10.0);
            prop_assert_eq!(step.buffer_level_secs.to_bits(), level.to_bits());
        }
    }
}

/// The original looks for a level below zero only after a download that it counts (seeds.md 1.3), so a segment of less than nothing
/// takes a second from the level in every stalled step.
#[test]
fn a_stalled_step_of_the_original_adds_its_segment_whatever_it_is() {
    let config = Config { segment: Seconds::new(-1.0), ..Config::new(Abr::Fixed, Options::ORIGINAL) };
    let got = session(&config, &Network::stock()).expect("a session");
    let levels: Vec<f32> = got.steps.iter().map(|s| s.buffer_level_secs).collect();
    assert_eq!(levels, [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0, -8.0, -9.0, -10.0]);
    assert!(got.steps.iter().all(|s| s.stalled));
}

#[test]
fn the_stock_trace_is_the_recorded_one() {
    let file = own_file("qoe_core");
    let recorded = floats(&cases(&file["stock_trace"]["cases"], "stock_trace")[0]["input"]["bandwidth_kbps"]);
    assert_eq!(STOCK_KBPS.map(f64::from).to_vec(), recorded);
}
