//! The Twitch model.

use qoe::models::twitch::{Report, Step, Weights};
use serde_json::{Value, json};
use sim::lockstep::twitch::original::{Buffer, Draws, Encoder, Network, NumpyDraws};
use sim::lockstep::twitch::{
    BufferConfig, EncoderConfig, LADDER, NetworkConfig, QualityConfig, Run, SCENARIOS, Scenario, published,
    published_with, report, run,
};

use super::{Tally, cases, file, float, floats, own_file};

fn close(got: f64, want: f64) -> bool {
    got == want || (got - want).abs() <= 1e-9 * 1.0_f64.max(want.abs())
}

/// A configuration as the original has it.
fn config<T: for<'a> serde::Deserialize<'a>>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{e}: {value}"))
}

fn column(tally: &mut Tally, what: &str, got: &[f64], want: &Value) {
    let want = floats(want);
    let same = got.len() == want.len() && got.iter().zip(&want).all(|(g, w)| close(*g, *w));
    tally.check(same, || format!("{what}: {got:?}, recorded {want:?}"));
}

fn number(flag: bool) -> f64 {
    f64::from(u8::from(flag))
}

/// The draws that were recorded.
struct Recorded {
    phase: f64,
    noise: std::vec::IntoIter<f64>,
    uniform: std::vec::IntoIter<f64>,
    drift: std::vec::IntoIter<f64>,
}

impl Recorded {
    fn of(input: &Value) -> Recorded {
        let list = |key: &str| match &input[key] {
            Value::Null => Vec::new().into_iter(),
            list => floats(list).into_iter(),
        };
        Recorded {
            phase: float(&input["phase_rad"]),
            noise: list("noise_multiplier"),
            uniform: list("congestion_uniform"),
            drift: list("av_noise_ms"),
        }
    }
}

impl Draws for Recorded {
    fn phase(&mut self) -> f64 {
        self.phase
    }
    fn noise(&mut self, _: f64) -> f64 {
        self.noise.next().expect("a noise")
    }
    fn uniform(&mut self) -> f64 {
        self.uniform.next().expect("a uniform number")
    }
    fn drift(&mut self, _: f64) -> f64 {
        self.drift.next().expect("a disturbance")
    }
}

fn network(tally: &mut Tally, case: &Value) {
    let mut draws = Recorded::of(&case["input"]);
    let steps = draws.noise.len();
    let mut network = Network::new(&config::<NetworkConfig>(&case["input"]["params"]), draws.phase());
    let rows: Vec<_> = (0..steps).map(|_| network.step(&mut draws)).collect();
    let columns: [(&str, Vec<f64>); 4] = [
        ("bandwidth_mbps", rows.iter().map(|r| r.rate.mbps()).collect()),
        ("latency_ms", rows.iter().map(|r| r.latency.millis()).collect()),
        ("packet_loss", rows.iter().map(|r| r.loss).collect()),
        ("congestion_level", rows.iter().map(|r| r.congestion).collect()),
    ];
    for (key, got) in columns {
        column(tally, &format!("{} {key}", case["label"]), &got, &case["output"][key]);
    }
}

fn buffer(tally: &mut Tally, case: &Value) {
    let (input, output) = (&case["input"], &case["output"]);
    let mut params = input["params"].clone();
    let dt = params.as_object_mut().and_then(|p| p.remove("dt")).map_or(1.0, |dt| float(&dt));
    let config: BufferConfig = config(&params);
    let mut buffer = Buffer::new(config, config.initial_level_s, dt);
    let mut columns: [(&str, Vec<f64>); 5] =
        ["level_s", "is_stalled", "stall_event", "resume_event", "overflow"].map(|key| (key, Vec::new()));
    for inflow in floats(&input["inflow_rate_s_per_s"]) {
        let step = buffer.step(inflow);
        let row = [
            buffer.level_s,
            number(buffer.stalled),
            number(step.stall),
            number(step.resume),
            number(step.overflow),
        ];
        columns.iter_mut().zip(row).for_each(|(column, x)| column.1.push(x));
    }
    for (key, got) in &columns {
        column(tally, &format!("{} {key}", case["label"]), got, &output[*key]);
    }
    let sums = [buffer.stall_count as f64, buffer.stall_s];
    column(
        tally,
        &format!("{} sums", case["label"]),
        &sums,
        &json!([output["stall_count"], output["total_stall_time_s"]]),
    );
}

fn encoder(tally: &mut Tally, case: &Value) {
    let (input, output) = (&case["input"], &case["output"]);
    let mut encoder = Encoder::new(config::<EncoderConfig>(&input["params"]));
    let [mbps, stalled, noise] =
        ["bandwidth_mbps", "prev_is_stalled", "av_noise_ms"].map(|key| floats(&input[key]));
    let rows: Vec<_> = (0..mbps.len()).map(|k| encoder.step(mbps[k], stalled[k] != 0.0, noise[k])).collect();
    let columns: [(&str, Vec<f64>); 5] = [
        ("quality_index", rows.iter().map(|r| r.level as f64).collect()),
        ("inflow_rate_s_per_s", rows.iter().map(|r| r.inflow).collect()),
        ("av_sync_drift_ms", rows.iter().map(|r| r.drift_ms).collect()),
        ("quality_switch", rows.iter().map(|r| number(r.switched)).collect()),
        ("dropped_frames", rows.iter().map(|r| number(r.dropped)).collect()),
    ];
    for (key, got) in columns {
        column(tally, &format!("{} {key}", case["label"]), &got, &output[key]);
    }
    let last = rows.last().map(|r| LADDER[r.level].name);
    tally.check(last == output["quality_name_last"].as_str(), || {
        format!("{}: ends on {last:?}", case["label"])
    });
}

fn quality(tally: &mut Tally, case: &Value) {
    let steps = &case["input"]["steps"];
    let column = |key: &str| floats(&steps[key]);
    let (stalled, events, levels) = (column("is_stalled"), column("stall_event"), column("level_s"));
    let (drifts, switched, dropped) =
        (column("av_sync_drift_ms"), column("quality_switch"), column("dropped_frames"));
    let steps: Vec<Step> = (0..levels.len())
        .map(|k| Step {
            stalled: stalled[k] != 0.0,
            stall_event: events[k] != 0.0,
            level_s: levels[k],
            drift_ms: drifts[k],
            switched: switched[k] != 0.0,
            dropped: dropped[k] != 0.0,
        })
        .collect();
    let weights: Weights = config::<QualityConfig>(&case["input"]["params"]).weights();
    let got = Report::of(&steps, &weights);
    numbers(tally, &case["label"].to_string(), got.as_ref(), &case["output"]);
}

/// A report has exactly the recorded keys, or is nothing where nothing was recorded.
fn numbers(tally: &mut Tally, what: &str, got: Option<&Report>, want: &Value) {
    let want = want.as_object().expect("an object");
    let got = serde_json::to_value(got).expect("JSON");
    let keys = got.as_object().map_or(0, |o| o.len());
    tally.check(keys == want.len(), || format!("{what}: {keys} keys, recorded {}", want.len()));
    for (key, want) in want {
        let ok = got[key].as_f64().is_some_and(|g| close(g, float(want)));
        tally.check(ok, || format!("{what} {key}: {}, recorded {want}", got[key]));
    }
}

fn scenario(input: &Value) -> Scenario {
    Scenario {
        name: String::new(),
        duration_s: float(&input["duration_s"]),
        dt: float(&input["dt"]),
        network: config(&input["network"]),
        buffer: config(&input["buffer"]),
        encoder: config(&input["encoder"]),
        quality: config(&input["quality"]),
    }
}

fn simulation(tally: &mut Tally, case: &Value) {
    let input = &case["input"];
    let label = case["label"].as_str().unwrap_or("?");
    let got = published_with(&scenario(input), Recorded::of(input)).expect("a run");
    let rows = |of: fn(&sim::lockstep::twitch::Row) -> f64| got.timeline.iter().map(of).collect::<Vec<f64>>();
    for (key, want) in case["output"]["steps"].as_object().expect("columns") {
        let values = match key.as_str() {
            "t" => rows(|r| r.t),
            "bandwidth_mbps" => rows(|r| r.bandwidth_mbps),
            "latency_ms" => rows(|r| r.latency_ms),
            "packet_loss" => rows(|r| r.packet_loss),
            "congestion_level" => rows(|r| r.congestion_level),
            "quality_index" => rows(|r| r.level as f64),
            "buffer_level_s" => rows(|r| r.buffer_level_s),
            "is_stalled" => rows(|r| number(r.is_stalled)),
            "stall_event" => rows(|r| number(r.stall_event)),
            "av_sync_drift_ms" => rows(|r| r.av_sync_drift_ms),
            "inflow_rate_s_per_s" => rows(|r| r.inflow_rate_s_per_s),
            "dropped_frames" => rows(|r| number(r.dropped_frames)),
            other => panic!("{label}: unknown column {other}"),
        };
        column(tally, &format!("{label} {key}"), &values, want);
    }
    numbers(tally, label, Some(&got.report), &case["output"]["report"]);
    if let Some(want) = case["output"]["print_report_text"].as_str() {
        let text = got.report.to_text();
        tally.check(text.trim_end() == want.trim_end(), || format!("{label}:\n{text}\nrecorded\n{want}"));
    }
}

#[test]
fn twitch_deterministic_as_recorded() {
    let file = file("twitch_deterministic");
    let mut tally = Tally::default();
    type Replay = fn(&mut Tally, &Value);
    let kinds: [(&str, Replay); 5] = [
        ("network", network),
        ("buffer", buffer),
        ("encoder", encoder),
        ("quality", quality),
        ("simulation", simulation),
    ];
    for (kind, replay) in kinds {
        for case in cases(&file[kind], kind) {
            tally.cases += 1;
            replay(&mut tally, case);
        }
    }
    ladder(&mut tally, &file["quality_ladder"]);
    tally.finish("twitch_deterministic");
}

fn ladder(tally: &mut Tally, want: &Value) {
    let rows = cases(want, "quality_ladder");
    tally.check(rows.len() == LADDER.len(), || format!("{} levels", rows.len()));
    for (level, row) in LADDER.iter().zip(rows) {
        tally.check(row["name"] == level.name, || format!("{} is {}", level.name, row["name"]));
        let got = [level.video_kbps, level.audio_kbps, level.total_mbps, level.min_mbps];
        let keys = ["video_kbps", "audio_kbps", "total_mbps", "min_bandwidth_mbps"];
        column(tally, level.name, &got, &keys.iter().map(|k| row[*k].clone()).collect());
    }
}

#[test]
fn twitch_demo_scenarios_as_recorded() {
    let file = file("twitch_demo_scenarios");
    let mut tally = Tally::default();
    for case in cases(&file["demo_scenarios"], "demo_scenarios") {
        tally.cases += 1;
        simulation(&mut tally, case);
        // Where they were drawn as the original draws, the draws themselves.
        let input = &case["input"];
        if let Some(seed) = input["numpy_seed"].as_u64() {
            let (mut own, mut recorded) = (NumpyDraws::new(seed), Recorded::of(input));
            let sigma = float(&input["network"]["noise_sigma"]);
            let sd = float(&input["encoder"]["av_sync_noise"]);
            let steps = recorded.noise.len();
            let mut same = own.phase() == recorded.phase();
            for _ in 0..steps {
                same &= close(own.noise(sigma), recorded.noise(sigma)) && own.uniform() == recorded.uniform();
                same &= close(own.drift(sd), recorded.drift(sd));
            }
            tally.check(same, || format!("{}: other draws for seed {seed}", case["label"]));
        }
    }
    tally.finish("twitch_demo_scenarios");
}

#[test]
fn the_three_scenarios_are_those_of_the_original() {
    let recorded = own_file("twitch_demo_scenarios");
    for (name, case) in SCENARIOS.iter().zip(cases(&recorded["demo_scenarios"], "demo_scenarios")) {
        let own = Scenario::named(name).expect("known");
        assert_eq!(case["label"], own.name);
        assert_eq!(Scenario { name: String::new(), ..own.clone() }, scenario(&case["input"]));
        let seed = case["input"]["numpy_seed"].as_u64().expect("a seed");
        let overall = published(&own, seed).expect("a run").report.scores.overall;
        assert!(close(overall, float(&case["output"]["report"]["overall_qoe"])), "{name}: {overall}");
    }
}

// The corrected model: each test changes one input only, and says which way the answer must go.

fn base() -> Scenario {
    let network = NetworkConfig {
        noise_sigma: 0.0,
        oscillation_amplitude: 0.0,
        congestion_probability: 0.0,
        base_bandwidth_mbps: 8.0,
        ..NetworkConfig::default()
    };
    Scenario { network, ..Scenario::default() }
}

fn ran(scenario: &Scenario) -> Run {
    run(scenario, 1).expect("a run")
}

/// The mean level of the second half, when the encoder has settled.
fn settled(run: &Run) -> f64 {
    let half = &run.timeline[run.timeline.len() / 2..];
    half.iter().map(|r| r.level as f64).sum::<f64>() / half.len() as f64
}

#[test]
fn latency_lowers_the_level() {
    let with = |ms: f64| {
        let network = NetworkConfig { base_latency_ms: ms, base_packet_loss: 0.0, ..base().network };
        settled(&ran(&Scenario { network, ..base() }))
    };
    let levels = [20.0, 600.0, 1500.0].map(with);
    assert!(levels[0] > levels[1] && levels[1] > levels[2], "{levels:?}");
}

#[test]
fn loss_lowers_the_level() {
    let with = |loss: f64| {
        let network = NetworkConfig { base_packet_loss: loss, ..base().network };
        settled(&ran(&Scenario { network, ..base() }))
    };
    let levels = [0.0, 0.02, 0.2].map(with);
    assert!(levels[0] > levels[1] && levels[1] > levels[2], "{levels:?}");
}

#[test]
fn the_initial_level_is_where_a_run_begins() {
    let first = |level: f64| {
        let buffer = BufferConfig { initial_level_s: level, ..BufferConfig::default() };
        ran(&Scenario { buffer, dt: 0.1, ..base() }).timeline[0].buffer_level_s
    };
    for level in [2.0, 5.0, 20.0] {
        assert!((first(level) - (level - 0.1)).abs() < 1e-9, "{level}: {}", first(level));
    }
}

#[test]
fn the_encoder_is_careful_with_a_low_buffer() {
    // The same link; only the buffer differs at the beginning.
    let early = |initial: f64| {
        let buffer = BufferConfig { initial_level_s: initial, ..BufferConfig::default() };
        let run = ran(&Scenario { buffer, ..base() });
        run.timeline[..30].iter().map(|r| r.level as f64).sum::<f64>()
    };
    assert!(early(2.5) < early(25.0), "{} {}", early(2.5), early(25.0));
}

#[test]
fn congestion_fades_exponentially() {
    let network = NetworkConfig { congestion_probability: 0.03, ..base().network };
    let rows = ran(&Scenario { network, ..base() }).timeline;
    let mut faded = 0;
    for w in rows.windows(2).filter(|w| w[1].congestion_level < w[0].congestion_level) {
        let kept = w[1].congestion_level / w[0].congestion_level;
        assert!((kept - (-0.15f64).exp()).abs() < 1e-9, "{kept}");
        faded += 1;
    }
    assert!(faded > 50, "{faded}");
}

#[test]
fn congestion_costs_quality() {
    let mean = |severity: f64| {
        let network =
            NetworkConfig { congestion_probability: 0.05, congestion_severity: severity, ..base().network };
        let scenario = Scenario { network, ..base() };
        (0..20).map(|seed| report(&scenario, seed).expect("a report").scores.overall).sum::<f64>() / 20.0
    };
    let scores = [0.0, 0.4, 0.9].map(mean);
    assert!(scores[0] > scores[1] && scores[1] > scores[2], "{scores:?}");
}

#[test]
fn the_step_is_a_matter_of_precision_only() {
    for name in SCENARIOS {
        let scenario = Scenario::named(name).expect("known");
        let mean = |dt: f64, of: fn(&Report) -> f64| {
            let scenario = Scenario { dt, ..scenario.clone() };
            (0..20).map(|seed| of(&report(&scenario, seed).expect("a report"))).sum::<f64>() / 20.0
        };
        for (dt, bound) in [(0.25, 0.5), (0.5, 0.5), (2.0, 1.0)] {
            let (a, b) = (mean(1.0, |r| r.scores.overall), mean(dt, |r| r.scores.overall));
            assert!((a - b).abs() < bound, "{name}, dt {dt}: {a} and {b}");
            let (a, b) = (mean(1.0, |r| r.stall_ratio), mean(dt, |r| r.stall_ratio));
            assert!((a - b).abs() < 0.05, "{name}, dt {dt}: {a} and {b} stalled");
        }
    }
}

#[test]
fn a_poor_network_stalls_and_a_stable_one_does_not() {
    let stalls = |name: &str, seed| {
        report(&Scenario::named(name).expect("known"), seed).expect("a report").stall_count
    };
    assert_eq!(stalls("stable", 42), 0);
    assert!((0..20).filter(|seed| stalls("stable", *seed) > 0).count() <= 2);
    assert!(stalls("poor", 42) > 0);
    assert!((0..20).filter(|seed| stalls("poor", *seed) > 0).count() >= 15);
    let smooth = SCENARIOS.map(|name| {
        let of =
            |seed| report(&Scenario::named(name).expect("known"), seed).expect("a report").scores.jerkiness;
        (0..20).map(of).sum::<f64>()
    });
    assert!(smooth[0] > smooth[1] && smooth[1] > smooth[2], "{smooth:?}");
}

#[test]
fn the_scores_so_far_end_in_those_of_the_report() {
    let poor = Scenario { dt: 0.5, ..Scenario::named("poor").expect("known") };
    for run in [run(&poor, 3).expect("a run"), published(&poor, 3).expect("a run")] {
        let last = *run.scores_so_far().last().expect("a step");
        let want = run.report.scores;
        let pairs = [
            (last.jerkiness, want.jerkiness),
            (last.av_sync, want.av_sync),
            (last.stability, want.stability),
            (last.overall, want.overall),
        ];
        assert!(pairs.iter().all(|(a, b)| (a - b).abs() < 1e-9), "{last:?} {want:?}");
    }
}

#[test]
fn a_sweep_is_the_single_runs_on_any_number_of_threads() {
    use sim::lockstep::twitch::sweep::{Axis, Model, PARAMETERS, grid};
    let base = Scenario { duration_s: 60.0, ..Scenario::named("moderate").expect("known") };
    let axis = |text: &str| Axis::parse(text, 3).expect("an axis");
    let (x, y) = (axis("base_bandwidth_mbps=2:12"), axis("initial_level_s=1:9"));
    let cells = grid(Model::Corrected, &base, &x, &y, 4).expect("a grid");
    assert_eq!((x.values(), cells.len(), cells[0].len()), (vec![2.0, 7.0, 12.0], 3, 3));
    let mut one = base.clone();
    one.network.base_bandwidth_mbps = 7.0;
    one.buffer.initial_level_s = 9.0;
    let alone: Vec<f64> = (0..4).map(|seed| report(&one, seed).expect("a report").scores.overall).collect();
    let swept: Vec<f64> = cells[2][1].runs.iter().map(|r| r.qoe).collect();
    assert_eq!(swept, alone);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    assert_eq!(pool.install(|| grid(Model::Corrected, &base, &x, &y, 4)).expect("a grid"), cells);
    // Every parameter can be varied over its own range.
    for p in &PARAMETERS {
        let axis = axis(p.name);
        assert!(grid(Model::Corrected, &base, &axis, &y, 1).is_ok(), "{}", p.name);
    }
    // The order of the two does not matter: a level that fits the buffer of its point is not that of the scenario.
    let base = Scenario { duration_s: 30.0, ..base };
    let (level, most) = (axis("initial_level_s=40:50"), axis("max_level_s=20:60"));
    let [rows, columns] = [(&most, &level), (&level, &most)]
        .map(|(x, y)| grid(Model::Corrected, &base, x, y, 2).expect("a grid"));
    for (i, row) in rows.iter().enumerate() {
        assert!(row.iter().zip(&columns).all(|(cell, column)| *cell == column[i]), "{i}");
    }
    for wrong in
        ["bandwidth=1:2", "dt=1", "dt=2:1", "dt=a:b", "base_bandwidth_mbps=-1:3", "upgrade_hysteresis=-5:5"]
    {
        let parsed = Axis::parse(wrong, 3);
        assert!(
            parsed.is_err() || grid(Model::Corrected, &base, &parsed.expect("an axis"), &y, 1).is_err(),
            "{wrong}"
        );
    }
}

/// What the law of every session makes of a run's switches and stalls, where a step is so short that it does not matter when in it
/// they were.
#[test]
fn the_drift_is_that_of_every_session() {
    let dt = 0.001;
    let mut poor = Scenario { dt, ..Scenario::named("poor").expect("known") };
    poor.encoder.av_sync_noise = 0.0;
    let rows = run(&poor, 42).expect("a run").timeline;
    // Every change of level is a segment of a rung, every stall one at its beginning.
    let mut viewing = qoe::Viewing::default();
    let (mut stood, mut played, mut level) = (0.0, 0.0, 0);
    let mut push = |played: f64, stood: f64, level: usize| {
        let rate = units::BitRate::from_mbps(LADDER[level].total_mbps);
        let segment = qoe::Segment::new(units::Seconds::new(played), rate);
        viewing
            .push(qoe::Segment { representation: Some(level as u32), ..segment }, units::Seconds::new(stood));
    };
    for row in &rows {
        if row.level != level || row.stalled_s > 0.0 && played > 0.0 {
            push(played, stood, level);
            (stood, played, level) = (0.0, 0.0, row.level);
        }
        stood += row.stalled_s;
        played += dt - row.stalled_s;
    }
    push(played, stood, level);
    assert!(!viewing.stalls.is_empty() && viewing.segments.len() > 5, "{viewing:?}");
    let course = qoe::drift::Course::of(&viewing);
    let mut most = 0.0f64;
    for row in &rows {
        // Just before the step's end, where the next switch is not yet.
        let want = course.at(units::Seconds::new(row.t + dt - 1e-6));
        // In one of the two, the step in which a stall begins stands still first: what a stall adds in a step.
        assert!((row.av_sync_drift_ms - want).abs() < 0.01, "{}: {} {want}", row.t, row.av_sync_drift_ms);
        most = most.max(want);
    }
    assert!(most > 10.0, "{most}");
}

#[test]
fn the_drift_does_not_depend_on_the_step() {
    // A link that is too slow for the lowest level: no switch, and stalls whose beginnings do not depend on the step.
    let network = NetworkConfig { base_bandwidth_mbps: 0.3, ..base().network };
    let mut slow = Scenario { network, duration_s: 60.0, ..base() };
    slow.encoder.av_sync_noise = 0.0;
    let at_whole_seconds = |dt: f64| {
        let rows = ran(&Scenario { dt, ..slow.clone() }).timeline;
        let step = (1.0 / dt).round() as usize;
        rows.iter().skip(step - 1).step_by(step).map(|r| r.av_sync_drift_ms).collect::<Vec<f64>>()
    };
    let (fine, coarse) = (at_whole_seconds(0.01), at_whole_seconds(1.0));
    assert_eq!((fine.len(), coarse.len()), (60, 60));
    assert!(coarse.iter().copied().fold(0.0, f64::max) > 10.0, "{coarse:?}");
    for (second, (a, b)) in fine.iter().zip(&coarse).enumerate() {
        assert!((a - b).abs() < 1e-6, "{second}: {a} and {b}");
    }
}

#[test]
fn time_adds_up() {
    for seed in 0..10 {
        for dt in [0.1, 1.0, 3.0] {
            let scenario = Scenario { dt, ..Scenario::named("poor").expect("known") };
            let run = run(&scenario, seed).expect("a run");
            let r = &run.report;
            assert!(run.timeline.iter().all(|row| row.buffer_level_s <= scenario.buffer.max_level_s + 1e-9));
            assert!((0.0..=1.0).contains(&r.stall_ratio) && (0.0..=10.0).contains(&r.scores.overall));
            assert!((r.total_stall_time_s / scenario.duration_s - r.stall_ratio).abs() < 1e-9);
            // What came is what was played and what is left.
            let came: f64 = run.timeline.iter().map(|row| row.inflow_rate_s_per_s * dt).sum();
            let left = run.timeline.last().map_or(0.0, |row| row.buffer_level_s);
            let played = scenario.duration_s - r.total_stall_time_s;
            let missing = scenario.buffer.initial_level_s + came - played - left;
            // At most one segment is still on its way.
            assert!((-1e-6..2.0).contains(&missing), "seed {seed}, dt {dt}: {missing}");
        }
    }
}

#[test]
fn wrong_scenarios_are_refused() {
    let s = Scenario::default();
    for wrong in [
        Scenario { dt: 0.0, ..s.clone() },
        Scenario { duration_s: f64::NAN, ..s.clone() },
        Scenario { buffer: BufferConfig { rebuffer_threshold_s: 31.0, ..s.buffer }, ..s.clone() },
        Scenario { quality: QualityConfig { jerk_weight: 0.5, ..s.quality }, ..s.clone() },
        Scenario { network: NetworkConfig { base_bandwidth_mbps: -1.0, ..s.network }, ..s.clone() },
    ] {
        assert!(run(&wrong, 0).is_err() && published(&wrong, 0).is_err(), "{wrong:?}");
    }
}
