//! The logs and tables of others: what their units mean, what real files do to a reader, and what is refused.

use netmodel::NetworkError;
use netmodel::formats::{self, Content, Measurement, ReadOptions, Recording};
use netmodel::stats;
use units::Seconds;

/// Everything that a text holds, in the format that it shows or, with a specification, in that one.
fn contents(spec: &str, text: &str) -> Result<Vec<Content>, NetworkError> {
    if spec.is_empty() {
        return formats::read_all(text.as_bytes(), None, &ReadOptions::default());
    }
    let (format, options, _) = formats::parse_spec(spec)?;
    formats::read_all(text.as_bytes(), Some(format), &options)
}

fn traces(spec: &str, text: &str) -> Vec<Recording> {
    let trace = |content| match content {
        Content::Trace(recording) => *recording,
        other => panic!("{text:?}: {other:?}"),
    };
    contents(spec, text).expect(text).into_iter().map(trace).collect()
}

fn one(spec: &str, text: &str) -> Recording {
    let mut all = traces(spec, text);
    assert_eq!(all.len(), 1, "{text:?}");
    all.remove(0)
}

/// `(seconds, Mbit/s)` of every period.
fn steps(recording: &Recording) -> Vec<(f64, f64)> {
    recording.trace.periods().iter().map(|p| (p.duration.get(), p.rate.mbps())).collect()
}

fn rates(recording: &Recording) -> Vec<f64> {
    recording.trace.periods().iter().map(|p| p.rate.mbps()).collect()
}

fn column(recording: &Recording, name: &str) -> Vec<Option<f64>> {
    recording.columns.iter().find(|c| c.name == name).expect(name).values.iter().collect()
}

fn says(recording: &Recording, what: &str) -> bool {
    recording.notes.iter().any(|n| n.contains(what))
}

/// The two examples on the pages of the data sets, whose means are on record.
#[test]
fn the_documented_raw_logs() {
    let Some(root) = fixtures::shared("the_documented_raw_logs", "traces/raw_log_doc_examples") else {
        return;
    };
    for (file, mean) in
        [("hsdpa_raw_doc_example.log", 1.842_370_159), ("belgium4g_raw_doc_example.log", 19.8802)]
    {
        let recording =
            formats::read_path(&root.join(file), None, &ReadOptions::default()).expect("a raw log");
        let got = stats::of_recording(&recording).rates.mean_mbps;
        assert!((got / mean - 1.0).abs() < 1e-9, "{file}: {got} instead of {mean}");
    }
}

#[test]
fn raw_logs_in_seconds_and_in_milliseconds() {
    // 125,000 bytes in a second are 1 Mbit/s; the last field may be padded with zeros and is decimal (0800 is no octal).
    let hsdpa = one("", "1300000000  10 59.1\t10.2   125000  1000\n1300000001 810 59.1 10.2 100000 0800\n");
    assert_eq!((hsdpa.format, steps(&hsdpa)), ("rawlog", vec![(1.0, 1.0), (0.8, 1.0)]));
    assert_eq!((hsdpa.measures, hsdpa.notes.len()), (Measurement::Capacity, 0));
    assert_eq!(column(&hsdpa, "latitude"), [Some(59.1), Some(59.1)]);
    let belgium = one("", "1450000000000 10 51.0 3.7 250000 1000\n1450000000999 1009 51.0 3.7 249750 0999");
    assert_eq!(steps(&belgium), [(1.0, 2.0), (0.999, 2.0)]);
    for (text, digits) in
        [("1300000000 1 2 3 4 5\n", "10 digits"), ("1300000000000 1 2 3 4 5\n", "13 digits")]
    {
        assert!(formats::sniff(text.as_bytes()).expect("a log").reason.contains(digits));
    }
}

#[test]
fn raw_logs_with_a_clock_that_goes_back() {
    let log = one(
        "",
        "1300000010 5000 0 0 125000 1000\n1300000003 1000 0 0 250000 1000\n1300000004 1000 0 0 9 0\n\
         1300000009 7000 0 0 125000 1000\n",
    );
    // Lengths are the log's own; the line without one has no rate, and 5 s between the last two are in no interval.
    assert_eq!(steps(&log), [(1.0, 1.0), (1.0, 2.0), (1.0, 1.0)]);
    assert!(says(&log, "backwards 1 time(s), first at line 2"), "{:?}", log.notes);
    assert!(says(&log, "1 line(s)") && says(&log, "5 s between intervals"), "{:?}", log.notes);
    assert_eq!(stats::of_recording(&log).dropped_nonpositive, 1);
}

#[test]
fn nyu_rows_have_their_own_units() {
    let bus = one("", "2,Mbits/sec\r\n2000,Kbits/sec\r\n2000000,bits/sec\r\n0.002,Gbits/sec\r\n\r\n");
    assert_eq!(rates(&bus), [2.0; 4]);
    assert_eq!(bus.facts["units"]["Kbits/sec"], 1);
    assert_eq!(bus.trace.duration(), Seconds::new(4.0));
    assert_eq!(one("nyumets:rows=0.5", "2,Mbits/sec\n").trace.duration(), Seconds::new(0.5));
    let error = contents("nyumets", "2,Mbytes/sec\n").expect_err("a unit of bytes").to_string();
    assert_eq!(
        error,
        "line 1: the unit is `Mbytes/sec`, expected one of Mbits/sec, Kbits/sec, bits/sec, Gbits/sec"
    );
    assert!(contents("nyumets:rows=timestamp", "2,Mbits/sec\n").is_err());
}

#[test]
fn nyu_signals_are_negative_or_missing() {
    let text = "3.5,4,0,91,-19,1,0,2100\n0,5,1,-101,12,1,-1,1900\n1,5,0,-1,2147483647,1,12.5,1900\n";
    let r = one("", text);
    assert_eq!((r.format, rates(&r)), ("nyumets2020", vec![3.5, 0.0, 1.0]));
    assert_eq!(column(&r, "rsrp_dbm"), [Some(-91.0), Some(-101.0), None]);
    assert_eq!(column(&r, "rsrq_db"), [Some(-19.0), Some(-12.0), None]);
    assert_eq!(column(&r, "speed_mps"), [Some(0.0), None, Some(12.5)]);
    assert_eq!(column(&r, "band_mhz"), [Some(2100.0), Some(1900.0), Some(1900.0)]);
    let names: Vec<&str> = r.columns.iter().map(|c| c.name.as_str()).collect();
    let wanted = "neighbours enodeb_changed rsrp_dbm rsrq_db timing_advance speed_mps band_mhz";
    assert_eq!(names.join(" "), wanted);
    assert_eq!(r.facts["enodeb_changes"], 1);
    let error = contents("nyumets2020", "1,2,3\n").expect_err("three fields").to_string();
    assert_eq!(error, "line 1: `1,2,3`, expected eight numbers separated by commas");
}

const IRISH: &str = "Timestamp,NetworkMode,RSRP,DL_bitrate,UL_bitrate,State,RAWCELLID\n";

#[test]
fn g_nettrack_rows_are_seconds_or_time_stamps() {
    let text = format!(
        "{IRISH}2020.02.28_23.59.59,5G,-90,1000,1,D,1\n2020.02.28_23.59.59,5G,-,3000,1,D,1\n\
         2020.02.29_00.00.01,LTE,-100,8000,1,D,2\n2020.02.28_23.00.00,LTE,-100,500,1,D,2\n\
         2020.02.29_00.00.02,LTE,-,-,1,D,2\n"
    );
    let rows = one("", &text);
    assert_eq!(steps(&rows), [(1.0, 1.0), (1.0, 3.0), (1.0, 8.0), (1.0, 0.5)]);
    assert_eq!(column(&rows, "RSRP"), [Some(-90.0), None, Some(-100.0), Some(-100.0)]);
    assert!(says(&rows, "1 row(s) without DL_bitrate") && says(&rows, "1 row(s) with a time stamp before"));
    assert_eq!((rows.facts["n_records"].as_u64(), rows.facts["cell_changes"].as_u64()), (Some(5), Some(1)));
    assert_eq!(
        (rows.facts["missing"]["RSRP"].as_u64(), rows.facts["mode_counts"]["LTE"].as_u64()),
        (Some(2), Some(3))
    );
    assert_eq!(rows.facts["rsrp_mean"].as_f64(), Some(-290.0 / 3.0));
    // Two rows of one second are their mean, over the leap day's midnight until the next; the row of the past is none.
    let stamps = one("gnettrack:rows=timestamp", &text);
    assert_eq!(steps(&stamps), [(2.0, 2.0), (1.0, 8.0)]);
    assert_eq!(rows.facts["by_timestamp"]["total_mbit"].as_f64(), Some(12.0));
    assert_eq!(one("gnettrack:rows=2", &text).trace.duration(), Seconds::new(8.0));
}

/// What `rows=timestamp` reads has the statistics that are on record for it.
#[test]
fn irish_logs_by_time_stamp() {
    let Some(root) = fixtures::shared("irish_logs_by_time_stamp", "traces") else { return };
    let golden: serde_json::Value =
        serde_json::from_slice(&std::fs::read(root.join("stats.json")).expect("stats.json")).expect("JSON");
    let (format, options, _) = formats::parse_spec("gnettrack:rows=timestamp").expect("known");
    let files = golden["families"]["irish5g_csv"]["files"].as_object().expect("files");
    for (file, want) in files {
        let recording =
            formats::read_path(&root.join("irish5g_csv").join(file), Some(format), &options).expect(file);
        let got = serde_json::to_value(&stats::of_recording(&recording).rates).expect("serialisable");
        for (key, want) in want["by_timestamp"].as_object().expect("numbers") {
            if let (Some(got), Some(want)) = (got[key].as_f64(), want.as_f64()) {
                assert!((got - want).abs() <= 1e-9 * want.abs(), "{file}: {key}: {got} instead of {want}");
            }
        }
        // Downloads saturate the link, the players of the other logs pause.
        let download = file.starts_with("Download");
        assert_eq!(recording.measures == Measurement::Capacity, download, "{file}");
    }
    assert!(!files.is_empty());
}

#[test]
fn an_idle_g_nettrack_log_is_observed() {
    let row = |i: usize, state: &str| format!("2020.01.01_00.00.{i:02},5G,-90,10,1,{state},1\n");
    let log = |idle: usize| {
        let rows: String = (0..40).map(|i| row(i, if i < idle { "I" } else { "D" })).collect();
        one("", &format!("{IRISH}{rows}"))
    };
    assert_eq!((log(2).measures, log(2).notes.len()), (Measurement::Capacity, 0)); // 5 %
    assert_eq!(log(3).measures, Measurement::Observed);
    assert!(says(&log(40), "idle in 100 % of its rows"));
}

#[test]
fn lumos_sizes_are_kbit_whatever_they_are_called() {
    // 2,000 "KBytes" in 0.5 s were 4 Mbit/s on the players' own meter.
    let text = "app_throughput,chunk_size,delivery_time,player_state\n4000,2000,0.5,steady\n500,100,0.2,buffering\n0,7,0,steady\n";
    let r = one("", text);
    assert_eq!((r.format, steps(&r)), ("lumos", vec![(0.5, 4.0), (0.2, 0.5)]));
    assert_eq!((r.measures, r.facts["states"]["steady"].as_u64()), (Measurement::Observed, Some(2)));
    assert_eq!(r.facts["total_kbit"].as_f64(), Some(2107.0));
    assert!(says(&r, "1 delivery(s) took no time"));
}

#[test]
fn lumos5g_runs_are_traces() {
    // Columns in another order, rows of two runs mixed and out of order, a missing rate, a second left out.
    let text = "Throughput,seq_num,run_num,mobility_mode,trajectory_direction,nr_ssRsrp\n\
                20,2,1,walking,CW,2147483647\n100,1,1,driving,CW,-80\n10,1,1,walking,CW,-85\n,3,1,walking,CW,-1\n40,5,1,walking,CW,-90\n";
    let runs = traces("", text);
    let names: Vec<_> = runs.iter().map(|r| (r.part.as_deref(), rates(r))).collect();
    assert_eq!(names, [(Some("1-walking-CW"), vec![10.0, 20.0, 40.0]), (Some("1-driving-CW"), vec![100.0])]);
    assert_eq!(column(&runs[0], "nr_ssRsrp"), [Some(-85.0), None, Some(-90.0)]);
    assert!(says(&runs[0], "the order of seq_num") && says(&runs[0], "leaves out seconds 1 time(s)"));
    assert!(says(&runs[0], "1 row(s) without Throughput"));
    assert_eq!(one("lumos5g:part=1-driving-CW", text).trace.name(), "1-driving-CW");
    let error = contents("lumos5g:part=1-drivin-CW", text).expect_err("no such run").to_string();
    assert!(error.contains("did you mean `1-driving-CW`?"), "{error}");
    let error =
        formats::read(text.as_bytes(), None, &ReadOptions::default()).expect_err("two runs").to_string();
    assert!(error.contains("2 traces") && error.contains("1-walking-CW"), "{error}");
}

#[test]
fn fcc_tests_are_bytes_and_belong_to_unit_and_site() {
    let rows = "5,2016-01-01 00:10:00,http://a.example,1.2.3.4,9,9,125000,30,8\n\
                6,2016-01-01 00:20:00,http://a.example,1.2.3.4,9,9,250000,30,8\n\
                5,2016-01-01 01:10:00,http://a.example,1.2.3.4,9,9,375000,30,8\n\
                5,2016-01-01 01:11:00,http://b.example/x,1.2.3.4,9,9,\\N,30,8\n";
    let header = "unit_id,dtime,target,address,fetch_time,bytes_total,bytes_sec,objects,threads\n";
    for text in [rows.to_string(), format!("{header}{rows}")] {
        let units = traces("", &text);
        let found: Vec<_> = units.iter().map(|r| (r.part.as_deref(), steps(r))).collect();
        let want =
            [("5_http---a.example", vec![(5.0, 1.0), (5.0, 3.0)]), ("6_http---a.example", vec![(5.0, 2.0)])];
        assert_eq!(found, want.map(|(name, steps)| (Some(name), steps)));
        assert!(units.iter().all(|r| r.measures == Measurement::Observed));
        assert_eq!(traces("fcc:rows=1", &text)[0].trace.duration(), Seconds::new(2.0));
    }
}

const SENT: &str = "time,session_id,index,expt_id,channel,video_ts,format,size,ssim_index,cwnd,in_flight,min_rtt,rtt,delivery_rate\n\
    1600000000000000000,a=,0,1,x,0,1280x720-22,250000,0.98,10,0,20000,30000,1250000\n\
    1600000002000000000,a=,0,1,x,180180,1280x720-22,500000,0.98,10,0,25000,30000,125000\n\
    1600000002500000000,b=,3,1,x,0,1280x720-22,500000,0.98,10,0,,30000,125000\n\
    1600000004000000000,a=,0,1,x,0,1280x720-22,125000,0.98,10,0,20000,30000,250000\n\
    1600000006000000000,a=,0,1,x,180180,1280x720-22,125000,0.98,10,0,20000,30000,250000\n";
const ACKED: &str = "time,session_id,index,expt_id,channel,video_ts\n\
    1600000000500000000,a=,0,1,x,0\n1600000003000000000,a=,0,1,x,180180\n1600000004250000000,a=,0,1,x,0\n";

#[test]
fn puffer_alone_is_estimates_in_bytes() {
    let streams = traces("", SENT);
    // b's one chunk makes no interval. An estimate holds until its time: a's first belongs to no interval.
    assert_eq!(streams.len(), 1);
    assert!(says(&streams[0], "1 of 2 stream(s) are left out"));
    assert_eq!(
        (streams[0].part.as_deref(), steps(&streams[0])),
        (Some("a=_0"), vec![(2.0, 1.0), (2.0, 2.0), (2.0, 2.0)])
    );
    assert_eq!(streams[0].trace.period(0).latency, Seconds::new(0.025));
    assert_eq!(streams[0].measures, Measurement::Observed);
    assert!(says(&streams[0], "estimates of the kernel"));
    let forward = one("puffer:hold=forward,last=1,part=a=_0", SENT);
    assert_eq!(steps(&forward)[0], (2.0, 10.0));
    assert_eq!(forward.trace.duration(), Seconds::new(7.0));
}

#[test]
fn puffer_joined_is_what_chunks_achieved() {
    // The chunk time 0 occurs again after a restart: each belongs to the acknowledgement after its own sending. The last
    // chunk was never acknowledged: the one acknowledgement of its time was before it was sent.
    let want = [(0.5, 4.0), (1.0, 4.0), (0.25, 4.0)];
    let joined = one("", &format!("{SENT}{ACKED}"));
    assert_eq!(steps(&joined), want);
    assert!(says(&joined, "1 chunk(s) were not acknowledged") && says(&joined, "between deliveries"));
    // It is no sample with the time stamp of another one.
    assert_eq!(stats::Measured::of(&joined).dropped(), 0);
    assert!(says(&joined, "1 of 2 stream(s) are left out"));
    assert_eq!(steps(&one("", &format!("{ACKED}{SENT}"))), want);

    let folder = tempfile::tempdir().expect("a folder");
    let [sent, acked] = ["video_sent_X.csv", "video_acked_X.csv"].map(|name| folder.path().join(name));
    std::fs::write(&sent, SENT.trim_end()).expect("written");
    std::fs::write(&acked, ACKED).expect("written");
    let (format, options, _) =
        formats::parse_spec(&format!("puffer:acked={}", acked.display())).expect("known");
    let pair = formats::read_path(&sent, Some(format), &options).expect("a pair");
    assert_eq!((steps(&pair), pair.trace.name()), (want.to_vec(), "video_sent_X#a=_0"));

    let mut absent = options.clone();
    absent.acked = Some("no/such/acked.csv".into());
    let error = formats::read_path(&sent, Some(format), &absent).expect_err("no file").to_string();
    assert!(error.contains("acked is `no/such/acked.csv`"), "{error}");

    let error = contents("", ACKED).expect_err("no sizes").to_string();
    assert!(error.contains("0 row(s) of video_sent and 3 of video_acked"), "{error}");
}

#[test]
fn an_input_holds_so_many_traces_and_no_more() {
    let fits = |spec: &str, head: &str, row: fn(usize) -> String, n: usize| {
        let rows: String = (0..n).map(row).collect();
        contents(spec, &format!("{head}{rows}")).map(|found| found.len())
    };
    let run = |i| format!("{i},1,5\n");
    let lumos = "run_num,seq_num,Throughput\n";
    assert_eq!(
        fits("lumos5g", lumos, run, formats::MAX_PARTS).expect("as many as may be"),
        formats::MAX_PARTS
    );
    let fcc = |i| format!("{i},2016-01-01 00:00:00,x,1.1.1.1,1,1000,5\n");
    let puffer = |i| format!("1600000000000000000,a,{i},0,5\n");
    let list = |_| "x=[{speed:1,duration:1}]\n".to_string();
    for (spec, head, row) in [
        ("lumos5g", lumos, run as fn(usize) -> String),
        ("fcc", "unit_id,dtime,target,address,fetch_time,bytes_total,bytes_sec\n", fcc),
        ("puffer", "time,session_id,index,video_ts,size\n", puffer),
        ("twitch", "", list),
    ] {
        let error = fits(spec, head, row, formats::MAX_PARTS + 1).expect_err(spec).to_string();
        assert!(error.contains("more than 100000 traces"), "{spec}: {error}");
    }
}

#[test]
fn a_unit_that_is_none_is_told_where_it_stands() {
    let error = contents("", "5,Mbits/sec\n6,Mbit/hour\n").expect_err("no unit").to_string();
    assert!(error.contains("line 2: the unit is `Mbit/hour`"), "{error}");
}

#[test]
fn sigcomm24_columns_say_what_a_file_is() {
    let length = |text: &str| one("", text).trace.duration().get();
    assert_eq!(length("Tput(Mbps)\tconfig\n10\tx\n20\tx\n"), 0.2);
    assert_eq!(length("time(secs)\tTput(Mbps)\n1\t10\n2\t20\n"), 2.0);
    let radio = one("", "Tput(Mbps)\tMCS\tRBs\tlayers\tconfig\n10\t12.5\t200\t4\tx\n20\t13.5\t210\t3\tx\n");
    assert_eq!((radio.trace.duration().get(), radio.facts["mcs_mean"].as_f64()), (1.0, Some(13.0)));
    assert_eq!(column(&radio, "layers"), [Some(4.0), Some(3.0)]);
    let numbered = "\tTput(Mbps)\tconfig\n145\t10\tx\n306\t20\tx\n";
    assert!(says(&one("", numbered), "assumed") && one("sigcomm24:rows=0.2", numbered).notes.is_empty());

    // A pool of places, a variability per window, and units other than Mbit/s are no series.
    for table in [
        "Tput(Mbps)\tConfig\n1\tx\n2\ty\n",
        "time(ms)\tTput(Mbps)\tconfig\n25\t8\tx\n",
        "TP (Gbps)\tConfig\n0.7\tx\n",
    ] {
        match contents("", table).expect("a table").remove(0) {
            Content::Table(table) => assert!(table.facts["n_records"].as_u64() > Some(0)),
            other => panic!("{other:?}"),
        }
        let error = formats::read(table.as_bytes(), None, &ReadOptions::default()).expect_err("no trace");
        assert!(error.to_string().contains("1 table(s) without a time series"), "{error}");
    }
}

#[test]
fn sigcomm24_tables_are_described() {
    // `few` has a number in one of four rows, `index` and `most` in more than a quarter of them.
    let text = "\tEventType\tmost\tfew\n0\tA\t1\t5\n1\t\t\t\n2\tA\t4\t\n3\tB\tx\t\n";
    let Content::Table(table) = contents("", text).expect("a table").remove(0) else { panic!("no table") };
    let want = serde_json::json!({
        "n_records": 4, "columns": ["", "EventType", "most", "few"],
        "mean:index": 1.5, "mean:most": 2.5, "counts": {"": 1, "A": 2, "B": 1}
    });
    assert_eq!(serde_json::Value::Object(table.facts), want);
    assert_eq!(table.columns.len(), 2);
}

#[test]
fn rows_of_a_second_come_back_where_they_are_written() {
    let nyu = one("", "2.5,Mbits/sec\n37,Kbits/sec\n0,bits/sec\n0.3,Mbits/sec\n").trace;
    for spec in ["nyumets", "sigcomm24"] {
        let (format, _, options) = formats::parse_spec(spec).expect("known");
        let written = |trace| {
            let mut out = Vec::new();
            let losses = formats::write(trace, format, &mut out, &options).expect("writable");
            (String::from_utf8(out).expect("text"), losses)
        };
        let (text, losses) = written(&nyu);
        assert_eq!((losses.len(), one("", &text).trace.periods()), (0, nyu.periods()), "{text}");
        // A change within a second becomes a mean, and what is no full second is not written.
        let steps =
            netmodel::Trace::steps("t", &[(1.5, 2.0), (1.7, 4.0)], Seconds::new(0.1)).expect("a trace");
        let (text, losses) = written(&steps);
        assert_eq!(rates(&one("", &text)), [2.0, 3.0, 4.0]);
        let said = ["1 row(s)", "2 period(s) of more than a second", "the last 0.2", "latency"];
        assert_eq!(losses.len(), said.len(), "{losses:?}");
        assert!(losses.iter().zip(said).all(|(loss, said)| loss.contains(said)), "{losses:?}");
    }
}

#[test]
fn tables_are_refused_by_line_and_column() {
    let cases = [
        ("rawlog", "1300000000 1 2 3 4\n", 1, "the six fields"),
        ("rawlog", "1300000000 1 2 3 x 5\n", 1, "bytes is `x`"),
        ("rawlog", "1300000000 1 2 3 -4 5\n", 1, "bytes is `-4`"),
        ("rawlog", "1300000000 1 2 3 4 0\n", 0, "without an interval"),
        ("rawlog", "1300000000 1 2 3 1e17 1\n", 1, "bytes per interval_ms"),
        ("nyumets", "\n\nx,Mbits/sec\n", 3, "the rate is `x`"),
        ("nyumets", "-1,Mbits/sec\n", 1, "the rate is `-1`"),
        ("nyumets", "1e10,Mbits/sec\n", 1, "1e9 Mbit/s"),
        ("nyumets2020", "1,2,3,4,5,6,7\n", 1, "eight numbers"),
        ("gnettrack", "Timestamp,RSRP\n2020.01.01_00.00.00,1\n", 1, "a column DL_bitrate"),
        ("gnettrack", "Timestamp,DL_bitrate\n2020-01-01 00:00:00,1\n", 2, "YYYY.MM.DD_HH.MM.SS"),
        ("gnettrack", "Timestamp,DL_bitrate\n\n2020.01.01_00.00.00,x\n", 3, "DL_bitrate is `x`"),
        ("gnettrack", "Timestamp,DL_bitrate\n2020.01.01_00.00.00,-\n", 0, "1 row(s) without DL_bitrate"),
        ("gnettrack", "Timestamp,DL_bitrate\n2020.01.01_00.00.00,1,2\n", 2, "`2` in field 3"),
        ("lumos", "chunk_size,delivery_time\n1,-1\n", 2, "delivery_time is `-1`"),
        ("lumos", "chunk_size,delivery_time\n1\n", 2, "delivery_time is ``"),
        ("lumos", "chunk_size,delivery_time\r\n1,1\r\n\r\n \r\n1,x\r\n", 5, "delivery_time is `x`"),
        ("lumos5g", "run_num,Throughput\n1,2147483647\n", 0, "has a Throughput"),
        ("fcc", "unit_id,dtime,target,bytes_sec\n1,2,3,x\n", 2, "bytes_sec is `x`"),
        ("puffer", "time,session_id,index,video_ts,size\n1.5,a,0,0,1\n", 2, "time is `1.5`"),
        ("sigcomm24", "Tput(Mbps)\tconfig\n-1\tx\n", 2, "Tput(Mbps) is `-1`"),
        ("sigcomm24", "Tput(Mbps)\tconfig\n", 0, "0 row(s) without Tput(Mbps)"),
        ("sigcomm24", "a\tb\n", 0, "a header without rows"),
        ("sigcomm24", "a\tb\n1\t2\n3\n", 3, "1 field(s), expected 2"),
    ];
    for (format, text, line, message) in cases {
        match contents(format, text) {
            Err(NetworkError::Input(bad)) => {
                assert_eq!(bad.line, line, "{format} {text:?}: {bad}");
                assert!(bad.to_string().contains(message), "{format} {text:?}: {bad}");
            }
            other => panic!("{format} {text:?}: {other:?}"),
        }
    }
}

/// Rows that lack columns are not filled up: columns times rows would be much more than what the file has.
#[test]
fn a_wide_header_cannot_ask_for_much_memory() {
    let (header, rows) = ("x\t".repeat(50_000), "1\n".repeat(50_000));
    let error = contents("sigcomm24", &format!("{header}\n{rows}")).expect_err("short rows").to_string();
    assert!(error.starts_with("line 2: 1 field(s), expected 50001"), "{error}");
    // Where columns are looked for by name, those beside them are not kept at all.
    let commas = ",".repeat(50_000);
    let text = format!("run_num,Throughput{commas}\n{}", "1,2\n".repeat(1000));
    assert_eq!(one("lumos5g", &text).columns.len(), 0);
}
