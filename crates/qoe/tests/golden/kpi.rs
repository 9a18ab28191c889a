//! `cta2066_kpi.json`: event logs and their metrics.

use qoe::kpi::{Aggregate, Event, EventKind, SessionMetrics};
use serde_json::Value;
use units::{BitRate, Seconds};

use super::{Tally, cases, num};

const ABS: f64 = 1e-9;
const REL: f64 = 1e-9;

fn log(events: &Value) -> Result<Vec<Event>, String> {
    let mut log = Vec::new();
    for e in events.as_array().ok_or("no events")? {
        let e = e.as_array().ok_or("an event that is no list")?;
        let name = e.get(1).and_then(Value::as_str).unwrap_or("");
        let rates: Vec<BitRate> = e.iter().skip(2).map(|r| BitRate::from_kbps(num(r))).collect();
        let kind = EventKind::from_name(name, &rates).ok_or(format!("unknown event {name:?}"))?;
        log.push(Event { at: Seconds::from_millis(num(&e[0])), kind });
    }
    Ok(log)
}

pub(crate) fn replay(file: &Value, tally: &mut Tally) {
    let mut all = Vec::new();
    for case in cases(file, tally) {
        tally.case();
        let (id, want) = (case["id"].as_str().unwrap_or("?"), &case["expected"]);
        let m = match log(&case["events"]) {
            Ok(events) => SessionMetrics::of_events(&events),
            Err(e) => {
                tally.failed(id, e);
                continue;
            }
        };
        all.push(m);
        let mut flag = |name: &str, got: bool| {
            tally.check(want[name].as_bool() == Some(got), || {
                format!("{id} {name}: {got}, expected {}", want[name])
            });
        };
        flag("playbackFailed", m.playback_failed);
        flag("VSF", m.video_start_failure);
        flag("EBVS", m.exit_before_video_start);
        match m.initial_startup_time {
            Some(t) => tally.number(id, t.millis(), &want["initialStartupTime_ms"], ABS, REL),
            None => tally.check(want["initialStartupTime_ms"].is_null(), || format!("{id}: no startup time")),
        }
        let mut check =
            |name: &str, got: f64| tally.number(&format!("{id} {name}"), got, &want[name], ABS, REL);
        check("playbackStallCount", m.playback_stall_count as f64);
        check("playbackStallDuration_ms", m.playback_stall_duration.millis());
        check("bitsPlayed_kbit", m.bits_played.get() / 1000.0);
        check("mediaTime_s", m.media_time.get());
        check("watchedTime_s", m.watched_time.get());
    }
    let want = &file["aggregate"];
    match Aggregate::of(&all) {
        Ok(a) => {
            let nan = f64::NAN;
            let mut check = |name: &str, got: f64| tally.number(name, got, &want[name], ABS, REL);
            check("playbackFailurePercent", a.playback_failure_percent);
            check("averageInitialStartupTime_s", a.average_initial_startup_time.map_or(nan, Seconds::get));
            check("averagePlaybackStalledCount", a.average_playback_stalled_count);
            check("averageStalledTimePercent", a.average_stalled_time_percent.unwrap_or(nan));
            check("averagePlaybackBitrate_kbps", a.average_playback_bitrate.map_or(nan, BitRate::kbps));
            check("VSF_percent", a.vsf_percent);
            check("EBVS_percent", a.ebvs_percent);
        }
        Err(e) => tally.failed("aggregate", e),
    }
}
