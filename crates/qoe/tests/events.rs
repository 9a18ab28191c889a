//! Events of players, of CMCD version 2 and as in CTA-2066, written by hand, with numbers computed by hand.

use qoe::StallCause;
use qoe::logs::{Log, is_log, log};

fn read(text: &str) -> Log {
    assert!(is_log(text.as_bytes()), "{text}");
    log("log.txt", text).expect("a log").expect("a readable log")
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(fixtures::folder("logs").join(name)).expect(name)
}

fn wrong(text: &str) -> String {
    log("x.log", text).expect("a log").expect_err("not enough").to_string()
}

/// Startup, stalled (also after seeks), paused, played and whole time of a session, in s.
fn times(log: &Log, session: usize) -> [f64; 5] {
    let s = &log.sessions[session].1.session;
    [s.startup_delay_s, s.stall_time(), s.paused_s, s.played_s, s.wall_s]
        .map(|t| (t.get() * 1e6).round() / 1e6)
}

fn ladder(log: &Log) -> Vec<f64> {
    log.sessions[0].1.session.ladder_kbps.iter().map(|r| r.kbps().round()).collect()
}

fn levels(log: &Log) -> Vec<usize> {
    log.sessions[0].1.session.downloads.iter().map(|d| d.level).collect()
}

/// Asked to play at 0, first frame at 1.2 s; 8 s of media until 9.2 s, then a stall of 1.8 s; a pause from 12 to 14 s; the last 4 s
/// of media are shown from 11 to 12 and from 14 to 17 s. The segments are of 1000, 2000 and 2000 kbit/s, and arrive 0.9, 2 and
/// 5.7 s after 0.1, 1 and 5 s. The sound and a response of 404 are no segments.
fn is_session_a(log: &Log, what: &str) {
    assert_eq!((log.sessions.len(), log.sessions[0].0.as_str()), (1, "a"), "{what}");
    assert_eq!(times(log, 0), [1.2, 1.8, 2.0, 12.0, 17.0], "{what}");
    assert_eq!(ladder(log), [1000.0, 2000.0], "{what}");
    let session = &log.sessions[0].1.session;
    let rounded = |x: f64| (x * 1e6).round() / 1e6;
    let rows: Vec<[f64; 4]> = session
        .downloads
        .iter()
        .map(|d| {
            let times = [d.request_s, d.first_byte_s, d.finish_s].map(|t| rounded(t.get()));
            [times[0], times[1], times[2], d.size_bits.bytes()]
        })
        .collect();
    let expected = [[0.1, 0.2, 1.0, 500_000.0], [1.0, 1.2, 3.0, 1_000_000.0], [5.0, 5.7, 10.7, 1_000_000.0]];
    assert_eq!(rows, expected, "{what}");
    assert_eq!(session.stalls.len(), 1, "{what}");
    assert!((session.stalls[0].start_s.get() - 9.2).abs() < 1e-6, "{what}");
    assert!((session.stalls[0].media_s.get() - 8.0).abs() < 1e-6, "{what}");
    assert!(log.notes.iter().any(|n| n.starts_with("1 response(s) that failed")), "{what}: {:?}", log.notes);
    assert!(log.nominal, "{what}");
    // 1000 + 2000 + 2000 kbit/s, a change of 1000, 1.8 s stalled at 3000: yin's balanced weights.
    let model = qoe::model("yin:preset=balanced,startup=apart").expect("a model");
    let score = model.score(&log.sessions[0].1.viewing()).expect("a score").value;
    assert!((score - (5000.0 - 1000.0 - 5400.0)).abs() < 0.01, "{what}: {score}");
}

#[test]
fn reports_of_cmcd_in_every_encoding_tell_the_same_session() {
    let list = fixture("cmcd/reports.txt");
    is_session_a(&read(&list), "as posted");
    is_session_a(&read(&format!("\u{feff}{}", list.replace(',', ", ").replace('\n', "\r\n"))), "blanks");
    is_session_a(&read(&fixture("cmcd/reports.jsonl")), "objects");
    let array = format!("[{}]", fixture("cmcd/reports.jsonl").trim().replace('\n', ",\n"));
    is_session_a(&read(&array), "an array");
    let encoded = |line: &str| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        line.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let each = |form: &dyn Fn(&str) -> String| list.lines().map(form).collect::<Vec<_>>().join("\n");
    is_session_a(&read(&each(&|l| format!("CMCD={}", encoded(l)))), "queries");
    is_session_a(
        &read(&each(&|l| format!("https://example.com/collect?CMCD={}&x=1", encoded(l)))),
        "addresses",
    );
    is_session_a(
        &read(&each(&|l| format!("{{\"cmcd\": \"{}\"}}", l.replace('"', "\\\"")))),
        "objects of lists",
    );
    // In headers: what is of the session in one, the rest in another, of each report.
    let headers =
        each(&|l| format!("CMCD-Session: sid=\"a\",v=2\nCMCD-Request: {}", l.replace("sid=\"a\",", "")));
    is_session_a(&read(&headers), "headers");
    // In any order, and twice.
    let mut lines: Vec<&str> = list.lines().collect();
    lines.reverse();
    is_session_a(&read(&format!("{}\n{list}", lines.join("\n"))), "twice");
    // In the access log of who collects them.
    let access = each(&|l| {
        format!(
            "h - - [03/Dec/2025:09:00:00 +0000] \"POST /collect?CMCD={} HTTP/1.1\" 204 0 \"-\" \"p\" 0.001",
            encoded(l)
        )
    });
    is_session_a(&read(&access), "an access log");
}

/// Loading ahead is no waiting: from s to p, 0.5 s. Shown from 0.5 to 4.5 s and from 5.5 to 9.5 s, with a seek between, in which
/// an r is no stall.
#[test]
fn states_without_responses_are_cut_into_pieces() {
    let log = read(&fixture("cmcd/states.json"));
    assert_eq!(times(&log, 0), [0.5, 1.0, 0.0, 8.0, 9.5]);
    let session = &log.sessions[0].1.session;
    assert_eq!(session.stalls.iter().map(|s| s.cause).collect::<Vec<_>>(), [StallCause::Seek]);
    assert_eq!((ladder(&log), levels(&log)), (vec![800.0, 2400.0], vec![0, 1]));
    assert!(log.notes.iter().any(|n| n.starts_with("1 report(s) that came twice")), "{:?}", log.notes);
    // What is shown comes before what is fetched.
    let shown = fixture("cmcd/states.json").replace("\"br\": [2400]", "\"br\": [2400], \"pb\": [800]");
    assert_eq!(ladder(&read(&shown)), [800.0]);
    // Where no s is told, the startup is msd; where that is missing too, a note says so.
    let late =
        "e=ps,sta=p,msd=700,ts=1764752400000,br=(800;v),sid=\"l\"\ne=ps,sta=e,ts=1764752404000,sid=\"l\"";
    assert_eq!(times(&read(late), 0), [0.7, 0.0, 0.0, 4.0, 4.7]);
    let startless = read(&late.replace("msd=700,", ""));
    assert_eq!(times(&startless, 0), [0.0, 0.0, 0.0, 4.0, 4.0]);
    assert!(
        startless.notes.iter().any(|n| n.contains("did not tell of their start")),
        "{:?}",
        startless.notes
    );
    // A viewer who gives up in a stall has waited until then.
    let given_up = late.replace(
        "e=ps,sta=e,ts=1764752404000",
        "e=ps,sta=r,ts=1764752404000,sid=\"l\"\ne=ps,sta=q,ts=1764752409000",
    );
    assert_eq!(times(&read(&given_up), 0), [0.7, 5.0, 0.0, 4.0, 9.7]);
}

#[test]
fn each_session_of_reports_is_one_and_what_never_played_is_left_out() {
    let both = format!(
        "{}{}e=ps,sta=s,ts=1764752400000,sid=\"none\"\n",
        fixture("cmcd/reports.txt"),
        "e=ps,sta=s,ts=0,sid=\"b\"\nbr=(500),e=ps,sta=p,ts=2000,sid=\"b\"\ne=ps,sta=e,ts=6000,sid=\"b\"\n"
    );
    let log = read(&both);
    let names: Vec<&str> = log.sessions.iter().map(|s| s.0.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(times(&log, 1), [2.0, 0.0, 0.0, 4.0, 6.0]);
    assert!(log.notes.iter().any(|n| n.starts_with("1 session(s) are left out")), "{:?}", log.notes);
}

#[test]
fn reports_that_cannot_be_understood_say_why() {
    let list = fixture("cmcd/reports.txt");
    assert!(
        wrong(&list.replace("sta=r,", "sta=z,")).contains("line 8, sta: is 'z', expected one of s, p, k")
    );
    let second = list.replacen("ts=1764752400100,", "", 1);
    assert!(wrong(&second).contains("line 2, ts: is missing, expected ms since 1970"));
    let unplayed = "e=ps,sta=s,ts=1764752400000,sid=\"a\"\n";
    assert!(wrong(unplayed).contains("no state p (playing) and no response"), "{}", wrong(unplayed));
    let unrated = "e=ps,sta=p,ts=0\ne=t,sta=p,ts=9000\n";
    assert!(wrong(unrated).contains("told of no bitrate of the picture"), "{}", wrong(unrated));
    let endless = "e=ps,sta=p,ts=0,br=(1)\ne=t,sta=p,ts=9e17\n";
    assert!(wrong(endless).contains("expected at most"), "{}", wrong(endless));
    // A list of keys of a request, a line of telemetry and a trace are no reports.
    for text in ["br=1000,d=4000", "RSRP=-94,SNR=8", "e=1,ts=2", "[{\"duration_ms\": 1000}]"] {
        let expected = text.starts_with("e=");
        assert_eq!(is_log(text.as_bytes()), expected, "{text}");
    }
}

/// Asked for at 0, shown from 1.5 to 7.5, from 9.5 to 11.5, from 13.5 to 14.5 and from 15.5 to 16.5 s: 10 s in pieces of 4, 4 and
/// 2 s, the last of which begins at 13.5 s.
fn is_session_c(log: &Log, what: &str) {
    assert_eq!((log.sessions.len(), log.sessions[0].0.as_str()), (1, "c"), "{what}");
    assert_eq!(times(log, 0), [1.5, 3.0, 2.0, 10.0, 16.5], "{what}");
    let session = &log.sessions[0].1.session;
    let stalls: Vec<_> =
        session.stalls.iter().map(|s| (s.cause, (s.duration_s.get() * 1e6).round())).collect();
    assert_eq!(stalls, [(StallCause::Rebuffer, 2e6), (StallCause::Seek, 1e6)], "{what}");
    assert_eq!((ladder(log), levels(log)), (vec![800.0, 2400.0], vec![0, 0, 1]), "{what}");
}

#[test]
fn events_as_in_cta_2066_tell_of_the_playback() {
    let text = fixture("cta2066/events.jsonl");
    let log = read(&text);
    is_session_c(&log, "lines");
    for said in ["in kbit/s", "1 event(s) of other names are passed over: volumechange", "1 seek(s)"] {
        assert!(log.notes.iter().any(|n| n.contains(said)), "{said}: {:?}", log.notes);
    }
    let array = format!("[{}]", text.trim().replace('\n', ","));
    is_session_c(&read(&array), "an array");
    // Other spellings: of names, of the fields, of the time and of the unit.
    let spelt = text
        .replace("\"event\": \"rebufferingStart\"", "\"event\": \"STALL_STARTED\"")
        .replace("\"event\": \"rebufferingEnd\"", "\"event\": \"stall-ended\"")
        .replace("\"event\"", "\"event_type\"")
        .replace("\"sessionId\"", "\"session_id\"")
        .replace("\"bitrate\": 800", "\"bitrate_bps\": \"800000\"")
        .replace("\"bitrate\": 2400", "\"videoBitrate\": 2400000");
    is_session_c(&read(&spelt), "other spellings");
    let relative: Vec<String> = text
        .lines()
        .map(|line| {
            let (before, date) = line.split_once("\"timestamp\": \"2025-12-03T09:00:").expect("a date");
            let (seconds, after) = date.split_once("Z\"").expect("a date");
            format!("{before}\"time_s\": {seconds}{after}").replace(": 0", ": ")
        })
        .collect();
    let relative = relative.join("\n").replace(": .", ": 0.");
    is_session_c(&read(&relative), "times from 0");
    let unitless = wrong(&relative.replace("time_s", "time"));
    assert!(unitless.contains("event 1, time: is 0, expected ms or s since 1970"), "{unitless}");
    let units = wrong(&text.replace("\"bitrate\": 800", "\"bitrate\": 800000"));
    assert!(units.contains("bitrate: is 2400 and 800000, expected one unit"), "{units}");
    let unplayed =
        wrong(&text.replace("playbackStarted", "begun").replace("playing", "on").replace("seeked", "there"));
    assert!(unplayed.contains("has no event playbackStarted, playing or firstFrame"), "{unplayed}");
    assert!(unplayed.contains("begun"), "{unplayed}");
    let broken = wrong(&text.replacen("\"playing\", ", "\"playing\" ", 1));
    assert!(broken.contains("event 9: is no JSON object"), "{broken}");
}
