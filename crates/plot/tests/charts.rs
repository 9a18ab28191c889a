//! Every chart, from any numbers: it never panics, and its pictures and tables are always the same bytes.

use plot::{
    BitrateShare, Candidate, Chart, Components, Curve, DecisionMap, Ecdf, Estimate, Format, Gain, GainColumn,
    Gains, Histogram, Measure, Paired, Palette, Pareto, Parts, QualityScatter, RulePoint, Series, Size,
    Sweep, Threshold, Timeline, TraceFamily, TracePlot, TraceShape, TraceSheet, render, traces,
};
use proptest::prelude::*;
use qoe::{Download, Outcome, Session, Stall, StallCause};
use units::{BitRate, Bits, Seconds};

const MEASURE: Measure<'_> = Measure { label: "QoE", column: "qoe" };

/// Every chart there is, out of a list of numbers and names.
fn every_chart(numbers: &[f64], names: &[String]) -> Vec<Chart> {
    let palette = Palette::new(names.iter().cloned());
    let at = |i: usize| if numbers.is_empty() { 0.0 } else { numbers[i % numbers.len()] };
    let name = |i: usize| names.get(i % names.len().max(1)).cloned().unwrap_or_default();
    let estimate = |i: usize| Estimate { value: at(i), low: at(i + 1), high: at(i + 2) };
    let count = names.len();
    let series: Vec<Series> =
        (0..count).map(|i| Series::new(name(i), numbers.get(i..).unwrap_or_default())).collect();
    let baseline = Series::new("baseline", numbers);
    let points: Vec<RulePoint> = (0..count)
        .map(|i| RulePoint { rule: name(i), stalled_percent: estimate(i), quality: estimate(i + 3) })
        .collect();
    let parts: Vec<Parts> = (0..count)
        .map(|i| Parts {
            rule: name(i),
            quality: at(i),
            switching: at(i + 1),
            stalls: at(i + 2),
            startup: at(i + 3),
            total: estimate(i),
        })
        .collect();
    let curves: Vec<Curve> = (0..count)
        .map(|i| Curve {
            rule: name(i),
            points: (0..numbers.len()).map(|k| (at(k), estimate(k + i))).collect(),
        })
        .collect();
    let candidates: Vec<Candidate> =
        (0..numbers.len()).map(|i| Candidate { name: name(i), cost: at(i), gain: at(i + 1) }).collect();
    let columns: Vec<GainColumn> =
        (0..count).map(|i| GainColumn { name: name(i), more_is_better: i % 2 == 0 }).collect();
    let gain = |i: usize| (i % 4 != 3).then(|| Gain { mean: at(i), baseline: at(i + 1), p: at(i + 2), n: i });
    let gains: Vec<(String, Vec<Option<Gain>>)> =
        (0..count).map(|i| (name(i), (0..count).map(|k| gain(i + k)).collect())).collect();
    let shares: Vec<(String, Vec<f64>)> = (0..count).map(|i| (name(i), numbers.to_vec())).collect();
    let rates: Vec<BitRate> = numbers.iter().map(|n| BitRate::from_kbps(*n)).collect();
    let times: Vec<Seconds> = numbers.iter().map(|n| Seconds::new(*n)).collect();
    let levels: Vec<Vec<Option<usize>>> =
        numbers.iter().map(|n| (0..numbers.len()).map(|k| (*n > 0.0).then_some(k)).collect()).collect();
    let steps: Vec<(Seconds, BitRate)> = times.iter().copied().zip(rates.iter().copied()).collect();
    let outages: Vec<(Seconds, Seconds)> = times.iter().copied().zip(times.iter().copied().skip(1)).collect();
    let distribution: Vec<(BitRate, f64)> = rates.iter().copied().zip(numbers.iter().copied()).collect();
    let autocorrelation: Vec<(Seconds, f64)> = times.iter().copied().zip(numbers.iter().copied()).collect();
    let session = session(numbers, &name(0));
    let thresholds = [Threshold { label: name(1), level: Seconds::new(at(0)) }];
    let scores = [(name(2), at(1))];
    let plots: Vec<TracePlot<'_>> = names
        .iter()
        .enumerate()
        .map(|(i, name)| TracePlot { name, steps: &steps, end: Seconds::new(at(i)), outages: &outages })
        .collect();
    let shape = |name| TraceShape { name, distribution: &distribution, autocorrelation: &autocorrelation };
    let shapes: Vec<TraceShape<'_>> = names.iter().map(|name| shape(name)).collect();
    let title = names.first().map_or("", String::as_str);
    let trace = TracePlot { name: title, steps: &steps, end: Seconds::new(at(0)), outages: &outages };
    vec![
        Timeline { session: &session, link: &steps, thresholds: &thresholds, scores: &scores }
            .chart(&palette),
        Ecdf { title, measure: MEASURE, series: &series }.chart(&palette),
        QualityScatter { title, quality: MEASURE, points: &points, sessions: count, hours: at(0) }
            .chart(&palette),
        Components { title, measure: MEASURE, rules: &parts }.chart(),
        Paired { title, measure: MEASURE, baseline: &baseline, rules: &series, traces: names }
            .chart(&palette),
        Sweep { title, parameter: MEASURE, measure: MEASURE, curves: &curves }.chart(&palette),
        Pareto { title, cost: MEASURE, gain: MEASURE, candidates: &candidates }.chart(),
        Gains { title, measure: title, baseline: title, columns: &columns, rules: &gains, test: title }
            .chart(),
        BitrateShare { title, ladder: &rates, rules: &shares }.chart(),
        Histogram { title, measure: MEASURE, series: &series }.chart(&palette),
        DecisionMap { rule: title, throughput: &rates, buffer: &times, ladder: &rates, levels: &levels }
            .chart(),
        traces(&plots),
        TraceSheet { trace, shape: shape(title) }.chart(),
        TraceFamily { title, members: &shapes, together: shape(title) }.chart(),
    ]
}

/// A session record that need not make sense.
fn session(numbers: &[f64], name: &str) -> Session {
    let at = |i: usize| if numbers.is_empty() { 0.0 } else { numbers[i % numbers.len()] };
    // The record's own methods want times that end.
    let seconds = |i: usize| Seconds::new(if at(i).is_finite() { at(i).clamp(-1e6, 1e6) } else { 0.0 });
    let outcomes = [Outcome::Done, Outcome::Abandoned, Outcome::Replaced];
    let downloads = (0..numbers.len()).map(|i| Download {
        index: i,
        level: i % 3,
        bitrate_kbps: BitRate::from_kbps(at(i)),
        size_bits: Bits::new(at(i + 1)),
        request_s: seconds(i),
        first_byte_s: seconds(i),
        finish_s: seconds(i + 1),
        buffer_before_s: Seconds::new(at(i + 2)),
        buffer_after_s: Seconds::new(at(i + 3)),
        wait_s: seconds(i),
        stall_s: seconds(i),
        outcome: outcomes[i % 3],
        received_bits: Bits::new(at(i)),
        duration_s: seconds(i),
        source: 0,
        vmaf: None,
        ssim: None,
    });
    let stall = |i: usize| Stall {
        start_s: seconds(i),
        duration_s: seconds(i + 1).abs(),
        media_s: Seconds::ZERO,
        cause: StallCause::Rebuffer,
    };
    Session {
        abr: name.into(),
        profile: name.into(),
        trace: name.into(),
        video: name.into(),
        seed: 0,
        ladder_kbps: numbers.iter().map(|n| BitRate::from_kbps(*n)).collect(),
        downloads: downloads.collect(),
        stalls: (0..numbers.len()).map(stall).collect(),
        startup_delay_s: seconds(0),
        played_s: seconds(1),
        wall_s: seconds(2),
        ..Session::default()
    }
}

fn draws(charts: &[Chart]) {
    for chart in charts {
        let small = Size { width: 240, height: 150 };
        let png = render(chart, Format::Png, Some(small)).expect("drawn");
        assert_eq!(&png[..4], b"\x89PNG");
        assert!(render(chart, Format::Pdf, None).expect("drawn").starts_with(b"%PDF"));
        render(&chart.narrow().expect("a narrow form"), Format::Svg, None).expect("drawn");
        let svg = render(chart, Format::Svg, None).expect("drawn");
        let svg = String::from_utf8(svg).expect("text");
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"), "{svg}");
        // Every row of a table is as wide as its head.
        let table = &chart.table;
        assert!(table.rows.iter().all(|r| r.len() == table.columns.len()), "{:?}", table.columns);
    }
}

fn names(n: usize) -> Vec<String> {
    ["bola", "mpc", "α β <&> \"quoted\", 'x'", "", "日本\u{0}\u{7}\n"]
        .into_iter()
        .cycle()
        .take(n)
        .map(String::from)
        .collect()
}

#[test]
fn extreme_inputs_are_drawn() {
    let nan = f64::NAN;
    let inputs: [&[f64]; 9] = [
        &[],
        &[0.0],
        &[5.0; 7],
        &[nan, f64::INFINITY, f64::NEG_INFINITY],
        &[f64::MAX, f64::MIN, 0.0],
        &[f64::MIN_POSITIVE, 5e-324, -5e-324],
        &[1e15, 1e15 + 0.125, 1e15 + 0.25],
        &[1.0, nan, 2.0, f64::INFINITY, 3.0],
        &[-1e99, 1e99, 1e-99],
    ];
    for numbers in inputs {
        for n in [0, 1, 3] {
            draws(&every_chart(numbers, &names(n)));
        }
    }
    let long = vec!["x".repeat(5000), "word ".repeat(900)];
    draws(&every_chart(&[1.0, 2.0, 3.0], &long));
}

#[test]
fn any_size_is_drawn_and_many_rules() {
    let rules: Vec<String> = (0..30).map(|i| format!("rule {i}")).collect();
    let charts = every_chart(&[1.0, 4.0, 2.0, 8.0], &rules);
    for size in [(1, 1), (3000, 20), (20, 1500), (333, 111)] {
        for chart in &charts {
            let size = Size { width: size.0, height: size.1 };
            render(chart, Format::Png, Some(size)).expect("drawn");
            render(chart, Format::Svg, Some(size)).expect("drawn");
        }
    }
}

#[test]
fn a_million_values_are_drawn_and_all_of_them_are_in_the_table() {
    let values: Vec<f64> = (0..1_000_000u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761))).collect();
    let series = [Series::new("bola", values)];
    let chart = Ecdf { title: "t", measure: MEASURE, series: &series }.chart(&Palette::default());
    assert_eq!(chart.table.rows.len(), 1_000_000);
    let svg = render(&chart, Format::Svg, None).expect("drawn");
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
}

#[test]
fn the_same_chart_is_the_same_bytes() {
    let numbers = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
    let (one, other) = (every_chart(&numbers, &names(3)), every_chart(&numbers, &names(3)));
    assert_eq!(one, other);
    for (a, b) in one.iter().zip(&other) {
        for format in [Format::Png, Format::Svg] {
            let size = Some(Size { width: 480, height: 300 });
            assert!(
                render(a, format, size).expect("drawn") == render(b, format, size).expect("drawn"),
                "{}",
                a.title
            );
        }
        assert_eq!(a.csv(), b.csv());
    }
}

#[test]
fn svg_text_is_text_in_a_font_that_browsers_have() {
    let charts = every_chart(&[1.0, 2.0], &names(3));
    let svg = String::from_utf8(render(&charts[1], Format::Svg, None).expect("drawn")).expect("text");
    assert!(svg.contains("font-family=\"DejaVu Sans, Verdana, Geneva, sans-serif\""));
    assert!(svg.contains("share of sessions"));
    assert!(svg.contains("α β &lt;&amp;&gt; &quot;quoted&quot;, &apos;x&apos;"));
    assert!(svg.chars().all(|c| c == '\n' || !c.is_control()), "no sign that XML forbids");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_numbers_are_drawn(numbers in prop::collection::vec(any::<f64>(), 0..24), n in 0usize..5) {
        draws(&every_chart(&numbers, &names(n)));
    }

    #[test]
    fn an_ecdf_ends_at_one_and_counts_every_value(values in prop::collection::vec(-1e3..1e3f64, 1..200)) {
        let series = [Series::new("bola", values.clone())];
        let table = Ecdf { title: "t", measure: MEASURE, series: &series }.chart(&Palette::default()).csv();
        let shares: Vec<(f64, f64)> = table
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(',')?.1.split_once(','))
            .map(|(x, share)| (x.parse().expect("a number"), share.parse().expect("a number")))
            .collect();
        for (x, share) in &shares {
            let below = values.iter().filter(|v| *v <= x).count();
            prop_assert_eq!(*share, below as f64 / values.len() as f64);
        }
        prop_assert_eq!(shares.last().map(|s| s.1), Some(1.0));
    }
}
