//! `segue qos text` and `segue qos voice`: one message at a time.

use std::io::{BufRead, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use feedback::Answer;
use feedback::predict::Predictor;
use feedback::sentiment::Sentiment;
use feedback::telemetry::Telemetry;
use feedback::voice::{Program, Transcriber, read_wav, speech};

use super::{Minds, telemetry};
use crate::{Error, console};

/// The longest message that is read from standard input; the rest of a longer one is passed over.
const LONGEST: u64 = 1 << 20;

/// What `segue qos text` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue qos text --telemetry RSRP=-94.21,RSRQ=-12.45,SNR=8.32 \\
      \"The stream keeps buffering every few minutes\"
  segue qos text --telemetry throughput=4.2,buffer=6 \"720p please\" --json
  segue qos text < messages.txt
Without a message it asks for one after the other until the end of input. Each
is answered by itself; for a loop that remembers there is segue qos serve.")]
pub(crate) struct TextArgs {
    /// What the viewer says
    #[arg(value_name = "SENTENCE")]
    sentence: Option<String>,
    /// What the network reports: FIELD=NUMBER,... (RSRP, RSRQ, SNR, latency, jitter, loss, throughput, buffer, bitrate,
    /// stalled), or a file
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    telemetry: Option<String>,
    #[command(flatten)]
    minds: Minds,
    /// Print one JSON object per message
    #[arg(long)]
    json: bool,
}

/// What `segue qos voice` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue qos voice --transcript \"Video quality looks great today!\"
  segue qos voice message.wav --transcriber 'whisper-cli -m base.en.bin -nt -f'
The transcriber is a program that gets a WAV file (16 kHz, mono) as its last
argument and prints the words; SEGUE_TRANSCRIBER names one for every call.")]
pub(crate) struct VoiceArgs {
    /// A WAV file, up to two minutes
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// What was said, instead of a recording
    #[arg(long, value_name = "WORDS", conflicts_with = "file")]
    transcript: Option<String>,
    /// Program that writes down what is said [env: SEGUE_TRANSCRIBER]
    #[arg(long, value_name = "PROGRAM")]
    transcriber: Option<String>,
    /// How long the transcriber may take, in seconds
    #[arg(long, value_name = "S", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    limit: u64,
    /// What the network reports, as for segue qos text
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    telemetry: Option<String>,
    #[command(flatten)]
    minds: Minds,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What answers are made with.
struct Speaker {
    history: Vec<Telemetry>,
    sentiment: Box<dyn Sentiment>,
    predictor: Box<dyn Predictor>,
    json: bool,
    spoken: bool,
}

impl Speaker {
    fn new(given: Option<&str>, minds: &Minds, json: bool, spoken: bool) -> Result<Speaker, Error> {
        let (sentiment, predictor) = minds.open()?;
        Ok(Speaker { history: telemetry(given)?, sentiment, predictor, json, spoken })
    }

    fn answer(&self, text: &str) -> Result<(), Error> {
        let answer = Answer::to(text, &self.history, self.sentiment.as_ref(), self.predictor.as_ref())?;
        match self.json {
            true => {
                let line = serde_json::to_string(&answer).map_err(|e| Error::Failed(format!("JSON: {e}")))?;
                console::print(&format!("{line}\n"))
            }
            false => console::print(&(answer.lines(self.spoken).join("\n") + "\n")),
        }
    }
}

pub(crate) fn text(args: &TextArgs) -> Result<(), Error> {
    let speaker = Speaker::new(args.telemetry.as_deref(), &args.minds, args.json, false)?;
    if let Some(sentence) = &args.sentence {
        return speaker.answer(sentence);
    }
    let mut input = std::io::stdin().lock();
    loop {
        prompt(args.json)?;
        let Some(line) = line(&mut input)? else { break };
        if !line.trim().is_empty() {
            speaker.answer(&line)?;
        }
    }
    if args.json { Ok(()) } else { console::print("\n") }
}

/// Asks; where the answers are JSON, not among them.
fn prompt(json: bool) -> Result<(), Error> {
    const PROMPT: &str = "Enter feedback: ";
    if !json {
        return console::print(PROMPT);
    }
    let mut err = anstream::stderr().lock();
    // Nobody listens to standard error in the worst case.
    let _ = err.write_all(PROMPT.as_bytes()).and_then(|()| err.flush());
    Ok(())
}

/// The next line, of which only the first part is kept if it is very long.
pub(super) fn line(input: &mut impl BufRead) -> Result<Option<String>, Error> {
    let read = |e: std::io::Error| Error::read("standard input", e);
    let mut bytes = Vec::new();
    if input.by_ref().take(LONGEST).read_until(b'\n', &mut bytes).map_err(read)? == 0 {
        return Ok(None);
    }
    if bytes.last() != Some(&b'\n') && bytes.len() as u64 == LONGEST {
        skip_line(input).map_err(read)?;
    }
    Ok(Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_string()))
}

fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let rest = input.fill_buf()?;
        let (used, done) = match rest.iter().position(|b| *b == b'\n') {
            Some(at) => (at + 1, true),
            None => (rest.len(), rest.is_empty()),
        };
        input.consume(used);
        if done {
            return Ok(());
        }
    }
}

pub(crate) fn voice(args: &VoiceArgs) -> Result<(), Error> {
    let speaker = Speaker::new(args.telemetry.as_deref(), &args.minds, args.json, true)?;
    if let Some(words) = &args.transcript {
        return speaker.answer(words);
    }
    let Some(path) = &args.file else {
        return Err(Error::Input(
            "this build has no microphone: record a WAV file (arecord -f S16_LE -r 16000 message.wav) and give it, or \
             give the words with --transcript"
                .to_string(),
        ));
    };
    let file = std::fs::File::open(path).map_err(|e| Error::read(path.display(), e))?;
    let samples = read_wav(std::io::BufReader::new(file)).map_err(|e| Error::input(path.display(), e))?;
    let spans = speech(&samples);
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
        return Err(Error::input(path.display(), "nobody speaks in it"));
    };
    // A little of the quiet around it helps a transcriber.
    let margin = feedback::voice::RATE as usize / 5;
    let spoken = &samples[first.start.saturating_sub(margin)..(last.end + margin).min(samples.len())];
    let program = args.transcriber.clone().or_else(|| std::env::var("SEGUE_TRANSCRIBER").ok());
    let Some(program) = program.filter(|p| !p.trim().is_empty()) else {
        return Err(Error::Input(
            "no transcriber: name a program that takes a WAV file and prints the words, with --transcriber or in \
             SEGUE_TRANSCRIBER (docs/feedback.md tells how to get Moonshine or whisper.cpp), or give the words with \
             --transcript"
                .to_string(),
        ));
    };
    let words = Program::new(&program, Duration::from_secs(args.limit))?.transcribe(spoken)?;
    speaker.answer(&words)
}
