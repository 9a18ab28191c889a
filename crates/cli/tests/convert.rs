//! `segue trace convert`: one trace and many, and what is changed on the way; inputs that are packed.

mod common;

use std::io::Write;

use common::Bench;

/// Six logs of three units, each of 20 s, the rates of a unit alike.
fn logs() -> Bench {
    let bench = Bench::new();
    for (unit, mbps) in [(11, 1.0), (12, 2.0), (13, 5.0)] {
        for window in [0, 60] {
            bench.put(
                &format!("logs/trace_{unit}_http_{window}"),
                format!("0 1\n10 {mbps}\n20 {}\n", mbps + f64::from(window) / 100.0),
            );
        }
    }
    bench
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).expect("in memory");
    out.finish().expect("in memory")
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).expect("in memory");
        out.write_all(text.as_bytes()).expect("in memory");
    }
    out.finish().expect("in memory").into_inner()
}

#[test]
fn a_folder_becomes_a_folder_and_sources_stay_together() {
    let bench = logs();
    let ran = bench.ok("trace convert logs sets/ --to sabre --split 0.6 --by trace_{}_http*");
    assert!(ran.err.contains("6 traces from 3 sources: 4 to train, 2 to test"), "{}", ran.err);
    let units = |folder: &str| -> Vec<String> {
        bench.names(folder).iter().map(|n| n.split('_').nth(1).unwrap_or_default().to_string()).collect()
    };
    let (train, test) = (units("sets/train"), units("sets/test"));
    assert_eq!((train.len(), test.len()), (4, 2));
    assert!(train.iter().all(|u| !test.contains(u)), "{train:?} {test:?}");
    // The same seed divides in the same way; another one may not.
    bench.ok("trace convert logs again/ --to sabre --split 0.6 --by trace_{}_http*");
    assert_eq!(bench.names("again/train"), bench.names("sets/train"));
}

#[test]
fn traces_are_kept_by_their_numbers() {
    let bench = logs();
    let ran = bench.ok("trace convert logs slow/ --to csv --keep mean_mbps<3 --keep mean_mbps>=1.5");
    assert!(ran.err.contains("2 of 6 traces kept"), "{}", ran.err);
    assert_eq!(bench.names("slow"), ["trace_12_http_0.csv", "trace_12_http_60.csv"]);
    let ran = bench.run("trace convert logs none/ --to csv --keep mean_mbps>100");
    assert_eq!((ran.code, ran.err.contains("none of 6 traces is kept")), (2, true), "{}", ran.err);
    let ran = bench.run("trace convert logs none/ --to csv --keep mean>100");
    assert_eq!((ran.code, ran.err.contains("mean_mbps")), (2, true), "{}", ran.err);
    assert!(!bench.path("none").exists());
}

#[test]
fn a_trace_is_cut_scaled_resampled_and_joined() {
    let bench = logs();
    bench.put("one.csv", "time_s,rate_mbps,latency_ms\n0,1,20\n10,3,20\n20,,\n");
    bench.ok("trace convert one.csv two.csv --cut 5..15 --scale 2 --resample 10");
    assert_eq!(bench.text("two.csv"), "time_s,rate_mbps,latency_ms\n0,4,20\n10,,\n");
    bench.ok("trace convert one.csv two.csv all.csv --concat");
    assert_eq!(bench.text("all.csv"), "time_s,rate_mbps,latency_ms\n0,1,20\n10,3,20\n20,4,20\n30,,\n");
    let ran = bench.run("trace convert logs many.csv");
    assert_eq!((ran.code, ran.err.contains("--concat")), (2, true), "{}", ran.err);
    // Options may stand anywhere; - is standard output.
    bench.ok("trace convert one.csv --cut 5..15 --scale 2 --resample 10 between.csv");
    assert_eq!(bench.text("between.csv"), bench.text("two.csv"));
    let ran = bench.ok("trace convert one.csv - --to csv");
    assert_eq!((ran.out.as_str(), bench.path("-").exists()), (bench.text("one.csv").as_str(), false));
    assert_eq!(bench.ok("trace convert one.csv -").out, ran.out);
    for (line, says) in [
        ("one.csv wrong.csv --cut 5..5", "one.csv: the end of the cut is 5, expected a time after its start"),
        ("one.csv wrong.csv --scale 1e300", "one.csv: scale is 1"),
        ("one.csv", "OUTPUT"),
    ] {
        let ran = bench.run(&format!("trace convert {line}"));
        assert_eq!((ran.code, ran.err.contains(says)), (2, true), "{line}: {}", ran.err);
        assert!(!ran.err.contains("link option"), "{}", ran.err);
    }
    for wrong in [
        "--cut 30..40",
        "--cut 5",
        "--scale 0",
        "--resample 0",
        "--scale x",
        "--split 2",
        "--split 0",
        "--split 1",
    ] {
        let ran = bench.run(&format!("trace convert one.csv wrong.csv {wrong}"));
        assert_eq!((ran.code, bench.path("wrong.csv").exists()), (2, false), "{wrong}: {}", ran.err);
    }
}

/// Rates up and loss beside the rate down.
const STEPS: &str = "10s rate 3mbit up 1mbit delay 20ms loss 0.1%\n10s rate 1mbit up 1mbit delay 20ms\n";

/// A log with signals and positions beside the rate, made up.
const GNETTRACK: &str = "\
Timestamp,Longitude,Latitude,Speed,RSRP,RSRQ,SNR,CQI,DL_bitrate,UL_bitrate
2020.01.01_10.00.00,1.0,2.0,3,-90,-9,10,9,4000,100
2020.01.01_10.00.01,1.0,2.0,4,-91,-9,11,9,5000,120
";

#[test]
fn columns_that_are_not_written_are_named() {
    let bench = Bench::new();
    bench.put("profile.steps", STEPS);
    bench.put("drive.csv", GNETTRACK);
    let ran = bench.ok("trace convert profile.steps rates.csv");
    assert!(
        ran.err.contains("lost in csv: the columns up_mbps, loss_percent are not written"),
        "{}",
        ran.err
    );
    let ran = bench.ok("trace convert drive.csv rates.json");
    let line = ran.err.lines().find(|l| l.contains("not written")).expect("a loss");
    assert!(line.contains("lost in sabre: the columns ") && line.contains("RSRP"), "{line}");
    // Of several files the columns are told once; of one joined trace they are those of all.
    let ran = bench.ok("trace convert drive.csv profile.steps both/ --to cooked");
    assert_eq!(ran.err.matches("are not written").count(), 2, "{}", ran.err);
    let ran = bench.ok("trace convert profile.steps drive.csv one.csv --concat");
    assert!(ran.err.contains("up_mbps") && ran.err.contains("more are not written"), "{}", ran.err);
}

#[test]
fn why_looks_into_what_is_packed() {
    let bench = Bench::new();
    let plain = bench.text("link.csv");
    bench.put("link.csv.gz", gzip(plain.as_bytes()));
    let long = format!("a-folder-with-a-rather-long-name/{}.txt", "x".repeat(30));
    bench.put("set.zip", zip(&[("a.csv", &plain), (&long, "0 1\n5 2\n"), ("README", "no trace\n")]));
    let ran = bench.ok("trace info --why link.csv.gz");
    assert!(ran.out.starts_with("link.csv.gz: csv, by "), "{}", ran.out);
    assert!(ran.out.lines().all(|l| l.chars().count() <= 80), "{}", ran.out);
    let ran = bench.ok("trace info --why set.zip");
    assert!(ran.out.contains("set.zip/a.csv: csv, by "), "{}", ran.out);
    assert!(ran.out.contains("set.zip/README: not recognised"), "{}", ran.out);
    let too_long = |l: &&str| l.chars().count() > 80 && !l.contains("xxxx");
    assert_eq!(ran.out.lines().find(too_long), None, "{}", ran.out);
}

#[test]
fn packed_files_are_read_as_what_is_in_them() {
    let bench = Bench::new();
    let plain = bench.text("link.csv");
    bench.put("link.csv.gz", gzip(plain.as_bytes()));
    bench.put(
        "set.zip",
        zip(&[("set/a.csv", &plain), ("set/b.txt", "0 1\n5 2\n"), ("set/README", "no trace\n")]),
    );
    bench.ok("trace convert link.csv.gz out.csv");
    bench.ok("trace convert link.csv same.csv");
    assert_eq!(bench.text("out.csv"), bench.text("same.csv"));

    let ran = bench.ok("trace info set.zip");
    assert!(ran.out.contains("2 traces") && ran.err.contains("set.zip/set/README"), "{}{}", ran.out, ran.err);
    bench.ok("trace convert set.zip out/ --to cooked");
    assert_eq!(bench.names("out"), ["a.cooked", "b.cooked"]);
    let ran = bench.ok("compare --trace set.zip --video video.json --abr bola --abr throughput");
    assert!(ran.out.contains("\n2 rules on 2 traces"), "{}", ran.out);

    // A broken member is named with its archive; a broken archive is one line.
    bench.put("bad.zip", zip(&[("x/bad.csv", "time_s,rate_mbps\n0,fast\n")]));
    let ran = bench.run("trace info bad.zip");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("bad.zip/x/bad.csv: line 2: rate_mbps is `fast`"), "{}", ran.err);
    let whole = zip(&[("a.csv", &plain)]);
    bench.put("cut.zip", &whole[..whole.len() - 10]);
    let ran = bench.run("trace info cut.zip");
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains("zip and damaged"), "{}", ran.err);
}

#[test]
fn tables_are_described_and_passed_over() {
    let bench = Bench::new();
    bench.put("set/delay.txt", "T_Phy(in ms)\tOperators\n5.5\tA\n6.5\tA\n");
    bench.put("set/link.txt", "0 1\n5 2\n");
    let ran = bench.ok("trace info set/delay.txt");
    assert!(ran.out.contains("mean of T_Phy(in ms)  6.000"), "{}", ran.out);
    let both = bench.ok("trace info set --json").json();
    assert_eq!(both["tables"]["delay.txt"]["n_records"], 2);
    assert_eq!(both["files"]["link.txt"]["n_records"], 2);
    let ran = bench.run("trace plot set/delay.txt -o delay.svg");
    assert_eq!((ran.code, bench.path("delay.svg").exists()), (2, false), "{}", ran.err);
    assert!(ran.err.contains("set/delay.txt: nothing to draw, 1 table without a time series"), "{}", ran.err);
    let ran = bench.ok("trace plot set -o set.svg");
    assert!(ran.err.contains("1 table without a time series passed over"), "{}", ran.err);
    let ran = bench.ok("trace convert set link.csv");
    assert!(ran.err.contains("1 table without a time series passed over"), "{}", ran.err);
    assert_eq!(bench.run("run --trace set/delay.txt --video video.json --abr bola").code, 2);
}
