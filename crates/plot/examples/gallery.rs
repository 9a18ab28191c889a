//! Draws every chart from made-up data into a folder (`target/gallery` by default), to be looked at.
//!
//! `cargo run -p segue-plot --example gallery [folder]`

use std::path::PathBuf;

use plot::{
    BitrateShare, Candidate, Chart, Components, Curve, DecisionMap, Ecdf, Estimate, Gain, GainColumn, Gains,
    Histogram, Measure, Paired, Palette, Pareto, Parts, QualityScatter, RulePoint, Series, Sweep, Threshold,
    Timeline, TracePlot, save, traces,
};
use qoe::{Download, Outcome, Session, Stall, StallCause};
use units::{BitRate, Bits, Seconds, SimRng};

type Failure = Box<dyn std::error::Error>;

const LADDER: [f64; 6] = [300.0, 750.0, 1200.0, 1850.0, 2850.0, 4300.0];

fn main() -> Result<(), Failure> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/gallery".into()));
    std::fs::create_dir_all(&folder)?;
    for (name, chart) in charts() {
        for format in ["png", "svg"] {
            save(&chart, &folder.join(format!("{name}.{format}")))?;
        }
    }
    Ok(())
}

const QOE: Measure<'_> = Measure { label: "mean QoE per segment", column: "qoe" };
const RULES: [&str; 6] = ["bola", "throughput", "dynamic", "bba", "robust-mpc", "mine"];

fn charts() -> Vec<(&'static str, Chart)> {
    let palette = Palette::new(RULES);
    let mut all = timelines(&palette);
    all.extend(comparisons(&palette, "", &RULES.map(String::from), 200));
    let many: Vec<String> =
        (0..30).map(|i| format!("rule-number-{i:02}{}", "-with-options".repeat(i % 4))).collect();
    all.extend(comparisons(&Palette::new(many.clone()), "-30", &many, 40));
    all.extend(comparisons(
        &palette,
        "-1",
        &RULES[..1].iter().map(|r| (*r).to_string()).collect::<Vec<_>>(),
        1,
    ));
    all.extend(comparisons(&palette, "-0", &[], 0));
    all.extend(maps());
    all
}

fn timelines(palette: &Palette) -> Vec<(&'static str, Chart)> {
    let link = link(7, 320.0, 1900.0);
    let session = session("bola", &link, 240.0);
    let thresholds = [("full", 25.0), ("resume", 2.0)]
        .map(|(label, s)| Threshold { label: label.into(), level: Seconds::new(s) });
    let scores = [("yin (balanced)".to_string(), 1234.5), ("P.1203".to_string(), 3.71)];
    let draw =
        |session, link, thresholds, scores| Timeline { session, link, thresholds, scores }.chart(palette);

    let empty = Session { downloads: vec![], stalls: vec![], wall_s: Seconds::ZERO, ..session.clone() };
    let long = "a-very-long-name-".repeat(15);
    let late = Seconds::new(12.0);
    let slow = Session {
        startup_delay_s: late,
        abr: long.clone(),
        trace: long.clone(),
        video: long,
        ..session.clone()
    };
    let wild: Vec<_> = (0..1_000_000u32)
        .map(|i| {
            (Seconds::new(f64::from(i) * 3e-4), BitRate::from_kbps(f64::from(i % 51_199 * 7919 % 40_000)))
        })
        .collect();
    vec![
        ("timeline", draw(&session, &link, &thresholds, &scores)),
        ("timeline-empty", draw(&empty, &[], &[], &[])),
        ("timeline-long-names", draw(&slow, &link, &thresholds, &scores)),
        ("timeline-million", draw(&session, &wild, &thresholds, &scores)),
    ]
}

/// Every chart that compares rules, over made-up sessions.
fn comparisons(
    palette: &Palette,
    kind: &str,
    rules: &[String],
    sessions: usize,
) -> Vec<(&'static str, Chart)> {
    let name = |chart: &str| -> &'static str { Box::leak(format!("{chart}{kind}").into_boxed_str()) };
    let mut rng = SimRng::new(3, 0);
    let mut normals = |mean: f64, spread: f64| -> Vec<f64> {
        (0..sessions).map(|_| ((mean + spread * rng.normal()) * 50.0).round() / 50.0).collect()
    };
    let qoe: Vec<Series> = rules
        .iter()
        .enumerate()
        .map(|(i, r)| Series::new(r, normals(1.5 + 0.12 * (i % 7) as f64, 0.6)))
        .collect();
    let delays: Vec<Series> = rules
        .iter()
        .map(|r| Series::new(r, normals(0.3, 0.5).into_iter().map(|x| x.exp()).collect::<Vec<_>>()))
        .collect();
    let around = |value: f64, half: f64| Estimate { value, low: value - half, high: value + half };
    let wave = |i: usize, k: f64| (i as f64 * k).sin();
    let points: Vec<RulePoint> = rules
        .iter()
        .enumerate()
        .map(|(i, r)| RulePoint {
            rule: r.clone(),
            stalled_percent: around(0.6 + 0.35 * wave(i, 2.1), 0.08),
            quality: around(15.8 + 0.6 * wave(i, 1.3), 0.12),
        })
        .collect();
    let parts: Vec<Parts> = rules
        .iter()
        .enumerate()
        .map(|(i, r)| {
            let (quality, switching) = (2.2 + 0.4 * wave(i, 1.7), -0.25 - 0.15 * wave(i, 0.7));
            let (stalls, startup) = (-0.5 - 0.4 * wave(i, 2.3), -0.08);
            let total = around(quality + switching + stalls + startup, 0.1);
            Parts { rule: r.clone(), quality, switching, stalls, startup, total }
        })
        .collect();
    let shares: Vec<(String, Vec<f64>)> = rules
        .iter()
        .enumerate()
        .map(|(i, r)| (r.clone(), (0..LADDER.len()).map(|k| 1.2 + wave(i * 7 + k, 1.9)).collect()))
        .collect();
    let curves: Vec<Curve> = rules
        .iter()
        .enumerate()
        .map(|(i, r)| {
            let at = |x: f64| (x, around(2.4 - (8.0 + i as f64) / x, 0.08));
            Curve { rule: r.clone(), points: [8.0, 12.0, 16.0, 24.0, 30.0, 40.0, 60.0].map(at).to_vec() }
        })
        .collect();
    let candidates: Vec<Candidate> = (0..rules.len() * 4)
        .map(|i| {
            let (cost, gain) = (1.0 + 0.9 * wave(i, 1.1), 15.0 + 0.8 * wave(i, 1.1) + 0.5 * wave(i, 3.7));
            Candidate { name: format!("{}:b={}", rules[i / 4], i % 4 * 10), cost, gain }
        })
        .collect();
    let ladder = LADDER.map(BitRate::from_kbps);
    let empty = Series::default();
    let baseline = qoe.first().unwrap_or(&empty);
    let quality = Measure { label: "SSIM in dB", column: "ssim_db" };
    let stalled = Measure { label: "stalled time in %", column: "stalled_percent" };
    let delay = Measure { label: "startup delay in s", column: "startup_s" };
    let parameter = Measure { label: "buffer capacity in s", column: "capacity_s" };
    let others = qoe.get(1..).unwrap_or_default();
    let classes = ["3g", "4g", "bus-and-ferry-logs-of-2010", "wifi", "satellite"];
    let columns = classes.map(|c| GainColumn { name: c.into(), more_is_better: true });
    let gain = |i: usize, k: usize| {
        let mean = 2.0 + 2.3 * wave(i * 5 + k, 1.3) * wave(i + k, 0.4).powi(3);
        let none = (i + k) % 13 == 7;
        (!none).then(|| Gain { mean, baseline: 2.0, p: 0.2 * wave(i * 3 + k, 2.9).powi(6), n: sessions })
    };
    let gains: Vec<(String, Vec<Option<Gain>>)> = rules
        .iter()
        .enumerate()
        .skip(1)
        .map(|(i, r)| (r.clone(), (0..classes.len()).map(|k| gain(i, k)).collect()))
        .collect();
    // All on one heap: the names must still be readable.
    let crowded: Vec<RulePoint> = rules
        .iter()
        .enumerate()
        .map(|(i, r)| RulePoint {
            rule: r.clone(),
            stalled_percent: around(0.6 + if i == 3 { 0.8 } else { 0.004 * wave(i, 2.1) }, 0.05),
            quality: around(15.8 + if i == 3 { -0.7 } else { 0.01 * wave(i, 1.3) }, 0.12),
        })
        .collect();
    let (title, hours) = ("All links", 0.17 * sessions as f64);
    vec![
        (name("ecdf"), Ecdf { title: "QoE of all sessions", measure: QOE, series: &qoe }.chart(palette)),
        (name("scatter"), QualityScatter { title, quality, points: &points, sessions, hours }.chart(palette)),
        (
            name("scatter-crowded"),
            QualityScatter { title, quality, points: &crowded, sessions, hours }.chart(palette),
        ),
        (
            name("gains"),
            Gains {
                title: "Gain in QoE",
                measure: "mean QoE per segment",
                baseline: rules.first().map_or("", String::as_str),
                columns: &columns,
                rules: &gains,
                test: "paired t test, adjusted by Holm for all cells",
            }
            .chart(),
        ),
        (
            name("components"),
            Components { title: "Where QoE comes from", measure: QOE, rules: &parts }.chart(),
        ),
        (
            name("shares"),
            BitrateShare { title: "Bitrates that were played", ladder: &ladder, rules: &shares }.chart(),
        ),
        (
            name("paired"),
            Paired { title: "QoE per trace", measure: QOE, baseline, rules: others, traces: &[] }
                .chart(palette),
        ),
        (
            name("sweep"),
            Sweep { title: "QoE and buffer", parameter, measure: QOE, curves: &curves }.chart(palette),
        ),
        (
            name("pareto"),
            Pareto {
                title: "Settings that are worth a look",
                cost: stalled,
                gain: quality,
                candidates: &candidates,
            }
            .chart(),
        ),
        (
            name("startup"),
            Histogram { title: "Startup delay", measure: delay, series: &delays }.chart(palette),
        ),
    ]
}

fn maps() -> Vec<(&'static str, Chart)> {
    let ladder = LADDER.map(BitRate::from_kbps);
    let throughput: Vec<BitRate> = (1..=60).map(|k| BitRate::from_kbps(100.0 * f64::from(k))).collect();
    let buffer: Vec<Seconds> = (0..=60).map(|k| Seconds::new(0.5 * f64::from(k))).collect();
    let level = |rate: &BitRate, level: &Seconds| {
        let most = rate.kbps() * (0.5 + level.get() / 20.0);
        (level.get() < 28.0).then(|| LADDER.iter().rposition(|k| *k <= most).unwrap_or(0))
    };
    let levels: Vec<Vec<Option<usize>>> =
        buffer.iter().map(|b| throughput.iter().map(|t| level(t, b)).collect()).collect();
    let map = DecisionMap {
        rule: "bola",
        throughput: &throughput,
        buffer: &buffer,
        ladder: &ladder,
        levels: &levels,
    };

    let links: Vec<(String, Vec<(Seconds, BitRate)>)> = (0..8u32)
        .map(|i| (format!("wander-{i}"), link(u64::from(i), 200.0, 400.0 * f64::from(3u32.pow(i % 4)))))
        .collect();
    let plots: Vec<TracePlot<'_>> = links
        .iter()
        .map(|(name, steps)| TracePlot { name, steps, end: Seconds::new(203.0), outages: &[] })
        .collect();
    let bad = [(f64::NAN, 1.0), (1.0, f64::INFINITY), (2.0, 1e6), (2.5, 1e6)]
        .map(|(t, r)| (Seconds::new(t), BitRate::from_kbps(r)));
    let bad =
        TracePlot { name: "odd <&> \"name\"\u{0}", steps: &bad, end: Seconds::new(f64::NAN), outages: &[] };
    vec![
        ("map", map.chart()),
        ("map-empty", DecisionMap { levels: &[], ..map }.chart()),
        ("trace", traces(&plots[2..3])),
        ("traces", traces(&plots)),
        ("trace-odd", traces(&[bad])),
    ]
}

/// A link that wanders around a rate, changes every few seconds, and fails now and then.
fn link(seed: u64, length: f64, kbps: f64) -> Vec<(Seconds, BitRate)> {
    let mut rng = SimRng::new(seed, 0);
    let (mut t, mut level, mut link) = (0.0, kbps, Vec::new());
    while t < length {
        level = (level + rng.normal() * kbps * 0.3).clamp(kbps * 0.1, kbps * 2.5);
        let rate = if rng.uniform() < 0.04 { 0.0 } else { level };
        link.push((Seconds::new(t), BitRate::from_kbps(rate)));
        t += rng.range(1.0, 6.0);
    }
    link
}

/// A player with a crude rule over a link, stepped in tenths of a second.
fn session(abr: &str, link: &[(Seconds, BitRate)], media: f64) -> Session {
    const STEP: f64 = 0.1;
    let rate_at = |t: f64| link[link.partition_point(|l| l.0.get() <= t).max(1) - 1].1.kbps();
    let (segment, full) = (4.0, 25.0);
    let (mut t, mut buffer, mut played, mut startup) = (0.0f64, 0.0f64, 0.0f64, None);
    let (mut stalls, mut downloads): (Vec<Stall>, Vec<Download>) = (Vec::new(), Vec::new());
    let mut playing = false;
    let mut estimate = 500.0;
    let mut stalled = 0.0;
    for index in 0..(media / segment) as usize {
        let mut wait = 0.0;
        let mut tick = |t: &mut f64, buffer: &mut f64, playing: &mut bool, stalled: &mut f64| {
            *t += STEP;
            if *playing {
                *buffer -= STEP;
                played += STEP;
            }
            if *playing && *buffer <= 1e-9 {
                (*buffer, *playing) = (0.0, false);
                let (start_s, media_s) = (Seconds::new(*t), Seconds::new(played));
                stalls.push(Stall {
                    start_s,
                    duration_s: Seconds::ZERO,
                    media_s,
                    cause: StallCause::Rebuffer,
                });
            } else if !*playing && !stalls.is_empty() {
                *stalled += STEP;
                if let Some(last) = stalls.last_mut() {
                    last.duration_s += Seconds::new(STEP);
                }
            }
        };
        while buffer + segment > full {
            tick(&mut t, &mut buffer, &mut playing, &mut stalled);
            wait += STEP;
        }
        let wanted = estimate * (1.1 + buffer / 40.0);
        let level = LADDER.iter().rposition(|k| *k <= wanted).unwrap_or(0);
        let (request, before, size) = (t, buffer, LADDER[level] * segment);
        let mut got = 0.0;
        while got < size && t < 1e4 {
            got += rate_at(t) * STEP;
            tick(&mut t, &mut buffer, &mut playing, &mut stalled);
        }
        let given_up = index % 17 == 9;
        if !given_up {
            buffer += segment;
        }
        estimate = 0.6 * estimate + 0.4 * size / (t - request);
        downloads.push(Download {
            index,
            level,
            bitrate_kbps: BitRate::from_kbps(LADDER[level]),
            size_bits: Bits::new(size * 1000.0),
            request_s: Seconds::new(request),
            first_byte_s: Seconds::new(request),
            finish_s: Seconds::new(t),
            buffer_before_s: Seconds::new(before),
            buffer_after_s: Seconds::new(buffer),
            wait_s: Seconds::new(wait),
            stall_s: Seconds::new(std::mem::take(&mut stalled)),
            outcome: if given_up { Outcome::Abandoned } else { Outcome::Done },
            received_bits: Bits::new(size * 1000.0),
            duration_s: Seconds::new(segment),
            source: 0,
            vmaf: None,
            ssim: None,
        });
        if !playing && !given_up {
            startup.get_or_insert(t);
            playing = true;
        }
    }
    let wall = t + buffer;
    Session {
        abr: abr.into(),
        profile: "default".into(),
        trace: "wander-7".into(),
        video: "bbb-4s".into(),
        seed: 1,
        ladder_kbps: LADDER.map(BitRate::from_kbps).to_vec(),
        downloads,
        stalls,
        startup_delay_s: Seconds::new(startup.unwrap_or(0.0)),
        played_s: Seconds::new(played + buffer),
        wall_s: Seconds::new(wall),
        ..Session::default()
    }
}
