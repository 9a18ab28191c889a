//! `segue trace info` and `segue trace plot`: what they say and draw, of one trace and of many.

mod common;

use common::Bench;

#[test]
fn everything_about_one_trace() {
    let bench = Bench::new();
    // 20 s at 2.5 Mbit/s, 8 s of nothing, 32 s at 0.9.
    let json = bench.ok("trace info link.csv --json").json();
    let t = &json["files"]["link.csv"];
    assert_eq!((t["read_as"].as_str(), t["measures"].as_str()), (Some("csv"), Some("capacity")));
    assert_eq!(t["outages"], serde_json::json!([{"start_s": 20.0, "duration_s": 8.0}]));
    let bars: Vec<(f64, f64)> = t["histogram"]
        .as_array()
        .expect("bars")
        .iter()
        .map(|b| (b["from_mbps"].as_f64().expect("a number"), b["share"].as_f64().expect("a number")))
        .filter(|b| b.1 > 0.0)
        .collect();
    assert_eq!(bars, [(0.0, 8.0 / 60.0), (0.5, 32.0 / 60.0), (2.0, 20.0 / 60.0)]);
    let quantiles = ["1", "10", "50", "75", "99"].map(|q| t["quantiles_mbps"][q].as_f64());
    assert_eq!(quantiles, [0.0, 0.0, 0.9, 2.5, 2.5].map(Some));
    // Twenty seconds, eight, and thirty-two: the sum over pairs, by hand.
    let mean: f64 = (20.0 * 2.5 + 32.0 * 0.9) / 60.0;
    let x: Vec<f64> =
        (0..60).map(|i| [2.5, 0.0, 0.9][usize::from(i >= 20) + usize::from(i >= 28)] - mean).collect();
    let product = |lag: usize| x.iter().zip(&x[lag..]).map(|(a, b)| a * b).sum::<f64>();
    for lag in [1, 5, 10, 20] {
        let got = t["autocorrelation"][lag.to_string()].as_f64().expect("a number");
        assert!((got - product(lag) / product(0)).abs() < 1e-12, "{lag}: {got}");
    }
    assert!(t["autocorrelation"]["60"].is_null());
    assert_eq!((t["problems"].as_array().map(Vec::len), &json["outages"]["count"]), (Some(0), &1.into()));
    assert_eq!(
        (json["outages"]["longest_s"].as_f64(), json["outages"]["per_hour"].as_f64()),
        (Some(8.0), Some(60.0))
    );

    let text = bench.ok("trace info link.csv").out;
    for part in
        ["20.0 s  for     8.0 s", "0.5 to 1   53.3 %", "no problem found", "50 %: 0.900", "rate over time"]
    {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn every_line_fits_into_80_columns() {
    let bench = Bench::new();
    // Up and down from second to second: correlations are negative, and there are outages by the dozen.
    let rows: String =
        (0..400).map(|i| format!("{i},{}\n", if i % 2 == 0 { 0.0 } else { 12345.678 })).collect();
    bench.put("saw.csv", format!("time_s,rate_mbps\n{rows}400,\n"));
    bench.put("tunnel.csv", "time_s,rate_mbps\n0,0\n20,\n");
    for line in
        ["trace info saw.csv", "trace info tunnel.csv", "trace info saw.csv tunnel.csv link.csv preset:3g"]
    {
        let out = bench.ok(line).out;
        assert!(out.lines().all(|l| l.chars().count() <= 80), "{line}\n{out}");
    }
    let saw = bench.ok("trace info saw.csv").out;
    assert!(saw.contains("12 longest of 200") && saw.contains("1 s: -1.00"), "{saw}");
    let tunnel = bench.ok("trace info tunnel.csv").out;
    assert!(
        tunnel.contains("dead: every rate is zero") && tunnel.contains("short: lasts 20.0 s"),
        "{tunnel}"
    );
}

#[test]
fn problems_of_a_set_are_counted_and_explained() {
    let bench = Bench::new();
    bench.put("set/a.csv", "time_s,rate_mbps\n0,0\n20,\n");
    bench.put("set/b.csv", common::TRACE_CSV);
    bench.put("set/c.csv", common::TRACE_CSV);
    let json = bench.ok("trace info set --json").json();
    assert_eq!(json["problems"], serde_json::json!({"dead": 1, "short": 1}));
    assert_eq!(json["shared_problems"][0]["problem"], "twice");
    assert_eq!(json["shared_problems"][0]["traces"], serde_json::json!(["b.csv", "c.csv"]));
    assert_eq!(json["files"]["a.csv"]["problems"][1]["numbers"]["duration_s"], 20.0);
    let text = bench.ok("trace info set").out;
    for part in [
        "short: 1 trace, e.g. a.csv: lasts 20.0 s",
        "twice: 2 traces are equal, e.g. b and c",
        "keep one of them",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn real_sets_are_described() {
    let Some(root) = fixtures::shared("real_sets_are_described", "traces") else { return };
    let bench = Bench::new();
    let info = |set: &str| bench.ok(&format!("trace info {}", root.join(set).display()));
    let cooked = info("hsdpa_pensieve_cooked").out;
    assert!(
        cooked.contains("cut-outages: 13 traces") && cooked.contains("cut-outages: all 20 traces together"),
        "{cooked}"
    );
    for good in ["hsdpa_sabre_json", "belgium4g_sabre_json", "mahimahi_cellular"] {
        let text = info(good).out;
        assert!(text.contains("no problem found"), "{good}\n{text}");
        assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    }
}

#[test]
fn one_trace_is_a_sheet_and_many_are_pages_with_an_overview() {
    let bench = Bench::new();
    bench.ok("trace plot link.csv -o one.svg");
    let sheet = bench.text("one.svg");
    for word in
        ["link.csv", "outage 8 s", "Distribution of the rate", "Autocorrelation of the means", "lag in s"]
    {
        assert!(sheet.contains(word), "{word}");
    }
    let table = bench.text("one.csv");
    assert!(
        table.starts_with("time_s,rate_kbps,share_at_or_below,lag_s,autocorrelation\n0,2500,,,\n"),
        "{table}"
    );
    // The same numbers as info has.
    let info = bench.ok("trace info link.csv --json").json();
    let acf5 = info["files"]["link.csv"]["acf5"].as_f64().expect("a number");
    assert!(table.contains(&format!(",,,5,{acf5}\n")), "{acf5}\n{table}");

    let many: Vec<String> = (0..101).map(|seed| format!("preset:3g,duration=60,seed={seed}")).collect();
    bench.ok(&format!("trace plot {} -o page.svg", many.join(" ")));
    for name in ["page", "page-2", "page-overview"] {
        assert!(bench.text(&format!("{name}.svg")).ends_with("</svg>\n"), "{name}");
    }
    assert!(bench.text("page.svg").contains("traces 1 to 100 of 101"));
    assert!(bench.text("page-2.svg").contains("traces 101 to 101 of 101"));
    assert!(bench.text("page-2.csv").starts_with("trace,time_s,rate_kbps\n"));
    let overview = bench.text("page-overview.csv");
    assert!(overview.starts_with("trace,rate_kbps,share_at_or_below,lag_s,autocorrelation\n"));
    assert!(overview.contains("\nall together,") && bench.text("page-overview.svg").contains("(101 traces)"));
}

#[test]
fn pictures_overwrite_no_input() {
    let bench = Bench::new();
    bench.put("a/page-overview.csv", common::TRACE_CSV);
    bench.put("a/b.csv", common::TRACE_CSV);
    for (line, says) in [
        ("trace plot a -o a/page.png", "would overwrite an input"),
        ("trace plot link.csv -o link.svg", "would overwrite an input"),
        ("trace plot a -o page.jpg", "expected .png or .svg"),
        ("trace plot a -o none/page.png", "there is no folder"),
    ] {
        let ran = bench.run(line);
        assert!(ran.code == 2 && ran.err.contains(says), "{line}: {}", ran.err);
    }
    assert_eq!(bench.names("a"), ["b.csv", "page-overview.csv"]);
}
