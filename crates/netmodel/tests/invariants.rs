//! What must hold between the real files: the same measurement in two formats, and in what a writer makes of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use netmodel::formats::{self, Carry, Content, ReadOptions, Recording, WriteOptions};
use netmodel::{Period, Trace, stats};
use units::Bits;

fn read(path: &Path) -> Recording {
    formats::read_path(path, None, &ReadOptions::default()).expect("a trace")
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{}", folder.display());
    files
}

/// The cooked HSDPA logs are the Sabre ones without the samples below 100 kbit/s.
///
/// The lengths of the samples that are left are the same to 1 ms but for one in a hundred, which is longer in the cooked
/// file: it takes the time between two lines of the log, Sabre's file what a line says it measured, and at these lines
/// the log paused.
#[test]
fn cooked_hsdpa_is_sabre_hsdpa_without_outages() {
    let Some(root) = fixtures::shared("cooked_hsdpa_is_sabre_hsdpa_without_outages", "traces") else {
        return;
    };
    let (mut pairs, mut samples, mut longer, mut time, mut paused, mut longest) = (0, 0, 0, 0.0, 0.0, 0.0f64);
    for path in files(&root.join("hsdpa_pensieve_cooked")) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        // `route-report.DATE.log` is `report.DATE.json` there.
        let Some(report) = name.find("report.").map(|at| &name[at..name.len() - 4]) else { continue };
        let sabre = root.join("hsdpa_sabre_json").join(format!("{report}.json"));
        if !sabre.is_file() {
            continue;
        }
        let (cooked, sabre) = (read(&path).trace, read(&sabre).trace);
        // The first sample of a cooked file has no interval, whatever its rate; Sabre's rates are whole kbit/s.
        let kept: Vec<Period> = sabre.periods().iter().skip(1).filter(|p| p.rate.kbps() >= 100.0).collect();
        assert_eq!(cooked.periods().len(), kept.len(), "{name}");
        for (c, s) in cooked.periods().iter().zip(&kept) {
            assert!((0.0..1.0).contains(&(c.rate.kbps() - s.rate.kbps())), "{name}: {c:?} and {s:?}");
            let pause = c.duration.millis() - s.duration.millis();
            assert!(pause > -1.001, "{name}: {c:?} is shorter than {s:?}");
            if pause > 1.001 {
                (longer, paused, longest) = (longer + 1, paused + pause, longest.max(pause));
            }
            samples += 1;
            time += c.duration.millis();
        }
        pairs += 1;
    }
    println!(
        "hsdpa: {pairs} pairs, {samples} samples, 0 other rates; {longer} longer than Sabre's by 2 to {longest:.0} ms, \
         {:.1} of {:.0} s in all",
        paused / 1e3,
        time / 1e3
    );
    assert!(pairs > 0 && longer * 90 < samples && longest < 400.0 && paused < 5e-4 * time);
}

/// The published Mahimahi files, line for line, from the cooked files they were made of.
#[test]
fn pensieve_converter_reproduces_published_files() {
    let Some(root) = fixtures::shared("pensieve_converter_reproduces_published_files", "traces") else {
        return;
    };
    let mahimahi = formats::by_name("mahimahi").expect("known");
    let mut options = WriteOptions::default();
    options.carry = Carry::Drop;
    let published = files(&root.join("fcc_genet_mahimahi"));
    for path in &published {
        let cooked = read(&root.join("fcc_genet_cooked").join(path.file_name().expect("a name")));
        let mut out = Vec::new();
        formats::write(&cooked.trace, mahimahi, &mut out, &options).expect("writable");
        let wanted = std::fs::read(path).expect("readable");
        assert!(out == wanted, "{}: {} bytes instead of {}", path.display(), out.len(), wanted.len());
    }
    println!("converter: {} files, 0 mismatches", published.len());
}

/// What Chrome allows under the challenge's script is 1.024 times what its profiles say.
#[test]
fn twitch_profiles_allow_more_than_they_say() {
    let Some(root) = fixtures::shared("twitch_profiles_allow_more_than_they_say", "traces") else { return };
    let (mut scaled, mut profiles) = (ReadOptions::default(), 0);
    scaled.scale = 1.024;
    for path in files(&root.join("twitch_profiles")) {
        let all = |options: &ReadOptions| formats::read_all_path(&path, None, options).expect("profiles");
        for pair in all(&ReadOptions::default()).iter().zip(&all(&scaled)) {
            let (Content::Trace(nominal), Content::Trace(cdp)) = pair else { panic!("traces") };
            let mean = |r: &Recording| stats::of_recording(r).rates.mean_mbps;
            let told = nominal.facts["mean_mbps_cdp_1024"].as_f64().expect("a number");
            for mean in [mean(nominal) * 1.024, mean(cdp)] {
                assert!((mean - told).abs() <= 1e-12 * told, "{:?}: {mean} and {told}", nominal.part);
            }
            profiles += 1;
        }
    }
    println!("twitch: {profiles} profiles, 0 mismatches");
}

/// What an Oboe trace carries is its chunks and the trapezoids between them, by the numbers in the file.
#[test]
fn oboe_carries_chunks_and_trapezoids() {
    let Some(root) = fixtures::shared("oboe_carries_chunks_and_trapezoids", "traces") else { return };
    let paths = files(&root.join("oboe_pairs"));
    for path in &paths {
        let text = std::fs::read_to_string(path).expect("text");
        let points: Vec<(f64, f64)> = text
            .lines()
            .map(|l| l.split_once(' ').expect("two fields"))
            .map(|(t, r)| (t.parse().expect("a time"), r.parse().expect("a rate")))
            .collect();
        // The rate is linear from line to line, so the whole is a sum of trapezoids, of which chunks are rectangles.
        let wanted: f64 = points.windows(2).map(|w| (w[1].0 - w[0].0) * (w[0].1 + w[1].1) / 2.0).sum();
        let got = read(path).trace.total().get();
        assert!((got - wanted).abs() <= 1e-12 * wanted, "{}: {got} bits, not {wanted}", path.display());
    }
    println!("oboe: {} files, 0 mismatches", paths.len());
}

/// Every trace of every file through every format that can be written: what comes back is the very same trace, or the
/// writer has said what was lost; and what came back once comes back again.
#[test]
fn every_trace_through_every_format() {
    /// Beyond so many packets a Mahimahi file is not written here, and beyond so many periods none but the trace's own:
    /// these cost time and show nothing new.
    const MOST_PACKETS: f64 = 1e5;
    const MOST_PERIODS: usize = 10_000;
    let Some(root) = fixtures::shared("every_trace_through_every_format", "traces") else { return };
    // Per format: identical, changed as said, refused.
    let mut tally: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut traces = 0;
    for folder in files(&root).into_iter().filter(|p| p.is_dir()) {
        for path in files(&folder) {
            let Ok(contents) = formats::read_all_path(&path, None, &ReadOptions::default()) else { continue };
            for content in contents {
                let Content::Trace(recording) = content else { continue };
                traces += 1;
                for format in formats::all().iter().filter(|f| f.can_write()) {
                    let name = format.name();
                    let packets = recording.trace.total() / Bits::from_bytes(1500.0);
                    let long = recording.trace.periods().len() > MOST_PERIODS;
                    let heavy = long || name == "mahimahi" && packets > MOST_PACKETS;
                    if heavy && name != recording.format {
                        continue;
                    }
                    let place = format!("{} as {name}", path.display());
                    let kind = match through(&recording.trace, format) {
                        None => 2,
                        Some((back, losses)) => {
                            let same = back == recording.trace.clone().named("");
                            assert!(same || !losses.is_empty(), "{place}: another trace, and nothing said");
                            // A trace's own format holds all that a trace read from it has; but rows of less than a
                            // second are written by SIGCOMM'24 only in tables of more than a trace has.
                            let own = name == recording.format
                                && name != "sigcomm24"
                                && !losses.iter().any(|l| l.contains("binary digit"));
                            assert!(same || !own, "{place}: {losses:?}");
                            let again = through(&back, format).expect("what was written is written again");
                            let said =
                                again.1.iter().any(|l| l.contains("binary digit") || l.contains("last"));
                            assert!(
                                again.0 == back || said,
                                "{place}: not the same the second time: {:?}",
                                again.1
                            );
                            usize::from(!same)
                        }
                    };
                    tally.entry(name).or_default()[kind] += 1;
                }
            }
        }
    }
    println!(
        "round trips of {traces} traces (long ones in their own format only): identical, changed as said, refused"
    );
    for (name, counts) in &tally {
        println!("{name:>10}: {} {} {}", counts[0], counts[1], counts[2]);
    }
    let changed = |f: &&str| tally.get(*f).is_none_or(|t| t[1] + t[2] > 0);
    assert!(traces > 0 && !["sabre", "steps"].iter().any(changed), "they hold whatever a trace has");
}

/// What comes back of a trace that is written, without its name, and what the writer says is lost.
fn through(trace: &Trace, format: &'static formats::Format) -> Option<(Trace, Vec<String>)> {
    let mut bytes = Vec::new();
    let losses = formats::write(trace, format, &mut bytes, &WriteOptions::default()).ok()?;
    let back = formats::read(&bytes[..], Some(format), &ReadOptions::default()).expect("our own file");
    Some((back.trace.named(""), losses))
}
