//! The list of public data sets, and what files are to it.

use std::fs;
use std::path::{Path, PathBuf};

use netmodel::datasets::{self, Candidate, Company, Identity};

#[test]
fn every_set_says_what_people_need() {
    let mut names: Vec<&str> = datasets::all().iter().map(|s| s.name.as_str()).collect();
    for set in datasets::all() {
        let name = &set.name;
        assert!(set.title.len() > 10 && set.citation.len() > 20 && set.licence.len() > 2, "{name}");
        assert!(set.url.starts_with("https://") && !set.traps.is_empty(), "{name}");
        assert!(
            set.traps.iter().chain([&set.title]).all(|t| !t.contains('\n') && !t.ends_with('.')),
            "{name}"
        );
        assert!(
            set.commit.iter().all(|c| c.len() == 8 && c.bytes().all(|b| b.is_ascii_hexdigit())),
            "{name}"
        );
        assert!(
            set.files.values().all(|h| h.len() == 64 && h.bytes().all(|b| b.is_ascii_hexdigit())),
            "{name}"
        );
        assert!(set.total.is_none_or(|n| n >= set.files.len()), "{name}");
        for pattern in &set.names {
            assert!(glob::Pattern::new(pattern).is_ok(), "{name}: {pattern}");
        }
        assert_eq!(datasets::by_name(name).expect("known").name, *name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), datasets::all().len());
    let hashes: usize = datasets::all().iter().map(|s| s.files.len()).sum();
    let found =
        datasets::all().iter().flat_map(|s| &s.files).filter(|(_, h)| datasets::by_sha256(h).is_some());
    assert_eq!((hashes, found.count()), (334, 334));
}

#[test]
fn every_set_has_a_reader() {
    for set in datasets::all() {
        let (format, _) = set.reader().unwrap_or_else(|e| panic!("{}: {e}", set.name));
        for reading in set.readings() {
            let (same, ..) =
                netmodel::formats::parse_spec(reading).unwrap_or_else(|e| panic!("{}: {e}", set.name));
            assert_eq!(same.name(), format.name(), "{}", set.name);
        }
    }
}

#[test]
fn the_page_has_a_row_for_each() {
    let page = include_str!("../../../docs/datasets.md");
    for set in datasets::all() {
        let files = match set.total {
            Some(total) => format!("{} of {total}", set.files.len()),
            None => set.files.len().to_string(),
        };
        let measures = format!("{:?}", set.measures).to_lowercase();
        let (name, url, title, format, licence) =
            (&set.name, &set.url, &set.title, &set.format, &set.licence);
        let row =
            format!("| [`{name}`]({url}) | {title} | `{format}` | {measures} | {licence} | {files} |\n");
        assert!(page.contains(&row), "docs/datasets.md lacks the row\n{row}");
    }
    assert_eq!(page.matches("\n| [`").count(), datasets::all().len());
}

#[test]
fn a_wrong_name_says_the_nearest() {
    let text = |name| datasets::by_name(name).expect_err("wrong").to_string();
    assert!(text("hsdpa-sabr").contains("did you mean 'hsdpa-sabre'?"), "{}", text("hsdpa-sabr"));
    assert!(text("zzzzzzzzzz").contains("belgium-sabre"));
}

#[test]
fn files_are_called_like_known_ones() {
    let called = |set: &str, path: &str| datasets::by_name(set).expect("known").called(Path::new(path));
    let origin = "example/mmsys18/sd_fs/trace0000.json";
    for path in
        ["sd_fs/trace0000.json", "x/sd_fs_trace0000.json", "sabre/example/mmsys18/sd_fs/trace0000.json"]
    {
        assert_eq!(called("fcc-sabre", path), Some(origin), "{path}");
    }
    assert_eq!(called("fcc-sabre", "sd_fs/trace0001.json"), None);
    assert_eq!(called("genet-synthetic", "x/mytrace_0"), None);
    assert_eq!(called("hsdpa-sabre", ""), None);
}

fn hashed(paths: &[PathBuf]) -> Vec<String> {
    let hash = |p: &PathBuf| datasets::sha256(fs::File::open(p).expect("a file")).expect("readable");
    paths.iter().map(hash).collect()
}

fn identify(paths: &[PathBuf]) -> Vec<Identity> {
    let hashes = hashed(paths);
    let candidates: Vec<Candidate<'_>> =
        paths.iter().zip(&hashes).map(|(path, sha256)| Candidate { path, sha256, bytes: None }).collect();
    let company = Company::of(&candidates);
    candidates.iter().map(|c| company.identify(c)).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

#[test]
fn every_real_file_is_known_by_its_bytes() {
    let Some(root) = fixtures::shared("every_real_file_is_known_by_its_bytes", "traces") else { return };
    let paths = files(&root);
    let found = identify(&paths);
    let unknown: Vec<String> = paths
        .iter()
        .zip(&found)
        .filter(|(_, i)| **i == Identity::Unknown)
        .map(|(p, _)| p.strip_prefix(&root).expect("inside").display().to_string())
        .collect();
    assert_eq!(unknown, ["PROVENANCE.md", "SHA256SUMS", "model_params.json", "stats.json"]);
    let known = found.iter().filter(|i| matches!(i, Identity::Known { .. })).count();
    assert_eq!((known, paths.len()), (334, 338));
    // Somebody else's list of hashes agrees.
    let sums = fs::read_to_string(root.join("SHA256SUMS")).expect("a list");
    for line in sums.lines() {
        let (hash, file) = line.split_once("  ").expect("two fields");
        let place = paths.iter().position(|p| *p == root.join(file)).expect("a file of the list");
        assert_eq!(hashed(&paths[place..=place]), [hash]);
    }
}

#[test]
fn changed_broken_and_likely_files() {
    let Some(root) = fixtures::shared("changed_broken_and_likely_files", "traces/hsdpa_sabre_json") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let names = [
        "report.2010-09-13_1003CEST.json",
        "report.2010-09-20_1542CEST.json",
        "report.2010-09-21_1735CEST.json",
    ];
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path
    };
    let text = |name: &str| fs::read_to_string(root.join(name)).expect("a log");
    let paths = [
        put(names[0], &text(names[0])),
        put(names[1], &text(names[1]).replacen("\"latency_ms\": 100", "\"latency_ms\": 101", 1)),
        put(names[2], &text(names[2])[..500]),
        put("report.2012-12-12_1212CET.json", &text(names[1])[..].replacen("100", "99", 3)),
        put("notes.txt", "nothing"),
        put("trace_0", "not a number\n"),
    ];
    assert_ne!(fs::read(&paths[1]).expect("read"), fs::read(root.join(names[1])).expect("read"));
    let found = identify(&paths);
    let of = |i: &Identity| i.set().map(|s| s.name.as_str());
    assert!(matches!(found[0], Identity::Known { .. }));
    assert!(matches!(found[1], Identity::Changed { .. }), "{:?}", found[1]);
    assert!(matches!(found[2], Identity::Broken { .. }), "{:?}", found[2]);
    assert!(matches!(found[3], Identity::Likely { .. }), "{:?}", found[3]);
    assert!(found[..4].iter().all(|i| of(i) == Some("hsdpa-sabre")));
    assert_eq!(found[4..], [Identity::Unknown, Identity::Unknown]);
}
