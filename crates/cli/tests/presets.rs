//! `segue trace fit`, and presets as files: fitted once, then used wherever a preset is.

mod common;

use common::Bench;

#[test]
fn a_fitted_preset_is_used_wherever_a_preset_is() {
    let bench = Bench::new();
    let fit =
        bench.ok("trace fit preset:4g,duration=400,seed=1 preset:4g,duration=400,seed=2 -o drives.preset");
    assert!(fit.out.contains("fitted to     2 traces, 800 s"), "{}", fit.out);
    assert_eq!(bench.json("drives.preset")["schema"], "segue.markov/1");
    assert_eq!(bench.json("drives.preset")["traces"], 2);

    // The same trace by each way, and by its own name.
    bench.ok("trace generate drives.preset,duration=90 --seed 4 -o a.csv");
    bench.ok("trace generate preset:drives.preset,duration=90,seed=4 -o b.csv");
    assert_eq!(bench.text("a.csv"), bench.text("b.csv"));
    let info = bench.ok("trace info preset:drives.preset,duration=90,seed=4 --json").json();
    assert_eq!(info["aggregate"]["duration_s"], 90.0);
    let run = "run --trace preset:drives.preset,duration=90 --video video.json --abr bola";
    assert!(bench.ok(run).out.contains("drives.preset,duration=90,seed=0"));

    // Dwell times are in the file, and the name of a preset of the registry stays its own.
    bench.ok("trace fit a.csv -o dwell.preset --dwell lognormal --levels 4");
    assert!(bench.json("dwell.preset")["dwell"].is_array());
    bench.put("3g", "not a preset");
    bench.ok("trace generate 3g,duration=5");
}

#[test]
fn many_traces_have_seeds_in_a_row() {
    let bench = Bench::new();
    bench.ok("trace generate genet,duration=30 --count 3 --seed 5 -o out --to sabre");
    assert_eq!(bench.names("out"), ["genet-5.json", "genet-6.json", "genet-7.json"]);
    bench.ok("trace generate genet,duration=30 --seed 6 -o six.json");
    assert_eq!(bench.text("six.json"), bench.text("out/genet-6.json"));
    assert_ne!(bench.text("six.json"), bench.text("out/genet-7.json"));
}

#[test]
fn what_cannot_be_fitted_or_made_is_refused_in_words() {
    let bench = Bench::new();
    bench.put("bad.preset", "{\"schema\": \"segue.markov/1\"");
    bench.put("short.csv", "time_s,rate_mbps\n0,3\n1,\n");
    for (line, says) in [
        ("trace fit link.csv -o link.csv", "the preset would overwrite an input"),
        ("trace fit link.csv -o gone/x", "there is no folder gone"),
        (
            "trace fit link.csv -o x --levels 0",
            "the number of levels is 0, expected a whole number from 1 to 256",
        ),
        ("trace fit short.csv -o x", "two full seconds"),
        ("trace generate bad.preset", "bad.preset: line 1: no such JSON"),
        ("trace generate gone.preset", "gone.preset: no such file, expected one of segue trace fit"),
        ("trace generate constant --count 2 -o out", "expected a preset that draws"),
        ("trace generate 3g,seed=1 --count 2 -o out", "expected a preset that draws"),
        ("trace generate 3g --count 2", "--output"),
        ("trace generate 3g --count 0 -o out", "'0' for '--count"),
    ] {
        let failed = bench.run(line);
        assert_eq!(failed.code, 2, "{line}\n{}", failed.err);
        assert!(failed.err.contains(says), "{line}\n{}", failed.err);
    }
    assert!(!bench.path("x").exists() && !bench.path("out").exists());
}
