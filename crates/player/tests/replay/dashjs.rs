//! dash.js 5.2.1: the throughput, and what its low-latency mode stands on.

use abr::LiveView;
use abr::estimate::{DashJsMode, DashJsRequest, DashJsThroughput, DashJsThroughputOptions, DashJsWeight};
use abr::rules::dashjs::{L2a, L2aState, LolPlus, LolPlusView};
use player::rate::{CatchUpMode, DashJsCatchUp, Drift, Pace};
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

fn bitrates(case: &Value) -> Vec<BitRate> {
    list(case, "ladder_bps").iter().map(|b| BitRate::from_bps(number(b))).collect()
}

/// A number that may be missing in the answer, where `null` is recorded.
fn maybe(tally: &mut Tally, found: Option<f64>, recorded: &Value, what: impl Fn() -> String) {
    match (found, recorded.is_null()) {
        (None, true) => {}
        (Some(found), false) => tally.close(found, recorded, 1e-9, what),
        (found, _) => tally.check(false, || format!("{}: {found:?}, recorded {recorded}", what())),
    }
}

/// A request as it was reported.
fn request(throughput: &mut DashJsThroughput, event: &Value) {
    let start = millis(&event["request_ms"]);
    let trace: Vec<(Seconds, Bits)> =
        list(event, "trace").iter().map(|t| (millis(&t[0]), bytes(&t[1]))).collect();
    let timing = event.get("resource_timing").filter(|t| !t.is_null()).map(|t| {
        let span = millis(&t["response_end"]) - millis(&t["response_start"]);
        (bytes(&t["transfer_size"]), span, bytes(&t["decoded_body_size"]))
    });
    throughput.request(&DashJsRequest {
        latency: millis(&event["response_ms"]) - start,
        elapsed: millis(&event["finish_ms"]) - start,
        fetch: event["loader"] == "fetch",
        trace: &trace,
        timing,
    });
}

/// The mode that a name of dash.js means.
fn mode(name: &str) -> DashJsMode {
    let short = name.trim_start_matches("throughputCalculationMode");
    let weight = match short {
        _ if short.starts_with("ByteSize") => DashJsWeight::Size,
        _ if short.starts_with("Date") => DashJsWeight::Date,
        _ => DashJsWeight::Equal,
    };
    match short {
        "Ewma" => DashJsMode::Ewma,
        "Zlema" => DashJsMode::Zlema,
        _ if short.ends_with("HarmonicMean") => DashJsMode::Harmonic(weight),
        _ if short.ends_with("ArithmeticMean") => DashJsMode::Arithmetic(weight),
        _ => panic!("a mode {name}"),
    }
}

pub(crate) fn throughput(file: &Value) -> Tally {
    let mut tally = Tally::default();
    for case in list(file, "cases") {
        tally.case();
        let settings = &case["settings"]["streaming"]["abr"]["throughput"];
        let live = case["is_dynamic"] == true;
        let mut options = DashJsThroughputOptions::new(live);
        let set = |value: &Value, to: &mut f64| {
            if let Some(x) = value.as_f64() {
                *to = x;
            }
        };
        set(&settings["bandwidthSafetyFactor"], &mut options.safety);
        set(&settings["ewma"]["throughputFastHalfLifeSeconds"], &mut options.fast);
        set(&settings["ewma"]["throughputSlowHalfLifeSeconds"], &mut options.slow);
        set(&settings["sampleSettings"]["increaseScale"], &mut options.increase);
        set(&settings["sampleSettings"]["decreaseScale"], &mut options.decrease);
        if let Some(n) = settings["sampleSettings"][if live { "live" } else { "vod" }].as_u64() {
            options.base = n as usize;
        }
        options.dead_time = settings["useDeadTimeLatency"].as_bool().unwrap_or(true);
        let mut throughput = DashJsThroughput::new(options);
        for (n, sample) in list(case, "samples").iter().enumerate() {
            request(&mut throughput, sample);
            let (t, expect) = (&throughput, &sample["expect"]);
            let at = |what: &str| format!("{} sample {n}: {what}", case["name"]);
            let kbps = |rate: Option<BitRate>| rate.map(BitRate::kbps);
            tally.check(t.requests() == index(&expect["stored_samples"]), || at("samples"));
            maybe(&mut tally, kbps(t.last()), &expect["last_kbps"], || at("last"));
            maybe(&mut tally, kbps(t.average()), &expect["default"], || at("average"));
            maybe(&mut tally, kbps(t.safe()), &expect["safe"], || at("safe"));
            maybe(&mut tally, t.latency().map(Seconds::millis), &expect["latency_ms"], || at("latency"));
            let one = t.mean(DashJsMode::Arithmetic(DashJsWeight::Equal), Some(1));
            maybe(&mut tally, kbps(one), &expect["arithmetic_last1"], || at("mean of one"));
            for (name, recorded) in expect["modes"].as_object().expect("modes") {
                maybe(&mut tally, kbps(t.mean(mode(name), None)), recorded, || at(name));
            }
        }
    }
    tally
}

fn same_level(tally: &mut Tally, found: Option<usize>, recorded: &Value, what: &dyn Fn(&str) -> String) {
    let recorded = recorded.as_u64().map(|i| i as usize);
    tally.check(found == recorded, || format!("{} {found:?}, recorded {recorded:?}", what("level")));
}

pub(crate) fn l2a(file: &Value) -> Tally {
    let mut tally = Tally::default();
    for case in list(file, "cases") {
        tally.case();
        let mut throughput = DashJsThroughput::new(DashJsThroughputOptions::new(true));
        let (mut rule, mut last) = (L2a::new(&bitrates(case)), None);
        for (n, event) in list(case, "events").iter().enumerate() {
            match event["type"].as_str() {
                Some("request_done") => {
                    request(&mut throughput, event);
                    last = event["request_ms"].as_u64();
                }
                Some("fragment_loaded") => rule.loaded(seconds(&event["duration_s"]), index(&event["index"])),
                Some("seek") => rule.sought(),
                Some("decide") => {
                    let what = |what: &str| format!("{} event {n}: {what}", case["name"]);
                    let state = match rule.state() {
                        L2aState::Startup => "L2A_STATE_STARTUP",
                        L2aState::Steady => "L2A_STATE_STEADY",
                    };
                    let expect = &event["expect"];
                    let (safe, newest) = (throughput.safe(), throughput.last());
                    let rate = number(&case["playback_rate"]);
                    let level = rule.decide(seconds(&event["buffer_s"]), rate, safe, newest, last);
                    same_level(&mut tally, level, &expect["index"], &what);
                    tally.check(expect["state"] == state, || what(state));
                    let kbps = level.and(newest).map(BitRate::kbps);
                    maybe(&mut tally, kbps, &expect["last_throughput_kbps"], || what("throughput"));
                }
                _ => {}
            }
        }
    }
    tally
}

pub(crate) fn lol_plus(file: &Value) -> Tally {
    let mut tally = Tally::default();
    for case in list(file, "cases") {
        tally.case();
        let mut throughput = DashJsThroughput::new(DashJsThroughputOptions::new(true));
        let mut draws = list(case, "random_draws").iter().map(number);
        let draw = || draws.next().expect("a draw");
        let mut rule = LolPlus::new(&bitrates(case), seconds(&case["segment_s"]), draw);
        let (mut current, mut latency, mut rate) = (index(&case["initial_index"]), Seconds::ZERO, 1.0);
        for (n, event) in list(case, "events").iter().enumerate() {
            match event["type"].as_str() {
                Some("request_done") => request(&mut throughput, event),
                Some("set") => {
                    (latency, rate) = (seconds(&event["latency_s"]), number(&event["playback_rate"]));
                }
                Some("quality_change") => current = index(&event["index"]),
                Some("decide") => {
                    let what = |what: &str| format!("{} event {n}: {what}", case["name"]);
                    let expect = &event["expect"];
                    let safe = throughput.safe();
                    let view = LolPlusView { current, buffer: seconds(&event["buffer_s"]), latency, rate };
                    let level = rule.decide(&view, safe);
                    same_level(&mut tally, level, &expect["index"], &what);
                    let (kbps, lag) = (level.and(safe).map(BitRate::kbps), level.map(|_| latency.get()));
                    maybe(&mut tally, kbps, &expect["throughput_kbps"], || what("throughput"));
                    maybe(&mut tally, lag, &expect["latency_s"], || what("latency"));
                }
                _ => {}
            }
        }
    }
    tally
}

pub(crate) fn catch_up(file: &Value) -> Tally {
    let mut tally = Tally::default();
    for case in list(file, "cases") {
        tally.case();
        let mode = match case["mode"].as_str() {
            Some("liveCatchupModeDefault") => CatchUpMode::Default,
            Some("liveCatchupModeLoLP") => CatchUpMode::LolPlus,
            Some("liveCatchupModeStep") => CatchUpMode::Step,
            other => panic!("a mode {other:?}"),
        };
        let drift = |by: &Value| Drift { before: seconds(by), behind: seconds(by) };
        let mut control = DashJsCatchUp::new(mode);
        control.slower = number(&case["rates"]["min"]);
        control.faster = number(&case["rates"]["max"]);
        control.most_drift = seconds(&case["max_drift_s"]);
        control.least_buffer = seconds(&case["playback_buffer_min_s"]);
        control.start = drift(&case["step"]["start"]);
        control.stop = drift(&case["step"]["stop"]);
        let target = seconds(&case["live_delay_s"]);
        for (n, step) in list(case, "steps").iter().enumerate() {
            let what = |what: &str| format!("{} step {n}: {what}", case["mode"]);
            let ahead = seconds(&step["buffer_s"]);
            if step["buffer_empty_event"] == true {
                control.emptied();
            }
            if step["buffer_level_event"] == true {
                control.filled(ahead, target);
            }
            let live = LiveView { latency: seconds(&step["latency_s"]), target };
            let pace = control.update(&live, ahead, number(&step["rate_before"]));
            let expect = &step["expect"];
            let rate = match pace {
                Some(Pace::Rate(rate)) => Some(rate),
                _ => None,
            };
            maybe(&mut tally, rate, &expect["set_rate"], || what("rate"));
            let jumps = pace == Some(Pace::ToTarget);
            tally.check(Some(jumps) == expect["seek_to_live"].as_bool(), || what("jump"));
            let after = rate.unwrap_or(number(&step["rate_before"]));
            maybe(&mut tally, Some(after), &expect["rate_after"], || what("rate after"));
        }
    }
    tally
}
