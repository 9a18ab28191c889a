//! Drives through a radio network, from the command line.

mod common;

use common::Bench;

#[test]
fn a_drive_becomes_a_trace_and_telemetry_of_the_same_way() {
    let bench = Bench::new();
    bench.ok("trace drive preset:radio,duration=60,seed=3 -o drive.csv --telemetry phone.csv");
    assert_eq!(bench.ok("trace generate radio,duration=60 --seed 3").out, bench.text("drive.csv"));
    let text = bench.text("phone.csv");
    let mut lines = text.lines();
    let header = "time_s,rsrp_dbm,rsrq_db,snr_db,latency_ms,jitter_ms,loss_percent,throughput_mbps";
    assert_eq!(lines.next(), Some(header));
    let rows: Vec<Vec<f64>> =
        lines.map(|l| l.split(',').map(|f| f.parse().expect("a number")).collect()).collect();
    assert_eq!((rows.len(), rows[59][0]), (60, 60.0));
    let ranges =
        [(-120.0, -80.0), (-20.0, -5.0), (1.0, 20.0), (10.0, 500.0), (0.0, 100.0), (0.0, 5.0), (1.0, 100.0)];
    for row in &rows {
        assert!(row[1..].iter().zip(ranges).all(|(v, (low, high))| (low..=high).contains(v)), "{row:?}");
    }
    bench.ok("run --trace preset:radio,duration=60 --video video.json --abr bola");
}

#[test]
fn a_way_of_ones_own() {
    let bench = Bench::new();
    bench.put("way.csv", "time_s,x_m,y_m\n0,0,0\n30,300,0\n60,300,-400\n");
    bench.ok("trace drive --seed 1 --track way.csv --telemetry phone.csv -o drive.json");
    assert_eq!(bench.json("drive.json")[0]["latency_ms"].as_f64().map(f64::floor), Some(20.0));
    assert_eq!(bench.text("phone.csv").lines().count(), 61);
    bench.put("bad.csv", "time_s,x_m,y_m\n0,0,0\n30,here,0\n");
    for (line, says) in [
        ("--track bad.csv -o a.csv", "bad.csv: line 3: the line is `30,here,0`, expected time_s,x_m,y_m"),
        ("radio,speed=3 --track way.csv -o a.csv", "option speed is '3'"),
        ("4g --telemetry t.csv", "unknown radio preset '4g'. Known: radio, radio-mmwave"),
        ("--track way.csv -o way.csv", "would overwrite an input"),
        ("-o a.csv --telemetry a.csv", "would both be written there"),
        ("radio,bandwidth=33 -o a.csv", "a channel width in MHz"),
        ("radio,duration=1e5,speed=100 -o a.csv", "a shorter way, or cells farther apart"),
        ("-o a.xyz", "its ending names no trace format"),
    ] {
        let ran = bench.run(&format!("trace drive {line}"));
        assert!(
            ran.code == 2 && ran.err.contains(says) && ran.err.lines().count() == 1,
            "{line}: {}",
            ran.err
        );
    }
    let ran = bench.run("trace drive");
    assert!(ran.code == 2 && ran.err.contains("--output"), "{}", ran.err);
    assert!(!bench.path("t.csv").exists() && !bench.path("a.csv").exists());
}
