//! `segue compare`: every rule on every trace, whatever the number of threads.

mod common;

use common::Bench;

fn bench() -> Bench {
    let bench = Bench::new();
    for (i, kbps) in [400, 900, 1500, 2600, 5200].iter().enumerate() {
        let rows = (0..9)
            .map(|k| format!("{},{}\n", k * 7, f64::from(kbps * (1 + (k * 3 + i as i32) % 4)) / 2000.0));
        bench.put(&format!("traces/link{i}.csv"), format!("time_s,rate_mbps\n{}", rows.collect::<String>()));
    }
    bench.put("traces/README", "These are traces.\n");
    bench.put("traces/deeper/link9.csv", common::TRACE_CSV);
    bench
}

const COMPARE: &str =
    "compare --trace traces --video video.json --abr bola --abr throughput --abr bba:reservoir=4";

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let bench = bench();
    type Files = Vec<(String, Vec<u8>)>;
    let mut first: Option<(String, Files)> = None;
    for (jobs, folder) in [(1, "one"), (8, "eight")] {
        let ran = bench.ok(&format!("{COMPARE} --optimum --jobs {jobs} -o {folder} --json"));
        let read = |name: String| {
            let bytes = std::fs::read(bench.path(folder).join(&name)).expect("readable");
            (name, bytes)
        };
        let files: Vec<_> = bench.names(folder).into_iter().map(read).collect();
        match &first {
            None => first = Some((ran.out, files)),
            Some((out, before)) => {
                assert_eq!(&ran.out, out);
                assert!(&files == before, "the files differ");
            }
        }
    }
    let (out, files) = first.expect("ran");
    let names: Vec<&str> = files.iter().map(|(n, _)| n.as_str()).collect();
    let charts = [
        "qoe-ecdf",
        "qoe-components",
        "qoe-paired",
        "differences",
        "gains",
        "stalls",
        "regret",
        "stalls-and-bitrate",
        "pareto",
        "startup",
        "bitrates",
    ];
    for name in charts {
        for ending in ["png", "svg", "narrow.svg", "csv"] {
            assert!(names.contains(&format!("{name}.{ending}").as_str()), "{name}.{ending} in {names:?}");
        }
    }
    assert_eq!(bench.text("one/summary.json"), out);
    assert_eq!(names.len(), charts.len() * 4 + 3, "and nothing else: {names:?}");
}

#[test]
fn the_numbers_are_those_of_the_sessions() {
    let bench = bench();
    let ran = bench.ok(&format!("{COMPARE} -o out --json --qoe yin --qoe mok"));
    assert!(
        ran.err.contains("skipped") && ran.err.contains("README") && !ran.err.contains("link9"),
        "{}",
        ran.err
    );
    let json = ran.json();
    assert_eq!(json["schema"].as_str(), Some("segue.comparison/1"));
    assert_eq!(
        (json["session_count"].as_u64(), json["sessions"].as_array().map(Vec::len)),
        (Some(18), Some(18))
    );
    let sessions = bench.text("out/sessions.csv");
    let mut rows = sessions.lines();
    let head: Vec<&str> = rows.next().expect("a header").split(',').collect();
    let column =
        |name: &str| head.iter().position(|h| *h == name).unwrap_or_else(|| panic!("{name} in {head:?}"));
    let rows: Vec<Vec<&str>> = rows.map(|r| r.split(',').collect()).collect();
    assert_eq!(rows.len(), 18);
    let of = |rule: &str, name: &str| -> Vec<f64> {
        let rows = rows.iter().filter(|r| r[column("abr")] == rule);
        rows.map(|r| r[column(name)].parse().expect("a number")).collect()
    };
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let near = |a: &serde_json::Value, b: f64| {
        let a = a.as_f64().expect("a number");
        assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} {b}");
    };
    for (measure, name) in
        [("yin", "qoe_yin"), ("mok", "qoe_mok"), ("mean_bitrate_kbps", "mean_bitrate_kbps")]
    {
        let rules = &json["measures"][measure]["rules"];
        let (bola, other) = (of("bola", name), of("throughput", name));
        near(&rules["bola"]["mean"], mean(&bola));
        near(&rules["throughput"]["vs_baseline"]["mean"], mean(&other) - mean(&bola));
        for key in ["median", "p5", "mean_ci95"] {
            assert!(!rules["bola"][key].is_null(), "{key}");
        }
        assert!(rules["bola"]["vs_baseline"].is_null());
    }
    // One session of the comparison is the session that run plays.
    let run =
        bench.ok("run --trace traces/link3.csv --video video.json --abr throughput --qoe yin --json").json();
    let row = rows
        .iter()
        .find(|r| r[column("trace")] == "link3" && r[column("abr")] == "throughput")
        .expect("played");
    assert_eq!(row[column("qoe_yin")].parse::<f64>().ok(), run["qoe"]["yin"].as_f64());
    assert_eq!(row[column("wall_s")].parse::<f64>().ok(), run["wall_s"].as_f64());
}

#[test]
fn the_table_fits_into_80_columns_and_says_what_is_supported() {
    let bench = bench();
    let ran = bench.ok(&COMPARE.replace("bba:reservoir=4", "bola-e"));
    assert!(ran.out.lines().all(|l| l.chars().count() <= 80), "{}", ran.out);
    assert!(ran.out.contains("\n3 rules on 6 traces: 18 sessions"), "{}", ran.out);
    assert!(ran.out.contains("What QoE by bola supports:\n- "), "{}", ran.out);
    for heading in ["bitrate in kbit/s", "stalled time in %", "switches", "startup delay in s", "QoE by yin"]
    {
        assert!(ran.out.contains(heading), "{heading}");
    }
    assert!(!bench.path("out").exists());
}

/// The five lines say nothing that the numbers of the JSON do not say.
#[test]
fn the_answer_comes_first_in_five_lines() {
    let bench = bench();
    let said = bench.ok(COMPARE).out;
    let json = bench.ok(&format!("{COMPARE} --json")).json();
    let answer = said.split("\n\n").next().expect("a block").replace("\n  ", " ");
    let lines: Vec<&str> = answer.lines().collect();
    let heads = ["Best: ", "Supported: ", "Stalled time: ", "Mean bitrate: ", "Rungs in kbit/s: "];
    assert_eq!(lines.len(), heads.len(), "{answer}");
    for (line, head) in lines.iter().zip(heads) {
        assert!(line.starts_with(head), "{line}");
    }
    let mean = |rule: &str| json["measures"]["bola"]["rules"][rule]["mean"].as_f64().expect("a mean");
    let rules: Vec<&str> = json["abr"].as_array().expect("rules").iter().filter_map(|r| r.as_str()).collect();
    let best = rules.iter().max_by(|a, b| mean(a).total_cmp(&mean(b))).expect("rules");
    assert!(lines[0].starts_with(&format!("Best: {best}, mean")), "{answer}");
    let ladder = json["rungs"]["bitrates_kbps"].as_array().expect("a ladder");
    for rule in &rules {
        let share = json["rungs"]["share_percent"][rule].as_array().expect("shares");
        let share: Vec<f64> = share.iter().filter_map(serde_json::Value::as_f64).collect();
        assert_eq!(share.len(), ladder.len());
        assert!((share.iter().sum::<f64>() - 100.0).abs() < 1e-9, "{share:?}");
        let most = (0..share.len()).max_by(|a, b| share[*a].total_cmp(&share[*b])).expect("rungs");
        let rung = ladder[most].as_f64().expect("a rate");
        let own = lines[4].split("; ").find(|part| part.contains(&format!("{rule} mostly"))).expect("rule");
        let played: f64 = own
            .split("mostly ")
            .nth(1)
            .and_then(|t| t.split(' ').next())
            .and_then(|t| t.parse().ok())
            .expect("a rate");
        assert!((played - rung).abs() < 0.5, "{own}: {rung}");
        assert_eq!(
            own.contains(", never "),
            share.contains(&0.0) && !lines[4].contains("never by any"),
            "{own}"
        );
    }
}

#[test]
fn the_baseline_may_be_any_rule() {
    let bench = bench();
    let json = bench.ok(&format!("{COMPARE} --baseline throughput --json")).json();
    assert_eq!(json["baseline"], "throughput");
    assert!(json["findings"][0].as_str().expect("a sentence").contains("throughput"));
    let json = bench.ok(&format!("{COMPARE} --baseline fixed:level=1 --json")).json();
    assert_eq!(json["abr"][0], "fixed:level=1");
}

#[test]
fn traces_come_from_folders_patterns_files_and_presets_once_each() {
    let bench = bench();
    bench.put("other/link0.csv", common::TRACE_CSV);
    let ran = bench.ok(
        "compare --trace traces/link[0-2].csv --trace traces/link1.csv --trace other --trace preset:4g,duration=60,seed=2 \
         --video preset:cbr,duration=40 --abr bba --json",
    );
    let json = ran.json();
    let names: Vec<&str> =
        json["traces"].as_array().expect("names").iter().filter_map(|t| t.as_str()).collect();
    assert_eq!(names, ["traces/link0", "link1", "link2", "other/link0", "4g,duration=60,seed=2"]);
    assert!(ran.err.contains("link1.csv: given twice, counted once"), "{}", ran.err);
}

#[test]
fn one_trace_and_one_rule_are_enough_for_a_table() {
    let bench = bench();
    let ran = bench.ok("compare --trace link.csv --video video.json --abr bola --abr bba -o out");
    assert!(ran.out.contains("one trace says nothing about others"), "{}", ran.out);
    assert!(bench.path("out/qoe-paired.png").exists());
    bench.ok("compare --trace link.csv --video video.json --abr bola -o single");
    assert!(!bench.path("single/qoe-paired.png").exists());
}

#[test]
fn the_optimum_is_never_beaten_and_gives_a_share_of_itself() {
    let bench = bench();
    let ran = bench.ok(&format!("{COMPARE} --optimum --qoe pensieve-lin --qoe mok -o out --json"));
    let json = ran.json();
    let optimum = &json["optimum"];
    assert_eq!(optimum["model"], "pensieve-lin");
    assert!(optimum["worst_gap"].as_f64().expect("a number") <= 1e-3, "{optimum}");
    assert_eq!(optimum["unproven"].as_array().map(Vec::len), Some(0));
    let sessions = bench.text("out/sessions.csv");
    let mut rows = sessions.lines();
    let head: Vec<&str> = rows.next().expect("a header").split(',').collect();
    let column = |name: &str| head.iter().position(|h| *h == name).expect(name);
    let (mut n, mut shares) = (0, 0.0);
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        let of = |name: &str| -> f64 { cells[column(name)].parse().expect("a number") };
        let (score, best) = (of("qoe_pensieve-lin"), of("optimum"));
        assert!(score <= best && best <= of("optimum_bound"), "{row}");
        assert!((of("regret") - (best - score)).abs() < 1e-9);
        assert_eq!(optimum["traces"][cells[column("trace")]]["value"].as_f64(), Some(best));
        match best > 0.0 {
            true => assert!((of("optimum_share_percent") - score / best * 100.0).abs() < 1e-9),
            false => assert_eq!(cells[column("optimum_share_percent")], ""),
        }
        if best > 0.0 && cells[column("abr")] == "bola" {
            (n, shares) = (n + 1, shares + of("optimum_share_percent"));
        }
    }
    let mean = json["measures"]["optimum_share_percent"]["rules"]["bola"]["mean"].as_f64().expect("a number");
    assert!((mean - shares / f64::from(n)).abs() < 1e-9);
    assert_eq!(optimum["share_percent"]["bola"].as_f64(), Some(mean));
    let text = bench.ok(&format!("{COMPARE} --optimum --qoe yin:preset=avoid-rebuffering")).out;
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    assert!(text.contains("opt.") && text.contains("regret to the optimum"), "{text}");
}

#[test]
fn the_plan_of_the_optimum_can_be_had() {
    let bench = bench();
    let ran = bench
        .ok(&format!("{COMPARE} --optimum --optimum-plan plan.csv --qoe yin:startup=apart,mu=3000 --json"));
    let json = ran.json();
    let traces = json["traces"].as_array().expect("names");
    let plan = bench.text("plan.csv");
    let mut rows = plan.lines();
    assert_eq!(rows.next(), Some("trace,segment,level,bitrate_kbps"));
    let rows: Vec<Vec<&str>> = rows.map(|r| r.split(',').collect()).collect();
    for trace in traces {
        let trace = trace.as_str().expect("a name");
        let of: Vec<&Vec<&str>> = rows.iter().filter(|r| r[0] == trace).collect();
        let rate = |row: &[&str]| row[3].parse::<f64>().expect("a bitrate");
        // The score without its stalls, of which it may have some: no less than the value.
        let changes = of.windows(2).map(|w| (rate(w[0]) - rate(w[1])).abs()).sum::<f64>();
        let most = of.iter().map(|r| rate(r)).sum::<f64>() - changes;
        let value = json["optimum"]["traces"][trace]["value"].as_f64().expect("a value");
        assert!(of.iter().enumerate().all(|(i, r)| r[1] == i.to_string()), "{plan}");
        assert!(value <= most + 1e-6, "{trace}: {value} of {most}");
    }
    for rule in json["abr"].as_array().expect("rules") {
        let of = |key: &str, i: usize| {
            json["optimum"][key][rule.as_str().expect("a name")][i].as_f64().expect("a number")
        };
        assert!(of("share_percent_range", 0) <= of("share_percent_range", 1));
        assert!(of("regret_range", 0) <= of("regret_range", 1));
    }
    assert_eq!(bench.run(&format!("{COMPARE} --optimum-plan plan.csv")).code, 2);
}

#[test]
fn an_optimum_that_cannot_be_searched_for_is_refused_with_what_can() {
    let bench = bench();
    for model in ["mok", "comyco", "bola:form=objective", "pensieve-lin:before=750"] {
        let ran = bench.run(&format!("{COMPARE} --optimum --qoe {model}"));
        assert_eq!(ran.code, 2, "{model}: {}", ran.err);
        assert!(ran.err.contains("pensieve-log, pensieve-hd, yin, bola"), "{}", ran.err);
    }
    let before = "pensieve-lin:before=750,first=drop,total=mean";
    bench.ok(&format!("{COMPARE} --optimum --qoe {before}"));
}

#[test]
fn gains_are_shown_by_class_of_network() {
    let bench = bench();
    for (i, kbps) in [300, 700, 1100].iter().enumerate() {
        bench.put(
            &format!("slow/link{i}.csv"),
            format!("time_s,rate_mbps\n0,{}\n30,0.4\n", f64::from(*kbps) / 1000.0),
        );
    }
    let line =
        COMPARE.replace("--trace traces", "--trace traces --trace slow --trace preset:4g,duration=60,seed=1");
    bench.ok(&format!("{line} -o out"));
    let gains = bench.text("out/gains.csv");
    let columns: Vec<&str> = gains.lines().skip(1).take(3).filter_map(|l| l.split(',').nth(1)).collect();
    // A folder in the folder is a class of its own.
    assert_eq!(columns, ["deeper (1)", "traces (5)", "slow (3)"], "{gains}");
    // Two rules against the baseline in four classes, two of which are a single trace and have no test.
    assert_eq!(gains.lines().count(), 1 + 2 * 4);
    bench.ok(&format!("{} -o one", COMPARE.replace("--trace traces", "--trace slow")));
    assert!(bench.text("one/gains.csv").contains("bitrate in kbit/s"));
    assert!(bench.text("one/pareto.csv").starts_with("name,stalled_percent,quality,on_front\nbola,"));
}

/// The mean of differences of one number per trace, and the half of its 95 % interval and p by Student's t, computed here
/// from the sessions alone.
fn contrast(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, mean / (variance / n).sqrt())
}

#[test]
fn every_factor_and_its_interactions_are_compared_trace_by_trace() {
    let bench = bench();
    bench.put("film.json", bench.text("video.json").replace("\"talk\"", "\"film\""));
    let ran = bench.ok(
        "compare --trace traces --video preset:cbr,duration=120 --video preset:cbr,duration=120,ladder=mobile \
         --profile default:capacity=10 --profile default:capacity=30 --abr bola --abr throughput \
         --qoe yin --json -o out",
    );
    let json = ran.json();
    let names: Vec<&str> =
        json["factors"].as_array().expect("factors").iter().filter_map(|f| f["name"].as_str()).collect();
    assert_eq!(names, ["abr", "video", "profile"]);
    assert_eq!(json["factors"][2]["levels"][1], "default:capacity=30");
    let sessions = json["sessions"].as_array().expect("sessions");
    assert_eq!(sessions.len(), 6 * 8);
    let traces: Vec<&str> =
        json["traces"].as_array().expect("traces").iter().filter_map(|t| t.as_str()).collect();
    // Of a trace: the mean over the sessions in which these factors have these levels.
    let mean = |trace: &str, metric: &str, at: &[(&str, &str)]| {
        let inside: Vec<f64> = sessions
            .iter()
            .filter(|s| s["trace"] == trace && at.iter().all(|(f, level)| s["factors"][*f] == *level))
            .map(|s| match metric {
                "yin" => s["qoe"]["yin"].as_f64(),
                "stall_percent" => s["stall_ratio"].as_f64().map(|r| r * 100.0),
                other => s[other].as_f64(),
            })
            .map(|x| x.expect("a number"))
            .collect();
        assert!(!inside.is_empty());
        inside.iter().sum::<f64>() / inside.len() as f64
    };
    let text = |v: &serde_json::Value| v.as_str().expect("text").to_string();
    let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0), "{a} {b}");
    let effects = json["effects"].as_array().expect("effects");
    assert_eq!(effects.len(), 3 * 5);
    for e in effects {
        let (factor, from, to, metric) =
            (text(&e["factor"]), text(&e["from"]), text(&e["to"]), text(&e["metric"]));
        let of = |trace: &&str| {
            mean(trace, &metric, &[(&factor, &to)]) - mean(trace, &metric, &[(&factor, &from)])
        };
        let (difference, t) = contrast(&traces.iter().map(of).collect::<Vec<_>>());
        near(e["difference"].as_f64().expect("a number"), difference);
        if t.is_finite() && t != 0.0 {
            // 5 degrees of freedom: the 97.5 % point of t is 2.570581836.
            let half = (e["high"].as_f64().expect("a number") - e["low"].as_f64().expect("a number")) / 2.0;
            assert!((half - 2.570581836 * (difference / t).abs()).abs() <= 1e-6 * half.abs(), "{e}");
            let p = e["p"].as_f64().expect("a number");
            assert_eq!(p < 0.05, t.abs() > 2.570581836, "{e}");
        }
    }
    let interactions = json["interactions"].as_array().expect("interactions");
    assert_eq!(interactions.len(), 3 * 5);
    for i in interactions {
        let (a, b, metric) = (text(&i["factors"][0]), text(&i["factors"][1]), text(&i["metric"]));
        let (from, to) = ([text(&i["from"][0]), text(&i["from"][1])], [text(&i["to"][0]), text(&i["to"][1])]);
        let of = |trace: &&str| {
            let cell = |x: &str, y: &str| mean(trace, &metric, &[(&a, x), (&b, y)]);
            (cell(&to[0], &to[1]) - cell(&from[0], &to[1]))
                - (cell(&to[0], &from[1]) - cell(&from[0], &from[1]))
        };
        let (difference, _) = contrast(&traces.iter().map(of).collect::<Vec<_>>());
        near(i["difference"].as_f64().expect("a number"), difference);
    }
    // Every combination is the session that run plays.
    let run = bench
        .ok("run --trace traces/link2.csv --video preset:cbr,duration=120,ladder=mobile \
             --profile default:capacity=30 --abr throughput --qoe yin --json")
        .json();
    let same = sessions.iter().find(|s| {
        s["trace"] == "link2"
            && s["factors"]["video"] == "preset:cbr,duration=120,ladder=mobile"
            && s["factors"]["profile"] == "default:capacity=30"
            && s["abr"] == "throughput"
    });
    assert_eq!(same.expect("played")["wall_s"], run["wall_s"]);
}

#[test]
fn a_range_of_one_option_draws_its_curve() {
    let bench = bench();
    let ran = bench
        .ok("compare --trace traces --video video.json --abr bola:gp=1..20 --json -o out --charts curve");
    assert_eq!(ran.json()["factors"][0]["levels"].as_array().map(Vec::len), Some(20));
    let curve = bench.text("out/curve.csv");
    assert!(curve.starts_with("rule,gp,qoe,qoe_low,qoe_high"), "{curve}");
    assert_eq!(curve.lines().count(), 21);
    let curves = ["curve.csv", "curve.narrow.svg", "curve.png", "curve.svg", "sessions.csv", "summary.json"];
    let names = [&[".segue.files"][..], &curves].concat();
    assert_eq!(bench.names("out"), names);
    let wrong = bench.run("compare --trace traces --video video.json --abr bola:gp=5..1");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("range"), "{}", wrong.err);
}

/// A pipeline stops where a condition does not hold, and the table is printed all the same.
#[test]
fn a_comparison_replaces_what_an_earlier_one_wrote_and_nothing_else() {
    let bench = bench();
    bench.ok(&format!("{COMPARE} --logs -o out"));
    let logs = bench.names("out/logs").len();
    assert!(bench.names("out").contains(&"gains.png".to_string()) && logs == 18, "{logs} logs");
    for own in ["out/notes.txt", "out/mine.png", "out/logs/mine.csv"] {
        bench.put(own, "mine");
    }
    // Two sessions less per trace, two charts' kinds less.
    bench.ok("compare --trace traces --video video.json --abr bola --charts none --logs -o out");
    assert_eq!(bench.names("out/logs").len(), 6 + 1);
    bench.ok("compare --trace traces --video video.json --abr bola --charts none -o out");
    assert_eq!(bench.names("out/logs"), ["mine.csv"]);
    let left = [".segue.files", "logs", "mine.png", "notes.txt", "sessions.csv", "summary.json"];
    assert_eq!(bench.names("out"), left);
    // A list that leads elsewhere leads nowhere.
    bench.put("out/.segue.files", "../video.json\n/etc/hostname\nnotes.txt/../../video.json\n");
    bench.ok("compare --trace traces --video video.json --abr bola --charts none -o out");
    assert!(bench.path("video.json").is_file());
    // Without logs of somebody else their folder goes, too.
    bench.ok("compare --trace traces --video video.json --abr bola --charts none --logs -o other");
    bench.ok("compare --trace traces --video video.json --abr bola --charts none -o other");
    assert_eq!(bench.names("other"), [".segue.files", "sessions.csv", "summary.json"]);
}

#[test]
fn what_is_required_decides_the_exit_code() {
    let bench = bench();
    bench.ok(&format!("{COMPARE} --require stall_percent<=100 --require mean_bitrate_kbps>0"));
    let json = bench.ok(&format!("{COMPARE} --json")).json();
    let broken = bench.run(&format!("{COMPARE} --require stall_percent<=100 --require startup_delay_s<0"));
    assert_eq!(broken.code, 1, "{}", broken.err);
    assert!(broken.out.contains("QoE by bola"), "{}", broken.out);
    for rule in json["abr"].as_array().expect("rules").iter().filter_map(|r| r.as_str()) {
        assert!(broken.err.contains(rule), "{}", broken.err);
    }
    assert!(!broken.err.contains("stall_percent"), "{}", broken.err);
    // What the statistics say of each rule is what the condition is about.
    let worse = |rule: &serde_json::Value| {
        let versus = &rule["vs_baseline"];
        versus["p_holm"].as_f64().is_some_and(|p| p < 0.05)
            && versus["mean"].as_f64().is_some_and(|m| m < 0.0)
    };
    let measure = &json["measures"]["bola"]["rules"];
    let any = measure.as_object().expect("rules").values().any(worse);
    assert_eq!(bench.run(&format!("{COMPARE} --require no-worse")).code, i32::from(any));
    let wrong = bench.run(&format!("{COMPARE} --require stalls<1"));
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("expected one of bola"), "{}", wrong.err);
}

#[test]
fn two_ranges_draw_a_heat_map_of_the_means() {
    let bench = bench();
    let ran = bench.ok(
        "compare --trace traces --video video.json --abr bola:gp=2/5/9 --profile default:capacity=12/24 \
         -o out --charts heat-map --json",
    );
    let json = ran.json();
    let map = bench.text("out/heat-map.csv");
    let rows: Vec<&str> = map.lines().collect();
    assert_eq!((rows[0], rows.len()), ("gp,capacity,qoe", 1 + 3 * 2), "{map}");
    // Every cell is the mean of its sessions.
    let sessions = json["sessions"].as_array().expect("sessions");
    for row in &rows[1..] {
        let cell: Vec<&str> = row.split(',').collect();
        let inside = |s: &&serde_json::Value| {
            s["factors"]["abr"] == format!("bola:gp={}", cell[0]).as_str()
                && s["factors"]["profile"] == format!("default:capacity={}", cell[1]).as_str()
        };
        let scores: Vec<f64> = sessions
            .iter()
            .filter(inside)
            .filter_map(|s| s["qoe"].as_object()?.values().next()?.as_f64())
            .collect();
        assert_eq!(scores.len(), json["traces"].as_array().map_or(0, Vec::len), "{row}");
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        let told: f64 = cell[2].parse().expect("a number");
        assert!((told - mean).abs() < 1e-9 * mean.abs().max(1.0), "{row}: {mean}");
    }
}

#[test]
fn a_comparison_of_live_events_tells_where_the_viewers_were() {
    let bench = Bench::new();
    let rest = "--trace preset:4g --video preset:cbr,segment=1,duration=60 --live latency=3,chunk=0.5 --json";
    let compared = bench.ok(&format!("compare {rest} --abr l2a --abr bba -o out --charts none")).json();
    let text = bench.text("out/sessions.csv");
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let names = rows.headers().expect("a header").clone();
    for (i, row) in rows.records().map(|r| r.expect("a row")).enumerate() {
        let cell = |name: &str| &row[names.iter().position(|n| n == name).expect(name)];
        let alone = bench.ok(&format!("run {rest} --abr {}", cell("abr"))).json();
        for name in
            ["target_s", "latency_mean_s", "latency_p95_s", "behind_target_s", "rate_changes", "skips"]
        {
            let told = alone["live"][name].as_f64().expect(name);
            assert_eq!(cell(name).parse(), Ok(told), "{name}");
            assert_eq!(compared["sessions"][i][name].as_f64(), Some(told), "{name}");
        }
    }
    let demand = rest.replace("--live latency=3,chunk=0.5", "");
    bench.ok(&format!("compare {demand} --abr l2a --abr bba -o out --charts none"));
    assert!(!bench.text("out/sessions.csv").contains("latency"));
}
