//! hls.js 1.7.4.

use abr::estimate::HlsJsEstimator;
use abr::rules::hlsjs::{Fragment, HlsJs, HlsJsOptions, Tick, Variant, level_for_size};
use player::rate::{HlsJsLatency, LivePlaylist};
use serde_json::Value;
use units::{BitRate, Bits, Seconds};

use super::{Tally, index, list, number};

fn seconds(value: &Value) -> Seconds {
    Seconds::new(number(value))
}

fn millis(value: &Value) -> Seconds {
    Seconds::from_millis(number(value))
}

fn bytes(value: &Value) -> Bits {
    Bits::new(8.0 * number(value))
}

fn bps(value: &Value) -> BitRate {
    BitRate::from_kbps(number(value) / 1000.0)
}

pub(crate) fn estimator(file: &Value) -> Tally {
    let mut tally = Tally::default();
    for case in list(file, "cases") {
        tally.case();
        let mut e =
            HlsJsEstimator::new(seconds(&case["slow"]), seconds(&case["fast"]), bps(&case["default_bps"]));
        for op in list(case, "ops") {
            match op["op"].as_str() {
                Some("sample") => e.sample(millis(&op["duration_ms"]), bytes(&op["bytes"])),
                Some("sample_ttfb") => e.sample_first_byte(millis(&op["ttfb_ms"])),
                Some("update") => e.set_half_lives(seconds(&op["slow"]), seconds(&op["fast"])),
                other => panic!("an operation {other:?}"),
            }
            let expect = &op["expect"];
            tally.check(Some(e.is_ready()) == expect["can_estimate"].as_bool(), || {
                format!("ready after {op}")
            });
            tally.close(e.throughput().bps(), &expect["estimate_bps"], 1e-9, || {
                format!("estimate after {op}")
            });
            tally.close(e.first_byte().millis(), &expect["ttfb_ms"], 1e-9, || {
                format!("first byte after {op}")
            });
        }
    }
    tally
}

/// The controller of a case.
fn controller(case: &Value) -> HlsJs {
    let config = &case["config"];
    let options = HlsJsOptions {
        fast_vod: seconds(&config["abrEwmaFastVoD"]),
        slow_vod: seconds(&config["abrEwmaSlowVoD"]),
        fast_live: seconds(&config["abrEwmaFastLive"]),
        slow_live: seconds(&config["abrEwmaSlowLive"]),
        default_estimate: bps(&config["abrEwmaDefaultEstimate"]),
        default_estimate_most: bps(&config["abrEwmaDefaultEstimateMax"]),
        keep_factor: number(&config["abrBandWidthFactor"]),
        up_factor: number(&config["abrBandWidthUpFactor"]),
        starvation: seconds(&config["maxStarvationDelay"]),
        real_bitrate: config["abrMaxWithRealBitrate"].as_bool().expect("a flag"),
        least_bitrate: bps(&config["minAutoBitrate"]),
    };
    let variants = list(case, "ladder")
        .iter()
        .map(|l| Variant {
            bandwidth: bps(&l["bandwidth"]),
            average: l.get("average").filter(|a| !a.is_null()).map(bps),
        })
        .collect();
    let live = case["live"].as_bool().expect("a flag");
    let mut hls =
        HlsJs::new(options, variants, index(&case["first_level"]), live, seconds(&case["segment_s"]));
    if let Some(estimate) = case["initial_estimate_override"].as_f64().filter(|e| *e > 0.0) {
        hls.set_default_estimate(BitRate::from_kbps(estimate / 1000.0));
    }
    hls.set_rate(number(&case["playback_rate"]));
    hls
}

pub(crate) fn levels(file: &Value) -> Tally {
    let mut tally = Tally::default();
    for case in list(file, "cases") {
        tally.case();
        let mut hls = controller(case);
        for (n, step) in list(case, "steps").iter().enumerate() {
            let at = |what: &str| format!("{} step {n}: {what}", case["name"]);
            replay_step(&mut hls, step, n == 0, &mut tally, &at);
        }
    }
    tally
}

fn replay_step(hls: &mut HlsJs, step: &Value, first: bool, tally: &mut Tally, at: &dyn Fn(&str) -> String) {
    let estimates = |hls: &HlsJs, expect: &Value, tally: &mut Tally| {
        tally.close(hls.estimator().throughput().bps(), &expect["bw_estimate"], 1e-9, || at("estimate"));
        tally.close(hls.estimator().first_byte().millis(), &expect["ttfb_ms"], 1e-9, || at("first byte"));
    };
    if let Some(cap) = step.get("auto_level_capping") {
        hls.set_cap(cap.as_i64().filter(|c| *c >= 0).map(|c| c as usize));
    }
    let decide = &step["decide"];
    let buffer = seconds(&decide["buffer_s"]);
    let level = if first { hls.first_auto_level(buffer) } else { hls.next_auto_level(buffer) };
    let expect = &decide["expect"];
    tally.check(level == index(&expect["level"]), || format!("{} {level}, recorded {expect}", at("level")));
    tally.check(Some(hls.estimator().is_ready()) == expect["can_estimate"].as_bool(), || at("ready"));
    estimates(hls, expect, tally);
    hls.load_level(index(&expect["level"]));
    if let Some(playlist) = step.get("level_loaded") {
        hls.playlist_loaded(
            index(&playlist["level"]),
            millis(&playlist["end_ms"]) - millis(&playlist["first_ms"]),
        );
    }
    let fragment = &step["frag"];
    hls.fragment_loading(Fragment {
        level: index(&fragment["level"]),
        start: millis(&fragment["start_ms"]),
        first_byte: millis(&fragment["first_ms"]),
        size: Some(bytes(&fragment["total"])),
        bitrate: fragment.get("bitrate").filter(|b| !b.is_null()).map(bps),
    });
    for tick in list(step, "ticks") {
        let found = hls.tick(millis(&tick[0]), bytes(&tick[1]), seconds(&tick[2]));
        let Some(outcome) = tick.get(3) else {
            tally.check(found == Tick::Continue, || {
                format!("{} {found:?} at {tick}", at("nothing was recorded"))
            });
            continue;
        };
        let recorded = if outcome["aborted"] == true { Tick::Abort } else { Tick::Lower };
        let to = index(&outcome["emergency_level"]);
        let same = found == recorded && hls.loading() == Some(to);
        tally.check(same, || format!("{} {found:?} to {:?} at {tick}", at("emergency"), hls.loading()));
        tally.close(hls.estimator().throughput().bps(), &outcome["bw_estimate"], 1e-9, || {
            at("emergency estimate")
        });
    }
    let loaded = &step["loaded"];
    if !loaded.is_null() {
        hls.fragment_loaded(
            bytes(&fragment["total"]),
            millis(&loaded["end_ms"]),
            millis(&loaded["parsing_end_ms"]),
        );
        estimates(hls, &loaded["expect"], tally);
    }
}

pub(crate) fn cap_and_latency(file: &Value) -> Tally {
    let mut tally = Tally::default();
    let side = |v: &Value| u32::try_from(index(v)).expect("pixels");
    let levels: Vec<(u32, u32)> =
        list(file, "cap_levels").iter().map(|l| (side(&l[0]), side(&l[1]))).collect();
    for case in list(file, "cap") {
        tally.case();
        let found = level_for_size(&levels, number(&case["width"]), number(&case["height"]));
        tally.check(found == index(&case["expect"]), || format!("size cap {found}, recorded {case}"));
    }
    for case in list(file, "latency") {
        tally.case();
        let config = &case["config"];
        let control = HlsJsLatency {
            sync_duration: config.get("liveSyncDuration").map(seconds),
            sync_count: config["liveSyncDurationCount"].as_f64().unwrap_or(3.0),
            most_latency: config.get("liveMaxLatencyDuration").map(seconds),
            most_rate: number(&config["maxLiveSyncPlaybackRate"]),
        };
        for step in list(case, "steps") {
            let playlist = LivePlaylist {
                target_duration: seconds(&step["target_duration_s"]),
                part_target: seconds(&step["part_target_s"]),
                hold_back: seconds(&step["hold_back_s"]),
                part_hold_back: seconds(&step["part_hold_back_s"]),
                age: seconds(&step["age_s"]),
            };
            let position = seconds(&step["current_time_s"]);
            let latency = seconds(&step["edge_s"]) + playlist.age - position;
            let target = control.target(&playlist, 0);
            let ahead = seconds(&step["buffered_end_s"]) - position;
            let rate = control.rate(latency, target, ahead, &playlist);
            let expect = &step["expect"];
            tally.close(latency.get(), &expect["latency_s"], 1e-6, || format!("latency at {step}"));
            tally.close(target.get(), &expect["target_latency_s"], 1e-6, || format!("target at {step}"));
            tally.close(rate, &expect["rate"], 1e-9, || format!("rate at {step}"));
        }
    }
    tally
}
