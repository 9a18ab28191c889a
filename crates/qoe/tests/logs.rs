//! Logs of players as they are documented, written by hand, with numbers computed by hand.

use qoe::logs::{Log, log, puffer};

fn read(text: &str) -> Log {
    log("log.json", text).expect("a log").expect("a readable log")
}

/// Startup, stalled, paused, played and whole time of the only session, in s.
fn times(log: &Log) -> [f64; 5] {
    let s = &log.sessions[0].1.session;
    [s.startup_delay_s, s.stall_time(), s.paused_s, s.played_s, s.wall_s]
        .map(|t| (t.get() * 1e6).round() / 1e6)
}

fn ladder(log: &Log) -> Vec<f64> {
    log.sessions[0].1.session.ladder_kbps.iter().map(|r| r.kbps().round()).collect()
}

/// Two segments of 4 s: one arrives after 1 s, the other one 2 s after playback of the first ended at 5 s.
#[test]
fn a_har_with_cmcd_plays_as_its_segments_arrive() {
    let text = r#"{"log": {"version": "1.2", "entries": [
        {"startedDateTime": "2024-05-01T12:00:00.000Z", "time": 1000, "timings": {"send": 0, "wait": 200, "receive": 800},
         "request": {"method": "GET", "url": "https://a/1.m4s", "headers": [], "queryString": [{"name": "CMCD", "value": "br=1000,d=4000,ot=v"}]},
         "response": {"status": 200, "content": {"size": 500000, "mimeType": "video/mp4"}, "bodySize": 500000}},
        {"startedDateTime": "2024-05-01T14:00:01.000+02:00", "time": 6000, "timings": {"send": 0, "wait": 100, "receive": 5900},
         "request": {"method": "GET", "url": "https://a/2.m4s", "headers": [{"name": "CMCD-Object", "value": "br=2000,d=4000,ot=v"}, {"name": "CMCD-Status", "value": "bs"}]},
         "response": {"status": 200, "content": {"size": 1000000}, "bodySize": -1}},
        {"startedDateTime": "2024-05-01T12:00:01.000Z", "time": 10, "request": {"url": "https://a/logo.png"}, "response": {"status": 200, "content": {}}}]}}"#;
    let log = read(text);
    assert_eq!(times(&log), [1.0, 2.0, 0.0, 8.0, 11.0]);
    assert_eq!(ladder(&log), [1000.0, 2000.0]);
    let downloads = &log.sessions[0].1.session.downloads;
    assert!(
        (downloads[0].first_byte_s.get() - 0.2).abs() < 1e-6
            && (downloads[1].stall_s.get() - 2.0).abs() < 1e-6
    );
    // 1000 + 2000 kbit/s, a change of 1000, 2 s stalled at 3000: yin's balanced weights.
    let model = qoe::model("yin:preset=balanced,startup=apart").expect("a model");
    let score = model.score(&log.sessions[0].1.viewing()).expect("a score").value;
    assert!((score - (3000.0 - 1000.0 - 6000.0)).abs() < 0.01, "{score}");
}

/// The same three segments of 4 s in every kind of access log: they arrive at 1 s, 3 s and 10 s. Playback begins at 1 s, and
/// has 8 s of media until 9 s: a stall of 1 s.
#[test]
fn access_logs_of_four_servers_tell_the_same_session() {
    for name in ["origin.jsonl", "nginx.jsonl", "combined.log", "cloudfront.log"] {
        let text = std::fs::read_to_string(fixtures::folder("logs/access").join(name)).expect(name);
        let log = read(&text);
        assert_eq!((log.sessions.len(), log.sessions[0].0.as_str()), (1, "a"), "{name}");
        assert_eq!(times(&log), [1.0, 1.0, 0.0, 12.0, 14.0], "{name}");
        assert_eq!(ladder(&log), [1000.0, 2000.0], "{name}");
        let sizes: Vec<f64> =
            log.sessions[0].1.session.downloads.iter().map(|d| d.size_bits.bytes()).collect();
        assert_eq!(sizes, [500_000.0, 1_000_000.0, 1_000_000.0], "{name}");
        // Only the origin tells of the first byte.
        let first = log.sessions[0].1.session.downloads[0].first_byte_s.get();
        let expected = if name.starts_with("origin") { 0.2 } else { 1.0 };
        assert!((first - expected).abs() < 1e-6, "{name}: {first}");
    }
    // Apache writes microseconds, from the request on; IIS milliseconds, and CMCD in a header.
    let apache = "h - - [01/May/2024:12:00:00 +0000] \"GET /1?CMCD=br%3D1000%2Cd%3D4000%2Cot%3Dv HTTP/1.1\" 200 500000 \"-\" \"p\" 1000000\n";
    assert_eq!(times(&read(apache)), [1.0, 0.0, 0.0, 4.0, 5.0]);
    let iis = "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-uri-stem cs(CMCD-Object) sc-status sc-bytes time-taken\n\
        2024-05-01 12:00:01 /1 br=1000,d=4000,ot=v 200 500000 1000\n";
    assert_eq!(times(&read(iis)), [1.0, 0.0, 0.0, 4.0, 5.0]);
    let wrong = |text: &str| log("x.log", text).expect("a log").expect_err("not enough").to_string();
    assert!(wrong(&apache.replace(" 1000000\n", "\n")).contains("line 1: does not tell of its transfer"));
    assert!(wrong(&apache.replace("01/May", "01/Mai")).contains("expected a time such as"));
    assert!(wrong(&apache.replace("CMCD=", "x=")).contains("an access log alone knows no bitrates"));
    assert!(wrong(&iis.replace(" time-taken", " time-of-day")).contains("without time-taken"));
}

#[test]
fn dash_js_metrics_tell_when_the_picture_stood() {
    let segment = |request: &str, finish: &str, quality: usize, bytes: usize| {
        format!(
            r#"{{"type": "MediaSegment", "responsecode": 200, "trequest": "2024-05-01T12:00:{request}Z", "tresponse": "2024-05-01T12:00:{request}Z",
            "_tfinish": "2024-05-01T12:00:{finish}Z", "_mediaduration": 2, "_quality": {quality}, "trace": [{{"d": 1, "b": [{bytes}, 0]}}]}}"#
        )
    };
    let text = format!(
        r#"{{"video": {{"HttpList": [{{"type": "InitializationSegment"}}, {}, {}, {}], "PlayList": [{{"trace": [
            {{"start": "2024-05-01T12:00:01.500Z", "duration": 2000, "stopreason": "rebuffering"}},
            {{"start": "2024-05-01T12:00:04.250Z", "duration": 1000, "stopreason": "user_request"}},
            {{"start": "2024-05-01T12:00:15.250Z", "duration": 3000, "stopreason": null}}]}}]}}}}"#,
        segment("00.000", "01.000", 0, 100_000),
        segment("01.000", "04.000", 0, 150_000),
        segment("04.000", "05.000", 1, 500_000),
    );
    let log = read(&text);
    // Stalled from 3.5 to 4.25, paused from 5.25 to 15.25; 250,000 bytes in 4 s are 500 kbit/s, 500,000 in 2 s are 2000.
    assert_eq!(times(&log), [1.5, 0.75, 10.0, 6.0, 18.25]);
    assert_eq!(ladder(&log), [500.0, 2000.0]);
    assert!((log.sessions[0].1.session.stalls[0].media_s.get() - 2.0).abs() < 1e-6);
}

#[test]
fn the_event_log_of_hls_js_has_its_stalls() {
    let text = r#"{"t0": 12.5, "url": "x.m3u8", "buffer": [], "level": [],
        "load": [{"type": "manifest", "time": 0, "latency": 5, "load": 5, "duration": 5},
                 {"type": "main fragment", "id": 0, "id2": 1, "time": 100, "latency": 50, "load": 450, "size": 250000, "duration": 500},
                 {"type": "audio fragment", "id": 0, "id2": 1, "time": 100, "latency": 50, "load": 100, "size": 10, "duration": 150},
                 {"type": "main fragment", "id": 3, "id2": 2, "time": 600, "latency": 100, "load": 5300, "size": 1000000, "duration": 5400}],
        "bitrate": [{"time": 600, "bitrate": 4000, "duration": 4, "level": 0}, {"time": 250, "bitrate": 1, "duration": 4, "level": 0},
                    {"time": 6000, "bitrate": 1500, "duration": 4, "level": 3}],
        "video": [{"time": 20, "type": "play", "name": 0}, {"time": 700, "type": "playing", "name": 0},
                  {"time": 4700, "type": "buffering", "duration": 1300, "name": 1300}]}"#;
    let log = read(text);
    assert_eq!(times(&log), [0.6, 1.3, 0.0, 8.0, 9.9]);
    assert_eq!(ladder(&log), [500.0, 2000.0]);
}

#[test]
fn shaka_s_statistics_are_cut_into_pieces() {
    let text = r#"{"width": 1280, "maxSegmentDuration": 4, "stateHistory": [
            {"timestamp": 1000, "state": "buffering", "duration": 1.5}, {"timestamp": 1001.5, "state": "playing", "duration": 6},
            {"timestamp": 1007.5, "state": "buffering", "duration": 2}, {"timestamp": 1009.5, "state": "playing", "duration": 4}],
        "switchHistory": [{"timestamp": 1000, "id": 1, "type": "variant", "fromAdaptation": true, "bandwidth": 800000},
            {"timestamp": 1001, "id": 9, "type": "text", "fromAdaptation": false, "bandwidth": null},
            {"timestamp": 1006, "id": 2, "type": "variant", "fromAdaptation": true, "bandwidth": 2400000}]}"#;
    let log = read(text);
    assert_eq!(times(&log), [1.5, 2.0, 0.0, 10.0, 13.5]);
    assert_eq!(ladder(&log), [800.0, 2400.0]);
    // Pieces from media time 0, 4 and 8, that is at 1001.5, 1005.5 and 1011.5.
    let levels: Vec<usize> = log.sessions[0].1.session.downloads.iter().map(|d| d.level).collect();
    assert_eq!(levels, [0, 0, 1]);
}

#[test]
fn puffer_s_player_waits_as_it_says() {
    let buffer = "time (ns GMT),session_id,index,expt_id,channel,event,buffer,cum_rebuf\n\
        1000000000,s,7,1,cbs,init,0,0\n1500000000,s,7,1,cbs,startup,2.002,0.5\n3502000000,s,7,1,cbs,rebuffer,0,0.5\n\
        4252000000,s,7,1,cbs,play,2.002,1.25\n5000000000,s,7,1,cbs,timer,1.2,1.25\n9,t,0,1,cbs,init,0,0\n";
    let sent = "time (ns GMT),session_id,index,expt_id,channel,video_ts,format,size,ssim_index\n\
        1100000000,s,7,1,cbs,0,426x240-26,50050,0.9\n1600000000,s,7,1,cbs,180180,1280x720-24,500500,0.98\n";
    let acked = "time (ns GMT),session_id,index,expt_id,channel,video_ts\n1400000000,s,7,1,cbs,0\n4250000000,s,7,1,cbs,180180\n";
    let log = puffer("client_buffer.csv", buffer, sent, Some(acked)).expect("a day");
    assert_eq!(log.sessions[0].0, "s_7");
    assert_eq!(times(&log), [0.5, 0.75, 0.0, 4.004, 5.254]);
    // 50,050 bytes in 2.002 s.
    assert_eq!(ladder(&log), [200.0, 2000.0]);
    let downloads = &log.sessions[0].1.session.downloads;
    assert!((downloads[1].finish_s.get() - 3.25).abs() < 1e-6 && downloads[1].ssim == Some(0.98));
}

/// Each of so many segments comes late: what would take minutes is refused at once.
#[test]
fn what_would_take_minutes_is_refused() {
    let entries: Vec<String> = (0..10_100)
        .map(|i| {
            let at = format!("2024-05-01T{:02}:{:02}:{:02}Z", i / 3600, i / 60 % 60, i % 60);
            format!(
                r#"{{"startedDateTime": "{at}", "time": 100, "request": {{"queryString": [{{"name": "CMCD", "value": "br=500,d=10,ot=v"}}]}},
                    "response": {{"status": 200, "content": {{"size": 1000}}}}}}"#
            )
        })
        .collect();
    let log_of = |n: usize| format!(r#"{{"log": {{"entries": [{}]}}}}"#, entries[..n].join(","));
    assert_eq!(read(&log_of(100)).sessions[0].1.session.stalls.len(), 99);
    let error = log("x.har", &log_of(10_100)).expect("a log").expect_err("too much").to_string();
    assert!(error.contains("10100 requests and 10099 interruptions"), "{error}");
}

#[test]
fn what_does_not_tell_enough_says_what_is_missing() {
    let wrong = |text: &str| log("x.har", text).expect("a log").expect_err("not enough").to_string();
    assert!(wrong(r#"{"log": {"entries": []}}"#).contains("knows no bitrates"));
    assert!(wrong(r#"{"HttpList": []}"#).contains("no segment of the picture"));
    assert!(wrong(r#"{"stateHistory": []}"#).contains("no state 'playing'"));
    assert!(
        wrong(r#"{"load": [{"type": "main fragment", "time": 0}], "bitrate": []}"#).contains("1 fragments")
    );
    assert!(log("x", r#"{"schema": 1}"#).is_none() && log("x", "[1]").is_none());
}
