//! The scores of other systems, from the family `seeds`: `qoe_core.json` and
//! `twitch_deterministic.json`. Only what is a score is replayed here.

use qoe::models::{qoe_core, twitch};
use serde_json::Value;

use super::{Tally, list, num};

pub(crate) fn replay(name: &str, text: &str) -> Option<Tally> {
    let file: Value = serde_json::from_str(text).expect("JSON");
    let mut tally = Tally::default();
    match name {
        "qoe_core.json" => core(&file, &mut tally),
        "twitch_deterministic.json" => quality(&file, &mut tally),
        _ => return None,
    }
    Some(tally)
}

fn flags(v: &Value) -> Vec<bool> {
    v.as_array().map(|a| a.iter().map(|x| x.as_bool().unwrap_or(false)).collect()).unwrap_or_default()
}

/// Single precision: equal after rounding, or within 1e-4 as the file says; "NaN" is a string.
fn single(tally: &mut Tally, what: &str, got: f32, want: &Value) {
    let ok = match want.as_str() {
        Some(text) => {
            text.parse::<f32>().is_ok_and(|w| w.to_bits() == got.to_bits() || w.is_nan() && got.is_nan())
        }
        None => want.as_f64().is_some_and(|w| (f64::from(got) - w).abs() <= 1e-4),
    };
    tally.check(ok, || format!("{what}: {got}, expected {want}"));
}

fn core(file: &Value, tally: &mut Tally) {
    let runs = |part: &str| file[part]["cases"].as_array().cloned().unwrap_or_default();
    let mut one = |columns: &Value, want: &Value| {
        tally.case();
        let kbps = list(&columns["bitrate_kbps"]);
        let (stalled, switched) = (flags(&columns["stalled"]), flags(&columns["switch"]));
        let steps = kbps.iter().zip(&stalled).zip(&switched);
        let r = qoe_core::report(steps.map(|((k, stalled), switched)| (*k as u32, *stalled, *switched)));
        single(tally, "average", r.average_bitrate_kbps, &want["average_bitrate_kbps"]);
        single(tally, "stall ratio", r.stall_ratio, &want["stall_ratio"]);
        single(tally, "stalls", r.stall_count as f32, &want["stall_count"]);
        single(tally, "switches", r.switch_count as f32, &want["switch_count"]);
        single(tally, "score", r.final_score, &want["final_score"]);
    };
    for part in ["stock_trace", "custom_trace"] {
        for case in runs(part) {
            one(&case["output"], &case["output"]["qoe"]);
        }
    }
    for case in runs("evaluate_qoe_only") {
        one(&case["input"], &case["output"]);
    }
}

fn quality(file: &Value, tally: &mut Tally) {
    for case in file["quality"].as_array().cloned().unwrap_or_default() {
        tally.case();
        let (steps, p) = (&case["input"]["steps"], &case["input"]["params"]);
        let weights = twitch::Weights {
            jerkiness: num(&p["jerk_weight"]),
            av_sync: num(&p["av_sync_weight"]),
            stability: num(&p["quality_stability_weight"]),
            drift_threshold_ms: num(&p["av_sync_threshold_ms"]),
        };
        let (levels, drifts) = (list(&steps["level_s"]), list(&steps["av_sync_drift_ms"]));
        let column = |name: &str| flags(&steps[name]);
        let (stalled, events) = (column("is_stalled"), column("stall_event"));
        let (switched, dropped) = (column("quality_switch"), column("dropped_frames"));
        let steps: Vec<twitch::Step> = (0..levels.len())
            .map(|i| twitch::Step {
                stalled: stalled[i],
                stall_event: events[i],
                level_s: levels[i],
                drift_ms: drifts[i],
                switched: switched[i],
                dropped: dropped[i],
            })
            .collect();
        let label = case["label"].as_str().unwrap_or("?");
        let want = case["output"].as_object().expect("an object");
        let got = serde_json::to_value(twitch::Report::of(&steps, &weights)).expect("a report");
        if want.is_empty() {
            tally.check(got.is_null(), || format!("{label}: {got}, expected nothing"));
            continue;
        }
        for (key, want) in want {
            tally.number(&format!("{label} {key}"), num(&got[key]), want, 1e-9, 1e-9);
        }
    }
}
