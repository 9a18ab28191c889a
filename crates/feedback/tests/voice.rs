//! Speech: five short recordings of a synthesised voice (flite 2.2, voice slt; `data/speech`).

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;

use feedback::voice::{Program, RATE, Transcriber, read_wav, speech, word_errors};

/// Each recording, and what is said in it.
fn recordings() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/speech");
    let list = std::fs::read_to_string(folder.join("said.tsv")).expect("a list");
    let line = |l: &str| {
        let (file, said) = l.split_once('\t').expect("two columns");
        (folder.join(file), said.to_string())
    };
    list.lines().map(line).collect()
}

fn samples(path: &Path) -> Vec<f32> {
    read_wav(BufReader::new(std::fs::File::open(path).expect("a file"))).expect("a WAV file")
}

#[test]
fn speech_is_found_and_silence_is_none() {
    for (path, said) in recordings() {
        let samples = samples(&path);
        let spans = speech(&samples);
        let (first, last) = (spans.first().expect("speech"), spans.last().expect("speech"));
        let seconds = (last.end - first.start) as f64 / f64::from(RATE);
        // People say two to five words a second.
        let words = said.split_whitespace().count() as f64;
        assert!((words / 6.0..=words / 1.5).contains(&seconds), "{}: {seconds} s", path.display());
        // A second of silence on both sides changes nothing but where it is.
        let silence = vec![0.0; RATE as usize];
        let padded: Vec<f32> = [&silence[..], &samples, &silence].concat();
        let inner = speech(&padded);
        let length = inner.last().expect("speech").end - inner.first().expect("speech").start;
        assert!(length.abs_diff(last.end - first.start) <= RATE as usize / 10, "{}", path.display());
    }
    assert!(speech(&vec![0.0; 3 * RATE as usize]).is_empty());
}

/// With `SEGUE_TRANSCRIBER` in the environment: how many words it hears wrong.
#[test]
fn words_are_heard_by_the_transcriber_at_hand() {
    let Some(command) = std::env::var("SEGUE_TRANSCRIBER").ok().filter(|c| !c.trim().is_empty()) else {
        return fixtures::skipped(
            "words of five recordings: SEGUE_TRANSCRIBER names no program (docs/feedback.md)",
        );
    };
    let program = Program::new(&command, Duration::from_secs(60)).expect("a program");
    let (mut wrong, mut words) = (0, 0);
    for (path, said) in recordings() {
        let heard = program.transcribe(&samples(&path)).expect("words");
        let (w, n) = word_errors(&said, &heard);
        (wrong, words) = (wrong + w, words + n);
        println!("  {said:?}: {heard:?}");
    }
    let rate = wrong as f64 / words as f64;
    println!("voice: {words} words, word error rate {rate:.2}");
    assert!(rate <= 0.3, "{rate}");
}
