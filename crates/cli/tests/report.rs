//! `segue report`: the page of a comparison, read as text and looked at in Chromium.

mod common;

use common::Bench;

/// Three rules on networks of two classes.
fn compared(more: &str) -> Bench {
    let bench = Bench::new();
    bench.ok(&format!(
        "compare --trace preset:3g,duration=120,seed=1..3 --trace preset:4g,duration=120,seed=1..3 \
         --video preset:vbr,duration=60 --abr throughput --abr bola --abr bba {more} -o out"
    ));
    bench
}

#[test]
fn a_comparison_becomes_a_page_of_one_file_with_its_data_beside_it() {
    let bench = compared("--optimum --qoe yin");
    bench.ok("report out");
    let page = bench.text("out/index.html");
    for nothing in ["<script", "<img", "<link rel=\"stylesheet", "@import", "src=", "http-equiv"] {
        assert!(!page.contains(nothing), "{nothing}");
    }
    for question in [
        "Who wins, and where?",
        "Where do stalls come from?",
        "What would the optimum have done?",
        "All numbers",
    ] {
        assert!(page.contains(&format!("<h2>{question}</h2>")), "{question}");
    }
    // Numbers stand last.
    assert!(page.find("<table").expect("a table") > page.rfind("<svg").expect("a picture"));
    // Every link leads to a file or to a place on the page.
    let links: Vec<&str> =
        page.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(link, _)| link).collect();
    assert!(links.contains(&"gains.csv") && links.contains(&"sessions.csv"), "{links:?}");
    for link in links.iter().filter(|l| !l.starts_with('#') && **l != "data:,") {
        assert!(bench.path("out").join(link).is_file(), "{link}");
    }
    // The command of every figure makes the numbers again.
    let command = bench.json("out/summary.json")["command"].as_str().expect("a command").to_string();
    let figures = page.matches("<figcaption>").count();
    assert!(
        figures > 6 && page.matches(&format!("<code>{command} -o out</code>")).count() >= figures,
        "{command}"
    );
    let again = bench.ok(&format!("{} --json", command.strip_prefix("segue ").expect("a command line")));
    assert_eq!(again.out, bench.text("out/summary.json"));
}

#[test]
fn sentences_say_what_the_numbers_say() {
    let bench = compared("");
    bench.ok("report out -o page.html");
    let (page, json) = (bench.text("page.html"), bench.json("out/summary.json"));
    assert!(page.contains("href=\"out/gains.csv\""), "links lead from the page to the folder");
    let sessions = json["sessions"].as_array().expect("sessions");
    let still = sessions.iter().filter(|s| s["stall_s"].as_f64() == Some(0.0)).count();
    assert!(page.contains(&format!("{still} of {} sessions never stall", sessions.len())), "{still}");
    let measure = json["measures"]
        .as_object()
        .expect("measures")
        .values()
        .find(|m| m["label"].as_str().is_some_and(|l| l.starts_with("QoE by bola")));
    let rules = measure.expect("a model")["rules"].as_object().expect("rules");
    for (rule, s) in rules {
        let Some(p) = s["vs_baseline"]["p_holm"].as_f64() else { continue };
        let open = page.contains(&format!("For {rule} no difference is supported."))
            || page.contains("no difference to throughput is supported")
            || page.contains("For bola and bba no difference is supported.");
        assert_eq!(open, p >= 0.05, "{rule}: {p}");
    }
}

#[test]
fn what_is_no_comparison_is_refused_with_its_reason() {
    let bench = compared("--charts none");
    let refused = |line: &str, why: &str| {
        let ran = bench.run(line);
        assert!(ran.code == 2 && ran.err.contains(why), "{line}: {} {}", ran.code, ran.err);
    };
    refused("report nowhere", "expected a folder that segue compare -o wrote");
    bench.put("bad/summary.json", "{}");
    refused("report bad", "is no summary of a comparison");
    bench.put(
        "bad/summary.json",
        bench.text("out/summary.json").replace("segue.comparison/1", "segue.comparison/9"),
    );
    refused("report bad", "expected segue.comparison/1");
    refused("report out -o out/summary.json", "would overwrite an input");
    bench.ok("report out");
    assert!(bench.text("out/index.html").contains("<table"), "numbers need no chart");
    // A picture that is not ours brings nothing onto the page.
    bench.put("out/gains.svg", "<svg onload=\"alert(1)\"><script>alert(1)</script></svg>");
    refused("report out", "is no picture of segue compare");
}

#[test]
fn one_network_and_one_rule_make_a_page_too() {
    let bench = Bench::new();
    bench.ok("compare --trace link.csv --video video.json --abr bola -o out");
    bench.ok("report out");
    bench.ok("compare --trace link.csv --video video.json --abr bola:gp=1..3 -o curve");
    bench.ok("report curve");
    assert!(bench.text("curve/index.html").contains("What does the parameter do?"));
}

#[test]
fn the_page_is_readable_wide_and_narrow_by_day_and_by_night() {
    let Some(chromium) = fixtures::chromium("report the_page_is_readable") else { return };
    let bench = compared("");
    bench.ok("report out");
    let page = bench.path("out/index.html");
    let mut shown = Vec::new();
    for (size, dark) in [((1280, 800), false), ((400, 800), true), ((400, 800), false), ((1280, 800), true)] {
        let look = fixtures::look(&chromium, &page, size, dark);
        assert!(look.console.is_empty(), "{size:?}: {:?}", look.console);
        assert!(look.overflow <= 0, "{size:?}: {} px too wide", look.overflow);
        assert_eq!(look.pictures, 1, "{size:?}: pictures on the first screen");
        assert!(look.words.len() <= 40, "{size:?}: {} words: {:?}", look.words.len(), look.words);
        let short = look.words.iter().find(|w| w.chars().filter(|c| c.is_uppercase()).count() > 1);
        assert!(
            short.is_none() && !look.words.iter().any(|w| w.contains("bit/s")),
            "{short:?} is not spelled out"
        );
        assert_eq!(look.dark, dark);
        assert!(if dark { look.ink - look.ground > 150 } else { look.ground - look.ink > 150 }, "{look:?}");
        assert!(look.smallest_letters >= 8.0, "{size:?}: letters of {} px", look.smallest_letters);
        shown.push(look.shown);
    }
    assert!(shown.iter().all(|n| *n == shown[0] && *n > 6), "every picture has both forms: {shown:?}");
}

#[test]
fn decisions_are_drawn_with_their_data() {
    let bench = Bench::new();
    bench.ok("decisions --abr bba --video video.json --profile default:capacity=20 -o map.png");
    let table = bench.text("map.csv");
    let rows: Vec<Vec<f64>> = table
        .lines()
        .skip(1)
        .map(|l| l.split(',').map(|c| c.parse().unwrap_or(f64::NAN)).collect())
        .collect();
    assert_eq!(rows.len(), 60 * 53);
    assert_eq!(
        rows.iter().map(|r| r[1]).fold(0.0, f64::max),
        20.0,
        "the buffer goes to what the player holds"
    );
    // An empty buffer asks for the lowest rung, whatever the network.
    assert!(rows.iter().filter(|r| r[1] == 0.0).all(|r| r[2] == 0.0));
    let refused = |line: &str, why: &str| {
        let ran = bench.run(line);
        assert!(ran.code == 2 && ran.err.contains(why), "{line}: {} {}", ran.code, ran.err);
    };
    refused("decisions --abr nobody --video video.json -o map.png", "nobody");
    refused("decisions --abr bba --video video.json -o map.jpg", "expected .png");
    refused("decisions --abr bba --video video.json -o video.json", "expected .png");
}

#[test]
fn charts_have_the_size_the_resolution_and_the_title_that_were_asked_for() {
    let bench = Bench::new();
    let run = "run --trace link.csv --video video.json --abr bola --chart";
    // Width and height stand in bytes 16 to 24 of a PNG.
    let size = |name: &str| {
        let bytes = std::fs::read(bench.path(name)).expect("written");
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        (number(16), number(20))
    };
    bench.ok(&format!("{run} a.png --size 800x500"));
    assert_eq!(size("a.png"), (800, 500));
    bench.ok(&format!("{run} b.png"));
    bench.ok(&format!("{run} c.png --dpi 72"));
    let (b, c) = (size("b.png"), size("c.png"));
    assert_eq!(b, (c.0 * 2, c.1 * 2), "144 pixels per inch are twice 72");
    bench.ok(&format!("{run} d.svg --title Mine --size 640x480"));
    let svg = bench.text("d.svg");
    assert!(
        svg.contains("<title>Mine</title>") && svg.contains("width=\"640\" height=\"480\""),
        "{svg:.200}"
    );
    bench.ok(&format!("{run} g.pdf --size 640x480"));
    let pdf = std::fs::read(bench.path("g.pdf")).expect("written");
    assert!(String::from_utf8_lossy(&pdf).contains("/MediaBox [0 0 640 480]"));
    bench.ok("trace plot link.csv -o e.png --size 700x900 --title A");
    assert_eq!(size("e.png"), (700, 900));
    bench.ok("decisions --abr bola --video video.json -o f.png --size 500x400");
    assert_eq!(size("f.png"), (500, 400));
    bench.ok(
        "compare --trace link.csv --video video.json --abr bola --abr bba -o out --size 900x600 --title Mine",
    );
    assert_eq!(size("out/pareto.png"), (900, 600));
    assert!(bench.text("out/pareto.svg").contains("<title>Mine: Which rules"));
    let ran = bench.run(&format!("{run} a.png --size 800"));
    assert!(ran.code == 2 && ran.err.contains("expected WIDTHxHEIGHT"), "{}", ran.err);
}
