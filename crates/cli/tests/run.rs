//! `segue run` and `segue qoe`: the contract that others rely on.

mod common;

use common::Bench;
use serde_json::Value;

const RUN: &str = "run --trace link.csv --video video.json --abr bola";

const ROW: [&str; 12] = [
    "index",
    "level",
    "bitrate_kbps",
    "size_bits",
    "request_s",
    "first_byte_s",
    "finish_s",
    "buffer_before_s",
    "buffer_after_s",
    "wait_s",
    "stall_s",
    "outcome",
];

#[test]
fn the_summary_has_exactly_the_fields_of_the_contract() {
    let bench = Bench::new();
    let ran = bench.ok(&format!("{RUN} --json --seed 3"));
    let json = ran.json();
    let mut expected = [
        "schema",
        "abr",
        "profile",
        "trace",
        "video",
        "seed",
        "segments",
        "mean_bitrate_kbps",
        "startup_delay_s",
        "stall_count",
        "stall_s",
        "stall_ratio",
        "switch_count",
        "mean_switch_kbps",
        "mean_buffer_s",
        "played_s",
        "wall_s",
        "av_sync",
        "qoe",
    ];
    expected.sort_unstable();
    let mut found: Vec<&String> = json.as_object().expect("an object").keys().collect();
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(ran.err, "");
    for (key, value) in [("schema", "segue.summary/1"), ("abr", "bola"), ("profile", "default")] {
        assert_eq!(json[key], value);
    }
    for (key, value) in [("trace", "link"), ("video", "video")] {
        assert_eq!(json[key], value);
    }
    assert_eq!((json["seed"].as_u64(), json["segments"].as_u64()), (Some(3), Some(12)));
    assert_eq!(json["played_s"], 36.0);
    let qoe: Vec<&String> = json["qoe"].as_object().expect("an object").keys().collect();
    assert_eq!(qoe, ["bola", "pensieve-lin", "yin"]);
}

/// The drift of a record by a clock of a millisecond: the mean and the most, and the share of time above 40 ms.
fn drift(record: &Value) -> [f64; 3] {
    let list = |name: &str| record[name].as_array().expect("a list").clone();
    let number = |v: &Value, name: &str| v[name].as_f64().expect("a number");
    let mut stalls: Vec<(f64, f64)> =
        list("stalls").iter().map(|x| (number(x, "media_s"), number(x, "duration_s"))).collect();
    stalls.push((f64::INFINITY, 0.0));
    let done = list("downloads").into_iter().filter(|d| d["outcome"] == "done");
    let levels: Vec<f64> = done.map(|d| number(&d, "level")).collect();
    let (length, tick) = (number(&record["downloads"][0], "duration_s"), 0.001);
    let (mut media, mut left, mut stall, mut last) = (0.0, stalls[0].1, 0, 0);
    let (mut now, mut sum, mut most, mut out, mut ticks) = (0.0f64, 0.0, 0.0f64, 0.0, 0.0);
    while media < length * levels.len() as f64 - tick / 2.0 {
        let stands = media >= stalls[stall].0 - tick / 2.0 && left > tick / 2.0;
        now = now * 0.95f64.powf(tick) + if stands { 5.0 * tick } else { 0.0 };
        if stands {
            left -= tick;
            if left <= tick / 2.0 {
                (stall, left) = (stall + 1, stalls[stall + 1].1);
            }
        } else {
            // After the stall before it.
            let segment = ((media + tick / 2.0) / length) as usize;
            now += 2.0 * (levels[segment] - levels[last]).abs();
            (last, media) = (segment, media + tick);
        }
        (sum, most, ticks) = (sum + now, most.max(now), ticks + 1.0);
        out += if now > 40.0 { 1.0 } else { 0.0 };
    }
    [sum / ticks, most, out / ticks]
}

#[test]
fn sound_and_picture_drift_apart_in_every_session() {
    let bench = Bench::new();
    // Half a minute of a link that is nearly down.
    bench.put("gap.csv", "time_s,rate_mbps\n0,4\n9,0.02\n40,1.5\n70,6\n200,6\n");
    let run = "run --trace gap.csv --video preset:cbr,duration=120,segment=4 --abr throughput \
               --profile default:capacity=12 --qoe twitch --qoe yin";
    let json = bench.ok(&format!("{run} --json --log one.json")).json();
    let sync = &json["av_sync"];
    let number = |name: &str| sync[name].as_f64().expect(name);
    let record = bench.json("one.json");
    assert!(!record["stalls"].as_array().expect("a list").is_empty() && json["switch_count"] != 0, "{json}");
    let [mean, most, out] = drift(&record);
    assert!((number("mean_ms") - mean).abs() < 0.01, "{sync} {mean}");
    assert!((number("max_ms") - most).abs() < 0.02, "{sync} {most}");
    assert!(most > 45.0 && out > 0.01, "{most} {out}");
    let watched =
        json["wall_s"].as_f64().expect("a time") - json["startup_delay_s"].as_f64().expect("a time");
    assert!((number("out_of_sync_s") / watched - number("out_of_sync_ratio")).abs() < 1e-9, "{sync}");
    assert!(number("out_of_sync_ratio") < out, "{sync}: 45 ms are less often reached than 40");

    // The model of the stream takes the session's drift: 3.5 of its 10 points are for sync.
    let score = json["qoe"]["twitch"].as_f64().expect("a score");
    let given = bench.ok(&format!("{run} --qoe twitch:drift-ms=0 --json")).json();
    let without = given["qoe"]["twitch:drift-ms=0"].as_f64().expect("a score");
    assert!((without - score - 3.5 * (out + mean / 400.0)).abs() < 0.01, "{without} {score} {mean} {out}");

    // A record says the same, one of the first version too; and so does a comparison.
    let first = bench.text("one.json").replace("segue.session/2", "segue.session/1");
    bench.put("first.json", first);
    for file in ["one.json", "first.json"] {
        let stored = bench.ok(&format!("qoe {file} --model twitch --json")).json();
        assert_eq!(stored["files"][file]["twitch"], score, "{file}");
    }
    let compared = bench.ok(&format!("{} --json", run.replacen("run", "compare", 1))).json();
    assert_eq!(compared["sessions"][0]["av_sync_mean_ms"], sync["mean_ms"]);
    assert_eq!(compared["measures"]["twitch"]["rules"]["throughput"]["mean"], score);
    let text = bench.ok(run).out;
    let said = format!("{:.1} ms in the mean, {:.1} ms at most", number("mean_ms"), number("max_ms"));
    assert!(text.contains(&said), "{text}");
}

#[test]
fn qoe_models_are_named_as_asked_and_text_says_the_same() {
    let bench = Bench::new();
    let json = bench.ok(&format!("{RUN} --qoe yin:mu=1000 --qoe mok --json")).json();
    let names: Vec<&String> = json["qoe"].as_object().expect("an object").keys().collect();
    assert_eq!(names, ["mok", "yin:mu=1000"]);
    let text = bench.ok(&format!("{RUN} --qoe mok")).out;
    let number = format!("{:.3}", json["qoe"]["mok"].as_f64().expect("a number"));
    assert!(text.contains("QoE mok") && text.contains(&number), "{number} in\n{text}");
    assert!(!text.contains('\u{1b}'), "no colour into a pipe");
}

#[test]
fn rows_are_the_same_in_every_log() {
    let bench = Bench::new();
    for ending in ["jsonl", "csv", "json"] {
        bench.ok(&format!("{RUN} --log log.{ending}"));
    }
    let lines: Vec<Value> =
        bench.text("log.jsonl").lines().map(|l| serde_json::from_str(l).expect("a row")).collect();
    assert!(lines.len() >= 12);
    for row in &lines {
        let mut keys: Vec<&str> = row.as_object().expect("a row").keys().map(String::as_str).collect();
        let mut expected = ROW;
        keys.sort_unstable();
        expected.sort_unstable();
        assert_eq!(keys, expected);
        let outcome = row["outcome"].as_str().expect("a word");
        assert!(["done", "abandoned", "replaced"].contains(&outcome), "{outcome}");
    }
    let csv = bench.text("log.csv");
    let mut csv = csv.lines();
    assert_eq!(csv.next(), Some(ROW.join(",").as_str()));
    let record = bench.json("log.json");
    assert_eq!(record["schema"], "segue.session/2");
    let downloads = record["downloads"].as_array().expect("rows");
    assert_eq!(downloads.len(), lines.len());
    for ((row, download), csv) in lines.iter().zip(downloads).zip(csv) {
        for (key, cell) in ROW.iter().zip(csv.split(',')) {
            assert_eq!(row[key], download[key], "{key}");
            match row[key].as_f64() {
                Some(number) => assert_eq!(cell.parse::<f64>().expect("a number"), number, "{key}"),
                None => assert_eq!(row[key], cell),
            }
        }
    }
}

#[test]
fn a_stored_record_scores_as_the_run_did() {
    let bench = Bench::new();
    let qoe = "--qoe yin --qoe bola:gamma=3 --qoe pensieve-log:total=mean --qoe ftw";
    let json = bench.ok(&format!("{RUN} --log one.json {qoe} --json")).json();
    let again = bench.ok(&format!("qoe one.json --json {}", qoe.replace("--qoe", "--model"))).json();
    assert_eq!(again["files"]["one.json"], json["qoe"]);
    assert_eq!(again["schema"], "segue.qoe/1");
    let text = bench.ok("qoe one.json").out;
    assert!(text.contains("one.json") && text.contains("pensieve-lin"), "{text}");
}

#[test]
fn one_corrupt_record_costs_one_line() {
    let bench = Bench::new();
    for (i, abr) in ["bola", "bba", "throughput"].iter().enumerate() {
        bench.put(&format!("sessions/{i}"), "");
        bench.ok(&format!("run --trace link.csv --video video.json --abr {abr} --log sessions/{i}.json"));
    }
    let whole = bench.text("sessions/1.json");
    bench.put("sessions/3.json", &whole[..whole.len() / 2]);
    bench.put("sessions/4.json", whole.replacen("\"wall_s\":", "\"wall_s\":-", 1));
    bench.put("sessions/summary.json", "{\"schema\": \"segue.comparison/1\"}");
    let ran = bench.run("qoe sessions --json");
    assert_eq!(ran.code, 1);
    let errors: Vec<&str> = ran.err.lines().filter(|l| l.starts_with("segue: error: ")).collect();
    assert_eq!(errors.len(), 2, "{}", ran.err);
    assert!(errors[0].contains("3.json: line 1, column ") && errors[1].contains("wall_s is -"), "{errors:?}");
    assert!(ran.err.contains("summary.json: skipped"));
    let json = ran.json();
    assert_eq!(json["files"].as_object().expect("an object").len(), 3);
    assert_eq!(json["errors"], 2);
    assert_eq!(bench.run("qoe sessions/3.json").code, 2);
    for jobs in ["--jobs 1", "--jobs 8"] {
        assert_eq!(bench.run(&format!("qoe sessions --json {jobs}")).out, ran.out);
    }
}

#[test]
fn what_a_model_lacks_is_said_once() {
    let bench = Bench::new();
    for name in ["a", "b"] {
        bench.ok(&format!("{RUN} --log s/{name}.json").replace("s/", ""));
    }
    let ran = bench.run("qoe a.json b.json --model p1203 --model yin");
    assert_eq!(ran.code, 1);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.contains("a.json (and 1 other file): p1203 needs"), "{}", ran.err);
}

#[test]
fn a_record_of_a_described_ladder_is_scored_by_p1203_without_options() {
    let bench = Bench::new();
    bench.ok("video generate preset:cbr,duration=60,ladder=hls -o hls.json");
    bench.ok("run --trace preset:4g --video hls.json --abr bola --log one.json");
    let record = bench.json("one.json");
    let rungs = record["rungs"].as_array().expect("rungs");
    assert_eq!(rungs.len(), record["ladder_kbps"].as_array().expect("a ladder").len());
    let ran = bench.ok("qoe one.json --model p1203 --model yin --json");
    assert!(
        ran.err.contains("the display is taken to be as large as the largest rung (1920x1080)"),
        "{}",
        ran.err
    );
    let display = "p1203:display=1920x1080";
    let given = bench.ok(&format!("qoe one.json --model {display} --json"));
    assert_eq!(given.err, "");
    let of = |ran: &common::Ran, name: &str| ran.json()["files"]["one.json"][name].clone();
    assert_eq!(of(&ran, "p1203"), of(&given, display));
    assert!(of(&ran, "yin").is_number());
}

/// 70 s of video in segments of 5 s, one stall.
fn itu() -> String {
    let segment = |k: u32| {
        let kbps = if k.is_multiple_of(3) { 400 } else { 2500 };
        format!(
            r#"{{"codec": "h264", "duration": 5, "resolution": "1280x720", "bitrate": {kbps}, "fps": 25, "start": {}}}"#,
            k * 5
        )
    };
    let segments: Vec<String> = (0..14).map(segment).collect();
    format!(
        r#"{{"IGen": {{"displaySize": "1920x1080", "device": "pc"}}, "I13": {{"streamId": 7, "segments": [{}]}},
            "I23": {{"stalling": [[0, 1.5], [20, 3]]}}}}"#,
        segments.join(",")
    )
}

#[test]
fn p1203_reads_and_writes_what_its_software_does() {
    let bench = Bench::new();
    bench.put("itu/a.json", itu());
    bench.put("itu/b.json", itu().replace("2500", "900"));
    let one = bench.ok("qoe itu/a.json --model p1203").json();
    assert_eq!((one["mode"].as_i64(), one["streamId"].as_i64()), (Some(0), Some(7)));
    assert_eq!(one["O22"].as_array().expect("per second").len(), 70);
    let o46 = |v: &Value| v["O46"].as_f64().expect("a number");
    assert!(
        (1.0..=5.0).contains(&o46(&one)) && one["O46_kind"].as_str().expect("said").contains("parametric")
    );
    let both = bench.ok("qoe itu --model p1203 --json").json();
    assert_eq!(both["itu/a.json"], one);
    assert!(o46(&both["itu/b.json"]) < o46(&one));
    let mobile = bench.ok("qoe itu/a.json --model p1203:device=mobile").json();
    assert_ne!(o46(&mobile), o46(&one));
    let wrong = bench.run("qoe itu/a.json --model yin");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("yin cannot read P.1203 input"), "{}", wrong.err);
}

#[test]
fn sabre_prints_its_metrics_under_its_own_names() {
    let bench = Bench::new();
    let run = "run --trace sabre.json --video video.json --abr bola-e --profile sabre-09b03bb";
    let json = bench.ok(&format!("{run} --json")).json();
    let sabre = json["sabre"].as_object().expect("an object");
    for name in
        ["buffer size", "time average score", "total rebuffer events", "rampup time", "total reaction time"]
    {
        assert!(sabre.contains_key(name), "{name}");
    }
    assert_eq!(sabre["total play time"], json["wall_s"]);
    let gp = bench.ok(&format!("{run} --json").replace("bola-e", "bola-e:gp=9")).json();
    assert_ne!(gp["sabre"]["time average score"], json["sabre"]["time average score"]);
    assert!(bench.ok(run).out.contains("time average played utility"));
}

#[test]
fn a_chart_comes_with_its_data() {
    let bench = Bench::new();
    bench.ok(&format!("{RUN} --chart s.png --log s.jsonl"));
    bench.ok(&format!("{RUN} --chart t.svg"));
    assert!(std::fs::read(bench.path("s.png")).expect("drawn").starts_with(b"\x89PNG"));
    assert!(bench.text("t.svg").starts_with("<svg"));
    assert!(bench.text("s.csv").lines().count() > 10);
    bench.ok(&format!("{RUN} --chart u.png --log u.csv"));
    assert!(bench.text("u.csv").starts_with("index,level,"));
    assert!(bench.text("u.chart.csv").contains("capacity"));
    // The data of a chart never replaces the trace it was made from.
    let ran = bench.run(&format!("{RUN} --chart link.png"));
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("would overwrite an input"), "{}", ran.err);
    assert_eq!(bench.text("link.csv"), common::TRACE_CSV);
}

#[test]
fn seeds_decide_and_the_same_seed_gives_the_same_bytes() {
    let bench = Bench::new();
    let line = |seed: u32| {
        format!(
            "run --trace preset:3g,duration=90 --video preset:vbr,duration=60 --abr bba --json --seed {seed}"
        )
    };
    assert_eq!(bench.ok(&line(1)).out, bench.ok(&line(1)).out);
    assert_ne!(
        bench.ok(&line(1)).json()["mean_bitrate_kbps"],
        bench.ok(&line(2)).json()["mean_bitrate_kbps"]
    );
}

#[test]
fn a_session_is_drawn_in_the_terminal() {
    let bench = Bench::new();
    let ran = bench.ok("run --trace preset:4g,mean=2,seed=8 --video preset:vbr,ladder=pensieve,duration=300,seed=1 --abr bola-e --plot");
    let drawn = ran.out.split("\n\n").next().expect("a drawing");
    assert!(drawn.lines().all(|l| l.chars().count() <= 80), "{drawn}");
    assert!(!drawn.contains('\u{1b}'), "no colour where there is no terminal");
    // Made once by SEGUE_BLESS=1, and looked at.
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/plot.txt");
    if std::env::var_os("SEGUE_BLESS").is_some() {
        std::fs::write(&path, drawn).expect("a writable file");
    }
    assert_eq!(drawn, std::fs::read_to_string(&path).expect("the snapshot"));
}

/// Ten segments of 4 s on two rungs whose picture was measured; `more` is what else the video says.
fn measured(more: &str) -> String {
    let rung = |kbps: u32, vmaf: &str, ssim: &str| {
        format!(
            r#"{{"bitrate_kbps": {kbps}, "width": 1280, "height": 720, "fps": 25, "codec": "avc1.64001f",
                "vmaf": {vmaf}, "ssim": {ssim}}}"#
        )
    };
    let rungs = [
        rung(400, "[50, 51, 52, 53, 54, 55, 56, 57, 58, 59]", "0.9"),
        rung(1600, "80", "[0.95, 0.96, 0.97, 0.98, 0.99, 0.95, 0.96, 0.97, 0.98, 0.99]"),
    ];
    let sizes = ["[1600000, 6400000]"; 10].join(", ");
    format!(
        r#"{{"schema": "segue.video/1", "rungs": [{}], "durations_s": 4, "sizes_bits": [{sizes}]{more}}}"#,
        rungs.join(", ")
    )
}

#[test]
fn what_was_measured_of_the_picture_is_recorded_and_scored() {
    let bench = Bench::new();
    bench.put("measured.json", measured(""));
    let models = "--qoe comyco --qoe fugu --qoe sqi --qoe p1203";
    let run =
        "run --trace link.csv --video measured.json --abr throughput --profile default:abandonment=false";
    let ran = bench.ok(&format!("{run} {models} --json --log log.json"));
    assert!(
        ran.err.contains("display is taken to be as large as the largest rung (1280x720)"),
        "{}",
        ran.err
    );
    let json = ran.json();
    let record = bench.json("log.json");
    let rows = record["downloads"].as_array().expect("rows");
    assert_eq!(rows.len(), 10);
    let number = |v: &Value| v.as_f64().expect("a number");
    for (k, row) in rows.iter().enumerate() {
        assert_eq!(row["index"], k);
        let (vmaf, ssim) = match row["level"].as_u64() {
            Some(0) => (50.0 + k as f64, 0.9),
            _ => (80.0, 0.95 + 0.01 * (k % 5) as f64),
        };
        assert_eq!(row["vmaf"], vmaf);
        assert!((number(&row["ssim"]) - ssim).abs() < 1e-12, "{row}");
    }
    assert!(
        rows.iter().any(|r| r["level"] == 0) && rows.iter().any(|r| r["level"] == 1),
        "both rungs are played"
    );
    // Comyco's formula, from the rows; its paper's weights, its code's offset.
    let mut comyco = -28.79591348 * number(&json["startup_delay_s"]);
    for (k, row) in rows.iter().enumerate() {
        let vmaf = number(&row["vmaf"]);
        let change = if k == 0 { 0.0 } else { vmaf - number(&rows[k - 1]["vmaf"]) };
        comyco += 0.8469011 * vmaf - 28.79591348 * number(&row["stall_s"]) - 2.661618558192494;
        comyco += if change > 0.0 { 0.29797156 * change } else { 1.06099887 * change };
    }
    let score = number(&json["qoe"]["comyco"]);
    assert!((score - comyco).abs() < 1e-6, "{score}, by hand {comyco}");
    // A display that is told goes before the guess.
    let told = bench.ok(&format!("{run} --qoe p1203:display=1920x1080 --json"));
    assert!(!told.err.contains("display"), "{}", told.err);
    assert!(told.json()["qoe"]["p1203:display=1920x1080"].as_f64() < json["qoe"]["p1203"].as_f64());
    // A stored record is scored as the session was.
    let models = models.replace("--qoe", "--model");
    let stored = bench.ok(&format!("qoe log.json {models} --json")).json();
    for name in ["comyco", "fugu", "sqi", "p1203"] {
        let (now, then) = (number(&json["qoe"][name]), number(&stored["files"]["log.json"][name]));
        assert!((now - then).abs() < 1e-9, "{name}: {now} and {then}\n{stored}");
    }
}

#[test]
fn the_latency_of_a_live_event_is_recorded_and_scored() {
    let bench = Bench::new();
    bench.put("live.json", measured(r#", "live_delay_s": 0.5"#));
    let run = "run --trace link.csv --video live.json --abr bola";
    let json = bench.ok(&format!("{run} --qoe mm19-live --qoe nqoe --json --log log.json")).json();
    assert!(json["qoe"]["mm19-live"].is_number() && json["qoe"]["nqoe"].is_number(), "{json}");
    let record = bench.json("log.json");
    let number = |v: &Value| v.as_f64().expect("a number");
    let latencies = record["latencies"].as_array().expect("of a live event");
    assert_eq!(latencies.len(), 10);
    // The viewer falls behind by the startup delay, and then by every stall: in between, both clocks go alike.
    let mut expected = number(&json["startup_delay_s"]);
    let stalls = record["stalls"].as_array().expect("stalls");
    let mut next = stalls.iter().peekable();
    for (k, latency) in latencies.iter().enumerate() {
        while let Some(stall) = next.next_if(|s| number(&s["media_s"]) <= 4.0 * k as f64 + 1e-9) {
            expected += number(&stall["duration_s"]);
        }
        assert_eq!(latency["index"], k);
        assert!((number(&latency["latency_s"]) - expected).abs() < 1e-9, "{latency}, expected {expected}");
        // Nobody sees what is not there yet.
        assert!(number(&latency["latency_s"]) >= 4.5 - 1e-9, "{latency}");
    }
    assert!(!stalls.is_empty() || next.peek().is_none());
    bench.ok(&format!("{} --log demand.json", run.replace("live.json", "video.json")));
    assert_eq!(bench.json("demand.json")["latencies"], Value::Null);
}

#[test]
fn sound_beside_the_picture_is_recorded_apart() {
    let bench = Bench::new();
    let sizes = ["[200000]"; 20].join(", ");
    let sound = format!(
        r#", "audio": [{{"name": "sound", "rungs": [{{"bitrate_kbps": 100}}], "durations_s": 2, "sizes_bits": [{sizes}]}}]"#
    );
    bench.put("film.json", measured(&sound));
    let run = "run --trace link.csv --video film.json --abr fixed:level=0 --json";
    let both = bench.ok(&format!("{run} --profile default:audio=0 --log both.json")).json();
    let record = bench.json("both.json");
    let others = record["others"].as_array().expect("requests for sound");
    assert_eq!(others.len(), 20);
    for (k, row) in others.iter().enumerate() {
        let given = (&row["track"], &row["kind"], &row["index"], &row["outcome"]);
        assert_eq!(given, (&"audio".into(), &"media".into(), &k.into(), &"done".into()));
        assert_eq!(
            (row["size_bits"].as_f64(), row["received_bits"].as_f64()),
            (Some(200_000.0), Some(200_000.0))
        );
    }
    assert_eq!((&both["segments"], &both["played_s"]), (&10.into(), &40.0.into()));
    // The link carries more, so that playback begins later; nothing but the picture is in the downloads.
    let alone = bench.ok(&format!("{run} --log alone.json")).json();
    assert!(both["startup_delay_s"].as_f64() > alone["startup_delay_s"].as_f64());
    assert_eq!(record["downloads"].as_array().map(Vec::len), Some(10));
    assert_eq!(bench.json("alone.json")["others"], Value::Null);
    let wrong = bench.run(&format!("{run} --profile default:audio=1"));
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    bench.ok("qoe both.json");
}
