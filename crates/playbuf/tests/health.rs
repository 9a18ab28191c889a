//! The buffer-health monitor: replays the recorded runs of the two originals (`wasm_monitor.json` in the family `seeds`, under
//! `$SEGUE_GOLDEN` or the repository's fixtures), and asks of the corrected one what must hold.

#![allow(clippy::print_stdout, reason = "the suite prints what it compared")]

use playbuf::health::original::{Monitor, Version};
use playbuf::health::{Condition, HealthMonitor, HealthOptions};
use proptest::prelude::*;
use serde_json::Value;
use units::Seconds;

fn s(x: f64) -> Seconds {
    Seconds::new(x)
}

// The two tests of the original, under their names.

#[test]
fn detects_stalls() {
    let mut monitor = HealthMonitor::default();
    monitor.update(s(0.0), s(2.0));
    monitor.update(s(1.0), s(0.05));
    monitor.update(s(1.5), s(1.0));
    let metrics = monitor.metrics(s(1.5));
    assert_eq!((metrics.stall_count, metrics.total_stall_duration), (1, s(0.5)));
}

#[test]
fn calculates_qoe_score() {
    let mut monitor = HealthMonitor::default();
    for tick in 0..10 {
        monitor.update(s(0.1 * f64::from(tick)), s(6.0));
    }
    assert_eq!(monitor.metrics(s(1.0)).qoe_score, 100.0);
    monitor.update(s(1.0), s(0.0));
    let later = monitor.metrics(s(3.0)).qoe_score;
    assert!(later > 0.0 && later < 80.0, "two stalled seconds cost 20 points, and the level falls: {later}");
}

#[test]
fn a_stall_that_goes_on_counts_up_to_now() {
    let mut monitor = HealthMonitor::default();
    monitor.update(s(0.0), s(1.0));
    monitor.update(s(1.0), s(0.0));
    for (now, stalled) in [(1.0, 0.0), (2.5, 1.5), (61.0, 60.0)] {
        let metrics = monitor.metrics(s(now));
        assert_eq!(metrics.total_stall_duration, s(stalled), "at {now} s");
        assert_eq!(metrics.condition, Condition::Stalled);
    }
    let metrics = monitor.metrics(s(61.0));
    assert!((metrics.window_stall_duration.get() - 10.0).abs() < 1e-5);
    assert_eq!(metrics.stall_ratio, 60.0 / 61.0);
}

#[test]
fn a_low_level_before_playback_is_startup() {
    let mut monitor = HealthMonitor::default();
    monitor.update(s(0.0), s(0.0));
    monitor.update(s(3.0), s(0.05));
    let metrics = monitor.metrics(s(4.0));
    assert_eq!((metrics.condition, metrics.stall_count), (Condition::Startup, 0));
    monitor.update(s(4.0), s(0.1));
    monitor.update(s(5.0), s(0.0999));
    let metrics = monitor.metrics(s(5.0));
    assert_eq!((metrics.condition, metrics.stall_count), (Condition::Stalled, 1));
    assert_eq!(metrics.total_stall_duration, Seconds::ZERO);
}

#[test]
fn averages_are_weighted_by_time_not_by_updates() {
    let mut monitor = HealthMonitor::default();
    monitor.update(s(0.0), s(2.0));
    // A thousand updates in the second half of one second weigh as much as one.
    for i in 0..1000 {
        monitor.update(s(0.5 + f64::from(i) * 0.0005), s(4.0));
    }
    let mean = monitor.metrics(s(1.0)).avg_buffer_level.get();
    assert!((mean - 3.0).abs() < 1e-9, "{mean}");
}

#[test]
fn where_no_time_has_passed_the_average_is_the_last_level() {
    let mut monitor = HealthMonitor::default();
    assert_eq!(monitor.metrics(s(0.0)).avg_buffer_level, Seconds::ZERO);
    for level in [3.0, 1.0, 7.0] {
        monitor.update(s(12.0), s(level));
        let metrics = monitor.metrics(s(12.0));
        assert_eq!(metrics.avg_buffer_level, s(level));
        assert_eq!(metrics.recent_buffer_level, s(level));
    }
}

#[test]
fn the_score_recovers_when_a_stall_leaves_the_window() {
    let mut monitor = HealthMonitor::default();
    for (at, level) in [(0.0, 6.0), (1.0, 0.0), (4.0, 6.0)] {
        monitor.update(s(at), s(level));
    }
    let scores: Vec<f64> = [4.0, 8.0, 13.0, 14.5].map(|t| monitor.metrics(s(t)).qoe_score).into();
    assert!(scores.windows(2).all(|w| w[0] < w[1]), "{scores:?}");
    assert_eq!(scores[3], 100.0);
    assert_eq!(monitor.metrics(s(14.5)).total_stall_duration, s(3.0));
}

#[test]
fn the_trend_says_when_the_buffer_will_be_empty() {
    let mut monitor = HealthMonitor::default();
    for tick in 0..80 {
        let t = 0.1 * f64::from(tick);
        monitor.update(s(t), s(10.0 - 0.5 * t));
    }
    let metrics = monitor.metrics(s(8.0));
    assert!((metrics.trend + 0.5).abs() < 1e-3, "{}", metrics.trend);
    let empty = metrics.time_to_empty.expect("it falls").get();
    assert!((empty - metrics.buffer_level.get() / 0.5).abs() < 0.1, "{empty}");
    let mut rising = HealthMonitor::default();
    rising.update(s(0.0), s(1.0));
    rising.update(s(2.0), s(3.0));
    let metrics = rising.metrics(s(4.0));
    assert!(metrics.trend > 0.0 && metrics.time_to_empty.is_none());
}

#[test]
fn a_report_is_due_once_in_an_interval() {
    let mut monitor = HealthMonitor::default();
    let due = (0..35).filter(|i| monitor.update(Seconds::from_millis(100.0 * f64::from(*i)), s(1.0))).count();
    assert_eq!(due, 3);
    let often = HealthOptions { report_interval: s(0.2), ..HealthOptions::default() };
    let mut monitor = HealthMonitor::new(often);
    let due = (0..11).filter(|i| monitor.update(Seconds::from_millis(100.0 * f64::from(*i)), s(1.0))).count();
    assert_eq!(due, 5);
}

#[test]
fn what_is_no_number_changes_nothing() {
    let mut monitor = HealthMonitor::default();
    monitor.update(s(1.0), s(2.0));
    let before = monitor.metrics(s(2.0));
    let (nan, infinite) = (f64::NAN, f64::INFINITY);
    for (at, level) in [(nan, 1.0), (2.0, nan), (infinite, 1.0), (2.0, infinite), (1e300, 1.0)] {
        monitor.update(s(at), s(level));
    }
    assert_eq!(monitor.metrics(s(2.0)), before);
    assert_eq!(monitor.metrics(s(f64::NAN)), monitor.metrics(s(1.0)));
    // A clock that goes back stands still.
    monitor.update(s(0.0), s(4.0));
    assert_eq!(monitor.metrics(s(1.0)).buffer_level, s(4.0));
    assert_eq!(monitor.metrics(s(0.0)).observed, Seconds::ZERO);
}

#[test]
fn it_is_small_and_owns_no_memory_elsewhere() {
    assert!(size_of::<HealthMonitor>() <= 2048, "{} bytes", size_of::<HealthMonitor>());
    assert!(!std::mem::needs_drop::<HealthMonitor>(), "what is not dropped was not allocated");
}

#[test]
fn the_json_has_the_documented_keys() {
    let mut monitor = HealthMonitor::default();
    monitor.update(s(0.0), s(4.0));
    monitor.update(s(2.0), s(0.0));
    let text = monitor.metrics(s(2.5)).to_json();
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&json["stallCount"], &json["totalStallDuration"]), (&1.into(), &0.5.into()));
    let mean = json["avgBufferLevel"].as_f64().expect("a number");
    assert!((mean - 8.0 / 2.5).abs() < 1e-12, "{mean}");
    assert_eq!((&json["state"], &json["timeToEmpty"]), (&"stalled".into(), &Value::Null));
    assert_eq!(json["minBufferLevel"].as_f64(), Some(0.0));
    for key in ["qoeScore", "bufferLevel", "recentBufferLevel", "trend"] {
        assert!(json[key].is_number(), "{key} in {text}");
    }
    for key in ["windowStallDuration", "stallRatio", "observedTime"] {
        assert!(json[key].is_number(), "{key} in {text}");
    }
}

/// The mean of a step function over a stretch of time, by summing its pieces.
fn mean_of(updates: &[(f64, f64)], from: f64, to: f64, weight: impl Fn(f64, f64) -> f64) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (i, &(at, level)) in updates.iter().enumerate() {
        let (a, b) = (at.max(from), updates.get(i + 1).map_or(to, |n| n.0).min(to));
        if b > a {
            sum += level * weight(a, b);
            total += weight(a, b);
        }
    }
    sum / total
}

proptest! {
    /// On the grid of the slots the window is exact, whatever the levels and gaps.
    #[test]
    fn the_window_is_what_direct_integration_gives(
        gaps in prop::collection::vec(1u32..40, 1..120),
        levels in prop::collection::vec(0.0f64..30.0, 120),
    ) {
        let mut at = 0u32;
        let mut updates = Vec::new();
        for (gap, level) in gaps.iter().zip(&levels) {
            updates.push((f64::from(at) / 10.0, *level));
            at += gap;
        }
        let now = f64::from(at) / 10.0;
        let mut monitor = HealthMonitor::default();
        for (t, level) in &updates {
            monitor.update(s(*t), s(*level));
        }
        let metrics = monitor.metrics(s(now));
        let from = (now - 10.0).max(0.0);
        let mean = mean_of(&updates, from, now, |a, b| b - a);
        prop_assert!((metrics.avg_buffer_level.get() - mean).abs() < 1e-9, "{} {mean}", metrics.avg_buffer_level);
        let decay = |a: f64, b: f64| 0.8f64.powf(now - b) - 0.8f64.powf(now - a);
        let recent = mean_of(&updates, from, now, decay);
        prop_assert!((metrics.recent_buffer_level.get() - recent).abs() < 1e-9, "{} {recent}", metrics.recent_buffer_level);
        let began = updates.iter().position(|u| u.1 >= 0.1).unwrap_or(usize::MAX);
        let length = |i: usize| updates.get(i + 1).map_or(now, |n| n.0) - updates[i].0;
        let stalled: f64 = (0..updates.len()).filter(|i| *i > began && updates[*i].1 < 0.1).map(length).sum();
        prop_assert!((metrics.total_stall_duration.get() - stalled).abs() < 1e-9);
    }

    /// Off the grid, with clocks that go back and gaps longer than the window: what is merged in the oldest slot is all that is lost.
    #[test]
    fn anywhere_the_window_is_direct_integration_but_for_its_oldest_slot(
        steps in prop::collection::vec((-0.5f64..2.0, prop_oneof![4 => 0.0f64..0.4, 4 => 0.4f64..30.0, 1 => -1.0f64..0.0]), 1..200),
        gap in prop_oneof![3 => Just(0.0f64), 1 => 5.0f64..500.0],
        origin in prop_oneof![Just(0.0f64), Just(1.7e9f64), -1e4f64..1e4],
        wait in 0.0f64..12.0,
    ) {
        let mut monitor = HealthMonitor::default();
        let (mut at, mut updates) = (0.0f64, Vec::new());
        for (i, (step, level)) in steps.iter().enumerate() {
            let told = at + step + if i == steps.len() / 2 { gap } else { 0.0 };
            at = if i == 0 { told } else { at.max(told) };
            monitor.update(s(origin + told), s(*level));
            updates.push((at, level.max(0.0)));
        }
        let now = at + wait;
        let m = monitor.metrics(s(origin + now));
        let from = (now - 10.0).max(updates[0].0);
        // With times since 1970, a microsecond is what is left of them.
        let exact = if origin == 1.7e9 { 1e-4 } else { 1e-7 };
        if now - from < 1e-3 {
            return Ok(());
        }
        let updates = &updates;
        // Levels that lasted, and the last one.
        let near = |window: f64| updates.iter().enumerate()
            .filter(move |(i, u)| updates.get(i + 1).is_none_or(|n| n.0 > window.max(u.0)))
            .map(|(_, u)| u.1);
        let high = near(from - 0.1).fold(0.0, f64::max);
        let slot = if from > updates[0].0 { 0.1 / (now - from) * high } else { 0.0 };
        let mean = mean_of(updates, from, now, |a, b| b - a);
        prop_assert!((m.avg_buffer_level.get() - mean).abs() <= slot + exact * high.max(1.0), "{} {mean}", m.avg_buffer_level);
        let low = m.min_buffer_level.get();
        let (most, least) = (near(from).fold(f64::INFINITY, f64::min), near(from - 0.1).fold(f64::INFINITY, f64::min));
        // It is kept in single precision.
        prop_assert!(low <= most * (1.0 + 1e-7) && low >= least * (1.0 - 1e-7), "{low}: {least} to {most}");
        let began = updates.iter().position(|u| u.1 >= 0.1).unwrap_or(updates.len());
        let after = &updates[began..];
        let length = |i: usize, from: f64| (after.get(i + 1).map_or(now, |n| n.0) - after[i].0.max(from)).max(0.0);
        let stalled = |from: f64| (0..after.len()).filter(|i| after[*i].1 < 0.1).map(|i| length(i, from)).sum::<f64>();
        prop_assert!((m.total_stall_duration.get() - stalled(f64::NEG_INFINITY)).abs() <= exact);
        prop_assert!((m.window_stall_duration.get() - stalled(from)).abs() <= 0.1 + 1e-4);
        let begins = after.windows(2).filter(|w| w[0].1 >= 0.1 && w[1].1 < 0.1).count();
        prop_assert_eq!(m.stall_count as usize, begins);
        let playing = after.first().map_or(0.0, |first| now - first.0);
        let ratio = if playing > 0.0 { stalled(f64::NEG_INFINITY) / playing } else { 0.0 };
        prop_assert!((m.stall_ratio - ratio).abs() <= exact / playing.max(1e-3));
    }

    /// Any updates at all: numbers stay numbers, in their ranges, and the JSON is JSON.
    #[test]
    fn nothing_breaks_it(updates in prop::collection::vec((any::<f64>(), any::<f64>()), 0..60), ask in any::<f64>()) {
        let mut monitor = HealthMonitor::default();
        for (t, level) in updates {
            monitor.update(s(t), s(level));
        }
        let metrics = monitor.metrics(s(ask));
        prop_assert!((0.0..=100.0).contains(&metrics.qoe_score));
        prop_assert!((0.0..=1.0).contains(&metrics.stall_ratio));
        prop_assert!(metrics.window_stall_duration <= metrics.total_stall_duration + s(1e-3));
        let json: Value = serde_json::from_str(&metrics.to_json()).expect("JSON");
        prop_assert!(json["avgBufferLevel"].is_number());
    }
}

#[test]
fn replays_the_recorded_runs() {
    let path = fixtures::golden("seeds").join("wasm_monitor.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let cases = file["cases"].as_array().map_or(&[][..], Vec::as_slice);
    let mut mismatches = 0;
    let mut check = |ok: bool, what: String| {
        mismatches += usize::from(!ok);
        if !ok && mismatches <= 20 {
            println!("MISMATCH {what}");
        }
    };
    for case in cases {
        let label = case["label"].as_str().unwrap_or("?");
        let list = |key: &str| case["input"][key].as_array().cloned().unwrap_or_default();
        let (times, levels) = (list("time_ms"), list("level_s"));
        check(!times.is_empty() && times.len() == levels.len(), format!("{label}: no samples"));
        let (mut text, mut shipped) = (Monitor::new(Version::SeedText), Monitor::new(Version::Shipped));
        for (i, (ms, level)) in times.iter().zip(&levels).enumerate() {
            let (at, level) = (Seconds::from_millis(float(ms)), s(float(level)));
            let report = text.update(at, level);
            shipped.update(at, level);
            let stalls = |m: &Monitor| vec![Some(m.stall_count() as f64), Some(m.stall_duration().get())];
            let mut rows = [stalls(&text), stalls(&shipped)];
            let last = text.last_report().map(Seconds::get);
            rows[0].extend([Some(text.samples() as f64), last, Some(text.window() as f64)]);
            rows[0].extend([report.map(|r| r.level), report.map(|r| r.score)]);
            rows[1].push(Some(shipped.score()));
            for (name, got) in ["seed_text", "shipped"].into_iter().zip(&rows) {
                let want = case["output"][name][i].as_array().cloned().unwrap_or_default();
                let same = want.len() == got.len() && want.iter().zip(got).all(|(w, g)| close(w, *g));
                check(same, format!("{label}, {name}, update {i}: {got:?}, recorded {want:?}"));
            }
        }
    }
    // On a line of its own, whatever the test runner has begun to write.
    println!("\nwasm_monitor: {} cases, {mismatches} mismatches", cases.len());
    assert!(!cases.is_empty(), "no case in {}", path.display());
    assert_eq!(mismatches, 0);
}

/// Numbers; what JSON cannot say is a string.
fn float(v: &Value) -> f64 {
    v.as_f64().or_else(|| v.as_str()?.parse().ok()).unwrap_or_else(|| panic!("not a number: {v}"))
}

fn close(want: &Value, got: Option<f64>) -> bool {
    match got {
        None => want.is_null(),
        Some(g) => {
            !want.is_null() && {
                let w = float(want);
                g == w || g.is_nan() && w.is_nan() || (g - w).abs() <= 1e-9 * 1.0_f64.max(w.abs())
            }
        }
    }
}
