//! Readers and writers: what they read, what they refuse and how they say it, and what survives a round trip.

use netmodel::formats::{self, Content, Format, Hold, ReadOptions, Recording, WriteOptions};
use netmodel::{NetworkError, Period, Trace};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use units::{BitRate, Seconds};

fn format(name: &str) -> &'static Format {
    formats::by_name(name).expect("a known format")
}

fn read(text: &str) -> Result<Recording, NetworkError> {
    formats::read(text.as_bytes(), None, &ReadOptions::default())
}

fn read_as(spec: &str, text: &str) -> Result<Recording, NetworkError> {
    let (format, options, _) = formats::parse_spec(spec)?;
    formats::read(text.as_bytes(), Some(format), &options)
}

fn written(trace: &Trace, spec: &str) -> (String, Vec<String>) {
    let (format, _, options) = formats::parse_spec(spec).expect("a known format");
    let mut out = Vec::new();
    let losses = formats::write(trace, format, &mut out, &options).expect("writable");
    (String::from_utf8(out).expect("text"), losses)
}

/// `(seconds, Mbit/s)` of every period.
fn steps(recording: &Recording) -> Vec<(f64, f64)> {
    recording.trace.periods().iter().map(|p| (p.duration.get(), p.rate.mbps())).collect()
}

const COOKED: &str = "1.0\t9\r\n2.5\t2\r\n2.5\t7\r\n4.0 0 \n";
const SABRE: &str = r#"[{"duration_ms": 1500, "bandwidth_kbps": 2000, "latency_ms": 100},
    {"duration_ms": 2002, "bandwidth_kbps": 0, "latency_ms": 20.5, "more": null}]"#;
const MAHIMAHI: &str = "0\n1\n1\n4\n";
const CSV: &str = "# typed by hand\ntime_s,rate_mbps,latency_ms\n0,5,40\n10,1,\n12.5,,\n";

const OBOE: &str = "11.0 4000\n361.0 4000\n411.0 2000\n1411 2000\n1411 500.5\n2411 500.5\n3000 1\n3001 1\n";
const GENET: &str = r#"{"timestamps": [0.5, 1.0, 2.001], "bandwidths": [0.05, 2, 4], "delays": [12.5], "loss": 0.01,
    "queue": 10, "delay_noise": 0}"#;
const GENET_ABR: &str =
    r#"{"timestamps": [0, 2], "bandwidths": [1, 3], "link_rtt": 80, "buffer_thresh": 60000, "name": ""}"#;
const TWITCH: &str = "// a comment: x = [{\nconst A = [\n  {\n speed: 1200,\n duration: 30,\n },{\"duration\": 0.25, speed: 500}\n];\nexport { A };\n";
const STEPS: &str = "# typed by hand\n30s rate 5mbit up 1mbit delay 38ms loss 0.09%\n\n500ms rate 780kbit # slow\n1min rate 100bit delay 2s\n";
const SIGCOMM21: &str = "1\n25.5,0,0.125,\n";
const LIGHT: &str = "0 25 0 0 1\n100 30 0 2\n250 27.5 0\n";
const OFFSETS: &str = "100 0\n200 0.1\n300 0.2\n400 0.3\n500 0.4\n600 0.5\n700 0.6\n800 0.7\n900 0.8\n1000 0.9\n\
    1100 1\n1200 1.1\n1300 1.2\n1400 1.3\n";

const FCC: &str = "\"unit_id\",\"dtime\",\"target\",\"address\",\"fetch_time\",\"bytes_total\",\"bytes_sec\"\n\
    7,2016-01-01 00:00:00,http://a.example/,192.0.2.1,1,250000,250000\n7,2016-01-01 01:00:00,http://a.example/,192.0.2.1,2,1,\n";
const GNETTRACK: &str = "Timestamp,NetworkMode,RSRP,DL_bitrate,State,RAWCELLID\r\n\
    2020.02.28_23.59.59,5G,-90,1500,D,1\r\n2020.02.28_23.59.59,5G,-,0,D,1\r\n2020.02.29_00.00.02,LTE,-95,-,D,2\r\n";
const LUMOS: &str = "chunk_index,chunk_size,delivery_time,player_state\n1,300,0.1,buffering\n2,10,0,steady\n";
const LUMOS5G: &str = "run_num,seq_num,Throughput,nr_ssRsrp\n1,2,20,2147483647\n1,1,10,-80\n";
const NYUMETS: &str = "1.5,Mbits/sec\r\n250,Kbits/sec\r\n0.00,bits/sec\r\n";
const NYUMETS2020: &str = "3.5,4,0,91,-19,1,0,2100\r\n0,5,1,-1,2147483647,-1,0,1900\r\n";
const PUFFER: &str = "time,session_id,index,video_ts,size,min_rtt,delivery_rate\n\
    1000000000000000000,s=,0,0,500000,20000,125000\n1000000002002000000,s=,0,180180,400000,21000,250000\n";
const RAWLOG: &str = "1289406399 549692 59.85 10.78  248069 1008\n1289406400 550692 59.85 10.78  0 1000\n";
const SIGCOMM24: &str = "\tTput(Mbps)\tconfig\n7\t100\tX\n19\t\tX\n30\t50.5\tX\n";

const IPERF3: &str = "[ ID] Interval           Transfer     Bitrate\n[  5]   0.00-1.00   sec  1.19 MBytes  10.0 Mbits/sec\n[  5]   1.00-2.00   sec   610 KBytes  5.00 Mbits/sec\n";
const NTRACE: &str = "{\"version\": 1, \"description\": \"a way\", \"entries\": [\n{\"entryNo\": 1, \"dateTime\": \"2020-11-05T10:00:00Z\", \"dlBw\": 21000, \"ulBw\": 4000, \"dlLatency\": 40000},\n{\"entryNo\": 2, \"dateTime\": \"2020-11-05T10:00:05Z\", \"dlBw\": 8000, \"ulBw\": 2500}]}\n";

/// A trace in each format.
const VALID: &[(&str, &str)] = &[
    ("cooked", COOKED),
    ("sabre", SABRE),
    ("mahimahi", MAHIMAHI),
    ("csv", CSV),
    ("oboe", OBOE),
    ("genet", GENET),
    ("genet", GENET_ABR),
    ("twitch", TWITCH),
    ("steps", STEPS),
    ("sigcomm21", SIGCOMM21),
    ("fcc", FCC),
    ("gnettrack", GNETTRACK),
    ("iperf3", IPERF3),
    ("lumos", LUMOS),
    ("lumos5g", LUMOS5G),
    ("ntrace", NTRACE),
    ("nyumets", NYUMETS),
    ("nyumets2020", NYUMETS2020),
    ("puffer", PUFFER),
    ("rawlog", RAWLOG),
    ("sigcomm24", SIGCOMM24),
];
/// Tables without a trace.
const TABLES: [(&str, &str); 2] = [("cellreplay", LIGHT), ("cellreplay", OFFSETS)];

#[test]
fn every_format_is_recognised_by_its_content() {
    for (name, text) in VALID {
        let sniffed = formats::sniff(text.as_bytes()).expect(name);
        assert_eq!((sniffed.format.name(), sniffed.reason.is_empty()), (*name, false));
        assert_eq!(read(text).expect(name).format, *name);
        // The same after a byte-order mark, with other ends of lines, and without the last one.
        let windows = format!("\u{feff}{}", text.replace("\r\n", "\n").trim_end().replace('\n', "\r\n"));
        assert_eq!(read(&windows).expect(name).trace, read(text).expect(name).trace, "{name}");
        // And with blank lines at the end, which only Mahimahi refuses.
        assert!(*name == "mahimahi" || read(&format!("{text}\n  \n")).is_ok(), "{name}");
    }
    for (name, text) in TABLES {
        assert_eq!(formats::sniff(text.as_bytes()).expect(name).format.name(), name);
        let error = read(text).expect_err("no trace").to_string();
        assert!(error.contains("1 table(s) without a time series"), "{error}");
    }
    for format in formats::all() {
        let shown = VALID.iter().chain(&TABLES).any(|(name, _)| *name == format.name());
        assert!(shown, "{} has no example here", format.name());
    }
    assert_eq!(formats::sniff(b"0,5\n10,1\n").expect("csv without header").format.name(), "csv");
}

#[test]
fn cooked_holds_backward_unless_told_otherwise() {
    // Sample 0 belongs to no interval; the second sample at 2.5 s has no duration.
    let back = read(COOKED).expect("valid");
    assert_eq!(steps(&back), [(1.5, 2.0), (1.5, 0.0)]);
    assert_eq!((back.notes.len(), back.trace.wrap_extra()), (1, Seconds::ZERO));
    // Forward: the last sample lasts as long as the one before it, unless told.
    assert_eq!(
        steps(&read_as("cooked:hold=forward", COOKED).expect("valid")),
        [(1.5, 9.0), (1.5, 7.0), (1.5, 0.0)]
    );
    let park = read_as("cooked:hold=forward,last=1", COOKED).expect("valid");
    assert_eq!(steps(&park), [(1.5, 9.0), (1.5, 7.0), (1.0, 0.0)]);
    let quirk = read_as("cooked:wrap_from_zero=true,latency=0.08", COOKED).expect("valid");
    assert_eq!(quirk.trace.wrap_extra(), Seconds::new(1.0));
    assert_eq!(quirk.trace.period(0).latency, Seconds::from_millis(80.0));
    let columns = read_as("cooked:column=2", "0 1 10\n1 2 20\n").expect("valid");
    assert_eq!(steps(&columns), [(1.0, 20.0)]);
}

#[test]
fn sabre_is_read_as_it_stands() {
    let r = read(SABRE).expect("valid");
    assert_eq!(steps(&r), [(1.5, 2.0), (2.002, 0.0)]);
    assert_eq!(r.trace.period(1).latency, Seconds::from_millis(20.5));
    let without = r#"[{"duration_ms": 1, "bandwidth_kbps": 1}]"#;
    let r = read_as("sabre:latency=0.05", without).expect("valid");
    assert_eq!((r.trace.period(0).latency, r.notes.len()), (Seconds::from_millis(50.0), 1));
}

#[test]
fn mahimahi_packets_are_complete_at_their_millisecond() {
    let r = read(MAHIMAHI).expect("valid");
    // Two packets in millisecond 1, none in 2 and 3, the one of line 0 together with that of line 4.
    let rates: Vec<(f64, f64)> =
        r.trace.periods().iter().map(|p| (p.duration.millis(), p.rate.kbps())).collect();
    assert_eq!(rates, [(1.0, 24_000.0), (2.0, 0.0), (1.0, 24_000.0)]);
    assert_eq!(r.facts["mean_cycle_mbps"].as_f64(), Some(12.0));
    let r = read_as("mahimahi:bytes=1504", MAHIMAHI).expect("valid");
    assert_eq!(r.trace.total().bytes(), 4.0 * 1504.0);
}

#[test]
fn csv_holds_forward_and_ends_where_it_says() {
    let r = read(CSV).expect("valid");
    assert_eq!(steps(&r), [(10.0, 5.0), (2.5, 1.0)]);
    assert_eq!(r.trace.period(0).latency, Seconds::from_millis(40.0));
    assert_eq!(steps(&read("0,5\n10,1\n").expect("valid")), [(10.0, 5.0), (10.0, 1.0)]);
    assert_eq!(steps(&read("0,5\n").expect("valid")), [(1.0, 5.0)]);
    assert_eq!(steps(&read_as("csv:hold=backward", "0,5\n10,1\n").expect("valid")), [(10.0, 1.0)]);
    assert_eq!(steps(&read("rate_mbps,time_s\n5,0\n1,10\n").expect("valid")).len(), 2);
}

/// Which of `cooked` and `oboe` a few lines are cannot be told: the user has to.
#[test]
fn pairs_and_series_are_told_apart_or_refused() {
    let pairs =
        |n: usize| (0..n).map(|i| format!("{} {i}\n{} {i}\n", 2000 * i, 2000 * i + 1900)).collect::<String>();
    let name =
        |text: &str| formats::sniff(text.as_bytes()).map(|s| s.format.name()).map_err(|e| e.to_string());
    assert_eq!(name(&pairs(4)), Ok("oboe"));
    assert!(name(&pairs(3)).expect_err("ambiguous").contains("readable as cooked and as oboe"));
    // One rate throughout is a series if it is on a grid, and otherwise could be chunks of one rate.
    let constant =
        |step: usize| (0..8).map(|i| format!("{} 3\n", 5000 + i * (10 + i * step))).collect::<String>();
    assert_eq!(name(&constant(0)), Ok("cooked"));
    assert!(name(&constant(1)).expect_err("ambiguous").contains("given explicitly"));
    let near: String = (0..8).map(|i| format!("{i} 3\n")).collect();
    assert_eq!(name(&near), Ok("cooked"));
}

#[test]
fn oboe_gaps_are_the_mean_of_their_neighbours() {
    let r = read(OBOE).expect("valid");
    let wanted = [(0.35, 4.0), (0.05, 3.0), (1.0, 2.0), (1.0, 0.5005), (0.589, 0.25075), (0.001, 0.001)];
    assert_eq!(steps(&r), wanted);
    assert_eq!((r.facts["start_ms"].as_f64(), r.facts["n_chunks"].as_u64()), (Some(11.0), Some(4)));
    assert_eq!(r.measures, formats::Measurement::Observed);
    let capacity = read_as("oboe:measured=capacity", OBOE).expect("valid");
    assert_eq!(capacity.measures, formats::Measurement::Capacity);
}

#[test]
fn genet_delays_are_one_way_and_rates_may_have_a_floor() {
    let r = read(GENET).expect("valid");
    assert_eq!(steps(&r), [(0.5, 0.05), (1.001, 2.0), (0.5, 4.0)]);
    assert_eq!(r.trace.period(2).latency, Seconds::from_millis(25.0));
    assert_eq!((r.facts["loss"].as_f64(), r.notes.len()), (Some(0.01), 1));
    let floor = read_as("genet:floor=0.1,last=2", GENET).expect("valid");
    assert_eq!(steps(&floor), [(0.5, 0.1), (1.001, 2.0), (2.0, 4.0)]);
    let abr = read(GENET_ABR).expect("valid");
    assert_eq!(
        (abr.trace.period(0).latency, abr.facts["buffer_thresh_ms"].as_f64()),
        (Seconds::from_millis(80.0), Some(60000.0))
    );
}

#[test]
fn twitch_lists_are_traces_with_names() {
    let r = read(TWITCH).expect("valid");
    assert_eq!((r.part.as_deref(), r.trace.name()), (Some("A"), "A"));
    assert_eq!(steps(&r), [(30.0, 1.2), (0.25, 0.5)]);
    let cdp = read_as("twitch:scale=1.024", TWITCH).expect("valid");
    assert_eq!(cdp.trace.period(0).rate.kbps(), 1228.8);
    assert_eq!(cdp.facts, r.facts);
    let two = r#"{"speed_unit": "kbps", "profiles": {"a b": [{"speed": 1, "duration": 1}], "c": [{"speed": 2, "duration": 1}]}}"#;
    assert!(read(two).expect_err("two").to_string().contains("named with the option part (a b, c ...)"));
    assert_eq!(steps(&read_as("twitch:part=c", two).expect("one")), [(1.0, 0.002)]);
    assert!(read_as("twitch:part=d", two).is_err());
}

#[test]
fn steps_read_as_they_are_said() {
    let r = read(STEPS).expect("valid");
    assert_eq!(steps(&r), [(30.0, 5.0), (0.5, 0.78), (60.0, 0.0001)]);
    let latencies: Vec<f64> = r.trace.periods().iter().map(|p| p.latency.millis()).collect();
    assert_eq!(latencies, [38.0, 0.0, 2000.0]);
    let columns: Vec<(&str, Vec<Option<f64>>)> =
        r.columns.iter().map(|c| (c.name.as_str(), c.values.iter().collect())).collect();
    assert_eq!(
        columns,
        [("up_mbps", vec![Some(1.0), None, None]), ("loss_percent", vec![Some(0.09), None, None])]
    );
    assert_eq!(read_as("steps:latency=0.1", STEPS).expect("valid").trace.period(1).latency.millis(), 100.0);
}

#[test]
fn one_line_traces_are_in_bytes() {
    let r = read(SIGCOMM21).expect("valid");
    assert_eq!(steps(&r), [(1.0, 204.0), (1.0, 0.0), (1.0, 1.0)]);
    for same in ["1\n25.5,0,0.125", "\n1\n\n 25.5 ,0, 0.125 , \r\n \n"] {
        assert_eq!(steps(&read_as("sigcomm21", same).expect("valid")), steps(&r), "{same:?}");
    }
    for wrong in ["1\n25.5,,0\n", "1\n25.5,0,,\n", "1\n25.5,\n0,\n", "1\n,\n", "1\n\n", "\n"] {
        assert!(read_as("sigcomm21", wrong).is_err(), "{wrong:?}");
    }
    // A line that is longer than what is looked at is still no column of milliseconds.
    let long = format!("0\n{}\n", vec!["12.5"; 3000].join(","));
    assert_eq!(read(&long).expect("valid").trace.periods().len(), 3000);
}

#[test]
fn cellreplay_tables_have_columns() {
    use netmodel::formats::Content;
    let table = |text: &str| match formats::read_all(text.as_bytes(), None, &ReadOptions::default()) {
        Ok(contents) => match &contents[..] {
            [Content::Table(table)] => table.columns.clone(),
            other => panic!("{other:?}"),
        },
        Err(e) => panic!("{e}"),
    };
    let light = table(LIGHT);
    let column = |name: &str| -> Vec<Option<f64>> {
        light.iter().find(|c| c.name == name).expect("a column").values.iter().collect()
    };
    assert_eq!(column("base_delay_ms"), [Some(25.0), Some(30.0), Some(27.5)]);
    assert_eq!((column("train_packets")[0], column("train_ms")[1]), (Some(3.0), Some(2.0)));
    assert_eq!(table(OFFSETS)[1].values.get(13), Some(1.3));
}

/// Lengths that readers accept one by one, but in which no whole microsecond passes: nothing could be said of such a trace.
#[test]
fn a_trace_without_a_whole_microsecond_is_refused() {
    // The same file twice, with a length in it that is too short and one that is not.
    let of_length: [(&str, &str, [&str; 2]); 8] = [
        ("cooked", "0 2\n{} 2\n", ["0.0000004", "0.000001"]),
        ("cooked", "7 2\n{} 2\n", ["7.0000004", "7.000001"]),
        ("csv", "time_s,rate_mbps\n0,2\n{},\n", ["0.0000004", "0.000001"]),
        ("steps", "{} rate 1mbit\n0.01us rate 5mbit\n", ["0.4us", "1us"]),
        ("sabre", r#"[{"duration_ms": {}, "bandwidth_kbps": 5, "latency_ms": 0}]"#, ["0.0004", "0.001"]),
        ("genet", r#"{"timestamps": [0, {}], "bandwidths": [1, 1]}"#, ["0.0000002", "0.000001"]),
        ("oboe", "0 100\n{} 100\n", ["0.0004", "0.001"]),
        ("twitch", r#"[{"speed": 5, "duration": {}}]"#, ["0.0000004", "0.000001"]),
    ];
    for (spec, form, [short, long]) in of_length {
        let fits = read_as(spec, &form.replace("{}", long)).unwrap_or_else(|e| panic!("{spec}: {e}"));
        assert!(netmodel::stats::of_recording(&fits).rates.n_segments > 0, "{spec}");
        let said = read_as(spec, &form.replace("{}", short)).expect_err(spec).to_string();
        let ends = "s long, expected at least a microsecond, in which statistics count";
        assert!(said.starts_with("the trace is 0.000000") && said.ends_with(ends), "{spec}: {said}");
    }
    // Of several, the one is named.
    let two = r#"{"speed_unit": "kbps", "profiles": {"a": [{"speed": 1, "duration": 1}], "b": [{"speed": 2, "duration": 1e-7}]}}"#;
    let said = read(two).expect_err("one of them too short").to_string();
    assert!(said.starts_with("the trace `b` is 0.0000001 s long"), "{said}");
}

#[test]
fn rates_may_be_scaled() {
    // MERINA's Puffer traces hold MByte/s.
    let r = read_as("cooked:scale=8,measured=observed", "0 1\n2 0.125\n").expect("valid");
    assert_eq!((steps(&r), r.measures), (vec![(2.0, 1.0)], formats::Measurement::Observed));
    assert!(formats::parse_spec("cooked:scale=0").is_err());
    assert!(formats::parse_spec("cooked:measured=guessed").is_err());
}

#[test]
fn bad_input_is_refused_with_line_and_field() {
    // (format, input, line, what the message must contain)
    let cases: &[(&str, &[u8], u64, &str)] = &[
        ("cooked", b"", 0, "at least one interval"),
        ("cooked", b"0 1\n", 1, "at least one interval"),
        ("cooked", b"0 1\n1 x\n", 2, "rate_mbps is `x`"),
        ("cooked", b"0 1\n1 -1\n", 2, "rate_mbps is `-1`"),
        ("cooked", b"0 1\n1 nan\n", 2, "rate_mbps is `nan`"),
        ("cooked", b"0 1\n1 inf\n", 2, "from 0 to 1e9"),
        ("cooked", b"0 1\n1 1e300\n", 2, "rate_mbps"),
        ("cooked", b"0 1\n1e30 1\n", 2, "time_s"),
        ("cooked", b"1 1\n0 1\n", 2, "time_s is `0`"),
        ("cooked", b"0 1\n1\n", 2, "at least 1 rate"),
        ("cooked", b"0 1\n\xff\xfe 1\n", 2, "byte 0xff"),
        ("cooked", b"0 1\n0 1\n", 2, "positive length"),
        ("sabre", b"[]", 1, "an empty array"),
        ("sabre", b"[\n{\"duration_ms\": 0, \"bandwidth_kbps\": 1}]", 2, "duration_ms is 0"),
        ("sabre", b"[{\"duration_ms\": 1,\n\"bandwidth_kbps\": -4}]", 2, "bandwidth_kbps is -4"),
        ("sabre", b"[{\"duration_ms\": 1e20, \"bandwidth_kbps\": 1}]", 1, "duration_ms"),
        ("sabre", b"[{\"duration_ms\": \"1\", \"bandwidth_kbps\": 1}]", 1, "invalid type: string"),
        ("sabre", b"[{\"duration_ms\": 1}]", 1, "missing field `bandwidth_kbps`"),
        ("sabre", b"[{\"duration_ms\": 1, \"bandw", 1, "EOF"),
        ("sabre", b"{}", 1, "a sequence"),
        ("mahimahi", b"", 0, "one millisecond per line"),
        ("mahimahi", b"0\n0\n", 2, "a number above 0"),
        ("mahimahi", b"1\n\n2\n", 2, "whole number"),
        ("mahimahi", b"5\n4\n", 2, "at least the line before (5)"),
        ("mahimahi", b"1.5\n", 1, "whole number"),
        ("mahimahi", b"-1\n", 1, "whole number"),
        ("mahimahi", b"99999999999999999999\n", 1, "4294967295"),
        ("csv", b"time_s,rate_mbps,latency_s\n0,1,1\n", 1, "a column is `latency_s`"),
        ("csv", b"time_s,latency_ms\n0,1\n", 1, "the header"),
        ("csv", b"time_s,rate_mbps\n0,1\n1\n", 3, "2 fields"),
        ("csv", b"time_s,rate_mbps\n0,1\n1,\n2,1\n", 4, "ends the trace"),
        ("csv", b"time_s,rate_mbps,latency_ms\n0,1,-1\n", 2, "latency_ms"),
        ("csv", b"0,\n", 1, "rate_mbps"),
        ("csv", b"time,rate\n0,1\n", 1, "expected the unit of `rate`"),
        ("oboe", b"", 0, "pairs of lines"),
        ("oboe", b"0 1\n1 1\n2 1\n", 3, "after 3 line(s)"),
        ("oboe", b"0 1\n1 2\n", 2, "the rate of the line before, which opens the pair (1 kbit/s)"),
        ("oboe", b"5 1\n4 1\n", 2, "time_ms is 4 ms"),
        ("oboe", b"5 1\n5 1\n", 2, "positive length"),
        ("oboe", b"5 1 1\n5 1\n", 1, "a time and a rate"),
        ("genet", b"{\"timestamps\": [0], \"bandwidths\": []}", 0, "an array of 0 numbers, expected 1"),
        ("genet", b"{\"timestamps\": [1, 0], \"bandwidths\": [1, 1]}", 0, "timestamps[1] is 0 s"),
        ("genet", b"{\"timestamps\": [0], \"bandwidths\": [-1]}", 0, "bandwidths[0] is `-1`"),
        ("genet", b"{\"timestamps\": [0], \"bandwidths\": [1], \"delays\": [-1]}", 0, "delays[0] is `-1`"),
        ("genet", b"{\"timestamps\": [0],\n\"bandwidths\": 1}", 0, "bandwidths is `1`"),
        ("genet", b"{\"timestamps\": [], \"bandwidths\": []}", 0, "at least one interval"),
        ("genet", b"[]", 1, ""),
        ("twitch", b"", 0, "without a profile"),
        ("twitch", b"a = [\n{speed: 1}]", 2, "speed and duration"),
        ("twitch", b"a = [\n{speed: 1, duration: 0}]", 2, "duration is 0"),
        ("twitch", b"a = [\n{speed: x, duration: 1}]", 2, "speed is `x`"),
        ("twitch", b"a = [\n{sped: 1, duration: 1}]", 2, "speed or duration"),
        ("twitch", b"a = [{speed: 1, duration: 1}\n", 1, "the end of the list"),
        ("steps", b"# nothing\n", 0, "without steps"),
        ("steps", b"30 rate 1mbit\n", 1, "the duration is `30`"),
        ("steps", b"30s rate 1mbps\n", 1, "rate is `1mbps`"),
        ("steps", b"30s rate 1mbit\n1s delay 1ms\n", 2, "a rate"),
        ("steps", b"30s rate 1mbit rate 1mbit\n", 1, "rate once"),
        ("steps", b"30s rate 1mbit loss 101%\n", 1, "loss is `101%`"),
        ("steps", b"30s rate 1mbit jitter 1ms\n", 1, "rate, up, delay or loss"),
        ("steps", b"30s rate 1mbit delay\n", 1, "delay is ``"),
        ("sigcomm21", b"1\n", 0, "a line of rates"),
        ("sigcomm21", b"1\n1,x\n", 2, "rate_mbyte_s is `x`"),
        ("sigcomm21", b"1\n1,2\n3\n", 3, "nothing after"),
        ("cellreplay", b"0 1 2\n1 2 3\n", 0, "at least three lines"),
        ("cellreplay", b"0 1 2\n5 2 3\n4 1 1\n", 3, "time_ms is `4`"),
        ("cellreplay", b"0 1 2 1\n5 2 3\n6 1 1\n", 1, "pdo_ms is `1`"),
        ("cellreplay", b"100 1\n300 2\n", 2, "psize is `300`"),
    ];
    for (name, input, line, message) in cases {
        let shown = String::from_utf8_lossy(input);
        match formats::read(*input, Some(format(name)), &ReadOptions::default()) {
            Err(NetworkError::Input(bad)) => {
                assert_eq!(bad.line, *line, "{name} {shown:?}: {bad}");
                assert!(bad.to_string().contains(message), "{name} {shown:?}: {bad}");
                assert!(!bad.to_string().contains('\n'), "one line: {bad}");
            }
            other => panic!("{name} {shown:?}: {other:?}"),
        }
    }
    for unknown in [&b""[..], b"\n \n", b"hello\n", b"\x00\x01\x02", b"<xml/>", b"[1, 2]", b"1 2 3 4 5 6\n"] {
        assert!(matches!(formats::sniff(unknown), Err(NetworkError::Input(_))), "{unknown:?}");
    }
}

#[test]
fn names_are_corrected_and_files_named() {
    let error = formats::by_name("coocked").expect_err("unknown").to_string();
    assert!(error.contains("did you mean 'cooked'"), "{error}");
    let error = formats::parse_spec("cooked:hodl=forward").expect_err("unknown").to_string();
    assert!(error.contains("did you mean 'hold'"), "{error}");
    assert!(formats::parse_spec("sabre:hold=forward").is_err(), "sabre has no hold");
    assert!(formats::parse_spec("cooked:hold=sideways").is_err());

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bus 1.log");
    std::fs::write(&path, COOKED).expect("written");
    let named = formats::read_path(&path, None, &ReadOptions::default()).expect("valid");
    assert_eq!(named.trace.name(), "bus 1");
    std::fs::write(&path, "0 1\n1 x\n").expect("written");
    let error = formats::read_path(&path, None, &ReadOptions::default()).expect_err("wrong").to_string();
    assert!(error.contains("bus 1.log: line "), "{error}");
    let error =
        formats::read_path(&folder.path().join("none"), None, &ReadOptions::default()).expect_err("no file");
    assert!(matches!(error, NetworkError::Io { .. }), "{error}");
}

/// Inputs whose numbers would fill the memory if anything were made per millisecond or per second.
#[test]
fn a_few_bytes_cannot_ask_for_much_memory() {
    let one = read_as("mahimahi", "4294967295\n").expect("49 days are a trace");
    assert_eq!(one.trace.periods().len(), 2);
    let long = read_as("cooked", "0 1\n1e10 1\n").expect("317 years are one period");
    assert_eq!(long.trace.periods().len(), 1);
    let stats = netmodel::stats::of_recording(&long);
    assert_eq!((stats.rates.duration_s, stats.acf1), (1e10, None));
    // And what comes out is bounded too.
    let (mahimahi, _, options) = formats::parse_spec("mahimahi").expect("known");
    for wide in [&long.trace, &Trace::steps("w", &[(1e6, 1e9)], Seconds::ZERO).expect("valid")] {
        assert!(formats::write(wide, mahimahi, &mut std::io::sink(), &options).is_err());
    }
    // 12 Gbit/s are a packet per microsecond: 30 s are 3e7 lines of up to 6 characters, 180 MB.
    let fast = Trace::steps("f", &[(30.0, 12e3)], Seconds::ZERO).expect("valid");
    let refused = formats::write(&fast, mahimahi, &mut std::io::sink(), &options).expect_err("too much");
    assert!(refused.to_string().contains("180 MB"), "{refused}");
    let (mahimahi, _, more) = formats::parse_spec("mahimahi:most_mb=180").expect("known");
    assert!(formats::write(&fast, mahimahi, &mut std::io::sink(), &more).is_ok());
}

#[test]
fn losses_are_said() {
    let r = read(SABRE).expect("valid");
    assert_eq!(written(&r.trace, "sabre").1, Vec::<String>::new());
    assert_eq!(written(&r.trace, "csv").1, Vec::<String>::new());
    let (_, losses) = written(&r.trace, "cooked");
    assert!(losses.iter().any(|l| l.contains("latencies")), "{losses:?}");
    let (text, losses) = written(&r.trace, "mahimahi");
    assert!(losses.iter().any(|l| l.contains("a pass lasts")), "{losses:?}"); // the outage at the end
    assert_eq!(text.lines().count(), 250); // 1.5 s at 2 Mbit/s in packets of 12,000 bits
    assert_eq!(text.lines().next(), Some("6"));
    let quirk = read_as("cooked:wrap_from_zero=true", COOKED).expect("valid");
    assert_eq!(written(&quirk.trace, "sabre").1.len(), 1);
    let (text, _) = written(&quirk.trace, "cooked");
    assert_eq!(read_as("cooked:wrap_from_zero=true", &text).expect("valid").trace, quirk.trace);
}

fn trace() -> impl Strategy<Value = Trace> {
    // Whole microseconds and bit/s: what files hold. One rate in four is an outage.
    let rate = prop_oneof![1 => Just(0u64), 3 => 1u64..2_000_000_000];
    let period = (1u64..20_000_000, rate, 0u32..3).prop_map(|(us, bps, latency)| Period {
        duration: Seconds::from_millis(us as f64 / 1e3),
        rate: BitRate::from_kbps(bps as f64 / 1e3),
        latency: Seconds::from_millis(f64::from(latency) * 12.5),
    });
    prop::collection::vec(period, 1..60).prop_map(|periods| Trace::new("trace", periods).expect("valid"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_failure_persistence(FileFailurePersistence::WithSource("regressions")))]

    /// Whatever is read from a file of a lossless format, written in it and read again, is the very same trace.
    #[test]
    fn read_write_read_is_identity(t in trace(), which in 0..4usize) {
        let spec = ["sabre", "csv", "cooked", "cooked:hold=forward"][which];
        let first = read_as(spec, &written(&t, spec).0).expect("our own file").trace;
        let (text, losses) = written(&first, spec);
        let again = read_as(spec, &text).expect("our own file").trace;
        let said = losses.iter().any(|l| l.contains("last binary digit"));
        if said || losses.iter().any(|l| l.contains("last=")) {
            prop_assert_eq!(again.periods().len(), first.periods().len());
        } else {
            prop_assert_eq!(again, first);
        }
        prop_assert!(!(said && which == 0), "durations are written as they are");
    }

    /// Sabre and CSV hold all that a trace has, so a trace comes back from them.
    #[test]
    fn lossless_formats_lose_nothing(t in trace(), csv: bool) {
        let spec = if csv { "csv" } else { "sabre" };
        let (text, losses) = written(&t, spec);
        let back = read_as(spec, &text).expect("our own file").trace;
        prop_assert_eq!(back.periods().len(), t.periods().len());
        for (a, b) in back.periods().iter().zip(t.periods().iter()) {
            prop_assert_eq!((a.rate, a.latency), (b.rate, b.latency));
            let error = (a.duration.millis() - b.duration.millis()).abs();
            prop_assert!(error == 0.0 || (!losses.is_empty() && error <= 1e-15 * t.duration().millis()));
        }
    }

    /// A Mahimahi file comes back line for line (lines 0 as the last millisecond, with which they fall together).
    #[test]
    fn mahimahi_comes_back(
        gaps in prop::collection::vec(prop_oneof![4 => 0u32..3, 1 => 0u32..4000], 1..300),
        bytes in prop_oneof![Just(1500u32), Just(1504), Just(1400)],
    ) {
        let mut now = 0;
        let mut lines: Vec<u32> = gaps.iter().map(|g| { now += g; now }).collect();
        prop_assume!(now > 0);
        let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
        let spec = format!("mahimahi:bytes={bytes}");
        let trace = read_as(&spec, &text).expect("valid").trace;
        prop_assert_eq!(trace.duration().millis(), f64::from(now));
        prop_assert_eq!(trace.total().bytes(), f64::from(bytes) * lines.len() as f64);
        let (text, losses) = written(&trace, &spec);
        prop_assert!(losses.is_empty(), "{:?}", losses);
        lines.iter_mut().filter(|l| **l == 0).for_each(|l| *l = now);
        lines.sort_unstable();
        let back: Vec<u32> = text.lines().map(|l| l.parse().expect("a number")).collect();
        prop_assert_eq!(back, lines);
        prop_assert_eq!(read_as(&spec, &text).expect("our own file").trace, trace);
    }

    /// Rows of a second carry what the trace carries in its full seconds, and come back as they are.
    #[test]
    fn rows_of_a_second_conserve_bits(t in trace(), which in 0..2usize) {
        let spec = ["nyumets", "sigcomm24"][which];
        prop_assume!(t.duration() >= Seconds::new(1.0));
        let (text, losses) = written(&t, spec);
        let rows = read_as(spec, &text).expect("our own file").trace;
        let full = t.duration().get().floor();
        prop_assert_eq!(rows.duration().get(), full);
        let (got, want) = (rows.total().get(), t.bits_before(Seconds::new(full)).get());
        prop_assert!((got - want).abs() <= 1e-9 * t.total().get(), "{} instead of {}", got, want);
        prop_assert_eq!(losses.iter().any(|l| l.contains("not written: a row")), t.duration().get() > full);
        let (again, losses) = written(&rows, spec);
        prop_assert!(losses.is_empty(), "{:?}", losses);
        prop_assert_eq!(again, text);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        exercise(&bytes);
    }

    /// Valid files with some bytes changed, cut out or doubled.
    #[test]
    fn no_damaged_file_panics(
        which in 0..VALID.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, any::<u8>()), 1..6),
    ) {
        let mut bytes = VALID[which].1.as_bytes().to_vec();
        for (at, how, byte) in damage {
            if bytes.is_empty() { break; }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                2 => bytes.insert(at, b"0123456789.-eE,\n\" "[usize::from(byte) % 18]),
                _ => bytes.truncate(at),
            }
        }
        exercise(&bytes);
    }

    /// Numbers of every size in the place of numbers.
    #[test]
    fn no_numbers_panic(rows in prop::collection::vec((any::<f64>(), any::<f64>()), 1..20), exact: bool) {
        let number = |x: f64| if exact { format!("{x}") } else { format!("{x:e}") };
        let rows: Vec<(String, String)> = rows.into_iter().map(|(a, b)| (number(a), number(b))).collect();
        let join = |f: &dyn Fn(&(String, String)) -> String, by: &str| rows.iter().map(f).collect::<Vec<_>>().join(by);
        exercise(join(&|(a, b)| format!("{a} {b}"), "\n").as_bytes());
        exercise(join(&|(a, b)| format!("{a},{b}"), "\n").as_bytes());
        exercise(join(&|(a, _)| a.clone(), "\n").as_bytes());
        let json = join(&|(a, b)| format!("{{\"duration_ms\":{a},\"bandwidth_kbps\":{b}}}"), ",");
        exercise(format!("[{json}]").as_bytes());
    }
}

/// Reads the bytes in every way; what can be read must have sane numbers and be writable.
fn exercise(bytes: &[u8]) {
    let _ = formats::sniff(bytes);
    for format in formats::all() {
        for hold in [None, Some(Hold::Backward), Some(Hold::Forward)] {
            let mut options = ReadOptions::default();
            options.hold = hold;
            match formats::read_all(bytes, Some(format), &options) {
                Ok(contents) => contents.iter().for_each(|content| {
                    let Content::Trace(recording) = content else { return };
                    let stats = netmodel::stats::of_recording(recording);
                    assert!(stats.rates.duration_s >= 0.0 && recording.trace.duration() > Seconds::ZERO);
                    let mut options = WriteOptions::default();
                    options.hold = hold;
                    for name in ["sabre", "csv", "cooked"] {
                        let format = formats::by_name(name).expect("known");
                        formats::write(&recording.trace, format, &mut std::io::sink(), &options)
                            .expect("writable");
                    }
                }),
                Err(e) => assert!(!e.to_string().contains('\n'), "one line: {e}"),
            }
        }
    }
}
