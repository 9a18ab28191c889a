//! A day of Puffer's data as a folder and as an archive: its tables find each other by their names.

mod common;

use std::io::Write;

use common::Bench;

const DAY: &str = "2021-06-12T11_2021-06-13T11";
/// Two chunks of stream s_0, of 4 Mbit each, and one of t_0 that nobody acknowledged.
const SENT: &str = "time,session_id,index,video_ts,size,delivery_rate\n\
    1600000000000000000,s,0,0,500000,900000\n1600000001000000000,t,0,0,500000,900000\n\
    1600000002000000000,s,0,180180,500000,1000000";
/// After 0.5 s and 1 s: 8 and 4 Mbit/s.
const ACKED: &str = "time,session_id,index,video_ts\n\
    1600000000500000000,s,0,0\n1600000003000000000,s,0,180180\n";
const BUFFER: &str = "time,session_id,index,event,buffer,cum_rebuf\n1600000000000000000,s,0,init,0,0\n";
const SSIM: &str = "time,format,channel,video_ts,value\n1600000000000000000,1280x720-22,abc,0,0.98\n";

fn day() -> Vec<(String, &'static str)> {
    [
        ("video_sent", SENT),
        ("video_acked", ACKED),
        ("client_buffer", BUFFER),
        ("ssim", SSIM),
        ("video_size", SSIM),
    ]
    .map(|(table, text)| (format!("{table}_{DAY}.csv"), text))
    .to_vec()
}

fn zip(files: &[(String, &str)]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        out.start_file(format!("pd/{name}"), zip::write::SimpleFileOptions::default()).expect("in memory");
        out.write_all(text.as_bytes()).expect("in memory");
    }
    out.finish().expect("in memory").into_inner()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text.as_bytes()).expect("in memory");
    out.finish().expect("in memory")
}

#[test]
fn a_day_is_read_as_the_deliveries_of_its_streams() {
    let bench = Bench::new();
    for (name, text) in day() {
        bench.put(&format!("pd/{name}"), text);
        bench.put(&format!("packed/{name}.gz"), gzip(text));
    }
    bench.put("pd.zip", zip(&day()));
    for input in ["pd", "pd.zip", "pd/*", "packed"] {
        let ran = bench.ok(&format!("trace info {input} --json"));
        let files = &ran.json()["files"];
        let traces: Vec<_> = files.as_object().expect("an object").iter().collect();
        assert_eq!(traces.len(), 1, "{input}: {files}");
        let stream = traces[0].1;
        // 8 Mbit in 1.5 s of delivering.
        assert_eq!((stream["part"].as_str(), stream["duration_s"].as_f64()), (Some("s_0"), Some(1.5)));
        let mean = stream["mean_mbps"].as_f64().expect("a number");
        assert!((mean - 8.0 / 1.5).abs() < 1e-12, "{input}: {mean}");
        assert!(!ran.out.contains("repeated-times"), "{input}: {}", ran.out);
        for said in ["client_buffer", "ssim", "video_size", "1 of 2 stream(s) are left out"] {
            assert!(ran.err.contains(said), "{input}: {said} in {}", ran.err);
        }
        bench.ok(&format!("trace convert {input} s.csv"));
        assert_eq!(bench.text("s.csv"), "time_s,rate_mbps,latency_ms\n0,8,0\n0.5,4,0\n1.5,,\n", "{input}");
    }
}

#[test]
fn a_table_alone_is_what_it_is() {
    let bench = Bench::new();
    bench.put("sent/video_sent_X.csv", SENT);
    // A video_acked of another day does not belong to it.
    bench.put("sent/video_acked_Y.csv", ACKED);
    let ran = bench.ok("trace info sent");
    assert!(ran.err.contains("estimates of the kernel") && ran.err.contains("video_acked_Y"), "{}", ran.err);
    bench.put("acked/video_acked_X.csv", ACKED);
    let ran = bench.run("trace info acked");
    assert_eq!((ran.code, ran.err.contains("no file that is a trace")), (2, true), "{}", ran.err);
    bench.put("acked.zip", zip(&[(format!("video_acked_{DAY}.csv"), ACKED)]));
    let ran = bench.run("trace info acked.zip");
    assert_eq!((ran.code, ran.err.contains("without their video_sent")), (2, true), "{}", ran.err);
    let ran = bench.run("trace info sent/video_sent_X.csv --format puffer:acked=nofile");
    assert_eq!((ran.code, ran.err.contains("acked is `nofile`")), (2, true), "{}", ran.err);
}

#[test]
fn what_an_archive_leaves_out_is_told() {
    let bench = Bench::new();
    bench.put(
        "out.zip",
        zip(&[("../../evil.cooked".into(), "0 1\n1 2\n"), ("a.cooked".into(), "0 1\n1 2\n")]),
    );
    let ran = bench.ok("trace info out.zip");
    assert!(ran.err.contains("evil.cooked") && ran.err.contains("leads out of the archive"), "{}", ran.err);
    bench.put("twice.gz", gzip("0 1\n"));
    let inner = std::fs::read(bench.path("twice.gz")).expect("there");
    let mut outer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    outer.write_all(&inner).expect("in memory");
    bench.put("twice.gz", outer.finish().expect("in memory"));
    let ran = bench.run("trace info twice.gz");
    assert_eq!((ran.code, ran.err.contains("an archive in an archive")), (2, true), "{}", ran.err);
}
