//! `p1203_*.json`: sessions and functions of ITU-T P.1203, to 1e-9. The trees are not in the files: their score is, and the
//! features that they look at.

use qoe::p1203::{
    Input, Kind, Mode, Options, Output, P1203, Regression, audio_quality, equal_time_means, handheld,
    mean_qp, mode_0, mode_1, mode_2_3, mos_from_r, r_from_mos, stall_features,
};
use qoe::{AudioCodec, QoeError};
use serde_json::Value;

use super::{Tally, cases, list, num};

/// Absolute, of numbers between 0 and 1000: stricter than the 1e-6 that the files ask for.
const ABS: f64 = 1e-9;

pub(crate) fn sessions(file: &Value, tally: &mut Tally) {
    for case in cases(file, tally) {
        tally.case();
        let (id, want) = (case["id"].as_str().unwrap_or("?"), &case["expected"]);
        // Where the recorded program moves the stalls, the file also has the answer with the stalls where they are.
        let (want, shifts) = match &case["expected_no_shift"] {
            Value::Null => (want, false),
            other => (other, true),
        };
        let switch = |name: &str| case["options"][name].as_bool().unwrap_or(false);
        let options = Options {
            amendment_1_audiovisual: switch("amendment_1_audiovisual"),
            amendment_1_stalling: switch("amendment_1_stalling"),
            amendment_1_app_2: switch("amendment_1_app_2"),
            extended_codecs: false,
        };
        let regression = match want["intermediate"]["rf_score"].as_f64().or(want["rf_score"].as_f64()) {
            Some(score) => Regression::Known(score),
            None => Regression::Parametric,
        };
        let known = matches!(regression, Regression::Known(_));
        let model = P1203 { options, regression };
        let got = Input::parse(id, &case["input"].to_string()).and_then(|i| model.evaluate(&i));
        match got {
            Err(e) => tally.check(want.get("error").is_some(), || format!("{id}: {e}")),
            Ok(_) if want.get("error").is_some() => tally.check(false, || format!("{id}: expected an error")),
            Ok(got) => {
                outputs(id, &got, want, known, shifts, tally);
                let again = P1203 { options, regression: Regression::Parametric };
                let parametric =
                    Input::parse(id, &case["input"].to_string()).and_then(|i| again.evaluate(&i));
                without_trees(id, parametric, &got, options, tally);
            }
        }
    }
}

fn outputs(id: &str, got: &Output, want: &Value, known: bool, shifts: bool, tally: &mut Tally) {
    let json = got.to_json();
    // The answer with unshifted stalls may be told in part, but O23 and O35 are the ones that it is about.
    let told = |name: &&str| !shifts || !want[*name].is_null() || matches!(*name, "O23" | "O35");
    tally.check(!told(&"mode") || json["mode"] == want["mode"], || {
        format!("{id} mode: {}, expected {}", json["mode"], want["mode"])
    });
    for name in ["O21", "O22", "O34"].into_iter().filter(told) {
        tally.numbers(&format!("{id} {name}"), &list(&json[name]), &want[name], ABS, 0.0);
    }
    for name in ["O23", "O35"] {
        tally.number(&format!("{id} {name}"), num(&json[name]), &want[name], ABS, 0.0);
    }
    if known {
        tally.number(&format!("{id} O46"), got.o46, &want["O46"], ABS, 0.0);
    } else {
        tally.check(shifts, || format!("{id}: no score of the trees is given"));
    }
    // Every number on the way that the file has, and none that it has and this does not.
    let steps = serde_json::to_value(&got.steps).expect("numbers");
    for (name, want) in want["intermediate"].as_object().into_iter().flatten() {
        let what = format!("{id} {name}");
        match (name.as_str(), want) {
            ("stalls_used", Value::Array(stalls)) => {
                tally.check(got.steps.stalls_used.len() == stalls.len(), || {
                    format!("{what}: expected {want}")
                });
                for ((p, l), w) in got.steps.stalls_used.iter().zip(stalls) {
                    tally.numbers(&what, &[*p, *l], w, ABS, 0.0);
                }
            }
            (_, Value::Array(_)) => tally.numbers(&what, &list(&steps[name]), want, ABS, 0.0),
            _ => tally.number(&what, num(&steps[name]), want, ABS, 0.0),
        }
    }
}

/// Without trees O46 is a formula of what was just compared, and says what it is.
fn without_trees(
    id: &str,
    parametric: Result<Output, QoeError>,
    full: &Output,
    options: Options,
    tally: &mut Tally,
) {
    let Ok(p) = parametric else {
        tally.check(false, || format!("{id}: no parametric O46"));
        return;
    };
    let mut x = full.steps.mos_before_rf.clamp(1.0, 5.0);
    if options.amendment_1_stalling {
        x = 1.0 + (x - 1.0) * (2.0 - 0.066667 * full.steps.total_buff_len_weighted).clamp(0.0, 1.0);
    }
    let want = 0.02833052 + 0.98117059 * x;
    tally.check((p.o46 - want).abs() <= ABS, || format!("{id}: parametric O46 {}, expected {want}", p.o46));
    tally
        .check(p.kind == Kind::Parametric && full.kind != Kind::Parametric, || format!("{id}: {:?}", p.kind));
    let label = p.to_json()["O46_kind"].to_string();
    tally.check(label.contains("parametric"), || format!("{id}: labelled {label}"));
}

pub(crate) fn functions(file: &Value, tally: &mut Tally) {
    for case in cases(file, tally) {
        tally.case();
        let (name, args, want) = (case["fn"].as_str().unwrap_or("?"), &case["args"], &case["value"]);
        let arg = |key: &str| num(&args[key]);
        let sizes = || (arg("coding_res"), arg("display_res"));
        let what = format!("{name} {args}");
        let one = |got: f64| vec![got];
        let frames = |mode: Mode| {
            let intra = args["types"].as_str().unwrap_or("").chars().map(|c| c == 'I');
            let qp: Vec<Vec<f64>> = args["qp"].as_array().into_iter().flatten().map(qp_list).collect();
            let mean = mean_qp(intra.zip(qp.iter().map(Vec::as_slice)), mode).unwrap_or(f64::NAN);
            mode_2_3(sizes().0, sizes().1, arg("fps"), mean)
        };
        let got = match name {
            "pv_mode0" => one(mode_0(sizes().0, sizes().1, arg("bitrate_kbps"), arg("fps"))),
            "pv_mode1" => {
                one(mode_1(sizes().0, sizes().1, arg("bitrate_kbps"), arg("fps"), arg("iframe_ratio")))
            }
            "pv_mode23_from_avgqp" => one(mode_2_3(sizes().0, sizes().1, arg("fps"), arg("avg_qp"))),
            "pv_mode2_frames" => one(frames(Mode::SomeQp)),
            "pv_mode3_frames" => one(frames(Mode::AllQp)),
            "pa" => match AudioCodec::from_name(args["codec"].as_str().unwrap_or("")) {
                Some(codec) => one(audio_quality(codec, arg("bitrate_kbps"))),
                None => vec![],
            },
            "handheld" => one(handheld(arg("score"))),
            "mos_from_r" => one(mos_from_r(arg("R"))),
            "r_from_mos" => one(r_from_mos(arg("MOS"))),
            "scale_moses" => equal_time_means(&list(&args["x"]), arg("splits") as usize),
            "rebuf_stats" => {
                let stalls: Vec<(f64, f64)> = list(&args["p"]).into_iter().zip(list(&args["l"])).collect();
                stall_features(&stalls, arg("duration")).to_vec()
            }
            _ => {
                tally.check(false, || format!("unknown function {name:?}"));
                continue;
            }
        };
        match want {
            Value::Array(_) => tally.numbers(&what, &got, want, ABS, 0.0),
            _ => {
                tally.check(got.len() == 1, || format!("{what}: {} values", got.len()));
                tally.number(&what, got.first().copied().unwrap_or(f64::NAN), want, ABS, 0.0);
            }
        }
    }
}

fn qp_list(v: &Value) -> Vec<f64> {
    match v {
        Value::Array(_) => list(v),
        other => vec![num(other)],
    }
}
